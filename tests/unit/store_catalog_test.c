/* The catalog: rows, transactions, settings of a connection, rules for statements. */
#include "store_fixture.h"

#include "indexer/store/schema.h"
#include "indexer/store/sql.h"

/* ---- connections ---- */

static void assert_pragma(struct catalog *c, const char *pragma, const char *wanted)
{
	char sql[80];
	struct sqlite3_stmt *st = NULL;
	(void)snprintf(sql, sizeof sql, "PRAGMA %s", pragma);
	assert_int_equal(sqlite3_prepare_v2(c->db, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	const char *got = (const char *)sqlite3_column_text(st, 0);
	if (strcmp(got, wanted) != 0)
		fail_msg("%s is %s", pragma, got);
	(void)sqlite3_finalize(st);
}

static void t_settings_of_every_connection(void **state)
{
	char version[12];
	(void)snprintf(version, sizeof version, "%d", schema_version);
	const struct { const char *pragma, *writer, *reader; } table[] = {
		{ "application_id", "1130908779", "1130908779" },
		{ "user_version", version, version },
		{ "journal_mode", "wal", "wal" },
		{ "synchronous", "2", NULL },
		{ "wal_autocheckpoint", "0", NULL },
		{ "cache_size", "-2048", "-1024" },
		{ "trusted_schema", "0", "0" },
		{ "cell_size_check", "1", "1" },
		{ "mmap_size", "0", "0" },
		{ "foreign_keys", "1", "1" },
		{ "query_only", "0", "1" },
		{ "busy_timeout", "5000", "5000" },
		{ "temp_store", "2", "2" },
		{ "soft_heap_limit", "16777216", "16777216" },
	};
	static const struct { int name, value; } flags[] = {
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 }, { SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 }, { SQLITE_DBCONFIG_DQS_DDL, 0 },
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 }, { SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0 },
	};
	struct fixture *f = *state;
	struct catalog *reader = NULL;
	open_all(f);
	assert_ok(f, catalog_open_reader(f->d, &reader, &f->e));
	for (size_t i = 0; i < ROWS(table); i++) {
		assert_pragma(f->c, table[i].pragma, table[i].writer);
		if (table[i].reader)
			assert_pragma(reader, table[i].pragma, table[i].reader);
	}
	for (size_t i = 0; i < ROWS(flags); i++) {
		int writes = -1, reads = -1;
		assert_int_equal(sqlite3_db_config(f->c->db, flags[i].name, -1, &writes), SQLITE_OK);
		assert_int_equal(sqlite3_db_config(reader->db, flags[i].name, -1, &reads), SQLITE_OK);
		assert_int_equal(writes, flags[i].value);
		assert_int_equal(reads, flags[i].value);
	}
	assert_int_equal(sqlite3_limit(f->c->db, SQLITE_LIMIT_ATTACHED, -1), 0);
	assert_int_equal(sqlite3_limit(reader->db, SQLITE_LIMIT_VARIABLE_NUMBER, -1), 32);
	catalog_close(reader);
}

static void t_reader_sees_commits_and_cannot_write(void **state)
{
	struct fixture *f = *state;
	struct catalog *reader = NULL;
	uint64_t size = 9;
	int64_t id;
	open_all(f);
	assert_ok(f, catalog_open_reader(f->d, &reader, &f->e));
	assert_ok(f, catalog_begin(f->c, &f->e));
	assert_ok(f, publish(f, "1.0.0"));
	assert_ok(f, catalog_log_size(reader, &size, &f->e));
	assert_int_equal(size, 0);
	assert_ok(f, catalog_commit(f->c, &f->e));
	assert_ok(f, catalog_log_size(reader, &size, &f->e));
	assert_int_equal(size, 1);
	assert_err(f, BUG, catalog_begin(reader, &f->e));
	assert_err(f, BUG, catalog_repo_put(reader, STR("x"), 1, &id, &f->e));
	catalog_close(reader);
}

/* A clean end leaves one file, which holds everything. */
static void t_close_leaves_no_wal(void **state)
{
	struct fixture *f = *state;
	open_all(f);
	assert_ok(f, publish_alone(f, "1.0.0"));
	assert_true(exists(f, "catalog.db-wal"));
	shut(f);
	assert_false(exists(f, "catalog.db-wal"));
	open_all(f);
	assert_int_equal(sound_size(f), 1);
}

