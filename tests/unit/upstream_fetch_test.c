/* Who wants an archive of an upstream: one that came meanwhile is not asked for again. */
#include <pthread.h>

#include "indexer/base/log.h"
#include "indexer/upstream/upstream.h"
#include "ingest_upstream_fixture.h"

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool done;
};

static void wanted(struct upstream_want *w)
{
	struct waiter *waiter = w->ctx;
	(void)pthread_mutex_lock(&waiter->lock);
	waiter->done = true;
	(void)pthread_cond_signal(&waiter->wake);
	(void)pthread_mutex_unlock(&waiter->lock);
}

/* The upstream has no address, so that whoever asks it fails. */
static enum err want(struct fixture *f)
{
	struct waiter waiter = { .lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER };
	struct upstream_want w = { .repo = UP, .file = STR(FILE_NAME), .done = wanted, .ctx = &waiter };
	struct upstreams_options o = { .ingest = f->g, .by_hand = true, .instance = "x" };
	struct upstreams *u = NULL;
	assert_ok(f, outgoing_new(&o.outgoing, &f->e));
	assert_ok(f, upstreams_open(&o, &u, &f->e));
	upstreams_want(u, &w);
	(void)pthread_mutex_lock(&waiter.lock);
	while (!waiter.done)
		(void)pthread_cond_wait(&waiter.wake, &waiter.lock);
	(void)pthread_mutex_unlock(&waiter.lock);
	upstreams_stop(u);
	upstreams_close(u);
	outgoing_free(o.outgoing);
	return w.err;
}

static void what_is_here_is_not_asked_for(void **state)
{
	static const struct { const char *steps; enum err err; } table[] = {
		{ "",                               ERR_NOT_FOUND },
		{ "says A",                         ERR_UPSTREAM },
		{ "says A; keep A",                 OK },
		{ "says A; keep A; gone",           OK },
		{ "says A; keep A; says B; accept", ERR_UPSTREAM },
		{ "says A; keep A; delete",         ERR_NOT_FOUND },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		struct fixture *f = fixture_new();
		open_ingest(f);
		make_upstream(f);
		up_steps(f, table[i].steps);
		enum err err = want(f);
		if (err != table[i].err)
			fail_msg("%s: %s", table[i].steps, err_code(err));
		fixture_free(f);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(what_is_here_is_not_asked_for) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	log_setup(-1, LOG_TEXT, LOG_ERROR);          /* failures are what this is about */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
