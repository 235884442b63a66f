/* Transactions, versions and small facts; repositories are in repos.c, the index as it was in
 * past.c, the log in log.c, opening in connect.c.                                            */
#include "indexer/store/catalog.h"

#include <sqlite3.h>

#include "indexer/base/array.h"
#include "indexer/store/sql.h"

#define WAL_PASSIVE_PAGES 1024          /* 4 MiB */

/* ---- transactions ---- */

enum err catalog_begin(struct catalog *c, struct errinfo *e)
{
	if (c->begun)
		return ERR(e, BUG, "a transaction is open already");
	if (c->doubtful)
		return ERR(e, DB, "an earlier commit failed; the catalog must be opened again");
	catalog_checkpoint(c, CHECKPOINT_MANY);
	enum err err = sql_run_plain(c, QUERY_BEGIN, e);
	c->begun = !err;
	if (!err && (err = files_begin_wal(c, e)))
		catalog_rollback(c);
	return err;
}

enum err catalog_commit(struct catalog *c, struct errinfo *e)
{
	enum err err = OK;
	if (!c->begun)
		return ERR(e, BUG, "there is no transaction to commit");
	if (sqlite3_get_autocommit(c->db))
		err = ERR(e, DB, "the transaction is gone after an earlier error");
	else if (c->spoiled)
		err = ERR(e, DB, "the transaction holds half a change after an earlier error");
	else if ((err = catalog_in_place(c, e)))
		c->displaced = true;
	else if ((err = sql_run_plain(c, QUERY_COMMIT, e)))
		c->doubtful = err != ERR_BUSY && sqlite3_errcode(c->db) != SQLITE_FULL;
	catalog_rollback(c);
	if (c->displaced)                /* what was stored, as far as it is not in the file itself */
		catalog_checkpoint(c, CHECKPOINT_TRUNCATE);
	return err;
}

bool catalog_is_doubtful(const struct catalog *c) { return c->doubtful || c->displaced; }
bool catalog_is_damaged(const struct catalog *c) { return c->damaged; }

void catalog_rollback(struct catalog *c)
{
	if (c->begun)
		sql_roll_back(c);
	c->begun = c->spoiled = false;
}

int sql_checkpoint(struct catalog *c, int how)
{
	int pages = 0, copied = 0, rc = sqlite3_wal_checkpoint_v2(c->db, "main", how, &pages, &copied);
	if (rc == SQLITE_OK && copied >= 0) {
		c->wal_copied = copied;
		c->wal_done = copied == pages;
	}
	return rc;
}

void catalog_checkpoint(struct catalog *c, enum checkpoint_mode mode)
{
	int least = mode == CHECKPOINT_MANY ? WAL_PASSIVE_PAGES : 1;
	if (!c->writer || c->begun)
		return;
	if (mode != CHECKPOINT_TRUNCATE && c->wal_pages - c->wal_copied < least)
		return;
	(void)sql_checkpoint(c, mode == CHECKPOINT_TRUNCATE ? SQLITE_CHECKPOINT_TRUNCATE
	                                                    : SQLITE_CHECKPOINT_PASSIVE);
}

void catalog_forget_pages(struct catalog *c) { (void)sqlite3_db_release_memory(c->db); }

/* ---- versions ---- */

