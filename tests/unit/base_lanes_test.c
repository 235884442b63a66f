/* Jobs under keys: how many run, in which order the others come, and that none is lost. */
#include "table.h"

#include <pthread.h>

#include "indexer/base/lanes.h"

#define MOST 2u

struct task {
	struct pool_job job;             /* first */
	char name;
};

static struct fixture {
	struct pool *pool;
	struct lanes *lanes;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	char began[64];                  /* in which order */
	size_t count;
} f = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static void begin(struct pool_job *job)
{
	(void)pthread_mutex_lock(&f.lock);
	f.began[f.count++] = ((struct task *)job)->name;
	(void)pthread_cond_signal(&f.changed);
	(void)pthread_mutex_unlock(&f.lock);
}

static void open_lanes(unsigned plenty)
{
	struct errinfo e;
	memset(f.began, 0, sizeof f.began);
	f.count = 0;
	assert_int_equal(pool_new(1, "lanes", &f.pool, &e), OK);       /* one thread: the order is certain */
	assert_int_equal(lanes_new(f.pool, MOST, plenty, &f.lanes, &e), OK);
}

static void enter(struct task *t, const char *key)
{
	struct errinfo e;
	t->job.run = begin;
	assert_int_equal(lane_enter(f.lanes, str_c(key), &t->job, &e), OK);
}

static void expect_began(const char *wanted)
{
	(void)pthread_mutex_lock(&f.lock);
	while (f.count < strlen(wanted))
		(void)pthread_cond_wait(&f.changed, &f.lock);
	assert_string_equal(f.began, wanted);
	(void)pthread_mutex_unlock(&f.lock);
}

static void who_is_above_waits_without_a_thread(void **state)
{
	struct task t[] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' }, { .name = 'd' }, { .name = 'x' } };
	(void)state;
	open_lanes(UINT_MAX);
	for (int i = 0; i < 4; i++)
		enter(&t[i], "slow");
	enter(&t[4], "other");
	expect_began("abx");
	lane_leave(f.lanes, STR("slow"));
	expect_began("abxc");
	lane_leave(f.lanes, STR("other"));
	lane_leave(f.lanes, STR("slow"));
	expect_began("abxcd");
	lane_leave(f.lanes, STR("slow"));
	lane_leave(f.lanes, STR("slow"));
	pool_free(f.pool);
	assert_string_equal(f.began, "abxcd");
	lanes_free(f.lanes);
}

/* While three places are held each key has one, and what is given back is the first's who may have it. */
static void many_who_are_slow_do_not_hold_all(void **state)
{
	struct task t[] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' }, { .name = 'd' }, { .name = 'e' },
	                    { .name = 'x' }, { .name = 'y' } };
	static const char *const keys[] = { "one", "one", "two", "two", "one", "new", "new" };
	(void)state;
	open_lanes(3);
	for (size_t i = 0; i < ROWS(t); i++)
		enter(&t[i], keys[i]);
	expect_began("abcx");
	lane_leave(f.lanes, STR("new"));
	expect_began("abcxy");
	lane_leave(f.lanes, STR("one"));
	assert_false(lane_try(f.lanes, STR("two")));
	lane_leave(f.lanes, STR("new"));
	expect_began("abcxye");
	lane_leave(f.lanes, STR("one"));
	expect_began("abcxyed");
	lane_leave(f.lanes, STR("two"));
	lane_leave(f.lanes, STR("two"));
	lane_leave(f.lanes, STR("one"));
	pool_free(f.pool);
	assert_string_equal(f.began, "abcxyed");
	lanes_free(f.lanes);
}

static void a_place_is_tried(void **state)
{
	struct task t = { .name = 'a' };
	(void)state;
	open_lanes(UINT_MAX);
	assert_true(lane_try(f.lanes, STR("host")));
	assert_true(lane_try(f.lanes, STR("host")));
	assert_false(lane_try(f.lanes, STR("host")));
	assert_true(lane_try(f.lanes, STR("hos")));
	enter(&t, "host");
	lane_leave(f.lanes, STR("host"));
	expect_began("a");
	assert_false(lane_try(f.lanes, STR("host")));
	lane_leave(f.lanes, STR("host"));
	assert_true(lane_try(f.lanes, STR("host")));
	for (int i = 0; i < 2; i++)
		lane_leave(f.lanes, STR("host"));
	lane_leave(f.lanes, STR("hos"));
	pool_free(f.pool);
	lanes_free(f.lanes);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_above_waits_without_a_thread),
		cmocka_unit_test(many_who_are_slow_do_not_hold_all),
		cmocka_unit_test(a_place_is_tried),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