/* The WAL is copied while the program runs, without anybody asking for it. */
static void t_writer_checkpoints_itself(void **state)
{
	struct fixture *f = *state;
	char version[40];
	open_all(f);
	for (int i = 0; i < 800; i++) {
		(void)snprintf(version, sizeof version, "1.%d.0", i);
		assert_ok(f, publish_alone(f, version));
		assert_true(f->c->wal_pages < 1200);
	}
	struct stat st;
	char path[PATH_BYTES];
	assert_int_equal(stat(path_below(f->data, "catalog.db-wal", path), &st), 0);
	assert_true(st.st_size < 6 * 1024 * 1024);
	catalog_checkpoint(f->c, CHECKPOINT_TRUNCATE);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 0);
	assert_int_equal(sound_size(f), 800);
}

static void t_long_data_path(void **state)
{
	struct fixture *f = *state;
	struct datadir_options o = for_writing;
	char path[800], part[121];
	memset(part, 'p', 120);
	part[120] = '\0';
	(void)snprintf(path, sizeof path, "%s/%s/%s/%s/%s", f->root, part, part, part, part);
	assert_ok(f, datadir_open(path, &o, &f->d, &f->e));
	assert_err(f, INVALID, catalog_open_writer(f->d, &f->c, &f->e));
}

/* ---- statements ---- */

static void t_sql_01_statement_rules(void **state)
{
	static const struct { struct query_text text; enum err err; } table[] = {
		{ { "SELECT id FROM repo WHERE name = @name", QUERY_READ }, OK },
		{ { "SELECT id FROM repo; ", QUERY_READ }, OK },
		{ { "SELECT id FROM repo; SELECT 1", QUERY_READ }, ERR_BUG },
		{ { "SELECT id FROM repo; -- rest", QUERY_READ }, ERR_BUG },
		{ { "SELECT id FROM repo WHERE name = ?", QUERY_READ }, ERR_BUG },
		{ { "SELECT id FROM repo WHERE name = ?1", QUERY_READ }, ERR_BUG },
		{ { "SELECT id FROM repo WHERE name = :name", QUERY_READ }, ERR_BUG },
		{ { "SELECT id FROM repo", QUERY_WRITE }, ERR_BUG },
		{ { "DELETE FROM repo", QUERY_READ }, ERR_BUG },
		{ { "", QUERY_READ }, ERR_BUG },
		{ { "-- nothing", QUERY_READ }, ERR_BUG },
		{ { "SELECT id FROM repository", QUERY_READ }, ERR_CORRUPT },
		{ { "SELECT \"text\" FROM repo", QUERY_READ }, ERR_CORRUPT },
		{ { "UPDATE sqlite_schema SET sql = ''", QUERY_WRITE }, ERR_CORRUPT },
	};
	struct fixture *f = *state;
	open_all(f);
	for (size_t i = 0; i < ROWS(table); i++) {
		struct sqlite3_stmt *st = NULL;
		enum err err = query_prepare(f->c->db, &table[i].text, &st, &f->e);
		if (err != table[i].err || (err && st))
			fail_msg("%s: %s", table[i].text.sql, err_code(err));
		(void)sqlite3_finalize(st);
	}
}

static void t_parameters_are_bound_by_name(void **state)
{
	struct fixture *f = *state;
	bool row;
	open_all(f);
	AUTO_SQL struct sql q = sql_start(f->c, QUERY_META_GET);
	sql_bind_text(&q, "@keys", STR("x"));
	assert_err(f, BUG, sql_step(&q, &row, &f->e));
}

/* ---- rows ---- */

