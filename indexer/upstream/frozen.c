/* What the dates of an upstream tell: that it has had nothing new for long, or that its index is an older
 * one than was seen. Both are what somebody between would show who keeps news from us, and both may be
 * right: a frozen one is called so, and an older one that lacks something waits for an operator.
 *
 * "generated" counts as news, for a server that makes its index anew lives; never one of the future.  */
#include "indexer/base/clock.h"
#include "indexer/upstream/run.h"

/* The last sign of life: what it had new, or when it made the index that was read last. */
static int64_t last_sign_ns(const struct upstream_row *row)
{
	int64_t at;
	bool is = clock_parse(row->generated, &at) && at <= row->checked_ns && at > row->changed_ns;
	return is ? at : row->changed_ns;
}

bool upstream_stood_still(const struct upstream_row *row, const struct repo_settings *s, int64_t at_ns)
{
	return s->frozen_days && at_ns - last_sign_ns(row) > (int64_t)s->frozen_days * NS_PER_DAY;
}

int64_t upstream_frozen_since(const struct upstream_row *row, const struct repo_settings *s)
{
	bool answers = row->state == UPSTREAM_IS_FRESH || row->state == UPSTREAM_IS_UNCHANGED;
	return answers && upstream_stood_still(row, s, row->fresh_ns) ? last_sign_ns(row) : 0;
}

enum upstream_state upstream_state_shown(const struct upstream_row *row, const struct repo_settings *s)
{
	if (s->paused && row->state != UPSTREAM_IS_HELD)
		return UPSTREAM_IS_PAUSED;
	return upstream_frozen_since(row, s) ? UPSTREAM_IS_FROZEN : row->state;
}

bool upstream_is_older(const struct upstream_row *row, struct str generated)
{
	int64_t was, is;
	return clock_parse(row->generated, &was) && clock_parse(generated, &is) && is < was &&
	       was <= row->checked_ns;
}
