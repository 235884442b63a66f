/* Every allocation of a change that a virtual repository follows fails once, of a start with one and of
 * fsck: member and virtual repository are both as before or both as after, and the next try succeeds. Of
 * what readers ask: an error, or the whole answer.                                              */
#include "tests/lib/nomem_sqlite.h"

static long fail_at = -1;
static bool has_failed;
static void arm(void) { if (fail_at >= 0) nomem_arm_place(fail_at); }
static void disarm(void) { has_failed = fail_at >= 0 && nomem_disarm(); }
#define BEFORE_CHANGE arm
#define AFTER_CHANGE disarm
#include "ingest_virtual_fixture.h"

#define MEMBERS "make stable; make up {\"upstream\":\"https://up.example\"}; push stable app 1.0.0; " \
	"offer up redis 1.0.0; make inner {\"members\":\"stable up\",\"take_prereleases\":false}; " \
	"make all {\"members\":\"inner\",\"index_format\":\"yaml\"}; "

static const struct change_case { const char *before, *step, *story_before, *story_after; } table[] = {
	{ MEMBERS, "push stable app 2.0.0", "app 1.0.0 stable, redis 1.0.0 up",
	  "app 2.0.0 stable, app 1.0.0 stable, redis 1.0.0 up" },
	{ MEMBERS, "yank stable app 1.0.0", "app 1.0.0 stable, redis 1.0.0 up", "redis 1.0.0 up" },
	{ MEMBERS, "offer up redis 2.0.0", "app 1.0.0 stable, redis 1.0.0 up",
	  "app 1.0.0 stable, redis 2.0.0 up, redis 1.0.0 up" },
	{ MEMBERS, "set inner {\"take_charts\":\"redis\"}", "app 1.0.0 stable, redis 1.0.0 up", "redis 1.0.0 up" },
	{ MEMBERS, "remove up", "app 1.0.0 stable, redis 1.0.0 up", "app 1.0.0 stable" },
	{ MEMBERS, "rename up down", "app 1.0.0 stable, redis 1.0.0 up", "app 1.0.0 stable, redis 1.0.0 down" },
	{ MEMBERS "push stable app 2.0.0-rc.1", "promote inner app 2.0.0-rc.1", "app 1.0.0 stable, redis 1.0.0 up",
	  "app 2.0.0-rc.1 stable, app 1.0.0 stable, redis 1.0.0 up" },
	{ "make a {\"upstream\":\"https://a.example\"}; make b {\"upstream\":\"https://b.example\"}; "
	  "make inner {\"members\":\"b\"}; make all {\"members\":\"a inner\"}; loaded a; loaded b; offer b redis 1.0.0; "
	  "rename b c", "offer a redis 9.0.0", "redis 1.0.0 c", "redis 1.0.0 c" },
	{ "make stable; make up {\"upstream\":\"https://up.example\"}; make inner {\"members\":\"up stable\"}; "
	  "make all {\"members\":\"inner\"}; offer up kafka 3-1.0.0", "push stable kafka-3 1.0.0", "kafka 3-1.0.0 up",
	  "kafka-3 1.0.0 stable" },
	{ MEMBERS, "rebuild inner", "app 1.0.0 stable, redis 1.0.0 up", "app 1.0.0 stable, redis 1.0.0 up" },
};

static void fail_one(const struct change_case *t, long n)
{
	char story[VIRTUAL_STORY];
	struct fixture *f = fixture_new();
	open_ingest(f);
	virtual_steps(f, t->before);
	fail_at = n;
	enum err err = virtual_step(f, str_c(t->step));
	fail_at = -1;
	assert_true(has_failed || err == OK);
	if (atomic_load(&f->g->stopped))
		reopen(f);
	tell_virtual(f, "all", story);
	if (strcmp(story, t->story_after) != 0 && (!err || strcmp(story, t->story_before) != 0))
		fail_msg("%s, %ld: %s", t->step, n, story);
	if (err)
		(void)virtual_step(f, str_c(t->step));       /* it may have been done */
	expect_virtual(f, "all", t->story_after);
	expect_same_after_restart(f, "all");
	fixture_free(f);
}

static void t_crash_05_each_allocation_of_a_change_in_a_member(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		for (long n = 0; n <= nomem_places(); n++)
			fail_one(&table[i], n);
		print_message("# %s: %ld places\n", table[i].step, nomem_places());
		assert_true(nomem_places() > 5);
	}
}

static void t_crash_05_each_allocation_of_a_start(void **state)
{
	(void)state;
	struct fixture *f = fixture_new();
	open_ingest(f);
	virtual_steps(f, MEMBERS);
	for (long n = 0; n <= nomem_places(); n++) {
		shut(f);
		nomem_arm_place(n);
		enum err err = ingest_open(&f->o, &f->g, &f->e);
		assert_true(nomem_disarm() || err == OK);
		if (err)
			open_ingest(f);
		expect_virtual(f, "all", "app 1.0.0 stable, redis 1.0.0 up");
	}
	fixture_free(f);
}