static void t_repositories(void **state)
{
	static const char *const names[] = { "stable", "main", "team-a/stable" };
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct repo_row *rows = NULL;
	size_t count = 9;
	int64_t first = 0, again = 0;
	open_all(f);
	assert_ok(f, catalog_repos(f->c, &a, &rows, &count, &f->e));
	assert_int_equal(count, 0);
	assert_ok(f, catalog_begin(f->c, &f->e));
	for (int i = 0; i < 3; i++)
		assert_ok(f, catalog_repo_put(f->c, str_c(names[i]), 100 + i, &first, &f->e));
	assert_ok(f, catalog_repo_put(f->c, STR("team-a/stable"), 999, &again, &f->e));
	assert_ok(f, catalog_commit(f->c, &f->e));
	assert_int_equal(first, again);
	assert_ok(f, catalog_repos(f->c, &a, &rows, &count, &f->e));
	assert_int_equal(count, 3);
	assert_true(str_eq_c(rows[0].name, "main") && rows[0].created_ns == 101);
	assert_true(str_eq_c(rows[1].name, "stable") && rows[1].created_ns == 100);
	assert_true(str_eq_c(rows[2].name, "team-a/stable") && rows[2].created_ns == 102);
	assert_ok(f, catalog_repo(f->c, &a, STR("stable"), rows, &f->e));
	assert_true(str_eq_c(rows->name, "stable") && rows->created_ns == 100);
	assert_err(f, REPO_NOT_FOUND, catalog_repo(f->c, &a, STR("stabl"), rows, &f->e));
	struct arena tiny = { .limit = 1 };
	assert_err(f, NOMEM, catalog_repos(f->c, &tiny, &rows, &count, &f->e));
	assert_err(f, NOMEM, catalog_repo(f->c, &tiny, STR("stable"), rows, &f->e));
	arena_done(&tiny);
}

static void assert_same(const struct version_row *a, const struct version_row *b)
{
	assert_int_equal(a->id, b->id);
	assert_int_equal(a->repo_id, b->repo_id);
	assert_true(str_eq(a->chart, b->chart));
	assert_true(str_eq(a->version, b->version));
	assert_true(str_eq(a->file, b->file));
	assert_true(sha256_eq(&a->digest, &b->digest));
	assert_int_equal(a->bytes, b->bytes);
	assert_int_equal(a->created_ns, b->created_ns);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->event, b->event);
	assert_int_equal(a->has_prov, b->has_prov);
	assert_true(!a->has_prov || sha256_eq(&a->prov_digest, &b->prov_digest));
	assert_true(str_eq(a->line, b->line));
	assert_int_equal(a->has_images, b->has_images);
	assert_true(str_eq(a->images, b->images));
}

static void t_versions_come_back_as_they_went_in(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct version_row got;
	int64_t repo;
	open_all(f);
	assert_ok(f, catalog_begin(f->c, &f->e));
	assert_ok(f, catalog_repo_put(f->c, STR("main"), 1, &repo, &f->e));
	struct version_row row = publish_row(repo, STR("a'b\"; --"), STR("1.0.0+\xc3\xa4"),
	                                     STR("f\0g.tgz"));
	row.line = STR("");
	row.bytes = INT64_MAX;
	row.created_ns = INT64_MIN;
	assert_ok(f, catalog_version_put(f->c, &row, &f->e));
	assert_true(row.id > 0);
	assert_ok(f, catalog_version(f->c, &a, repo, row.chart, row.version, &got, &f->e));
	assert_same(&got, &row);
	static const struct { bool has; const char *images; } lists[] = { { true, "a:1\nb\n" }, { true, "" }, { false, "" } };
	for (size_t i = 0; i < ROWS(lists); i++) {
		row.has_images = lists[i].has;
		row.images = str_c(lists[i].images);
		assert_ok(f, catalog_version_put(f->c, &row, &f->e));
		assert_ok(f, catalog_version(f->c, &a, repo, row.chart, row.version, &got, &f->e));
		assert_same(&got, &row);
	}
	row.has_images = true;
	row.images = STR("c\n");
	assert_ok(f, catalog_version_put(f->c, &row, &f->e));
	row.state = VERSION_DELETED;
	row.has_prov = true;
	row.prov_digest.bytes[31] = 7;
	row.digest.bytes[0] = 0xff;
	row.bytes = 0;
	row.created_ns = 3;
	row.event = 8;
	row.line = STR("{}");
	assert_ok(f, catalog_version_put(f->c, &row, &f->e));
	assert_ok(f, catalog_version_by_file(f->c, &a, repo, row.file, &got, &f->e));
	row.has_images = false;              /* it was of other bytes */
	row.images = STR("");
	assert_same(&got, &row);
	row.id = 99;
	assert_err(f, NOT_FOUND, catalog_version_put(f->c, &row, &f->e));
	assert_err(f, NOT_FOUND, catalog_version(f->c, &a, repo, STR("a"), STR("1"), &got, &f->e));
	assert_err(f, NOT_FOUND, catalog_version_by_file(f->c, &a, repo + 1, row.file, &got, &f->e));
	assert_ok(f, catalog_commit(f->c, &f->e));
}

