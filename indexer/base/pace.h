/* So many bytes a second, evenly: who was slow or waited does not catch up.
 *
 *     struct pace p = { .rate = 2000000 };
 *     each time that something came:  sleep until pace_until(&p, bytes, clock_monotonic())
 *
 * One owner at a time; the clock is the caller's.                                            */
#pragma once

#include <stdint.h>

struct pace {
	uint64_t rate;                   /* bytes a second; 0: any */
	int64_t next_ns;                 /* zero at first */
};

/* When the next bytes may come, after these. */
int64_t pace_until(struct pace *p, uint64_t bytes, int64_t now_ns);
