/* fsck beside changes that go on: it waits for what is under way and finds nothing. What it finds in what
 * stands still: ingest_fsck_test.c, ingest_virtual_fsck_test.c.                               */
#include "ingest_virtual_fixture.h"

static atomic_bool hasty;

int nanosleep(const struct timespec *pause, struct timespec *rest)
{
	return hasty ? 0 : clock_nanosleep(CLOCK_MONOTONIC, 0, pause, rest);
}

struct busy { struct fixture *f; atomic_bool stop; };

/* So that most of the time is fsck's, which is what is tried here, and the log that it reads stays short. */
static bool goes_on(struct busy *busy)
{
	const struct timespec moment = { 0, 2 * NS_PER_MS };
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
	return !atomic_load(&busy->stop);
}

static void tell_problem(void *ctx, enum fsck_kind kind, struct str repo, struct str file,
                         const char *text, bool repaired)
{
	(void)repaired;
	sbuf_printf(ctx, "%.*s: %s %.*s: %s\n", STR_ARG(repo), fsck_kind_name(kind), STR_ARG(file), text);
}

static void expect_nothing(struct fixture *f, bool repair)
{
	struct fsck_report report;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	const struct fsck_options o = { .repair = repair, .problem = tell_problem, .ctx = &b };
	assert_ok(f, ingest_fsck(f->g, &o, &report, &f->e));
	if (report.problems || b.n)
		fail_msg("%.*s", STR_ARG(sbuf_str(&b)));
}

static void look_beside(struct fixture *f, void *(*be_busy)(void *), int times, bool repair)
{
	struct busy busy = { .f = f };
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, be_busy, &busy), 0);
	for (int i = 0; i < times; i++)
		expect_nothing(f, repair);
	atomic_store(&busy.stop, true);
	assert_int_equal(pthread_join(thread, NULL), 0);
	expect_nothing(f, false);
}

/* Publishes, deletes, brings back, makes repositories. */
static void *host(void *arg)
{
	struct busy *busy = arg;
	struct fixture *f = busy->f;
	for (unsigned i = 0; goes_on(busy); i++) {
		static const char *const steps[] = { "publish", "prov", "delete", "publish" };
		static const char *const what[] = { "A", "P", "", "U" };
		char repo[32];
		struct change c;
		(void)fill_change(f, &c, steps[i % 4], what[i % 4]);
		(void)snprintf(repo, sizeof repo, i % 4 == 3 ? "r%u" : "main", i);
		c.repo = str_c(repo);
		c.create_repo = true;
		assert_int_equal(ingest_apply(f->g, &c), OK);
		change_done(&c);
	}
	return NULL;
}

static void t_ops_fsck_beside_changes(void **state)
{
	struct fixture *f = *state;
	open_ingest(f);
	do_steps(f, "publish U");
	look_beside(f, host, 5, true);
}

static void *yank_and_unyank(void *arg)
{
	struct busy *busy = arg;
	for (unsigned i = 0; goes_on(busy); i++) {
		struct change c;
		(void)fill_change(busy->f, &c, i % 2 ? "unyank" : "yank", "");
		assert_int_equal(ingest_apply(busy->f->g, &c), OK);
		change_done(&c);
	}
	return NULL;
}

/* The second look waits for nothing here: what changes all the time is looked at as often. */
static void t_ops_fsck_beside_yanks(void **state)
{
	struct fixture *f = *state;
	open_ingest(f);
	do_steps(f, "publish A");
	hasty = true;
	look_beside(f, yank_and_unyank, 40, true);
	hasty = false;
}

static void *promote(void *arg)
{
	struct busy *busy = arg;
	for (int i = 0; goes_on(busy); i++) {
		char steps[256];
		(void)snprintf(steps, sizeof steps, "push stable app 1.0.0-rc.%d; promote all app 1.0.0-rc.%d; "
		               "push stable db 1.%d.0; undo all app 1.0.0-rc.%d", i, i, i, i);
		virtual_steps(busy->f, steps);
	}
	return NULL;
}

static void t_ops_fsck_beside_changes_of_members(void **state)
{
	struct fixture *f = *state;
	open_ingest(f);
	virtual_steps(f, "make stable; make all {\"members\":\"stable\",\"take_prereleases\":false}; "
	              "make every {\"members\":\"all\"}");
	look_beside(f, promote, 5, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(t_ops_fsck_beside_changes),
		TEST(t_ops_fsck_beside_yanks),
		TEST(t_ops_fsck_beside_changes_of_members),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
