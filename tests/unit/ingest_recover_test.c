/* What a crash leaves and what the next start makes of it: the table at the head of load.c. */
#include "ingest_fixture.h"

struct row { const char *name, *left, *wanted; };

static const struct row rows[] = {
	{ "nothing", "publish A+P", "A P, live A+P, shown A" },
	{ "a file without a row", "put A", "-, quarantine 1" },
	{ "a file without a row, cut", "spoil", "-, quarantine 1" },
	{ "a provenance file without a row", "put-prov P", "-, quarantine 1" },
	{ "both without a row", "put A; put-prov P", "-, quarantine 2" },
	{ "a provenance file that its row lacks", "publish A; put-prov P",
	  "A, live A, shown A, quarantine 1" },
	{ "a file of another chart's row", "publish T; put A", "A, damaged T" },

	{ "a replacement with its row", "publish A; force B; put A; new B", "B, live B, shown B" },
	{ "the same without the old file", "publish A; force B; rm; new B", "B, live B, shown B" },
	{ "the same with a damaged old file", "publish A; force B; spoil; new B",
	  "B, live B, shown B" },
	{ "a replacement without its row", "publish A; new B", "A, live A, shown A" },
	{ "a replacement of nothing", "new B", "-" },
	{ "a replacement that was deleted", "publish A; delete; new A", "-, deleted A" },
	{ "the old provenance file", "publish A+P; force B; put-prov P",
	  "B, live B, shown B, quarantine 1" },
	{ "a provenance file with its row", "publish A+P; force-prov Q; put-prov P; new Q",
	  "A Q, live A+Q, shown A" },
	{ "a provenance file without its row", "publish A+P; new Q", "A P, live A+P, shown A" },
	{ "both with their row", "publish A+P; force B+R; put A; put-prov P; new B; new R",
	  "B R, live B+R, shown B" },
	{ "both without their row", "publish A+P; new B; new R", "A P, live A+P, shown A" },

	{ "a deleted file", "publish A; delete; put A", "-, deleted A, quarantine 1" },
	{ "deleted files", "publish A+P; delete; put A; put-prov P",
	  "-, deleted A, quarantine 2" },
	{ "a deleted chart's provenance file", "publish A+P; delete; put-prov P",
	  "-, deleted A, quarantine 1" },
	{ "a directory where one was deleted", "publish A; delete; mkdir", "-, deleted A, quarantine 1" },
	{ "another file where one was deleted", "publish A; delete; put B",
	  "-, deleted A, quarantine 1" },

	{ "a row without its file", "publish A; rm", "-, damaged A" },
	{ "a file of another size", "publish A; spoil", "?, damaged A" },
	{ "a link", "publish A; link", "/, damaged A" },
	{ "a directory", "publish A; mkdir", "/, damaged A" },
	{ "a known damage", "publish A; spoil; report", "?, damaged A" },
	{ "a known damage, file back", "publish A; rm; report; put A", "A, damaged A" },
	{ "a deleted row without its file", "publish A; delete", "-, deleted A" },
};

/* Nothing but what the story tells is in the charts folder. */
static void check_folder(struct fixture *f, const char *story)
{
	bool prov = story[0] && story[1] == ' ';
	assert_int_equal(entries_of(f, "repos/main/charts"), (story[0] != '-') + prov);
	assert_int_equal(entries_of(f, "tmp"), 0);
}

static void crash(struct fixture *f)
{
	shut_uncleanly(f);
	open_ingest(f);
}

static void t_crash_01_leaves(void **state)
{
	const struct row *row = *state;
	struct fixture *f = fixture_new();
	struct ingest_stats stats;
	f->o.overwrite = true;
	open_ingest(f);
	do_steps(f, row->left);
	crash(f);
	expect_story(f, row->wanted);
	check_folder(f, row->wanted);
	bool damaged = strstr(row->wanted, "damaged") != NULL;
	ingest_stats(f->g, &stats);
	assert_int_equal(stats.damaged, damaged);
	struct shown once = show_index(f);
	crash(f);
	expect_story(f, row->wanted);
	reopen(f);
	expect_story(f, row->wanted);
	struct shown twice = show_index(f);
	assert_true(same_index(&once, &twice));
	drop_shown(once);
	drop_shown(twice);
	if (!damaged)
		assert_int_equal(fsck_problems(f), 0);
	fixture_free(f);
}

/* What a start after a clean end does not look at. */
static void t_crash_01_clean_end_is_believed(void **state)
{
	struct fixture *f = *state;
	open_ingest(f);
	do_steps(f, "publish A; rm");
	reopen(f);
	expect_story(f, "-, live A, shown A");
	reopen(f);
	expect_story(f, "-, live A, shown A");
	crash(f);
	expect_story(f, "-, damaged A");
}

