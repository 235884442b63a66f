/* What is quadratic in the texts of strangers is found by hanging, not by a clock: a text of the size limit is
 * then minutes of a core, and what is linear takes a tenth of the limit under a sanitizer on a slow machine. */
#pragma once

#include <time.h>

#include "table.h"

#define SECONDS_MAX 30.0
#define TIMED_PART 8u

static inline double core_seconds(void) { return (double)clock() / CLOCKS_PER_SEC; }

static inline void assert_in_time(const char *what, double seconds)
{
	if (seconds > SECONDS_MAX)
		fail_msg("%s: %.2f s", what, seconds);
}

/* Does with about so many bytes what is timed; returns the seconds. */
typedef double timed_work(const void *ctx, size_t bytes);

/* Tries an eighth of the size first. What is quadratic takes 64 times as long for the whole: what is in time
 * even so need not be tried with all of it, but LONG=1 does.                                  */
__attribute__((unused)) static void assert_linear_time(const char *what, timed_work *work, const void *ctx,
                                                       size_t bytes)
{
	double part = work(ctx, bytes / TIMED_PART);
	assert_in_time(what, part);
	if (part * TIMED_PART * TIMED_PART > SECONDS_MAX || getenv("LONG"))
		assert_in_time(what, work(ctx, bytes));
}
