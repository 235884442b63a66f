/* What goes for good: what a deletion kept when its time is over, and what is purged, also by another name, after
 * a crash, and where something is in the way.                                                 */
#include "ingest_repo_fixture.h"

/* What is over goes, what is not stays; nothing else of quarantine/ is touched. */
static void t_the_end_of_the_time(void **state)
{
	struct fixture *f = *state;
	uint64_t removed;
	open_ingest(f);
	do_all(f, "make a; push a; unlist a; make b; push b; unlist b; make c; push c; remove c");
	assert_int_equal(entries_of(f, "quarantine"), 3);
	assert_ok(f, ingest_sweep(f->g, &removed, &f->e));
	assert_int_equal(removed, 0);
	do_all(f, "set a {\"undelete_days\":0}; rename a d");
	assert_ok(f, ingest_sweep(f->g, &removed, &f->e));
	assert_int_equal(removed, 1);
	assert_int_equal(entries_of(f, "quarantine"), 2);
	do_all(f, "bring b");
	assert_int_equal(do_one(f, STR("bring d")), ERR_GONE);
	expect(f, "b 1 file, d, main");
}

static void t_the_time_of_an_unknown_deletion(void **state)
{
	struct fixture *f = *state;
	char path[PATH_BYTES];
	uint64_t removed;
	open_ingest(f);
	write_at(path_below(f->data, "quarantine/deleted~999~" FILE_NAME, path), STR("who knows"));
	assert_ok(f, ingest_sweep(f->g, &removed, &f->e));
	assert_int_equal(removed, 0);
	assert_int_equal(entries_of(f, "quarantine"), 1);
}

/* Also where another repository got a name: what belongs to that one stays. */
static void t_a_purge_follows_renamed_ones(void **state)
{
	static const struct { const char *steps; unsigned before, after; } wanted[] = {
		{ "make a; push a; unlist a; rename a b", 1, 0 },
		{ "make a; push a; unlist a; rename a b; make a", 1, 0 },
		{ "make a; push a; unlist a; rename a b; make a; push a; unlist a", 2, 1 },
	};
	(void)state;
	for (size_t i = 0; i < 2 * ROWS(wanted); i++) {
		struct fixture *f = fixture_new();
		open_ingest(f);
		do_all(f, wanted[i / 2].steps);
		if (i % 2)
			reopen(f);
		assert_int_equal(entries_of(f, "quarantine"), wanted[i / 2].before);
		do_all(f, "purge b");
		assert_int_equal(entries_of(f, "quarantine"), wanted[i / 2].after);
		if (wanted[i / 2].after)
			do_all(f, "bring a");
		expect_sound(f);
		fixture_free(f);
	}
}

/* What belongs to another one stays: of a prefix of the name, of one that has the name now, of the same
 * name when it was deleted after the purge.                                                  */
static void t_a_purge_of_deleted_ones(void **state)
{
	static const struct { const char *steps, *forget; unsigned before, after; } wanted[] = {
		{ "make a; push a; remove a", "forget a", 1, 0 },
		{ "make a; push a; unlist a; push a; remove a", "forget a", 2, 0 },
		{ "make a; push a; unlist a; rename a b; push b; remove b", "forget b", 2, 0 },
		{ "make a; make a/b; push a; push a/b; remove a; remove a/b", "forget a", 2, 1 },
		{ "make a; make a/b; push a; push a/b; remove a; remove a/b", "forget a/b", 2, 1 },
		{ "make a; push a; remove a; make a; push a; remove a", "forget a", 2, 0 },
		{ "make a; push a; unlist a; remove a; make a; push a; unlist a", "forget a", 3, 1 },
		{ "make a; push a; remove a; forget a; make a; push a; unlist a; push a; remove a; make b;"
		  " push b", "purge b", 2, 2 },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(wanted); i++) {
		struct fixture *f = fixture_new();
		open_ingest(f);
		do_all(f, wanted[i].steps);
		assert_int_equal(entries_of(f, "quarantine"), wanted[i].before);
		do_all(f, wanted[i].forget);
		if (entries_of(f, "quarantine") != wanted[i].after)
			fail_msg("%s; %s: %u are left", wanted[i].steps, wanted[i].forget,
			         entries_of(f, "quarantine"));
		expect_sound(f);
		fixture_free(f);
	}
}

/* It is in the log, and what was to be removed is there still. */
static void t_a_purge_goes_on_after_a_crash(void **state)
{
	struct fixture *f = *state;
	char from[PATH_BYTES], to[PATH_BYTES];
	open_ingest(f);
	do_all(f, "make a; push a; remove a");
	assert_int_equal(rename(path_below(f->data, "quarantine/a~charts~deleted~1", from),
	                        path_below(f->data, "aside", to)), 0);
	do_all(f, "forget a");
	shut_uncleanly(f);
	run_sql(f->data, "UPDATE meta SET value = '1' WHERE key = 'purging'", SQLITE_OK);
	assert_int_equal(rename(to, from), 0);
	open_ingest(f);
	assert_int_equal(entries_of(f, "quarantine"), 0);
	expect_sound(f);
}

static bool is_purging(struct fixture *f)
{
	AUTO_ARENA struct arena a = { 0 };
	struct reader *reader = NULL;
	struct str value;
	assert_ok(f, reader_take(f->g, &reader, &f->e));
	assert_ok(f, catalog_meta_get(reader->catalog, &a, "purging", &value, &f->e));
	reader_give(f->g, reader);
	return str_eq(value, STR("1"));
}

/* It is out of everybody's sight at once. The start goes on without it, and a sweep ends it when it can. */
static void t_a_purge_that_cannot_be_finished(void **state)
{
	struct fixture *f = *state;
	char index[PATH_BYTES];
	struct stored_file file;
	uint64_t removed;
	open_ingest(f);
	do_all(f, "make a; push a; unlist a; make b; push b");
	assert_int_equal(mkdir(path_below(f->data, "repos/main/index.yaml", index), 0700), 0);
	assert_int_equal(do_one(f, STR("purge a")), ERR_BUSY);
	for (int again = 0; again < 2; again++) {
		reopen(f);
		expect(f, "a, b 1 file, main");
		assert_true(is_purging(f));
		assert_int_equal(ingest_file(f->g, STR("a"), STR(FILE_NAME), &file, &f->e), ERR_NOT_FOUND);
		assert_int_equal(do_one(f, STR("bring a")), ERR_GONE);
		do_all(f, "yank b; unyank b");
		assert_ok(f, ingest_sweep(f->g, &removed, &f->e));
	}
	assert_true(is_purging(f));
	assert_int_equal(rmdir(index), 0);
	assert_ok(f, ingest_sweep(f->g, &removed, &f->e));
	assert_false(is_purging(f));
	expect_sound(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(t_the_end_of_the_time),
		TEST(t_the_time_of_an_unknown_deletion),
		TEST(t_a_purge_follows_renamed_ones),
		TEST(t_a_purge_of_deleted_ones),
		TEST(t_a_purge_goes_on_after_a_crash),
		TEST(t_a_purge_that_cannot_be_finished),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
