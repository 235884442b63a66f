/* Rows of webhooks and of what was sent. */
#include "indexer/store/hooks.h"

#include <sqlite3.h>

#include "indexer/base/auto.h"
#include "indexer/store/sql.h"

/* ---- hooks ---- */

/* The order is HOOK_COLUMNS. */
static enum err hook_read(const struct sql *q, struct arena *a, void *row, struct errinfo *e)
{
	struct hook_row *ret = row;
	*ret = (struct hook_row){
		.id = sql_int(q, 0), .old_until_ns = sql_int(q, 9), .allow_private = sql_int(q, 11) != 0,
		.paused = sql_int(q, 12) != 0, .created_ns = sql_int(q, 13),
		.done_event = (uint64_t)sql_int(q, 14), .failures = (uint64_t)sql_int(q, 15),
		.failing_ns = sql_int(q, 16), .rest_ns = sql_int(q, 17), .worked_ns = sql_int(q, 18),
	};
	struct str *const texts[] = { &ret->name, &ret->url, &ret->format, &ret->repos, &ret->charts,
	                              &ret->kinds, &ret->secret, &ret->old_secret };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!arena_str(a, sql_text(q, (int)i + 1), texts[i]))
			return ERR(e, NOMEM, "webhooks");
	return arena_str(a, sql_text(q, 10), &ret->headers) ? OK : ERR(e, NOMEM, "webhooks");
}

static const struct sql_list hooks = { QUERY_HOOKS, "webhooks", sizeof(struct hook_row), hook_read };

enum err catalog_hooks(struct catalog *c, struct arena *a, struct hook_row **ret, size_t *ret_count,
                       struct errinfo *e)
{
	void *rows;
	enum err err = sql_list(c, &hooks, a, &rows, ret_count, e);
	if (!err)
		*ret = rows;
	return err;
}

static void bind_settings(struct sql *q, const struct hook_row *row)
{
	sql_bind_text(q, "@url", row->url);
	sql_bind_text(q, "@format", row->format);
	sql_bind_text(q, "@repos", row->repos);
	sql_bind_text(q, "@charts", row->charts);
	sql_bind_text(q, "@kinds", row->kinds);
	sql_bind_text(q, "@secret", row->secret);
	sql_bind_text(q, "@old", row->old_secret);
	sql_bind_int(q, "@until", row->old_until_ns);
	sql_bind_text(q, "@headers", row->headers);
	sql_bind_int(q, "@private", row->allow_private);
	sql_bind_int(q, "@paused", row->paused);
}

enum err catalog_hook_put(struct catalog *c, struct hook_row *row, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, row->id ? QUERY_HOOK_UPDATE : QUERY_HOOK_INSERT);
	bind_settings(&q, row);
	if (row->id) {
		sql_bind_int(&q, "@id", row->id);
	} else {
		sql_bind_text(&q, "@name", row->name);
		sql_bind_int(&q, "@created", row->created_ns);
		sql_bind_int(&q, "@done", (int64_t)row->done_event);
	}
	enum err err = sql_run(&q, e);
	if (err && sqlite3_extended_errcode(c->db) == SQLITE_CONSTRAINT_UNIQUE)
		return ERR(e, EXISTS, "there is a webhook \"%.*s\" already", STR_ARG(row->name));
	if (!err && row->id && sqlite3_changes(c->db) == 0)
		return ERR(e, NOT_FOUND, "there is no webhook \"%.*s\"", STR_ARG(row->name));
	if (!err && !row->id)
		row->id = sqlite3_last_insert_rowid(c->db);
	return err;
}

enum err catalog_hook_remove(struct catalog *c, int64_t id, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_HOOK_REMOVE);
	sql_bind_int(&q, "@id", id);
	enum err err = sql_run(&q, e);
	return err || sqlite3_changes(c->db) ? err : ERR(e, NOT_FOUND, "there is no such webhook");
}

enum err catalog_hook_done(struct catalog *c, int64_t id, uint64_t event, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_HOOK_DONE);
	sql_bind_int(&q, "@id", id);
	sql_bind_int(&q, "@done", (int64_t)event);
	return sql_run(&q, e);
}

enum err catalog_hook_health(struct catalog *c, const struct hook_row *row, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_HOOK_HEALTH);
	sql_bind_int(&q, "@id", row->id);
	sql_bind_int(&q, "@failures", (int64_t)row->failures);
	sql_bind_int(&q, "@failing", row->failing_ns);
	sql_bind_int(&q, "@rest", row->rest_ns);
	sql_bind_int(&q, "@worked", row->worked_ns);
	return sql_run(&q, e);
}

/* ---- deliveries ---- */