/* Borrows from the statement; the order is VERSION_COLUMNS. */
static enum err version_read(const struct sql *q, struct version_row *ret, struct errinfo *e)
{
	struct version_row v = {
		.id = sql_int(q, 0),
		.repo_id = sql_int(q, 1),
		.chart = sql_text(q, 2),
		.version = sql_text(q, 3),
		.file = sql_text(q, 4),
		.bytes = (uint64_t)sql_int(q, 6),
		.created_ns = sql_int(q, 7),
		.state = (enum version_state)sql_int(q, 8),
		.event = (uint64_t)sql_int(q, 9),
		.has_prov = !sql_is_null(q, 10),
		.line = sql_text(q, 11),
		.yank_reason = sql_text(q, 12),
		.shown_from = (uint64_t)sql_int(q, 13),
		.signature = sql_text(q, 14),
		.deleted_event = (uint64_t)sql_int(q, 15),
		.purged = sql_int(q, 16) != 0,
		.absent = sql_int(q, 17) == 0,
		.has_images = !sql_is_null(q, 18),
		.images = sql_text(q, 18),
	};
	v.was_yanked = v.state == VERSION_DELETED && !sql_is_null(q, 12);
	v.yanked = v.state != VERSION_DELETED && !sql_is_null(q, 12);
	if (v.state > VERSION_DAMAGED)
		return ERR(e, CORRUPT, "catalog.db: version %lld has an unknown state; " CATALOG_AGAIN,
		           (long long)v.id);
	enum err err = sql_hash(q, 5, &v.digest, e);
	if (!err && v.has_prov)
		err = sql_hash(q, 10, &v.prov_digest, e);
	if (!err)
		*ret = v;
	return err;
}

static enum err version_find(struct sql *q, struct arena *a, struct version_row *ret,
                             struct errinfo *e)
{
	struct version_row v = { 0 };
	enum err err = sql_first(q, "there is no such version", e);
	if (!err)
		err = version_read(q, &v, e);
	if (err)
		return err;
	if (!arena_str(a, v.chart, &v.chart) || !arena_str(a, v.version, &v.version) ||
	    !arena_str(a, v.file, &v.file) || !arena_str(a, v.line, &v.line) ||
	    !arena_str(a, v.yank_reason, &v.yank_reason) || !arena_str(a, v.signature, &v.signature) ||
	    !arena_str(a, v.images, &v.images))
		return ERR(e, NOMEM, "version");
	*ret = v;
	return OK;
}

static struct sql find_by_name(struct catalog *c, int64_t repo_id, struct str chart,
                               struct str version)
{
	struct sql q = sql_start(c, QUERY_VERSION_BY_NAME);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@chart", chart);
	sql_bind_text(&q, "@version", version);
	return q;
}

enum err catalog_version(struct catalog *c, struct arena *a, int64_t repo_id, struct str chart,
                         struct str version, struct version_row *ret, struct errinfo *e)
{
	AUTO_SQL struct sql q = find_by_name(c, repo_id, chart, version);
	return version_find(&q, a, ret, e);
}

enum err catalog_version_by_file(struct catalog *c, struct arena *a, int64_t repo_id,
                                 struct str file, struct version_row *ret, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_VERSION_BY_FILE);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@file", file);
	return version_find(&q, a, ret, e);
}

enum err catalog_version_line(struct catalog *c, int64_t id, struct sbuf *to, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_VERSION_LINE);
	sql_bind_int(&q, "@id", id);
	enum err err = sql_first(&q, "there is no such version", e);
	if (!err)
		sbuf_put(to, sql_text(&q, 0));
	return err;
}

static void bind_changeable(struct sql *q, const struct version_row *row)
{
	sql_bind_hash(q, "@digest", &row->digest);
	sql_bind_int(q, "@bytes", (int64_t)row->bytes);
	sql_bind_int(q, "@created", row->created_ns);
	sql_bind_int(q, "@state", row->state);
	sql_bind_int(q, "@event", (int64_t)row->event);
	sql_bind_hash(q, "@prov", row->has_prov ? &row->prov_digest : NULL);
	sql_bind_text(q, "@line", row->line);
	if (row->state == VERSION_DELETED ? row->was_yanked : row->yanked)
		sql_bind_text(q, "@yanked", row->yank_reason);
	sql_bind_int(q, "@shown", (int64_t)row->shown_from);
	if (row->signature.n)
		sql_bind_text(q, "@signature", row->signature);
	sql_bind_int(q, "@deleted", (int64_t)row->deleted_event);
	sql_bind_int(q, "@purged", row->purged);
	sql_bind_int(q, "@held", !row->absent);
	if (row->has_images)
		sql_bind_text(q, "@images", row->images);
}

