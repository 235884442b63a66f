/* Repositories made, set, renamed and deleted, versions yanked; and the same after a restart, after a
 * crash before the folder moved, and as the log tells it.                                     */
#include "ingest_repo_fixture.h"

#include "indexer/ingest/retain.h"

/* Only the log and the folders are left: rebuild makes the rows again, with their settings. */
static void expect_made_again(struct fixture *f, const char *wanted)
{
	struct rebuild_report report;
	shut(f);
	run_sql(f->data, "DELETE FROM version; DELETE FROM repo", SQLITE_OK);
	open_ingest(f);
	assert_ok(f, ingest_rebuild(f->g, &report, &f->e));
	assert_int_equal(report.damaged, 0);
	expect(f, wanted);
	reopen(f);
	expect(f, wanted);
}

static const struct row { const char *name, *steps, *story; } rows[] = {
	{ "made", "make a; make team/b", "a, main, team/b" },
	{ "made private", "make a {\"private\":true}", "a private, main" },
	{ "set", "make a; set a {\"private\":true,\"description\":\"x\"}", "a private, main" },
	{ "set and taken back", "make a {\"private\":true}; set a {\"private\":null}", "a, main" },
	{ "YAML wanted later", "make a; push a; set a {\"index_format\":\"yaml\"}",
	  "a 1 file yaml, main" },
	{ "YAML given up", "make a {\"index_format\":\"yaml\"}; push a; set a {\"index_format\":\"json\"}",
	  "a 1 file, main" },
	{ "renamed", "make a; push a; rename a b", "b 1 file, main" },
	{ "renamed with its settings", "make a {\"private\":true}; push a; rename a b",
	  "b private 1 file, main" },
	{ "renamed below itself", "make a; push a; rename a a/b", "a/b 1 file, main" },
	{ "renamed above itself", "make a/b; push a/b; rename a/b a", "a 1 file, main" },
	{ "renamed beside another", "make t/a; make t/c; push t/a; rename t/a b", "b 1 file, main, t/c" },
	{ "renamed twice", "make a; push a; rename a b; rename b c", "c 1 file, main" },
	{ "renamed and back", "make a; push a; rename a b; rename b a", "a 1 file, main" },
	{ "renamed and replaced", "make a; push a; rename a b; make a", "a, b 1 file, main" },
	{ "removed", "make a; push a; remove a", "main" },
	{ "removed and made again", "make a {\"private\":true}; push a; remove a; make a; push a",
	  "a 1 file, main" },
	{ "removed and purged", "make a; push a; remove a; forget a", "main" },
	{ "removed, purged twice", "make a; push a; remove a; forget a; forget a", "main" },
	{ "made again and purged", "make a {\"private\":true}; push a; remove a; make a; push a; forget a",
	  "a 1 file, main" },
	{ "renamed and removed", "make a; push a; rename a b; remove b", "main" },
	{ "made by a push", "make a {\"create_on_push\":true,\"private\":true}; push a/x",
	  "a private, a/x private 1 file, main" },
	{ "made by no push beyond its quota", "make a {\"create_on_push\":true,\"max_bytes\":\"10\"}; !push a/x",
	  "a, main" },
	{ "made by no push without a signature", "make a {\"create_on_push\":true,\"provenance\":\"require\"}; !push a/x",
	  "a, main" },
	{ "and by the next one", "make a {\"create_on_push\":true,\"max_bytes\":\"10\"}; !push a/x; "
	  "set a {\"max_bytes\":null}; push a/x", "a, a/x 1 file, main" },
	{ "yanked", "make a; push a; yank a", "a file, main" },
	{ "yanked twice", "make a; push a; yank a; yank a", "a file, main" },
	{ "unyanked", "make a; push a; yank a; unyank a", "a 1 file, main" },
	{ "yanked and renamed", "make a; push a; yank a; rename a b", "b file, main" },
	{ "yanked and deleted", "make a; push a; yank a; unlist a", "a, main" },
	{ "yanked, deleted, pushed", "make a; push a; yank a; unlist a; push a", "a 1 file, main" },
	{ "brought back", "make a; push a; unlist a; bring a", "a 1 file, main" },
	{ "brought back twice", "make a; push a; unlist a; bring a; unlist a; bring a",
	  "a 1 file, main" },
	{ "brought back when it is there", "make a; push a; bring a", "a 1 file, main" },
	{ "yanked, deleted, brought back", "make a; push a; yank a; unlist a; bring a", "a file, main" },
	{ "and shown again", "make a; push a; yank a; unlist a; bring a; unyank a", "a 1 file, main" },
	{ "yanked, deleted, renamed, brought back", "make a; push a; yank a; unlist a; rename a b; bring b",
	  "b file, main" },
	{ "yanked, deleted, pushed, deleted, brought back",
	  "make a; push a; yank a; unlist a; push a; unlist a; bring a", "a 1 file, main" },
	{ "yanked, deleted, brought back twice", "make a; push a; yank a; unlist a; bring a; unlist a; bring a",
	  "a file, main" },
	{ "deleted, renamed, brought back", "make a; push a; unlist a; rename a b; bring b",
	  "b 1 file, main" },
	{ "purged", "make a; push a; purge a", "a, main" },
	{ "purged twice", "make a; push a; purge a; purge a", "a, main" },
	{ "deleted and purged", "make a; push a; unlist a; purge a", "a, main" },
	{ "yanked and purged", "make a; push a; yank a; purge a", "a, main" },
	{ "purged, YAML", "make a {\"index_format\":\"yaml\"}; push a; purge a", "a yaml, main" },
	{ "purged beside another", "make a; make b; push a; push b; purge a", "a, b 1 file, main" },
	{ "at its quota", "make a {\"max_versions\":1}; push a; push a", "a 1 file, main" },
	{ "yanked, YAML", "make a {\"index_format\":\"yaml\"}; push a; yank a", "a file yaml, main" },
};

