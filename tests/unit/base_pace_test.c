/* Bytes over a clock that the test moves: as many as may come, and evenly. */
#include "table.h"

#include "indexer/base/clock.h"
#include "indexer/base/pace.h"

struct row { const char *name; uint64_t rate, step, steps; int64_t idle_ns; };

static const struct row rows[] = {
	{ "2 MB a second in pieces of 64 KiB", 2000000, 65536, 1000, 0 },
	{ "4 kB a second in pieces of 1 KiB", 4000, 1024, 500, 0 },
	{ "an hour's pause is not caught up with", 1000, 500, 100, NS_PER_HOUR },
	{ "pieces of one byte", 1000, 1, 20000, 0 },
	{ "1 GB a second", 1000000000, 65536, 20000, 0 },
};

/* Within a step and what one late sleep may make good, never above the rate. */
static void keeps_the_rate(void **state)
{
	const struct row *r = *state;
	struct pace p = { .rate = r->rate };
	int64_t began = NS_PER_DAY, now = began, longest = 0;
	uint64_t came = 0;
	for (uint64_t i = 0; i < r->steps; i++) {
		if (r->idle_ns && i == r->steps / 2)
			now += r->idle_ns;
		int64_t until = pace_until(&p, r->step, now);
		came += r->step;
		if (until > now) {
			longest = until - now > longest ? until - now : longest;
			now = until;
		}
	}
	double seconds = (double)(now - began - r->idle_ns) / (double)NS_PER_SECOND;
	double allowed = (seconds + 0.2) * (double)r->rate, least = (seconds - 0.001) * (double)r->rate;
	assert_true((double)came <= allowed);
	assert_true((double)came >= least);
	assert_true((double)longest <= (double)r->step / (double)r->rate * (double)NS_PER_SECOND + 1);
}

static void none_is_any(void **state)
{
	struct pace p = { 0 };
	(void)state;
	assert_int_equal(pace_until(&p, UINT64_MAX, 5), 5);
	assert_int_equal(pace_until(&p, 1, 7), 7);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = { cmocka_unit_test(none_is_any) };
	return RUN_TABLE("pace", keeps_the_rate, rows) +
	       cmocka_run_group_tests_name("pace", tests, NULL, NULL);
}