/* Which of the two names is taken, SQLite does not say. */
static enum err name_taken(struct catalog *c, const struct version_row *row, struct errinfo *e)
{
	bool found = false;
	AUTO_SQL struct sql q = find_by_name(c, row->repo_id, row->chart, row->version);
	enum err err = sql_step(&q, &found, e);
	if (err)
		return err;
	if (!found)
		return ERR(e, NAME_TAKEN, "%.*s belongs to another chart", STR_ARG(row->file));
	return ERR(e, EXISTS, "%.*s %.*s exists", STR_ARG(row->chart), STR_ARG(row->version));
}

static enum err version_insert(struct catalog *c, struct version_row *row, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_VERSION_INSERT);
	sql_bind_int(&q, "@repo", row->repo_id);
	sql_bind_text(&q, "@chart", row->chart);
	sql_bind_text(&q, "@version", row->version);
	sql_bind_text(&q, "@file", row->file);
	bind_changeable(&q, row);
	enum err err = sql_run(&q, e);
	if (err && sqlite3_extended_errcode(c->db) == SQLITE_CONSTRAINT_UNIQUE)
		return name_taken(c, row, e);
	if (!err)
		row->id = sqlite3_last_insert_rowid(c->db);
	return err;
}

enum err catalog_version_put(struct catalog *c, struct version_row *row, struct errinfo *e)
{
	if (!row->id)
		return version_insert(c, row, e);
	AUTO_SQL struct sql q = sql_start(c, QUERY_VERSION_UPDATE);
	sql_bind_int(&q, "@id", row->id);
	bind_changeable(&q, row);
	enum err err = sql_run(&q, e);
	if (!err && sqlite3_changes(c->db) == 0)
		return ERR(e, NOT_FOUND, "there is no such version");
	return err;
}

/* The rest of a statement over versions. */
static enum err visit_versions(struct sql *q, catalog_visit_version *each, void *ctx,
                               struct errinfo *e)
{
	enum err err = OK;
	while (sql_next(q, &err, e)) {
		struct version_row v;
		err = version_read(q, &v, e);
		if (!err)
			err = each(ctx, &v, e);
	}
	return err;
}

enum err catalog_versions_each(struct catalog *c, int64_t repo_id, catalog_visit_version *each,
                               void *ctx, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_VERSIONS_OF_REPO);
	sql_bind_int(&q, "@repo", repo_id);
	return visit_versions(&q, each, ctx, e);
}

enum err catalog_versions_page(struct catalog *c, int64_t repo_id, struct str chart, int64_t after,
                               unsigned limit, catalog_visit_version *each, void *ctx,
                               struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, chart.n ? QUERY_VERSIONS_OF_CHART : QUERY_VERSIONS_AFTER);
	sql_bind_int(&q, "@repo", repo_id);
	if (chart.n)
		sql_bind_text(&q, "@chart", chart);
	sql_bind_int(&q, "@after", after);
	sql_bind_int(&q, "@limit", limit);
	return visit_versions(&q, each, ctx, e);
}

static enum err read_name(const struct sql *q, struct arena *a, void *row, struct errinfo *e)
{
	return arena_str(a, sql_text(q, 0), row) ? OK : ERR(e, NOMEM, "versions");
}

static const struct sql_list names = { .what = "versions", .row_bytes = sizeof(struct str), .read = read_name };

enum err catalog_versions_absent(struct catalog *c, struct arena *a, int64_t repo_id, struct str chart,
                                 struct str **ret, size_t *ret_count, struct errinfo *e)
{
	void *rows;
	AUTO_SQL struct sql q = sql_start(c, QUERY_VERSIONS_ABSENT);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@chart", chart);
	enum err err = sql_rows(&q, &names, a, &rows, ret_count, e);
	if (!err)
		*ret = rows;
	return err;
}

