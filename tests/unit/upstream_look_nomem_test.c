/* The scheduler looks at the upstreams, and each allocation fails once: none of them is forgotten. */
#include "ingest_upstream_fixture.h"

#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/upstream/impl.h"
#include "tests/lib/nomem.h"
#include "tests/lib/nomem_sqlite.h"

#define MINUTE (60 * NS_PER_SECOND)

static int let_sqlite_fail(void **state)
{
	(void)state;
	log_setup(-1, LOG_TEXT, LOG_ERROR);          /* errors are what this is about */
	return nomem_sqlite();
}

static void expect_due_within(struct upstreams *u, int64_t ns)
{
	struct follow *f = follow_of(u, UP);
	assert_non_null(f);
	assert_true(f->next_ns > 0 && f->next_ns <= clock_monotonic() + ns);
}

static void release(struct upstreams *u)
{
	for (struct follow *f = u->list, *next; f; f = next) {
		next = f->next;
		free(f);
	}
	u->list = NULL;
}

/* One that was never asked is due; of one that cannot be read that is told in a minute. */
static void each_allocation_of_a_look(void **state)
{
	struct fixture *f = fixture_new();
	bool failed = true;
	long n;
	(void)state;
	open_ingest(f);
	make_upstream(f);
	for (n = 0; failed; n++) {
		struct upstreams u = { .ingest = f->g, .lock = PTHREAD_MUTEX_INITIALIZER };
		nomem_arm(n);
		bool well = scheduler_look(&u);
		failed = nomem_disarm();
		assert_true(well || failed);
		if (well)
			expect_due_within(&u, MINUTE);
		assert_true(scheduler_look(&u));
		expect_due_within(&u, 0);
		nomem_arm(n);
		(void)scheduler_look(&u);
		(void)nomem_disarm();
		expect_due_within(&u, MINUTE);
		release(&u);
	}
	assert_true(n > 2);
	fixture_free(f);
}

static void a_failed_refresh_is_tried_again(void **state)
{
	static const struct { enum err err; bool paused; int64_t next, wanted; } table[] = {
		{ OK, false, 0, 0 }, { OK, false, MINUTE / 2, MINUTE / 2 }, { ERR_NOMEM, false, 0, MINUTE },
		{ ERR_DB, false, -MINUTE, MINUTE }, { ERR_UPSTREAM, false, 5 * MINUTE, 5 * MINUTE },
		{ ERR_NOMEM, true, 0, 0 },
	};
	const struct upstreams u = { .looked = true };
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		struct repo_settings s = { .refresh_minutes = 60, .paused = table[i].paused };
		struct upstream_row row = { .next_ns = table[i].next ? clock_wall() + table[i].next : 0 };
		int64_t now = clock_monotonic(), next = upstream_next_ns(&u, &s, &row, table[i].err);
		if (!table[i].wanted)
			assert_int_equal(next, 0);
		else
			assert_true(next >= now + table[i].wanted - NS_PER_SECOND &&
			            next <= clock_monotonic() + table[i].wanted + NS_PER_SECOND);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_of_a_look), cmocka_unit_test(a_failed_refresh_is_tried_again),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, let_sqlite_fail, NULL);
}
