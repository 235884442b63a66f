/* What happens when catalog.db is not what it should be: a refusal that says why, and nothing in
 * the file is touched.                                                                        */
#include "store_fixture.h"

#include "indexer/store/sql.h"

/* ---- T-SQL-06: the file ---- */

static void keep_chart(struct fixture *f)
{
	AUTO_FD int charts = -1;
	assert_ok(f, datadir_open_charts(f->d, STR("main"), true, &charts, &f->e));
	write_file(f, "repos/main/charts/redis-1.0.0.tgz", STR("x"));
}

static void remove_file(const struct fixture *f, const char *name)
{
	char path[PATH_BYTES];
	(void)unlink(path_below(f->data, name, path));
}

static void assert_refused(struct fixture *f, enum err wanted, const char *detail)
{
	AUTO_STR struct str before = read_whole(f, "catalog.db");
	open_data(f);
	expect_err(&f->e, wanted, catalog_open_writer(f->d, &f->c, &f->e), detail, __FILE__, __LINE__);
	if (!strstr(f->e.detail, detail))
		fail_msg("%s instead of %s", f->e.detail, detail);
	assert_non_null(strstr(f->e.detail, "catalog.db"));
	shut(f);
	AUTO_STR struct str after = read_whole(f, "catalog.db");
	assert_true(str_eq(before, after));
}

/* Each row starts from a sound catalog with one publish. */
static void t_sql_06_refused_databases(void **state)
{
	static const struct { const char *sql; enum err err; const char *detail; } table[] = {
		{ "PRAGMA application_id = 1", ERR_CORRUPT, "belongs to another program" },
		{ "PRAGMA application_id = 0", ERR_CORRUPT, "belongs to another program" },
		{ "PRAGMA user_version = 0", ERR_CORRUPT, "belongs to another program" },
		{ "PRAGMA user_version = -1", ERR_CORRUPT, "belongs to another program" },
		{ "PRAGMA user_version = 99", ERR_NEWER, "this program knows schemas up to " },
		{ "PRAGMA user_version = 2147483647", ERR_NEWER, "use the newer version" },
		{ "DROP TABLE node", ERR_CORRUPT, "does not have the tables" },
		{ "ALTER TABLE version RENAME COLUMN line TO x", ERR_CORRUPT, "does not have the tables" },
		{ "PRAGMA journal_mode = DELETE; PRAGMA user_version = 99", ERR_NEWER, "has schema 99" },
	};
	struct fixture *f = *state;
	open_all(f);
	assert_ok(f, publish_alone(f, "1.0.0"));
	shut(f);
	AUTO_STR struct str sound = read_whole(f, "catalog.db");
	for (size_t i = 0; i < ROWS(table); i++) {
		write_file(f, "catalog.db", sound);
		run_sql(f->data, table[i].sql, SQLITE_OK);
		assert_refused(f, table[i].err, table[i].detail);
	}
}

/* A newer program that crashed left a WAL: it is not even checkpointed. */
static void t_sql_06_newer_with_wal_is_untouched(void **state)
{
	struct fixture *f = *state;
	open_all(f);
	assert_ok(f, publish_alone(f, "1.0.0"));
	int rc = sqlite3_exec(f->c->db, "PRAGMA user_version = 9", NULL, NULL, NULL);
	assert_int_equal(rc, SQLITE_OK);
	AUTO_STR struct str db = read_whole(f, "catalog.db"), wal = read_whole(f, "catalog.db-wal");
	shut(f);
	write_file(f, "catalog.db", db);
	write_file(f, "catalog.db-wal", wal);
	assert_refused(f, ERR_NEWER, "has schema 9");
	AUTO_STR struct str after = read_whole(f, "catalog.db-wal");
	assert_true(str_eq(wal, after));
}

static void t_sql_06_not_a_database(void **state)
{
	static const struct { struct str content; enum err err; const char *detail; } table[] = {
		{ STR("apiVersion: v1\nentries: {}\nthis is no database but text that is longer than a "
		      "header of a hundred bytes\n"), ERR_CORRUPT, "not a database" },
		{ STR("xy"), ERR_CORRUPT, "not a database" },
		{ STR("SQLite format 3\0"), ERR_CORRUPT, "not a database" },
	};
	struct fixture *f = *state;
	char path[PATH_BYTES];
	open_data(f);
	shut(f);
	for (size_t i = 0; i < ROWS(table); i++) {
		write_file(f, "catalog.db", table[i].content);
		assert_refused(f, table[i].err, table[i].detail);
	}
	remove_file(f, "catalog.db");
	assert_int_equal(mkdir(path_below(f->data, "catalog.db", path), 0700), 0);
	open_data(f);
	assert_err(f, CORRUPT, catalog_open_writer(f->d, &f->c, &f->e));
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(symlink("../elsewhere", path), 0);
	assert_err(f, CORRUPT, catalog_open_writer(f->d, &f->c, &f->e));
	assert_false(exists(f, "../elsewhere"));
}