static void t_repositories(void **state)
{
	const struct row *row = *state;
	struct fixture *f = fixture_new();
	open_ingest(f);
	do_all(f, row->steps);
	expect(f, row->story);
	expect_sound(f);
	expect(f, row->story);
	reopen(f);
	expect(f, row->story);
	shut_uncleanly(f);
	open_ingest(f);
	expect(f, row->story);
	expect_sound(f);
	expect_made_again(f, row->story);
	fixture_free(f);
}

static const struct { const char *before, *step; enum err code; const char *why; } refusals[] = {
	{ "make a", "make a", ERR_REPO_EXISTS, "repo set a" },
	{ "", "set a {}", ERR_REPO_NOT_FOUND, "no repository \"a\"" },
	{ "make a", "set a {\"pirvate\":true}", ERR_INVALID, "no setting \"pirvate\"" },
	{ "make a", "set a {\"private\":\"perhaps\"}", ERR_INVALID, "neither true nor false" },
	{ "make a", "set a {\"private\":true,\"private\":false}", ERR_INVALID, "duplicate" },
	{ "make a", "set a [1]", ERR_INVALID, "object" },
	{ "", "make a {\"keep_last\":-1}", ERR_INVALID, "not a number" },
	{ "", "rename main b", ERR_INVALID, "default repository" },
	{ "", "remove main", ERR_INVALID, "default repository" },
	{ "make a; make b", "rename a b", ERR_REPO_EXISTS, "\"b\" exists" },
	{ "", "rename a b", ERR_REPO_NOT_FOUND, "\"a\"" },
	{ "make a", "push a/x", ERR_REPO_NOT_FOUND, "a/x" },
	{ "make a", "yank a", ERR_NOT_FOUND, FILE_NAME },
	{ "make a", "bring a", ERR_NOT_FOUND, FILE_NAME },
	{ "make a", "purge a", ERR_NOT_FOUND, FILE_NAME },
	{ "make a {\"undelete_days\":0}; push a; unlist a", "bring a", ERR_GONE, "not kept" },
	{ "make a; push a; purge a", "bring a", ERR_GONE, "purged" },
	{ "make a; push a; unlist a; purge a", "bring a", ERR_GONE, "purged" },
	{ "make a; push a; purge a", "push a", ERR_DELETED, "purged" },
	{ "make a {\"max_bytes\":\"10\"}", "push a", ERR_QUOTA, "may hold 10" },
	{ "make a {\"create_on_push\":true,\"max_bytes\":\"10\"}", "push a/x", ERR_QUOTA, "may hold 10" },
	{ "make a {\"provenance\":\"require\"}", "push a", ERR_SIGNATURE, "provenance" },
	{ "make a; push a; rename a b", "push a", ERR_REPO_NOT_FOUND, "\"a\"" },
	{ "make a; push a", "forget a", ERR_REPO_NOT_FOUND, "ever deleted" },
	{ "make a; push a; rename a b", "forget a", ERR_REPO_NOT_FOUND, "ever deleted" },
	{ "make a; push a; remove a", "push a", ERR_REPO_NOT_FOUND, "\"a\"" },
};