/* The order is DELIVERY_COLUMNS. */
static enum err delivery_read(const struct sql *q, struct arena *a, void *row, struct errinfo *e)
{
	struct delivery_row *ret = row;
	*ret = (struct delivery_row){
		.id = sql_int(q, 0), .hook_id = sql_int(q, 1), .event = (uint64_t)sql_int(q, 2),
		.state = (enum delivery_state)sql_int(q, 3), .attempts = (uint64_t)sql_int(q, 4),
		.created_ns = sql_int(q, 5), .next_ns = sql_int(q, 6), .until_ns = sql_int(q, 7),
		.tried_ns = sql_int(q, 8), .status = (int)sql_int(q, 9),
	};
	if (!arena_str(a, sql_text(q, 10), &ret->error) || !arena_str(a, sql_text(q, 11), &ret->answer))
		return ERR(e, NOMEM, "deliveries");
	return OK;
}

static const struct sql_list deliveries = {
	.what = "deliveries", .row_bytes = sizeof(struct delivery_row), .read = delivery_read,
};

enum err catalog_delivery_add(struct catalog *c, int64_t hook_id, uint64_t event, int64_t now_ns,
                              int64_t until_ns, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_DELIVERY_ADD);
	sql_bind_int(&q, "@hook", hook_id);
	sql_bind_int(&q, "@event", (int64_t)event);
	sql_bind_int(&q, "@now", now_ns);
	sql_bind_int(&q, "@until", until_ns);
	return sql_run(&q, e);
}

enum err catalog_delivery_put(struct catalog *c, const struct delivery_row *row, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_DELIVERY_PUT);
	sql_bind_int(&q, "@id", row->id);
	sql_bind_int(&q, "@state", row->state);
	sql_bind_int(&q, "@attempts", (int64_t)row->attempts);
	sql_bind_int(&q, "@next", row->next_ns);
	sql_bind_int(&q, "@until", row->until_ns);
	sql_bind_int(&q, "@tried", row->tried_ns);
	sql_bind_int(&q, "@status", row->status);
	sql_bind_text(&q, "@error", row->error);
	sql_bind_text(&q, "@answer", row->answer);
	return sql_run(&q, e);
}

static enum err delivery_find(struct sql *q, struct arena *a, struct delivery_row *ret,
                              struct errinfo *e)
{
	enum err err = sql_first(q, "there is no such delivery", e);
	return err ? err : delivery_read(q, a, ret, e);
}

enum err catalog_delivery(struct catalog *c, struct arena *a, int64_t id, struct delivery_row *ret,
                          struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_DELIVERY);
	sql_bind_int(&q, "@id", id);
	return delivery_find(&q, a, ret, e);
}

enum err catalog_delivery_next(struct catalog *c, struct arena *a, int64_t hook_id,
                               struct delivery_row *ret, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_DELIVERY_NEXT);
	sql_bind_int(&q, "@hook", hook_id);
	return delivery_find(&q, a, ret, e);
}

enum err catalog_deliveries(struct catalog *c, struct arena *a, int64_t hook_id, int64_t before,
                            int state, unsigned limit, struct delivery_row **ret, size_t *ret_count,
                            struct errinfo *e)
{
	void *rows;
	AUTO_SQL struct sql q = sql_start(c, QUERY_DELIVERIES);
	sql_bind_int(&q, "@hook", hook_id);
	sql_bind_int(&q, "@before", before);
	sql_bind_int(&q, "@state", state);
	sql_bind_int(&q, "@limit", limit);
	enum err err = sql_rows(&q, &deliveries, a, &rows, ret_count, e);
	if (!err)
		*ret = rows;
	return err;
}

enum err catalog_delivery_counts(struct catalog *c, int64_t hook_id, uint64_t ret[DELIVERY_STATES],
                                 struct errinfo *e)
{
	uint64_t counts[DELIVERY_STATES] = { 0 };
	AUTO_SQL struct sql q = sql_start(c, QUERY_DELIVERY_COUNTS);
	sql_bind_int(&q, "@hook", hook_id);
	enum err err = OK;
	while (sql_next(&q, &err, e))
		counts[sql_int(&q, 0) % DELIVERY_STATES] = (uint64_t)sql_int(&q, 1);
	if (!err)
		memcpy(ret, counts, sizeof counts);
	return err;
}

enum err catalog_deliveries_expire(struct catalog *c, int64_t hook_id, int64_t now_ns, uint64_t *ret_count,
                                   struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_DELIVERIES_EXPIRE);
	sql_bind_int(&q, "@hook", hook_id);
	sql_bind_int(&q, "@now", now_ns);
	enum err err = sql_run(&q, e);
	if (!err)
		*ret_count = (uint64_t)sqlite3_changes(c->db);
	return err;
}

enum err catalog_deliveries_trim(struct catalog *c, int64_t hook_id, unsigned keep,
                                 struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_DELIVERIES_TRIM);
	sql_bind_int(&q, "@hook", hook_id);
	sql_bind_int(&q, "@keep", keep);
	return sql_run(&q, e);
}