/* Nothing is ever made anew over repositories that are there. */
static void t_sql_06_empty_over_repositories(void **state)
{
	static const char *const table[] = { "zero length", "missing", "lost its WAL" };
	struct fixture *f = *state;
	char path[PATH_BYTES];
	open_data(f);
	keep_chart(f);
	shut(f);
	for (size_t i = 0; i < ROWS(table); i++) {
		remove_file(f, "catalog.db");
		if (i == 0)
			write_file(f, "catalog.db", STR(""));
		if (i == 2)
			run_sql(f->data, "PRAGMA journal_mode = WAL", SQLITE_OK);
		open_data(f);
		assert_err(f, CORRUPT, catalog_open_writer(f->d, &f->c, &f->e));
		assert_non_null(strstr(f->e.detail, "missing or empty although repos/ holds repositories"));
		assert_int_equal(exists(f, "catalog.db"), i != 1);
		shut(f);
	}
	remove_tree(path_below(f->data, "repos/main", path));
	open_all(f);
	assert_int_equal(sound_size(f), 0);
}

/* SQLite would remove the WAL beside an empty file: whoever opens, what it holds is there when the file is back. */
static void t_sql_06_away_for_a_moment(void **state)
{
	static const struct { bool empty, reads; enum err err; } table[] = {
		{ false, false, ERR_CORRUPT }, { false, true, ERR_NOT_FOUND }, { true, false, ERR_CORRUPT },
		{ true, true, ERR_CORRUPT },
	};
	struct fixture *f = *state;
	open_all(f);
	assert_ok(f, publish_alone(f, "1.0.0"));
	assert_ok(f, publish_alone(f, "1.1.0"));
	AUTO_STR struct str db = read_whole(f, "catalog.db"), wal = read_whole(f, "catalog.db-wal");
	shut(f);
	for (size_t i = 0; i < ROWS(table); i++) {
		remove_file(f, "catalog.db");
		write_file(f, "catalog.db-wal", wal);
		if (table[i].empty)
			write_file(f, "catalog.db", STR(""));
		open_data(f);
		enum err err = table[i].reads ? catalog_open_reader(f->d, &f->c, &f->e)
		                              : catalog_open_writer(f->d, &f->c, &f->e);
		assert_int_equal(err, table[i].err);
		shut(f);
		assert_int_equal(exists(f, "catalog.db"), table[i].empty);
		AUTO_STR struct str after = read_whole(f, "catalog.db-wal");
		assert_true(str_eq(wal, after));
	}
	write_file(f, "catalog.db", db);
	open_all(f);
	assert_int_equal(sound_size(f), 2);
}

static void t_reader_without_a_database(void **state)
{
	struct fixture *f = *state;
	struct catalog *reader = NULL;
	open_data(f);
	assert_err(f, NOT_FOUND, catalog_open_reader(f->d, &reader, &f->e));
	assert_false(exists(f, "catalog.db"));
	write_file(f, "catalog.db", STR(""));
	assert_err(f, DB, catalog_open_reader(f->d, &reader, &f->e));
	assert_null(reader);
}

/* A reader prepares a statement when it runs it, and says then what the writer would have said at once. */
static void t_reader_without_a_table(void **state)
{
	struct fixture *f = *state;
	struct sha256 root;
	open_all(f);
	assert_ok(f, publish_alone(f, "1.0.0"));
	assert_ok(f, publish_alone(f, "2.0.0"));
	shut(f);
	run_sql(f->data, "DROP TABLE node", SQLITE_OK);
	open_data(f);
	assert_ok(f, catalog_open_reader(f->d, &f->c, &f->e));
	for (int i = 0; i < 2; i++) {
		assert_err(f, CORRUPT, catalog_root(f->c, 2, &root, &f->e));
		assert_non_null(strstr(f->e.detail, "catalog.db does not have the tables"));
	}
}