/* T-IMM: a name and a file name are taken once per repository, a tombstone's as well. */
static void t_imm_names_are_taken_once(void **state)
{
	static const struct { const char *repo, *chart, *version, *file; enum err err; } table[] = {
		{ "main", "foo", "1.0.0-2.0.0", "foo-1.0.0-2.0.0.tgz", OK },
		{ "main", "foo", "1.0.0-2.0.0", "foo-1.0.0-2.0.0.tgz", ERR_EXISTS },
		{ "main", "foo", "1.0.0-2.0.0", "other.tgz", ERR_EXISTS },
		{ "main", "foo-1.0.0", "2.0.0", "foo-1.0.0-2.0.0.tgz", ERR_NAME_TAKEN },
		{ "main", "foo", "1.0.0-2.0.1", "foo-1.0.0-2.0.1.tgz", OK },
		{ "main", "FOO", "1.0.0-2.0.0", "FOO-1.0.0-2.0.0.tgz", OK },
		{ "stable", "foo", "1.0.0-2.0.0", "foo-1.0.0-2.0.0.tgz", OK },
	};
	struct fixture *f = *state;
	open_all(f);
	assert_ok(f, catalog_begin(f->c, &f->e));
	for (size_t i = 0; i < ROWS(table); i++) {
		int64_t repo;
		assert_ok(f, catalog_repo_put(f->c, str_c(table[i].repo), 1, &repo, &f->e));
		struct version_row row = publish_row(repo, str_c(table[i].chart), str_c(table[i].version),
		                                     str_c(table[i].file));
		row.state = VERSION_DELETED;
		enum err err = catalog_version_put(f->c, &row, &f->e);
		if (err != table[i].err)
			fail_msg("row %zu: %s", i, err_code(err));
		assert_int_equal(row.id != 0, err == OK);
	}
	struct version_row orphan = publish_row(99, STR("a"), STR("1"), STR("a-1.tgz"));
	assert_err(f, DB, catalog_version_put(f->c, &orphan, &f->e));
	assert_ok(f, catalog_commit(f->c, &f->e));
}

static enum err rewrite(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct fixture *f = ctx;
	struct version_row copy = *row;
	uint64_t unused = 0;
	copy.state = VERSION_DAMAGED;
	assert_err(f, BUG, catalog_versions_each(f->c, row->repo_id, fixture_count, &unused, &f->e));
	return catalog_version_put(f->c, &copy, e);
}

static enum err refuse(void *ctx, const struct version_row *row, struct errinfo *e)
{
	(void)row;
	return ++*(uint64_t *)ctx == 2 ? ERR(e, DRAINING, "enough") : OK;
}

static void t_each_version(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct version_row row;
	uint64_t main_count = 0, other_count = 0, calls = 0;
	int64_t other;
	open_all(f);
	assert_ok(f, catalog_begin(f->c, &f->e));
	for (int i = 0; i < 5; i++)
		assert_ok(f, publish(f, &"1.0.0\0001.1.0\0001.2.0\0001.3.0\0001.4.0"[6 * i]));
	assert_ok(f, catalog_repo_put(f->c, STR("other"), 1, &other, &f->e));
	struct version_row one = publish_row(other, STR("a"), STR("1"), STR("a-1.tgz"));
	assert_ok(f, catalog_version_put(f->c, &one, &f->e));
	assert_ok(f, catalog_versions_each(f->c, 1, fixture_count, &main_count, &f->e));
	assert_ok(f, catalog_versions_each(f->c, other, fixture_count, &other_count, &f->e));
	assert_int_equal(main_count, 5);
	assert_int_equal(other_count, 1);
	assert_err(f, DRAINING, catalog_versions_each(f->c, 1, refuse, &calls, &f->e));
	assert_int_equal(calls, 2);
	assert_ok(f, catalog_versions_each(f->c, 1, rewrite, f, &f->e));
	assert_ok(f, catalog_version(f->c, &a, 1, STR("redis"), STR("1.4.0"), &row, &f->e));
	assert_int_equal(row.state, VERSION_DAMAGED);
	assert_ok(f, catalog_versions_clear(f->c, 1, &f->e));
	main_count = other_count = 0;
	assert_ok(f, catalog_versions_each(f->c, 1, fixture_count, &main_count, &f->e));
	assert_ok(f, catalog_versions_each(f->c, other, fixture_count, &other_count, &f->e));
	assert_int_equal(main_count, 0);
	assert_int_equal(other_count, 1);
	assert_ok(f, catalog_commit(f->c, &f->e));
}