static void t_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(refusals); i++) {
		char before[STORY], path[PATH_BYTES];
		struct fixture *f = fixture_new();
		open_ingest(f);
		do_all(f, refusals[i].before);
		tell(f, before);
		uint64_t events = tell_events(f, 0, NULL);
		expect_err(&f->e, refusals[i].code, do_one(f, str_c(refusals[i].step)), refusals[i].step,
		           __FILE__, __LINE__);
		assert_non_null(strstr(f->e.detail, refusals[i].why));
		assert_int_equal(tell_events(f, 0, NULL), events);
		expect(f, before);
		assert_int_not_equal(access(path_below(f->data, "repos/a/x", path), F_OK), 0);
		fixture_free(f);
	}
}

/* The transaction is there and the folder is not yet moved. */
static void t_folders_follow_after_a_crash(void **state)
{
	struct fixture *f = *state;
	char from[PATH_BYTES], to[PATH_BYTES];
	open_ingest(f);
	do_all(f, "make a; push a; make b; push b; rename a c; remove b");
	shut_uncleanly(f);
	assert_int_equal(mkdir(path_below(f->data, "repos/a", from), 0750), 0);
	assert_int_equal(rename(path_below(f->data, "repos/c/charts", to),
	                        path_below(f->data, "repos/a/charts", from)), 0);
	assert_int_equal(mkdir(path_below(f->data, "repos/b", from), 0750), 0);
	assert_int_equal(rename(path_below(f->data, "quarantine/b~charts~deleted~1", to),
	                        path_below(f->data, "repos/b/charts", from)), 0);
	open_ingest(f);
	expect(f, "c 1 file, main");
	assert_int_equal(entries_of(f, "quarantine"), 1);
	assert_int_not_equal(access(path_below(f->data, "repos/a", from), F_OK), 0);
	assert_int_not_equal(access(path_below(f->data, "repos/b", from), F_OK), 0);
	expect_sound(f);
}

static void t_old_names_lead_to_the_new_one(void **state)
{
	static const struct { const char *name, *now; } wanted[] = {
		{ "a", "c" }, { "b", "c" }, { "c", "" }, { "main", "" }, { "x", "x2" }, { "y", "" },
	};
	struct fixture *f = *state;
	open_ingest(f);
	do_all(f, "make a; rename a b; rename b c; make x; rename x x2; make y; rename y z; remove z; "
	          "!make a {\"members\":\"a\"}; !make x {\"keep_last\":-1}; !make b {\"members\":\"b\"}");
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < ROWS(wanted); i++) {
			struct str now = ingest_renamed(f->g, str_c(wanted[i].name));
			if (!str_eq_c(now, wanted[i].now))
				fail_msg("%s leads to \"%.*s\"", wanted[i].name, STR_ARG(now));
		}
		reopen(f);
	}
}

