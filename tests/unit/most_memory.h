/* What a program had in memory at most, so far: a text of a stranger that is written a thousand times shows there. */
#pragma once

#include <sys/resource.h>

#include "table.h"

static inline size_t most_mib(void)
{
	struct rusage usage;
	assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
	return (size_t)usage.ru_maxrss / 1024;
}
