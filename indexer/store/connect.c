/* Opening catalog.db or search.db: whose file it is, how a connection behaves, which schema it has.
 *
 * SQLite is reached through /proc/self/fd/N, so the database is the one in the directory that was
 * locked. The file is made with mknod and never opened by us: closing any descriptor of it would
 * drop the locks SQLite holds on it in this process. Nothing is written before the file is known
 * to be ours, and until then the last close does not checkpoint either: a refused database keeps
 * every byte it had. Whether it is there, and the file it was: files.c.                       */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/store/catalog.h"
#include "indexer/store/schema.h"
#include "indexer/store/search.h"
#include "indexer/store/sql.h"

const struct database
database_catalog = { .file = "catalog.db", .application_id = 0x43684c6b /* "ChLk", as in 0001-init.sql */,
                     .schema = schema_sql, .version = &schema_version },
database_search  = { .file = "search.db", .application_id = 0x43684c53 /* "ChLS" */,
                     .schema = search_schema_sql, .version = &search_schema_version };

#define BUSY_WAIT_MS 5000
/* A writer that was killed may leave an index of its WAL that is made again only when nobody reads any more; a
 * backup does so for as long as it copies the catalog.                                        */
#define OPEN_WAIT_MS 60000
#define HEAP_SOFT_LIMIT_BYTES (INT64_C(16) * 1024 * 1024)
#define PATH_LIMIT_BYTES 490                   /* SQLite's own is 512 with "catalog.db-journal" */