/* The flag is down from the first moment, not only after the first change. */
static void t_crash_01_flag_while_running(void **state)
{
	static const char *const wanted[] = { "1", "0", "0", "1" };
	struct fixture *f = *state;
	open_ingest(f);
	for (size_t i = 0; i < ROWS(wanted); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct str value;
		struct catalog *c;
		struct datadir *d;
		const struct datadir_options reading = { .write = false };
		if (i == 0 || i == 3)
			shut(f);
		else if (i == 1)
			open_ingest(f);
		else
			shut_uncleanly(f);
		assert_ok(f, datadir_open(f->data, &reading, &d, &f->e));
		assert_ok(f, catalog_open_reader(d, &c, &f->e));
		assert_ok(f, catalog_meta_get(c, &a, "clean_shutdown", &value, &f->e));
		assert_true(str_eq_c(value, wanted[i]));
		catalog_close(c);
		datadir_close(d);
		if (i == 2)
			open_ingest(f);
	}
}

static void t_disk_04_damage_is_told_and_heals(void **state)
{
	static const char *const damages[] = { "rm", "spoil", "link", "mkdir" };
	struct fixture *f = *state;
	for (size_t i = 0; i < ROWS(damages); i++) {
		struct stored_file file;
		open_ingest(f);
		do_steps(f, "publish A");
		do_steps(f, damages[i]);
		crash(f);
		assert_err(f, DAMAGED, ingest_file(f->g, STR("main"), STR(FILE_NAME), &file, &f->e));
		do_steps(f, "publish A");
		assert_true(f->last.existing);
		assert_ok(f, ingest_file(f->g, STR("main"), STR(FILE_NAME), &file, &f->e));
		assert_int_equal(close(file.fd), 0);
		shut(f);
	}
	open_ingest(f);
	expect_story(f, "A, live A, shown A, quarantine 3");
}

/* Files that are not ours to judge stay. */
static void t_crash_foreign_files_stay(void **state)
{
	static const char *const names[] = { "repos/main/charts/README", "repos/main/charts/.htaccess",
	                                     "repos/main/charts/.notes.new", "repos/main/charts/.new",
	                                     "repos/main/charts/index.html", "repos/main/notes.tgz",
	                                     "repos/notes.tgz", "repos/other/index.html" };
	struct fixture *f = *state;
	char path[PATH_BYTES];
	open_ingest(f);
	do_steps(f, "publish A");
	assert_int_equal(mkdir(path_below(f->data, "repos/other", path), 0700), 0);
	for (size_t i = 0; i < ROWS(names); i++)
		write_at(path_below(f->data, names[i], path), STR("foreign"));
	crash(f);
	for (size_t i = 0; i < ROWS(names); i++)
		assert_int_equal(letter_at(f, path_below(f->data, names[i], path)), '?');
	expect_story(f, "A, live A, shown A");
	assert_int_equal(fsck_problems(f), 0);
}

/* The folder of a repository that was being made. */
static void t_crash_repository_without_a_row(void **state)
{
	static const char *const names[] = { "repos/new/charts/a-1.0.0.tgz",
	                                     "repos/new/charts/a-1.0.0.tgz.prov",
	                                     "repos/team/new/charts/a-1.0.0.tgz" };
	static const char *const put_away[] = { "quarantine/new~a-1.0.0.tgz~orphan~1",
	                                        "quarantine/new~a-1.0.0.tgz.prov~orphan~1",
	                                        "quarantine/team~new~a-1.0.0.tgz~orphan~1" };
	struct fixture *f = *state;
	char path[PATH_BYTES];
	open_ingest(f);
	for (size_t i = 0; i < 3; i++) {
		AUTO_FD int charts = -1;
		struct str repo = i < 2 ? STR("new") : STR("team/new");
		assert_ok(f, datadir_open_charts(ingest_datadir(f->g), repo, true, &charts, &f->e));
		write_at(path_below(f->data, names[i], path), material(f, 'A')->bytes);
	}
	write_at(path_below(f->data, "repos/new/charts/README", path), STR("foreign"));
	crash(f);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(letter_at(f, path_below(f->data, names[i], path)), '-');
		assert_int_equal(letter_at(f, path_below(f->data, put_away[i], path)), 'A');
	}
	assert_int_equal(letter_at(f, path_below(f->data, "repos/new/charts/README", path)), '?');
	assert_false(ingest_has_repo(f->g, STR("new")));
}

static void t_crash_repository_without_its_folder(void **state)
{
	struct fixture *f = *state;
	char path[PATH_BYTES];
	open_ingest(f);
	do_steps(f, "publish A; publish U");
	shut_uncleanly(f);
	remove_tree(path_below(f->data, "repos/main", path));
	open_ingest(f);
	expect_story(f, "-, damaged A");
	do_steps(f, "publish A; publish U");
	expect_story(f, "A, live A, shown A, shown U");
	assert_int_equal(fsck_problems(f), 0);
}

int main(void)
{
	const struct CMUnitTest others[] = {
		TEST(t_crash_01_clean_end_is_believed),
		TEST(t_crash_01_flag_while_running),
		TEST(t_disk_04_damage_is_told_and_heals),
		TEST(t_crash_foreign_files_stay),
		TEST(t_crash_repository_without_a_row),
		TEST(t_crash_repository_without_its_folder),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("t_crash_01_leaves", t_crash_01_leaves, rows);
	return failed + cmocka_run_group_tests(others, NULL, NULL);
}