/* Nobody reads it any more; who has it still keeps what he has. */
static void t_what_ended_holds_no_index(void **state)
{
	struct fixture *f = *state;
	unsigned ended = 0;
	open_ingest(f);
	do_all(f, "make a {\"index_format\":\"yaml\"}; push a; make b; push b");
	struct snapshot *held = ingest_snapshot(f->g, STR("b"));
	do_all(f, "rename a c; remove b");
	for (struct repository *r = f->g->repositories; r; r = r->next) {
		if (!r->gone)
			continue;
		ended++;
		assert_int_equal(rope_versions(r->now->json), 0);
		assert_int_equal(r->now->yaml ? rope_versions(r->now->yaml) : 0, 0);
	}
	assert_int_equal(ended, 2);
	assert_null(ingest_snapshot(f->g, STR("a")));
	assert_int_equal(rope_versions(held->json), 1);
	snapshot_unref(held);
	expect(f, "c 1 file yaml, main");
}

static enum err count_entry(void *ctx, const char *name, struct errinfo *e)
{
	(void)name;
	(void)e;
	++*(unsigned *)ctx;
	return OK;
}

static unsigned open_files(void)
{
	AUTO_FD int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	unsigned n = 0;
	assert_int_equal(datadir_each_file(dir, count_entry, &n, NULL), OK);
	return n;
}

static void t_what_ended_holds_no_descriptor(void **state)
{
	struct fixture *f = *state;
	open_ingest(f);
	do_all(f, "make a; push a; rename a b; remove b");
	unsigned before = open_files();
	for (int i = 0; i < 100; i++)
		do_all(f, i % 2 ? "make a; push a; remove a" : "make a; rename a b; remove b");
	assert_true(open_files() < before + 10);         /* the flusher may have some */
	expect(f, "main");
	expect_sound(f);
}

/* One who reads it meanwhile reads on. */
static void t_a_folder_is_closed_behind_the_last(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	open_ingest(f);
	do_all(f, "make a; push a");
	struct repository *r = repository_find(f->g, STR("a"));
	assert_true(repository_enter(r));
	assert_true(repository_enter(r));
	do_all(f, "remove a");
	repository_leave(r);
	assert_int_equal(fstatat(r->charts_fd, FILE_NAME, &st, 0), 0);
	repository_leave(r);
	assert_int_equal(r->charts_fd, -1);
	assert_false(repository_enter(r));
}

/* SQLite gives a row the number of one that is gone. */
static void t_no_view_of_one_that_was_deleted(void **state)
{
	struct fixture *f = *state;
	struct snapshot *s;
	open_ingest(f);
	do_all(f, "make a {\"private\":true}; push a");
	uint64_t then = ingest_last_event(f->g);
	int64_t id = repository_find(f->g, STR("a"))->id;
	assert_ok(f, ingest_view(f->g, STR("a"), then, &s, &f->e));
	assert_int_equal(rope_versions(s->json), 1);
	snapshot_unref(s);
	do_all(f, "remove a; make b");
	assert_int_equal(repository_find(f->g, STR("b"))->id, id);
	assert_int_equal(ingest_view(f->g, STR("b"), then, &s, &f->e), ERR_NOT_FOUND);
}

/* What somebody put where a repository gets its name is in quarantine then, and not instead of its charts. */
static void t_a_name_whose_folder_holds_something(void **state)
{
	struct fixture *f = *state;
	char path[PATH_BYTES];
	open_ingest(f);
	do_all(f, "make a; push a");
	AUTO_FD int made = -1;
	assert_ok(f, datadir_open_charts(ingest_datadir(f->g), STR("b"), true, &made, &f->e));
	write_at(path_below(f->data, "repos/b/charts/stray.txt", path), STR("stray"));
	do_all(f, "rename a b");
	expect(f, "b 1 file, main");
	reopen(f);
	expect(f, "b 1 file, main");
	expect_sound(f);
	assert_int_equal(entries_of(f, "quarantine"), 1);
}

