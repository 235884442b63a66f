/* A thread that sleeps: until its time, or until it is told to end. */
#include "table.h"

#include <stdatomic.h>

#include "indexer/base/clock.h"
#include "indexer/base/ticker.h"

struct rounds { struct ticker ticker; int64_t pause_ns; atomic_uint count; atomic_bool ended; };

static void *go_round(void *ctx)
{
	struct rounds *r = ctx;
	while (ticker_sleep(&r->ticker, clock_monotonic() + r->pause_ns))
		r->count++;
	r->ended = true;
	return NULL;
}

static void sleeps_until_its_time(void **state)
{
	struct rounds r = { .pause_ns = NS_PER_MS };
	(void)state;
	int64_t began_ns = clock_monotonic();
	assert_int_equal(ticker_start(&r.ticker, "rounds", go_round, &r, NULL), OK);
	while (r.count < 5)
		;
	ticker_stop(&r.ticker);
	assert_true(r.ended);
	assert_true(clock_monotonic() - began_ns >= 5 * NS_PER_MS);
}

static void ends_in_its_sleep(void **state)
{
	struct rounds r = { .pause_ns = 3600 * NS_PER_SECOND };
	(void)state;
	assert_int_equal(ticker_start(&r.ticker, "rounds", go_round, &r, NULL), OK);
	ticker_stop(&r.ticker);
	assert_true(r.ended);
	assert_int_equal(r.count, 0);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sleeps_until_its_time),
		cmocka_unit_test(ends_in_its_sleep),
	};
	return cmocka_run_group_tests_name("ticker", tests, NULL, NULL);
}
