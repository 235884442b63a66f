/* See pace.h. */
#include "indexer/base/pace.h"

#include "indexer/base/clock.h"

/* What one sleep that took too long lost is made good, and no more. */
#define LATE_NS (100 * NS_PER_MS)

int64_t pace_until(struct pace *p, uint64_t bytes, int64_t now_ns)
{
	if (!p->rate)
		return now_ns;
	if (p->next_ns < now_ns - LATE_NS)
		p->next_ns = now_ns - LATE_NS;
	p->next_ns += (int64_t)((double)bytes / (double)p->rate * (double)NS_PER_SECOND);
	return p->next_ns;
}
