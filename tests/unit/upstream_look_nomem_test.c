/* The scheduler looks at the upstreams, and each allocation fails once: none of them is forgotten. */
#include "ingest_upstream_fixture.h"

#include <sched.h>

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

struct dry_run { struct upstreams *of; enum err err; };

static void *run_dry(void *dry_run)
{
	static const struct upstream_refresh_options dry = { .dry_run = true };
	struct dry_run *x = dry_run;
	AUTO_ARENA struct arena a = { 0 };
	struct upstream_report report;
	struct errinfo e;
	x->err = upstreams_refresh(x->of, &a, UP, &dry, &report, &e);
	return NULL;
}

static bool is_busy(struct follow *f)
{
	(void)pthread_mutex_lock(&f->of->lock);
	bool busy = f->busy;
	(void)pthread_mutex_unlock(&f->of->lock);
	return busy;
}

/* Other settings were stored while it ran, so the times of all were worked out anew but its own. */
static void a_dry_run_puts_nothing_off(void **state)
{
	struct fixture *f = fixture_new();
	struct upstreams u = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, .looked = true };
	struct dry_run x = { .of = &u };
	pthread_t thread;
	(void)state;
	open_ingest(f);
	make_upstream(f);
	u.ingest = f->g;
	assert_ok(f, outgoing_new(&u.options.outgoing, &f->e));
	outgoing_shut(u.options.outgoing);
	struct follow *up = follow_of(&u, UP);
	(void)pthread_mutex_lock(&up->running);
	assert_int_equal(pthread_create(&thread, NULL, run_dry, &x), 0);
	while (!is_busy(up))
		(void)sched_yield();
	assert_true(scheduler_look(&u));
	(void)pthread_mutex_unlock(&up->running);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(x.err, ERR_ADDRESS);
	assert_true(u.looked || scheduler_look(&u));
	expect_due_within(&u, 0);
	release(&u);
	outgoing_free(u.options.outgoing);
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
		cmocka_unit_test(each_allocation_of_a_look), cmocka_unit_test(a_dry_run_puts_nothing_off),
		cmocka_unit_test(a_failed_refresh_is_tried_again),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, let_sqlite_fail, NULL);
}