static enum err read_purged(const struct sql *q, struct arena *a, void *row, struct errinfo *e)
{
	struct purged_row *p = row;
	return arena_str(a, sql_text(q, 0), &p->file) ? sql_hash(q, 1, &p->digest, e) : ERR(e, NOMEM, "versions");
}

enum err catalog_versions_purged(struct catalog *c, struct arena *a, int64_t repo_id, struct purged_row **ret,
                                 size_t *ret_count, struct errinfo *e)
{
	static const struct sql_list purged = {
		.what = "versions", .row_bytes = sizeof(struct purged_row), .read = read_purged };
	void *rows;
	AUTO_SQL struct sql q = sql_start(c, QUERY_VERSIONS_PURGED);
	sql_bind_int(&q, "@repo", repo_id);
	enum err err = sql_rows(&q, &purged, a, &rows, ret_count, e);
	if (!err)
		*ret = rows;
	return err;
}

enum err catalog_usage(struct catalog *c, int64_t repo_id, struct repo_usage *ret,
                       struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql q = sql_start(c, QUERY_USAGE);
	sql_bind_int(&q, "@repo", repo_id);
	enum err err = sql_step(&q, &row, e);
	if (!err)
		*ret = (struct repo_usage){ (uint64_t)sql_int(&q, 0), (uint64_t)sql_int(&q, 1) };
	return err;
}

enum err catalog_versions_clear(struct catalog *c, int64_t repo_id, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_VERSIONS_CLEAR);
	sql_bind_int(&q, "@repo", repo_id);
	return sql_run(&q, e);
}

/* ---- small facts ---- */

enum err catalog_meta_get(struct catalog *c, struct arena *a, const char *key, struct str *ret,
                          struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql q = sql_start(c, QUERY_META_GET);
	sql_bind_text(&q, "@key", str_c(key));
	enum err err = sql_step(&q, &row, e);
	if (err)
		return err;
	if (!row)
		return ERR(e, NOT_FOUND, "the catalog does not know %s", key);
	return arena_str(a, sql_text(&q, 0), ret) ? OK : ERR(e, NOMEM, "%s", key);
}

static enum err meta_put(struct catalog *c, const char *key, struct str value, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_META_SET);
	sql_bind_text(&q, "@key", str_c(key));
	sql_bind_text(&q, "@value", value);
	return sql_run(&q, e);
}

enum err catalog_meta_set(struct catalog *c, const char *key, struct str value, struct errinfo *e)
{
	if (c->begun)
		return meta_put(c, key, value, e);
	enum err err = catalog_begin(c, e);
	if (err)
		return err;
	err = meta_put(c, key, value, e);
	if (!err)
		return catalog_commit(c, e);
	catalog_rollback(c);
	return err;
}

/* ---- checks ---- */

/* "*** in database main ***\nTree 21 page 21: …" */
static struct str complaint(struct str text)
{
	if (str_starts(text, STR("***")))
		(void)str_cut(&text, '\n', NULL);
	return str_cut(&text, '\n', NULL);
}

enum err catalog_check(struct catalog *c, struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql integrity = sql_start(c, QUERY_INTEGRITY_CHECK);
	enum err err = sql_step(&integrity, &row, e);
	if (err)
		return err;
	if (!row || !str_eq_c(sql_text(&integrity, 0), "ok"))
		return ERR(e, CORRUPT, "%.*s", STR_ARG(complaint(sql_text(&integrity, 0))));
	AUTO_SQL struct sql keys = sql_start(c, QUERY_FOREIGN_KEY_CHECK);
	err = sql_step(&keys, &row, e);
	if (!err && row)
		return ERR(e, CORRUPT, "row %lld of table %.*s refers to a row of %.*s "
		           "that is not there", (long long)sql_int(&keys, 1),
		           STR_ARG(sql_text(&keys, 0)), STR_ARG(sql_text(&keys, 2)));
	return err;
}
