/* Binding, stepping and reading; the map from SQLite's result codes to ours.
 *
 * SQLite rolls a whole transaction back by itself after some errors (full disk, no memory, I/O).
 * What follows would then be committed statement by statement, so a statement that writes first
 * looks whether the transaction it belongs to is still there.                                */
#include "indexer/store/sql.h"

#include <errno.h>
#include <sqlite3.h>

#include "indexer/base/array.h"
#include "indexer/store/catalog.h"

static int refusal(const struct catalog *c, enum query query)
{
	if (!c->statements[query] || sqlite3_stmt_busy(c->statements[query]))
		return SQLITE_MISUSE;
	if (query_table[query].kind == QUERY_READ || query == QUERY_BEGIN)
		return SQLITE_OK;
	if (!c->begun)
		return SQLITE_MISUSE;
	return sqlite3_get_autocommit(c->db) ? SQLITE_ABORT : SQLITE_OK;
}

/* What a reader runs for the first time is prepared now. */
static int prepare_late(struct catalog *c, enum query query)
{
	struct errinfo e;
	if (c->writer || c->statements[query] || query_table[query].kind != QUERY_READ)
		return SQLITE_OK;
	enum err err = query_prepare(c->db, &query_table[query], &c->statements[query], &e);
	if (err == ERR_BUG)
		return SQLITE_MISUSE;
	return err ? sqlite3_extended_errcode(c->db) : SQLITE_OK;
}

struct sql sql_start(struct catalog *c, enum query query)
{
	int rc = prepare_late(c, query);
	struct sql q = { c, c->statements[query], rc ? rc : refusal(c, query) };
	if (q.rc)
		q.st = NULL;
	return q;
}

void sql_end(struct sql *q)
{
	if (!q->st)
		return;
	(void)sqlite3_reset(q->st);
	(void)sqlite3_clear_bindings(q->st);
	q->st = NULL;
}

/* The index of a parameter; a name the statement does not have is a mistake of the program. */
static int parameter(struct sql *q, const char *name)
{
	int index = q->rc ? 0 : sqlite3_bind_parameter_index(q->st, name);
	if (!index && !q->rc)
		q->rc = SQLITE_MISUSE;
	return index;
}

void sql_bind_int(struct sql *q, const char *name, int64_t value)
{
	int index = parameter(q, name);
	if (index)
		q->rc = sqlite3_bind_int64(q->st, index, value);
}

void sql_bind_most(struct sql *q, const char *name, uint64_t value)
{
	sql_bind_int(q, name, value > INT64_MAX ? INT64_MAX : (int64_t)value);
}

void sql_bind_text(struct sql *q, const char *name, struct str value)
{
	int index = parameter(q, name);
	if (index)
		q->rc = sqlite3_bind_text64(q->st, index, value.n ? value.p : "", value.n, SQLITE_STATIC,
		                            SQLITE_UTF8);
}

void sql_bind_hash(struct sql *q, const char *name, const struct sha256 *hash)
{
	int index = parameter(q, name);
	if (index && hash)
		q->rc = sqlite3_bind_blob64(q->st, index, hash->bytes, SHA256_BYTES, SQLITE_STATIC);
}

enum err sql_step(struct sql *q, bool *ret_row, struct errinfo *e)
{
	errno = 0;
	int rc = q->rc ? q->rc : sqlite3_step(q->st);
	if (rc == SQLITE_ROW || rc == SQLITE_DONE) {
		*ret_row = rc == SQLITE_ROW;
		return OK;
	}
	enum err err = q->st ? sql_error(q->c->db, rc, e) : query_error(q->c->db, rc, e);
	q->c->damaged |= err == ERR_CORRUPT;
	return err;
}

enum err sql_first(struct sql *q, const char *missing, struct errinfo *e)
{
	bool row = false;
	enum err err = sql_step(q, &row, e);
	return err || row ? err : ERR(e, NOT_FOUND, "%s", missing);
}

bool sql_next(struct sql *q, enum err *err, struct errinfo *e)
{
	bool row = false;
	if (!*err)
		*err = sql_step(q, &row, e);
	return !*err && row;
}

enum err sql_run(struct sql *q, struct errinfo *e)
{
	enum err err = OK;
	while (sql_next(q, &err, e))
		;
	return err;
}

enum err sql_run_plain(struct catalog *c, enum query query, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, query);
	return sql_run(&q, e);
}

