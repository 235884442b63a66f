/* Every allocation of a change and of a start-up fails once, SQLite's too: it is an error or it is
 * done, nothing is there by half, and the next try succeeds. That nothing leaks is seen by the build
 * with the address sanitizer: blocks go back and forth between us and libraries, so a count of ours
 * would not tell.                                                                            */
#include "ingest_fixture.h"

#include "indexer/base/log.h"
#include "tests/lib/nomem.h"
#include "tests/lib/nomem_sqlite.h"

static int let_sqlite_fail(void **state)
{
	(void)state;
	log_setup(-1, LOG_TEXT, LOG_ERROR);          /* errors are what this is about */
	return nomem_sqlite();
}

/* ---- changes ---- */

/* A third of them; where an address sanitizer looks another third. LONG=1 takes all. */
static long first(void) { return getenv("ASAN_OPTIONS") && !getenv("LONG"); }
static long step(void) { return getenv("LONG") ? 1 : 3; }

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

/* False when no allocation was left to fail. */
static bool fail_one(const struct change_case *t, long n)
{
	char story[STORY_BYTES];
	struct fixture *f = fixture_new();
	f->o.overwrite = true;
	open_ingest(f);
	do_steps(f, t->before);
	nomem_arm(n);
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
	return failed;
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
		long n;
		for (n = first(); fail_one(&table[i], n); n += step())
			;
		print_message("# %s: %ld allocations\n", table[i].step, n);
		assert_in_range(n, 20, 100000);
	}
}

/* ---- starting ---- */

static void expect_start(struct fixture *f, const char *story, long n, bool *ret_failed)
{
	nomem_arm(n);
	enum err err = ingest_open(&f->o, &f->g, &f->e);
	*ret_failed = nomem_disarm();
	assert_true(*ret_failed || err == OK);
	if (err) {
		assert_true(is_clean(err));
		open_ingest(f);
	}
	expect_story(f, story);
	assert_int_equal(fsck_problems(f), 0);
}

/* Of a start's many allocations the later ones are alike: LONG=1 takes all of them. */
static long next(long n) { return getenv("LONG") ? n + 1 : n + 1 + n / 24; }

static void t_crash_05_each_allocation_of_a_start(void **state)
{
	struct fixture *f = *state;
	open_ingest(f);
	do_steps(f, "publish A+P");
	bool failed = true;
	for (int clean = 0; clean < 2; clean++) {
		long n = 0;
		for (failed = true; failed; n = next(n)) {
			clean ? shut(f) : shut_uncleanly(f);
			expect_start(f, "A P, live A+P, shown A", n, &failed);
		}
		assert_in_range(n, 100, 1000000);
	}
}

static void t_crash_05_each_allocation_of_a_first_start(void **state)
{
	bool failed = true;
	(void)state;
	for (long n = 0; failed; n = next(n)) {
		struct fixture *f = fixture_new();
		expect_start(f, "-", n, &failed);
		fixture_free(f);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_crash_05_each_allocation_of_a_change),
		TEST(t_crash_05_each_allocation_of_a_start),
		cmocka_unit_test(t_crash_05_each_allocation_of_a_first_start),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, let_sqlite_fail, NULL);
}
