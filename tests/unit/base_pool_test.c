/* Threads of a pool: how many there are for how many jobs, in which order those run, and that none is lost. */
#include "table.h"

#include <pthread.h>

#include "indexer/base/pool.h"

#define MOST 3u
#define JOBS 20u

static struct fixture {
	struct pool *pool;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned began, running, most, ended;
	bool held;                       /* jobs stay until it is not */
	char order[JOBS + 1];
	struct pool_job more;            /* given by a job */
} f = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static struct pool_job jobs[JOBS];

static void stay(struct pool_job *job)
{
	(void)pthread_mutex_lock(&f.lock);
	if (job != &f.more)
		f.order[f.began] = (char)('a' + (job - jobs));
	f.began++;
	f.running++;
	f.most = f.running > f.most ? f.running : f.most;
	(void)pthread_cond_broadcast(&f.changed);
	while (f.held)
		(void)pthread_cond_wait(&f.changed, &f.lock);
	f.running--;
	f.ended++;
	(void)pthread_cond_broadcast(&f.changed);
	(void)pthread_mutex_unlock(&f.lock);
}

static void give_more(struct pool_job *job)
{
	f.more.run = stay;
	pool_give(f.pool, &f.more);
	stay(job);
}

static void hold(bool held)
{
	(void)pthread_mutex_lock(&f.lock);
	f.held = held;
	(void)pthread_cond_broadcast(&f.changed);
	(void)pthread_mutex_unlock(&f.lock);
}

static void wait_until(const unsigned *number, unsigned wanted)
{
	(void)pthread_mutex_lock(&f.lock);
	while (*number < wanted)
		(void)pthread_cond_wait(&f.changed, &f.lock);
	(void)pthread_mutex_unlock(&f.lock);
}

static void open_pool(unsigned threads)
{
	struct errinfo e;
	memset(f.order, 0, sizeof f.order);
	f.began = f.running = f.most = f.ended = 0;
	assert_int_equal(pool_new(threads, "pool", &f.pool, &e), OK);
}

static void give(unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		jobs[i].run = stay;
		pool_give(f.pool, &jobs[i]);
	}
}

static void one_runs_in_order(void **state)
{
	(void)state;
	open_pool(1);
	give(JOBS);
	pool_free(f.pool);
	assert_string_equal(f.order, "abcdefghijklmnopqrst");
	assert_int_equal(f.most, 1);
}

static void as_many_run_as_may(void **state)
{
	(void)state;
	hold(true);
	open_pool(MOST);
	give(JOBS);
	wait_until(&f.running, MOST);
	hold(false);
	pool_free(f.pool);
	assert_int_equal(f.most, MOST);
	assert_int_equal(f.ended, JOBS);
}

/* A job that stays does not keep the next ones waiting, however long ago the others ended. */
static void who_stays_holds_up_nobody(void **state)
{
	(void)state;
	open_pool(MOST);
	give(1);
	wait_until(&f.ended, 1);
	hold(true);
	for (unsigned i = 1; i <= MOST; i++) {
		jobs[i].run = stay;
		pool_give(f.pool, &jobs[i]);
		wait_until(&f.running, i);
	}
	hold(false);
	pool_free(f.pool);
	assert_int_equal(f.ended, MOST + 1);
}

static void what_a_job_gives_runs_to_the_end(void **state)
{
	(void)state;
	open_pool(MOST);
	jobs[0].run = give_more;
	pool_give(f.pool, &jobs[0]);
	pool_free(f.pool);
	assert_int_equal(f.ended, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_runs_in_order),
		cmocka_unit_test(as_many_run_as_may),
		cmocka_unit_test(who_stays_holds_up_nobody),
		cmocka_unit_test(what_a_job_gives_runs_to_the_end),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
