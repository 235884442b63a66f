/* How long the texts of strangers may take. Seconds are those of a core, a sanitizer included. */
#pragma once

#include <time.h>

#include "table.h"

#define SECONDS_MAX (getenv("LONG") ? 4.0 : 2.0)
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
	if (work(ctx, bytes / TIMED_PART) * TIMED_PART * TIMED_PART > SECONDS_MAX || getenv("LONG"))
		assert_in_time(what, work(ctx, bytes));
}