/* What others need, or somebody promoted, is asked of every row of every repository. */
static void t_a_plan_without_rules_asks_nobody(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct retention_plan plan;
	open_ingest(f);
	do_all(f, "make a; push a; make b; push b");
	run_sql(f->data, "UPDATE version SET line = '{\"dependencies\":' WHERE repo_id ="
	        " (SELECT id FROM repo WHERE name = 'b')", SQLITE_OK);
	assert_ok(f, retention_plan(f->g, &a, STR("a"), &plan, &f->e));
	assert_int_equal(plan.count, 1);
	assert_int_equal(plan.list[0].judged.verdict, RETENTION_NO_RULES);
	do_all(f, "set a {\"keep_last\":1}");
	assert_int_equal(retention_plan(f->g, &a, STR("a"), &plan, &f->e), ERR_METADATA);
}

/* ---- the index as it was ---- */

struct at { char text[STORY]; };

static enum err add_at(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct at *at = ctx;
	(void)e;
	size_t n = strlen(at->text);
	(void)snprintf(at->text + n, STORY - n, "%.*s %.*s;", STR_ARG(row->chart), STR_ARG(row->version));
	return row->line.n ? OK : ERR_BUG;
}

static void expect_at(struct fixture *f, const char *repo, uint64_t event, const char *wanted)
{
	struct at at = { "" };
	struct reader *reader = NULL;
	assert_ok(f, reader_take(f->g, &reader, &f->e));
	struct repository *r = repository_find(f->g, str_c(repo));
	assert_ok(f, catalog_index_at(reader->catalog, r->id, event, add_at, &at, &f->e));
	reader_give(f->g, reader);
	assert_string_equal(at.text, wanted);
}

static void t_the_index_at_every_event(void **state)
{
	struct fixture *f = *state;
	static const char shown[] = "a 1.0.0-1.0.0;";
	open_ingest(f);
	do_all(f, "make r; push r; yank r; unyank r; unlist r; push r; rename r s; set s {\"private\":true}");
	/* 1 main, 2 r, 3 push, 4 yank, 5 unyank, 6 delete, 7 push, 8 and 9 rename, 10 set */
	static const struct { uint64_t event; bool there; } wanted[] = {
		{ 1, false }, { 2, false }, { 3, true }, { 4, false }, { 5, true }, { 6, false },
		{ 7, true }, { 8, true }, { 9, true }, { 10, true }, { 999, true },
	};
	for (int again = 0; again < 2; again++) {
		for (size_t i = 0; i < ROWS(wanted); i++)
			expect_at(f, "s", wanted[i].event, wanted[i].there ? shown : "");
		expect_sound(f);
	}
}

int main(void)
{
	struct CMUnitTest tests[ROWS(rows) + 10];
	size_t n = 0;
	for (size_t i = 0; i < ROWS(rows); i++)
		tests[n++] = (struct CMUnitTest){ rows[i].name, t_repositories, NULL, NULL,
		                                  (void *)(uintptr_t)&rows[i] };
	tests[n++] = (struct CMUnitTest)cmocka_unit_test(t_refused);
	tests[n++] = (struct CMUnitTest)TEST(t_folders_follow_after_a_crash);
	tests[n++] = (struct CMUnitTest)TEST(t_old_names_lead_to_the_new_one);
	tests[n++] = (struct CMUnitTest)TEST(t_the_index_at_every_event);
	tests[n++] = (struct CMUnitTest)TEST(t_what_ended_holds_no_index);
	tests[n++] = (struct CMUnitTest)TEST(t_what_ended_holds_no_descriptor);
	tests[n++] = (struct CMUnitTest)TEST(t_a_folder_is_closed_behind_the_last);
	tests[n++] = (struct CMUnitTest)TEST(t_no_view_of_one_that_was_deleted);
	tests[n++] = (struct CMUnitTest)TEST(t_a_name_whose_folder_holds_something);
	tests[n++] = (struct CMUnitTest)TEST(t_a_plan_without_rules_asks_nobody);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return _cmocka_run_group_tests("repositories", tests, n, NULL, NULL);
}