/* What is on disk at any moment is a catalog with all that was committed, also without -shm. */
static void t_crash_01_copy_while_running(void **state)
{
	struct fixture *f = *state;
	open_all(f);
	assert_ok(f, publish_alone(f, "1.0.0"));
	assert_ok(f, publish_alone(f, "1.1.0"));
	assert_ok(f, catalog_begin(f->c, &f->e));
	assert_ok(f, publish(f, "1.2.0"));
	AUTO_STR struct str db = read_whole(f, "catalog.db"), wal = read_whole(f, "catalog.db-wal");
	shut(f);
	write_file(f, "catalog.db", db);
	write_file(f, "catalog.db-wal", wal);
	assert_ok(f, datadir_open(f->data, &for_reading, &f->d, &f->e));
	assert_ok(f, catalog_open_reader(f->d, &f->c, &f->e));
	assert_int_equal(sound_size(f), 2);
	shut(f);
	AUTO_STR struct str after = read_whole(f, "catalog.db");
	assert_true(str_eq(db, after));          /* only the writer copies the WAL */
	remove_file(f, "catalog.db-shm");
	open_all(f);
	assert_int_equal(sound_size(f), 2);
}

/* Else a lost WAL would leave something that looks like a database nobody has used yet. */
static void t_schema_is_in_the_file_itself(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	char path[PATH_BYTES];
	open_all(f);
	assert_int_equal(stat(path_below(f->data, "catalog.db", path), &st), 0);
	assert_true(st.st_size > 4096);
}

static void t_check_finds_orphans(void **state)
{
	struct fixture *f = *state;
	open_all(f);
	assert_ok(f, publish_alone(f, "1.0.0"));
	assert_ok(f, catalog_check(f->c, &f->e));
	shut(f);
	run_sql(f->data, "PRAGMA foreign_keys = OFF; DELETE FROM repo", SQLITE_OK);
	open_all(f);
	assert_err(f, CORRUPT, catalog_check(f->c, &f->e));
	assert_non_null(strstr(f->e.detail, "table version refers to a row of repo"));
}

static uint64_t random_state = 88172645463325252u;

static size_t random_below(size_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (size_t)(random_state % n);
}

/* Everything there is to read; the log may fail, but it may not lie. */
static enum err read_everything(struct fixture *f, const struct sha256 *root)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_row *repos;
	struct version_row row;
	struct event ev;
	struct sha256 got;
	size_t count = 0;
	uint64_t n = 0;
	enum err err = catalog_check(f->c, &f->e);
	enum err log = catalog_log_verify(f->c, &n, &got, &f->e);
	assert_true(log != OK || sha256_eq(&got, root));
	(void)!catalog_last_event(f->c, &a, STR("main"), &ev, &f->e);
	(void)!catalog_version_by_file(f->c, &a, 1, STR("redis-1.7.0.tgz"), &row, &f->e);
	if (!catalog_repos(f->c, &a, &repos, &count, &f->e) && count)
		(void)!catalog_versions_each(f->c, repos[0].id, fixture_count, &n, &f->e);
	return err ? err : log;
}

static void t_sql_06_flipped_bytes(void **state)
{
	struct fixture *f = *state;
	struct sha256 root;
	unsigned refused = 0, rounds = getenv("LONG") ? 2000 : 300;
	open_all(f);
	for (int i = 0; i < 200; i++) {
		char version[20];
		(void)snprintf(version, sizeof version, "1.%d.0", i);
		assert_ok(f, publish_alone(f, version));
	}
	assert_ok(f, catalog_root(f->c, 200, &root, &f->e));
	shut(f);
	AUTO_STR struct str sound = read_whole(f, "catalog.db");
	AUTO_FREE char *copy = malloc(sound.n);
	assert_non_null(copy);
	for (unsigned round = 0; round < rounds; round++) {
		memcpy(copy, sound.p, sound.n);
		for (size_t flips = 1 + random_below(8); flips; flips--)
			copy[random_below(round % 2 ? sound.n : 4096)] ^= (char)(1u << random_below(8));
		write_file(f, "catalog.db", str_make(copy, sound.n));
		remove_file(f, "catalog.db-wal");
		remove_file(f, "catalog.db-shm");
		open_data(f);
		enum err err = round % 4 ? catalog_open_reader(f->d, &f->c, &f->e)
		                         : catalog_open_writer(f->d, &f->c, &f->e);
		if (!err)
			err = read_everything(f, &root);
		if (f->c && f->c->writer)
			(void)!publish_alone(f, "2.0.0");
		assert_true(err != ERR_BUG);
		refused += err != OK;
		shut(f);
	}
	assert_true(refused > rounds / 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(t_sql_06_refused_databases),
		TEST(t_sql_06_newer_with_wal_is_untouched),
		TEST(t_sql_06_not_a_database),
		TEST(t_sql_06_empty_over_repositories),
		TEST(t_sql_06_away_for_a_moment),
		TEST(t_reader_without_a_database),
		TEST(t_reader_without_a_table),
		TEST(t_crash_01_copy_while_running),
		TEST(t_schema_is_in_the_file_itself),
		TEST(t_check_finds_orphans),
		TEST(t_sql_06_flipped_bytes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
