/* When an upstream is asked next: after a success, and after each failure in a row. */
#include "table.h"

#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/upstream/impl.h"

#define MINUTE (60 * NS_PER_SECOND)
#define THROWS 2000

struct bounds { int64_t least, most; };

static void note(struct bounds *b, int64_t ns)
{
	b->least = ns < b->least ? ns : b->least;
	b->most = ns > b->most ? ns : b->most;
}

/* Within a tenth, and all of that: what lies in the middle alone would bring servers together. */
static void expect_around(const struct bounds *b, int64_t minutes)
{
	int64_t wanted = minutes * MINUTE, tenth = wanted / 10;
	assert_true(b->least >= wanted - tenth && b->most <= wanted + tenth);
	assert_true(b->least < wanted - tenth / 2 && b->most > wanted + tenth / 2);
}

static void an_interval_varies_by_a_tenth(void **state)
{
	static const int64_t minutes[] = { 1, 5, 60, 24 * 60, 7 * 24 * 60 };
	(void)state;
	assert_int_equal(upstream_interval_ns(0), 0);
	for (size_t i = 0; i < ROWS(minutes); i++) {
		struct bounds b = { INT64_MAX, 0 };
		for (int n = 0; n < THROWS; n++)
			note(&b, upstream_interval_ns((uint64_t)minutes[i]));
		expect_around(&b, minutes[i]);
	}
}

static void failures_double_the_pause_up_to_a_limit(void **state)
{
	static const struct { uint64_t failures, refresh; int64_t minutes; } table[] = {
		{ 1, 60, 1 }, { 2, 60, 2 }, { 3, 60, 4 }, { 4, 5, 8 }, { 9, 60, 256 },
		{ 10, 60, UPSTREAM_BACKOFF_MAX_MINUTES }, { 11, 60, UPSTREAM_BACKOFF_MAX_MINUTES },
		{ 64, 60, UPSTREAM_BACKOFF_MAX_MINUTES }, { UINT64_MAX, 60, UPSTREAM_BACKOFF_MAX_MINUTES },
		/* one that is asked once a day is not asked more often for being broken */
		{ 10, 24 * 60, 512 }, { 11, 24 * 60, 1024 }, { UINT64_MAX, 500, 500 }, { 1, 0, 1 },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		struct bounds b = { INT64_MAX, 0 };
		for (int n = 0; n < THROWS; n++)
			note(&b, upstream_backoff_ns(table[i].failures, table[i].refresh));
		expect_around(&b, table[i].minutes);
	}
}

/* So that a wall clock that is set to yesterday puts nothing off. */
static void a_due_time_is_one_of_the_monotonic_clock(void **state)
{
	static const struct { int64_t from_now, wanted; } table[] = {
		{ 90 * MINUTE, 90 * MINUTE }, { MINUTE, MINUTE }, { 0, 0 }, { -MINUTE, 0 }, { -NS_PER_DAY, 0 },
	};
	(void)state;
	assert_int_equal(upstream_due_ns(0), 0);
	for (size_t i = 0; i < ROWS(table); i++) {
		int64_t began = clock_monotonic();
		int64_t due = upstream_due_ns(clock_wall() + table[i].from_now);
		assert_true(due >= began + table[i].wanted - NS_PER_SECOND);
		assert_true(due <= clock_monotonic() + table[i].wanted + NS_PER_SECOND);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interval_varies_by_a_tenth),
		cmocka_unit_test(failures_double_the_pause_up_to_a_limit),
		cmocka_unit_test(a_due_time_is_one_of_the_monotonic_clock),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
