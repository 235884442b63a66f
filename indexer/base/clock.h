/* Time: one unit (nanoseconds), one zone (UTC), one text form (RFC 3339).
 *
 * Wall-clock time is for stamps only; intervals and deadlines use the monotonic clock, so a
 * clock that jumps cannot expire or delete anything.                                        */
#pragma once

#include <stdint.h>
#include <time.h>

#include "indexer/base/str.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define NS_PER_MS     INT64_C(1000000)
#define NS_PER_HOUR   (3600 * NS_PER_SECOND)
#define NS_PER_DAY    (86400 * NS_PER_SECOND)
#define RFC3339_MAX_BYTES 36

int64_t clock_wall(void);           /* ns since 1970-01-01T00:00:00Z */
int64_t clock_monotonic(void);      /* ns since some point; never goes back */

/* Whether the wall clock has gone on with the monotonic one for CLOCK_STEADY_SECONDS: what time lets happen
 * for good waits while it has not. It is believed as it is when this is asked first. Not noticed: a
 * clock that is wrong by then, stays wrong for longer, or is moved by less than CLOCK_JUMP_SECONDS at a
 * time. A machine that slept has a clock that jumped. Ask often.                              */
struct clock_watch { bool begun; int64_t ahead_ns, since_ns; };        /* zero at first */
bool clock_is_steady(struct clock_watch *w, int64_t wall_ns, int64_t monotonic_ns);

/* What a file system says; years that 64 bits of nanoseconds cannot tell (before 1678, after 2261)
 * become the nearest one that they can.                                                      */
int64_t clock_of(struct timespec t);

/* "2026-03-05T09:12:44.123456789Z"; trailing zeros of the fraction are dropped, as Go does.
 * Returns the length.                                                                        */
size_t clock_format(int64_t wall_ns, char ret[RFC3339_MAX_BYTES]);
/* For people: of whole seconds. */
size_t clock_format_seconds(int64_t wall_ns, char ret[RFC3339_MAX_BYTES]);

/* RFC 3339 with any offset; of a fraction nine digits count. False also for a year that clock_of clamps. */
bool clock_parse(struct str text, int64_t *ret_wall_ns);
/* Whether Go's time.Time takes it from JSON: RFC 3339 in capitals, without leap seconds, of any year: Helm
 * writes 0001 where it does not know better.                                                 */
bool clock_is_json_time(struct str text);
