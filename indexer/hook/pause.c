/* When a delivery that failed is tried again. */
#include "indexer/hook/message.h"

#include "indexer/base/clock.h"
#include "indexer/base/limits.h"

int64_t hook_pause_ns(uint64_t failures, uint32_t chance)
{
	int64_t pause_ns = HOOK_RETRY_SECONDS * NS_PER_SECOND;
	const int64_t most_ns = HOOK_RETRY_MAX_SECONDS * NS_PER_SECOND;
	for (uint64_t i = 1; i < failures && pause_ns < most_ns; i++)
		pause_ns *= HOOK_RETRY_GROWS;
	if (pause_ns > most_ns)
		pause_ns = most_ns;
	int64_t tenth_ns = pause_ns / 10;
	return pause_ns - tenth_ns + (int64_t)((double)chance / UINT32_MAX * 2.0 * (double)tenth_ns);
}