enum err sql_rows(struct sql *q, const struct sql_list *list, struct arena *a, void **ret,
                  size_t *ret_count, struct errinfo *e)
{
	char *rows = NULL;
	size_t count = 0, capacity = 0;
	enum err err = OK;
	while (sql_next(q, &err, e)) {
		rows = arena_room(a, rows, count, &capacity, list->row_bytes);
		if (!rows)
			return ERR(e, NOMEM, "%s", list->what);
		err = list->read(q, a, rows + count++ * list->row_bytes, e);
	}
	if (err)
		return err;
	*ret = rows;
	*ret_count = count;
	return OK;
}

enum err sql_list(struct catalog *c, const struct sql_list *list, struct arena *a, void **ret,
                  size_t *ret_count, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, list->query);
	return sql_rows(&q, list, a, ret, ret_count, e);
}

void sql_roll_back(struct catalog *c)
{
	struct sqlite3_stmt *st = c->statements[QUERY_ROLLBACK];
	if (!st || sqlite3_get_autocommit(c->db))
		return;
	(void)sqlite3_step(st);
	(void)sqlite3_reset(st);
}

int64_t sql_int(const struct sql *q, int column) { return sqlite3_column_int64(q->st, column); }
bool sql_is_null(const struct sql *q, int column)
{
	return sqlite3_column_type(q->st, column) == SQLITE_NULL;
}

/* Asked for as a blob, text comes without being copied for a NUL behind it. */
struct str sql_text(const struct sql *q, int column)
{
	const void *p = sqlite3_column_blob(q->st, column);
	return str_make(p, p ? (size_t)sqlite3_column_bytes(q->st, column) : 0);
}

enum err sql_hash(const struct sql *q, int column, struct sha256 *ret, struct errinfo *e)
{
	struct str bytes = sql_text(q, column);
	q->c->damaged |= bytes.n != SHA256_BYTES;
	if (bytes.n != SHA256_BYTES)
		return ERR(e, CORRUPT, "catalog.db: a digest has %zu bytes; " CATALOG_AGAIN, bytes.n);
	memcpy(ret->bytes, bytes.p, SHA256_BYTES);
	return OK;
}

/* SQLite says "I/O error" or "cannot open" for a full disk as well; errno knows better. Where a
 * commit fails, SQLite does not keep the errno; it is still in errno itself.                 */
static enum err from_system(struct sqlite3 *db)
{
	enum err err = err_of_errno(errno);
	if (err == ERR_IO)
		err = err_of_errno(sqlite3_system_errno(db));
	return err == ERR_IO ? ERR_DB : err;
}

static enum err from_result(struct sqlite3 *db, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return ERR_DISK_FULL;
	case SQLITE_READONLY: case SQLITE_PERM:
		return ERR_READ_ONLY;
	case SQLITE_BUSY: case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_CORRUPT: case SQLITE_NOTADB:
		return ERR_CORRUPT;
	case SQLITE_NOMEM:
		return ERR_NOMEM;
	case SQLITE_MISUSE: case SQLITE_RANGE:
		return ERR_BUG;
	case SQLITE_IOERR:
		return rc == SQLITE_IOERR_NOMEM ? ERR_NOMEM : from_system(db);
	case SQLITE_CANTOPEN:
		return from_system(db);
	default:
		return ERR_DB;
	}
}

const char *sql_file(struct sqlite3 *db)
{
	const char *path = sqlite3_db_filename(db, "main"), *name = path ? strrchr(path, '/') : NULL;
	return name ? name + 1 : "catalog.db";
}

static enum err error_of(const char *file, struct sqlite3 *db, int rc, struct errinfo *e)
{
	const char *way_out = strcmp(file, database_search.file) ? CATALOG_AGAIN : "the server makes it again";
	enum err err = from_result(db, rc);
	if (err == ERR_BUG)
		return ERR(e, BUG, "a statement of the catalog was used against its rules");
	if (rc == SQLITE_ABORT)
		return ERR(e, DB, "the transaction is gone after an earlier error");
	if (err == ERR_CORRUPT)
		return ERR(e, CORRUPT, "%s: %s; %s", file, sqlite3_errmsg(db), way_out);
	return err_set(e, err, "%s: %s (%d)", file, sqlite3_errmsg(db), rc);
}

enum err sql_error(struct sqlite3 *db, int rc, struct errinfo *e) { return error_of(sql_file(db), db, rc, e); }

enum err sql_error_of(const struct database *of, struct sqlite3 *db, int rc, struct errinfo *e)
{
	return error_of(of->file, db, rc, e);
}