static const struct { int name, value; } config_flags[] = {
	{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
	{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
	{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	{ SQLITE_DBCONFIG_DQS_DML, 0 },
	{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
	{ SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0 },
	{ SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1 },
};

static const struct { int name, value; } limits[] = {
	{ SQLITE_LIMIT_LENGTH, 16 * 1024 * 1024 },
	{ SQLITE_LIMIT_SQL_LENGTH, 100 * 1024 },
	{ SQLITE_LIMIT_COLUMN, 64 },
	{ SQLITE_LIMIT_EXPR_DEPTH, 32 },
	{ SQLITE_LIMIT_COMPOUND_SELECT, 4 },
	{ SQLITE_LIMIT_VDBE_OP, 25000 },
	{ SQLITE_LIMIT_FUNCTION_ARG, 16 },
	{ SQLITE_LIMIT_ATTACHED, 0 },
	{ SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50 },
	{ SQLITE_LIMIT_VARIABLE_NUMBER, 32 },
	{ SQLITE_LIMIT_TRIGGER_DEPTH, 10 },
	{ SQLITE_LIMIT_WORKER_THREADS, 0 },
};

/* Before the first page is read. */
static const char every_connection[] =
	"PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;"
	"PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;";

static const char reader_settings[] = "PRAGMA query_only = ON; PRAGMA cache_size = -1024;";

/* The writer checkpoints itself: before SQLite 3.51.3 two connections that do so at the same
 * moment can damage the database.                                                           */
static const char writer_settings[] =
	"PRAGMA synchronous = FULL; PRAGMA cache_size = -2048; PRAGMA wal_autocheckpoint = 0;"
	"PRAGMA journal_size_limit = 8388608;";

static enum err run_script(struct sqlite3 *db, const char *sql, struct errinfo *e)
{
	int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
	return rc ? sql_error(db, rc, e) : OK;
}

/* The first column of the first row, for the few statements that run before the table's are
 * prepared.                                                                                  */
static enum err ask(struct sqlite3 *db, const char *sql, int *ret, struct errinfo *e)
{
	struct sqlite3_stmt *st = NULL;
	int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	if (!rc)
		rc = sqlite3_step(st);
	enum err err = OK;
	if (rc == SQLITE_ROW)
		*ret = sqlite3_column_int(st, 0);
	else
		err = sql_error(db, rc, e);
	(void)sqlite3_finalize(st);
	return err;
}

static enum err configure(struct sqlite3 *db, struct errinfo *e)
{
	(void)sqlite3_soft_heap_limit64(HEAP_SOFT_LIMIT_BYTES);
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		(void)sqlite3_limit(db, limits[i].name, limits[i].value);
	for (size_t i = 0; i < sizeof config_flags / sizeof *config_flags; i++) {
		int now = -1;
		int rc = sqlite3_db_config(db, config_flags[i].name, config_flags[i].value, &now);
		if (rc || now != config_flags[i].value)
			return ERR(e, DB, "SQLite does not take setting %d", config_flags[i].name);
	}
	(void)sqlite3_busy_timeout(db, BUSY_WAIT_MS);
	return run_script(db, every_connection, e);
}

/* Refuses what is not ours; *ret_version is 0 for a database without content. */
static enum err identify(struct datadir *d, const struct database *of, struct sqlite3 *db,
                         int *ret_version, struct errinfo *e)
{
	int id = 0, version = 0, tables = 0;
	enum err err = ask(db, "PRAGMA application_id", &id, e);
	if (!err)
		err = ask(db, "PRAGMA user_version", &version, e);
	if (!err)
		err = ask(db, "SELECT count(*) FROM sqlite_schema", &tables, e);
	if (err)
		return err;
	bool empty = id == 0 && version == 0 && tables == 0;
	if (!empty && (id != of->application_id || version < 1))
		return ERR(e, CORRUPT, "%s belongs to another program (application_id %d)", of->file, id);
	if (version > *of->version)
		return ERR(e, NEWER, "%s has schema %d, this program knows schemas up to %d; "
		           "use the newer version of chartlocker", of->file, version, *of->version);
	if (empty && (err = files_without_content(d, of, e)))
		return err;
	*ret_version = version;
	return OK;
}

static enum err journal_mode(struct datadir *d, struct sqlite3 *db, struct errinfo *e)
{
	bool network = datadir_is_network(d);
	int right = 0;
	enum err err = run_script(db, network ? "PRAGMA journal_mode = TRUNCATE" :
	                          "PRAGMA journal_mode = WAL", e);
	if (!err)
		err = ask(db, network ? "SELECT journal_mode = 'truncate' FROM pragma_journal_mode" :
		          "SELECT journal_mode = 'wal' FROM pragma_journal_mode", &right, e);
	if (!err && !right)
		return ERR(e, DB, "SQLite does not take the journal mode");
	return err;
}

/* Each schema file itself sets the user_version it leads to. */
static enum err apply_schema(const struct database *of, struct sqlite3 *db, int version,
                             struct errinfo *e)
{
	int now = 0;
	enum err err = OK;
	for (; version < *of->version && !err; version++) {
		err = run_script(db, of->schema[version], e);
		if (!err)
			err = ask(db, "PRAGMA user_version", &now, e);
		if (!err && now != version + 1)
			err = ERR(e, BUG, "schema file %d leads to user_version %d", version + 1, now);
	}
	return err;
}

/* All of it in one transaction: a crash leaves the old schema or the new one. */
static enum err migrate(const struct database *of, struct sqlite3 *db, int version,
                        struct errinfo *e)
{
	if (version == *of->version)
		return OK;
	enum err err = run_script(db, "BEGIN IMMEDIATE", e);
	if (!err)
		err = apply_schema(of, db, version, e);
	if (!err)
		err = run_script(db, "COMMIT", e);
	if (err && !sqlite3_get_autocommit(db))
		(void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
	if (!err)
		(void)sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	return err;
}

static int note_wal_pages(void *ctx, struct sqlite3 *db, const char *name, int pages)
{
	struct catalog *c = ctx;
	(void)db, (void)name;
	c->wal_pages = pages;
	c->wal_done = false;
	if (pages < c->wal_copied)
		c->wal_copied = 0;
	return SQLITE_OK;
}

static enum err set_up_writer(struct datadir *d, struct catalog *c, int version, struct errinfo *e)
{
	if (sqlite3_db_readonly(c->db, "main"))
		return ERR(e, READ_ONLY, "%s cannot be written by this user", c->of->file);
	enum err err = run_script(c->db, writer_settings, e);
	if (!err && c->of == &database_search)       /* what a crash takes is made again */
		err = run_script(c->db, "PRAGMA synchronous = NORMAL;", e);
	if (!err)
		err = journal_mode(d, c->db, e);
	if (!err)
		err = migrate(c->of, c->db, version, e);
	if (err)
		return err;
	files_note(d, c);
	(void)sqlite3_wal_hook(c->db, note_wal_pages, c);
	int rc = sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, (int *)NULL);
	return rc ? sql_error(c->db, rc, e) : OK;
}

static enum err set_up_reader(struct catalog *c, int version, struct errinfo *e)
{
	if (version != *c->of->version)
		return ERR(e, DB, "%s has schema %d, this program reads schema %d; open it for writing "
		           "once, which brings it up to date", c->of->file, version, *c->of->version);
	return run_script(c->db, reader_settings, e);
}

static bool is_for(const struct database *of, enum query query)
{
	return query <= QUERY_OF_BOTH_LAST ||
	       (query >= QUERY_OF_SEARCH_FIRST) == (of == &database_search);
}

/* The writer, so that a leftover name is found at the start. Of the many readers each runs a few of the
 * statements, and takes the memory for those when it does (sql_start).                             */
static enum err prepare_all(struct catalog *c, struct errinfo *e)
{
	for (size_t i = 0; i < QUERY_COUNT; i++) {
		bool wanted = c->writer ? is_for(c->of, (enum query)i) :
		              i <= QUERY_OF_BOTH_LAST && query_table[i].kind == QUERY_READ;
		if (!wanted)
			continue;
		enum err err = query_prepare(c->db, &query_table[i], &c->statements[i], e);
		if (err)
			return err;
	}
	return OK;
}

enum err connect_database(struct datadir *d, struct catalog *c, bool immutable, struct errinfo *e)
{
	char path[80], real[PATH_LIMIT_BYTES + 1];
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", datadir_fd(d));
	if (readlink(path, real, sizeof real) > PATH_LIMIT_BYTES)
		return ERR(e, INVALID, "the path of the data directory is longer than %d bytes",
		           PATH_LIMIT_BYTES);
	(void)snprintf(path, sizeof path, "file:/proc/self/fd/%d/%s%s", datadir_fd(d), c->of->file,
	               immutable ? "?immutable=1" : "");
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI |
	            (c->writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	int rc = sqlite3_open_v2(path, &c->db, flags, NULL);
	if (!c->db)
		return ERR(e, NOMEM, "%s", c->of->file);
	return rc ? sql_error_of(c->of, c->db, rc, e) : configure(c->db, e);
}

/* ---- readers that may not write ---- */

/* SQLite reads a WAL database with catalog.db-shm, which it makes where there is none. */
static bool is_kept_from_writing(const struct catalog *c, enum err err)
{
	int code = c->db ? sqlite3_errcode(c->db) & 0xff : 0;
	return !c->writer && (err == ERR_READ_ONLY || err == ERR_DB) &&
	       (code == SQLITE_CANTOPEN || code == SQLITE_READONLY);
}

static enum err connect_without_writing(struct datadir *d, struct catalog *c, struct errinfo *e)
{
	if (!files_are_settled(d, c->of))
		return ERR(e, READ_ONLY, "reading %s takes writing beside it, because its last "
		           "changes may still be in its -wal; do this as the owner of the data "
		           "directory, or with a copy of the whole directory that you may write", c->of->file);
	(void)sqlite3_close(c->db);
	c->db = NULL;
	return connect_database(d, c, true, e);
}

static enum err connect_and_identify(struct datadir *d, struct catalog *c, int *ret_version,
                                     struct errinfo *e)
{
	enum err err = connect_database(d, c, false, e);
	if (err)
		return err;
	(void)sqlite3_busy_timeout(c->db, c->writer ? OPEN_WAIT_MS : BUSY_WAIT_MS);
	err = identify(d, c->of, c->db, ret_version, e);
	if (c->writer && (!err || err == ERR_CORRUPT))
		err = files_belong(d, c, e) ? ERR_CORRUPT : err;
	if (!is_kept_from_writing(c, err))
		return err;
	err = connect_without_writing(d, c, e);
	return err ? err : identify(d, c->of, c->db, ret_version, e);
}

/* ---- opening ---- */

/* A source is copied as it is, whatever its schema. */
enum purpose { WRITER, READER, SOURCE };

static enum err set_up(struct datadir *d, struct catalog *c, enum purpose why, int version,
                       struct errinfo *e)
{
	if (why == SOURCE)
		return run_script(c->db, reader_settings, e);
	enum err err = why == WRITER ? set_up_writer(d, c, version, e) : set_up_reader(c, version, e);
	return err ? err : prepare_all(c, e);
}

static enum err open_database(struct datadir *d, const struct database *of, enum purpose why,
                              struct catalog **ret, struct errinfo *e)
{
	int version = 0;
	struct catalog *c = calloc(1, sizeof *c);
	if (!c)
		return ERR(e, NOMEM, "%s", of->file);
	c->of = of;
	c->writer = why == WRITER;
	enum err err = files_find(d, of, c->writer, e);
	if (!err)
		err = connect_and_identify(d, c, &version, e);
	if (!err)
		err = set_up(d, c, why, version, e);
	if (err) {
		catalog_close(c);
		return err;
	}
	(void)sqlite3_busy_timeout(c->db, BUSY_WAIT_MS);
	c->ready = true;
	*ret = c;
	return OK;
}

enum err catalog_open_writer(struct datadir *d, struct catalog **ret, struct errinfo *e)
{
	return open_database(d, &database_catalog, WRITER, ret, e);
}

enum err catalog_open_reader(struct datadir *d, struct catalog **ret, struct errinfo *e)
{
	return open_database(d, &database_catalog, READER, ret, e);
}

enum err catalog_open_source(struct datadir *d, struct catalog **ret, struct errinfo *e)
{
	return open_database(d, &database_catalog, SOURCE, ret, e);
}

enum err search_open_writer(struct datadir *d, struct catalog **ret, struct errinfo *e)
{
	return open_database(d, &database_search, WRITER, ret, e);
}

enum err search_open_reader(struct datadir *d, struct catalog **ret, struct errinfo *e)
{
	return open_database(d, &database_search, READER, ret, e);
}

void catalog_close(struct catalog *c)
{
	if (!c)
		return;
	catalog_rollback(c);
	if (c->ready && !c->doubtful)
		catalog_checkpoint(c, CHECKPOINT_TRUNCATE);
	else if (c->db)
		(void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	for (size_t i = 0; i < QUERY_COUNT; i++)
		(void)sqlite3_finalize(c->statements[i]);
	(void)sqlite3_close(c->db);
	free(c);
}