static void t_crash_05_each_allocation_of_fsck(void **state)
{
	(void)state;
	struct fixture *f = fixture_new();
	open_ingest(f);
	virtual_steps(f, MEMBERS "push stable app 2.0.0-rc.1; promote inner app 2.0.0-rc.1");
	for (long n = 0; n <= nomem_places(); n++) {
		const struct fsck_options o = { .repair = false };
		struct fsck_report report;
		nomem_arm_place(n);
		enum err err = ingest_fsck(f->g, &o, &report, &f->e);
		assert_true(nomem_disarm() || err == OK);
		assert_true(err || report.problems == 0);
	}
	assert_true(nomem_places() > 5);
	assert_int_equal(fsck_problems(f), 0);
	fixture_free(f);
}

/* ---- readers ---- */

static enum err conflicts(struct fixture *f, struct arena *a, struct errinfo *e)
{
	struct virtual_report *r;
	enum err err = ingest_conflicts(f->g, STR("all"), &r, e);
	(void)a;
	if (err)
		return err;
	assert_int_equal(r->count, 1);
	assert_true(str_eq_c(r->list->chart, "app") && r->list->count == 2 && r->list->winner == 0);
	assert_int_equal(r->list->claims[1].versions, 2);
	virtual_report_unref(r);
	return OK;
}

static enum err files(struct fixture *f, struct arena *a, struct errinfo *e)
{
	struct virtual_report *r;
	enum err err = ingest_conflicts(f->g, STR("files"), &r, e);
	(void)a;
	if (err)
		return err;
	assert_int_equal(r->count, 1);
	assert_true(str_eq_c(r->list->chart, "kafka") && str_eq_c(r->list->file, "kafka-3-1.0.0.tgz"));
	virtual_report_unref(r);
	return OK;
}

static enum err stored(struct fixture *f, struct arena *a, struct errinfo *e)
{
	struct virtual_stored *x;
	struct virtual_shown shown;
	enum err err = virtual_stored_open(f->g->catalog, 0, &x, e);
	if (err)
		return err;
	err = virtual_stored_chart(x, a, STR("all"), STR("redis"), &shown, e);
	if (!err)
		assert_true(shown.count == 1 && str_eq_c(shown.repo, "up") && str_eq_c(*shown.versions, "1.0.0"));
	virtual_stored_close(x);
	return err;
}

static enum err waiting(struct fixture *f, struct arena *a, struct errinfo *e)
{
	struct virtual_report *r;
	enum err err = ingest_conflicts(f->g, STR("slow"), &r, e);
	(void)a;
	if (err)
		return err;
	assert_int_equal(r->waiting_count, 1);
	assert_true(str_eq_c(r->waiting->repo, "up") && r->waiting->versions == 2);
	assert_true(str_eq_c(r->waiting->chart, "app") && r->waiting->next_ns > 0);
	virtual_report_unref(r);
	return OK;
}

static enum err absent(struct fixture *f, struct arena *a, struct errinfo *e)
{
	struct str *list;
	size_t count;
	enum err err = ingest_absent_members(f->g, a, STR("all"), &list, &count, e);
	if (!err)
		assert_true(count == 1 && str_eq_c(*list, "later"));
	return err;
}

static enum err due(struct fixture *f, struct arena *a, struct errinfo *e)
{
	struct str *list;
	size_t count;
	enum err err = ingest_due_releases(f->g, a, INT64_MAX, &list, &count, e);
	if (!err)
		assert_int_equal(count, 9);
	return err;
}

static void fail_reader(struct fixture *f, enum err (*ask)(struct fixture *, struct arena *, struct errinfo *),
                        long n)
{
	struct arena a = { 0 };
	struct errinfo e = { 0 };
	nomem_arm_place(n);
	enum err err = ask(f, &a, &e);
	bool failed = nomem_disarm();
	arena_done(&a);
	assert_true(err == OK || (failed && (err == ERR_NOMEM || err == ERR_DB)));
	assert_int_equal(e.code, err);
}

static void t_each_allocation_of_a_reader(void **state)
{
	static enum err (*const readers[])(struct fixture *, struct arena *, struct errinfo *) = {
		conflicts, files, stored, waiting, absent, due,
	};
	struct fixture *f = fixture_new();
	(void)state;
	open_ingest(f);
	virtual_steps(f, MEMBERS "offer up app 1.0.0 2.0.0; set all {\"members\":\"stable up later\"}; "
	              "make slow {\"members\":\"up\",\"cooldown_days\":3,\"take_charts\":\"app\"}; "
	              "make far {\"upstream\":\"https://far.example\"}; make near; make files {\"members\":\"far near\"}; "
	              "offer far kafka 3-1.0.0; push near kafka-3 1.0.0");
	for (size_t i = 0; i < ROWS(readers); i++) {
		for (long n = 0; n <= nomem_places(); n++)
			fail_reader(f, readers[i], n);
		assert_true(nomem_places() > 0);
	}
	fixture_free(f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_crash_05_each_allocation_of_a_change_in_a_member),
		cmocka_unit_test(t_crash_05_each_allocation_of_a_start),
		cmocka_unit_test(t_crash_05_each_allocation_of_fsck),
		cmocka_unit_test(t_each_allocation_of_a_reader),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, nomem_sqlite_setup, NULL);
}
