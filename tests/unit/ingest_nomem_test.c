/* Every allocation of a change and of a start-up (nomem_arm_place) fails once, SQLite's too: it is an error or it is
 * done, nothing is there by half, and the next try succeeds. That nothing leaks is seen by the build
 * with the address sanitizer: blocks go back and forth between us and libraries, so a count of ours
 * would not tell.                                                                            */
#include "ingest_fixture.h"

#include "tests/lib/nomem_sqlite.h"

/* ---- changes ---- */

static bool is_clean(enum err err)
{
	return err == ERR_NOMEM || err == ERR_DB || err == ERR_READ_ONLY || err == ERR_BUSY;
}

static bool is_one_of(const char *story, const char *a, const char *b)
{
	bool found = strcmp(story, a) == 0 || strcmp(story, b) == 0;
	if (!found)
		print_error("\"%s\" is neither \"%s\" nor \"%s\"\n", story, a, b);
	return found;
}

struct change_case { const char *before, *step, *story_before, *story_after; };

static void fail_one(const struct change_case *t, long n)
{
	char story[STORY_BYTES];
	struct fixture *f = fixture_new();
	f->o.overwrite = true;
	open_ingest(f);
	do_steps(f, t->before);
	nomem_arm_place(n);
	enum err err = do_step(f, str_c(t->step));
	bool failed = nomem_disarm();
	assert_true(failed || err == OK);
	assert_true(err == OK || is_clean(err));
	if (atomic_load(&f->g->stopped))
		reopen(f);
	tell_story(f, story);
	assert_true(is_one_of(story, err ? t->story_before : t->story_after, t->story_after));
	if (err && do_step(f, str_c(t->step)) != OK)
		assert_int_equal(f->e.code, ERR_NOT_FOUND);          /* deleted after all */
	expect_story(f, t->story_after);
	assert_int_equal(fsck_problems(f), 0);
	fixture_free(f);
}

static void t_crash_05_each_allocation_of_a_change(void **state)
{
	static const struct change_case table[] = {
		{ "",            "publish A",   "-",                    "A, live A, shown A" },
		{ "",            "publish A+P", "-",                    "A P, live A+P, shown A" },
		{ "publish A",   "prov P",      "A, live A, shown A",   "A P, live A+P, shown A" },
		{ "publish A+P", "force B+R",   "A P, live A+P, shown A", "B R, live B+R, shown B" },
		{ "publish A+P", "delete",      "A P, live A+P, shown A", "-, deleted A" },
		{ "publish A; delete", "publish A", "-, deleted A",     "A, live A, shown A" },
		{ "publish A; rm; report", "publish A", "-, damaged A", "A, live A, shown A" },
		{ "publish A+P; rm-prov", "lost-prov", "A, live A+P, shown A", "A, live A, shown A" },
		{ "publish A",   "list a",      "A, live A, shown A",   "A, live A list a, shown A" },
		{ "publish A; list a", "unlist", "A, live A list a, shown A", "A, live A, shown A" },
		{ "publish A; list a", "force B", "A, live A list a, shown A", "B, live B, shown B" },
		{ "rmdir .",     "publish A",   "-",                    "A, live A, shown A" },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(table); i++) {
		for (long n = 0; n <= nomem_places(); n++)
			fail_one(&table[i], n);
		print_message("# %s: %ld places\n", table[i].step, nomem_places());
		assert_true(nomem_places() > 2);
	}
}

/* ---- starting ---- */

static void expect_start(struct fixture *f, const char *story, long n)
{
	nomem_arm_place(n);
	enum err err = ingest_open(&f->o, &f->g, &f->e);
	assert_true(nomem_disarm() || err == OK);
	if (err) {
		assert_true(is_clean(err));
		open_ingest(f);
	}
	expect_story(f, story);
	assert_int_equal(fsck_problems(f), 0);
}

static void t_crash_05_each_allocation_of_a_start(void **state)
{
	struct fixture *f = *state;
	open_ingest(f);
	do_steps(f, "publish A+P");
	for (int clean = 0; clean < 2; clean++) {
		for (long n = 0; n <= nomem_places(); n++) {
			clean ? shut(f) : shut_uncleanly(f);
			expect_start(f, "A P, live A+P, shown A", n);
		}
		assert_true(nomem_places() > 5);
	}
}

static void t_crash_05_each_allocation_of_a_first_start(void **state)
{
	(void)state;
	for (long n = 0; n <= nomem_places(); n++) {
		struct fixture *f = fixture_new();
		expect_start(f, "-", n);
		fixture_free(f);
	}
	assert_true(nomem_places() > 5);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_crash_05_each_allocation_of_a_change),
		TEST(t_crash_05_each_allocation_of_a_start),
		cmocka_unit_test(t_crash_05_each_allocation_of_a_first_start),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, nomem_sqlite_setup, NULL);
}