static void t_small_facts(void **state)
{
	struct fixture *f = *state;
	AUTO_ARENA struct arena a = { 0 };
	struct str value;
	open_all(f);
	assert_err(f, NOT_FOUND, catalog_meta_get(f->c, &a, "instance_id", &value, &f->e));
	assert_ok(f, catalog_meta_set(f->c, "instance_id", STR("x"), &f->e));
	assert_ok(f, catalog_begin(f->c, &f->e));
	assert_ok(f, catalog_meta_set(f->c, "instance_id", STR("y"), &f->e));
	catalog_rollback(f->c);
	assert_ok(f, catalog_meta_get(f->c, &a, "instance_id", &value, &f->e));
	assert_true(str_eq_c(value, "x"));
	assert_ok(f, catalog_meta_set(f->c, "instance_id", STR(""), &f->e));
	assert_ok(f, catalog_meta_get(f->c, &a, "instance_id", &value, &f->e));
	assert_int_equal(value.n, 0);
}

/* ---- transactions ---- */

/* b begin, c commit, x roll back, p publish; a capital letter is a step that must be refused. */
static void play(struct fixture *f, const char *steps, int *number)
{
	for (const char *step = steps; *step; step++) {
		char version[20];
		enum err err = OK;
		(void)snprintf(version, sizeof version, "1.%d.0", ++*number);
		switch (*step | 0x20) {
		case 'b': err = catalog_begin(f->c, &f->e); break;
		case 'c': err = catalog_commit(f->c, &f->e); break;
		case 'x': catalog_rollback(f->c); break;
		case 'p': err = publish(f, version); break;
		}
		if ((err != OK) != (*step < 'a'))
			fail_msg("%s at %s: %s", steps, step, err_code(err));
	}
}

static void t_transactions(void **state)
{
	static const struct { const char *steps; uint64_t adds; } table[] = {
		{ "bpc", 1 }, { "bpppc", 3 }, { "bpx", 0 }, { "bc", 0 }, { "bx", 0 }, { "x", 0 },
		{ "bpppx", 0 }, { "bpxbpc", 1 }, { "bpcbpx", 1 },
		{ "C", 0 }, { "P", 0 }, { "bBpc", 1 }, { "bpcP", 1 }, { "bpcC", 1 },
		{ "bpxC", 0 }, { "bpxP", 0 }, { "bp", 0 },
	};
	struct fixture *f = *state;
	uint64_t size = 0;
	int number = 0;
	open_all(f);
	for (size_t i = 0; i < ROWS(table); i++) {
		play(f, table[i].steps, &number);
		shut(f);
		open_all(f);
		size += table[i].adds;
		uint64_t now = sound_size(f);
		if (now != size)
			fail_msg("%s: %llu events", table[i].steps, (unsigned long long)now);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(t_settings_of_every_connection),
		TEST(t_reader_sees_commits_and_cannot_write),
		TEST(t_close_leaves_no_wal),
		TEST(t_writer_checkpoints_itself),
		TEST(t_long_data_path),
		TEST(t_sql_01_statement_rules),
		TEST(t_parameters_are_bound_by_name),
		TEST(t_repositories),
		TEST(t_versions_come_back_as_they_went_in),
		TEST(t_imm_names_are_taken_once),
		TEST(t_each_version),
		TEST(t_small_facts),
		TEST(t_transactions),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
