/* How it is with upstreams. */
#include "indexer/store/upstreams.h"

#include "indexer/base/limits.h"
#include "indexer/store/sql.h"

const char *upstream_state_word(enum upstream_state state)
{
	static const char *const words[UPSTREAM_STATE_COUNT] = {
#define X(name, word) [UPSTREAM_IS_##name] = (word),
		UPSTREAM_STATES(X)
#undef X
	};
	return words[state];
}

const char *upstream_hold_word(enum upstream_hold hold)
{
	static const char *const words[] = {
		[UPSTREAM_HELD_FOR_NOTHING] = "", [UPSTREAM_HELD_FOR_DROP] = "drop",
		[UPSTREAM_HELD_FOR_FORK] = "fork",
	};
	return words[hold];
}

static bool is_state(int64_t n) { return n >= 0 && n < UPSTREAM_STATE_COUNT; }
static bool is_hold(int64_t n) { return n >= 0 && n <= UPSTREAM_HELD_FOR_FORK; }

static enum err maybe_hash(const struct sql *q, int column, bool *ret_has, struct sha256 *ret,
                           struct errinfo *e)
{
	*ret_has = !sql_is_null(q, column);
	return *ret_has ? sql_hash(q, column, ret, e) : OK;
}

/* The order is UPSTREAM_COLUMNS. */
static enum err read_upstream(const struct sql *q, struct arena *a, struct upstream_row *ret,
                              struct errinfo *e)
{
	struct upstream_row v = {
		.checked_ns = sql_int(q, 2), .fresh_ns = sql_int(q, 3), .changed_ns = sql_int(q, 4),
		.failing_ns = sql_int(q, 5), .failures = (uint64_t)sql_int(q, 6), .next_ns = sql_int(q, 7),
		.versions = (uint64_t)sql_int(q, 14), .taken = (uint64_t)sql_int(q, 15),
		.skipped = (uint64_t)sql_int(q, 16), .log_size = (uint64_t)sql_int(q, 17),
	};
	if (!is_state(sql_int(q, 0)) || !is_hold(sql_int(q, 23)))
		return ERR(e, CORRUPT, "catalog.db: an upstream has an unknown state");
	v.state = (enum upstream_state)sql_int(q, 0);
	v.held_for = (enum upstream_hold)sql_int(q, 23);
	enum err err = maybe_hash(q, 10, &v.has_body, &v.body, e);
	if (!err)
		err = maybe_hash(q, 11, &v.has_rules, &v.rules, e);
	if (!err)
		err = maybe_hash(q, 18, &v.has_log_root, &v.log_root, e);
	if (err)
		return err;
	if (!arena_str(a, sql_text(q, 1), &v.reason) || !arena_str(a, sql_text(q, 8), &v.etag) ||
	    !arena_str(a, sql_text(q, 9), &v.last_modified) ||
	    !arena_str(a, sql_text(q, 12), &v.generated) ||
	    !arena_str(a, sql_text(q, 13), &v.software) || !arena_str(a, sql_text(q, 19), &v.log_key) ||
	    !arena_str(a, sql_text(q, 20), &v.publisher) ||
	    !arena_str(a, sql_text(q, 21), &v.publisher_etag) ||
	    !arena_str(a, sql_text(q, 22), &v.publisher_modified) ||
	    !arena_str(a, sql_text(q, 24), &v.hook_secret))
		return ERR(e, NOMEM, "upstream");
	*ret = v;
	return OK;
}

enum err catalog_upstream(struct catalog *c, struct arena *a, int64_t repo_id,
                          struct upstream_row *ret, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_UPSTREAM_GET);
	sql_bind_int(&q, "@repo", repo_id);
	enum err err = sql_first(&q, "this upstream was never asked", e);
	return err ? err : read_upstream(&q, a, ret, e);
}

enum err catalog_upstream_put(struct catalog *c, int64_t repo_id, const struct upstream_row *row,
                              struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_UPSTREAM_PUT);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_int(&q, "@state", row->state);
	sql_bind_text(&q, "@reason", row->reason);
	sql_bind_int(&q, "@checked", row->checked_ns);
	sql_bind_int(&q, "@fresh", row->fresh_ns);
	sql_bind_int(&q, "@changed", row->changed_ns);
	sql_bind_int(&q, "@failing", row->failing_ns);
	sql_bind_int(&q, "@failures", (int64_t)row->failures);
	sql_bind_int(&q, "@next", row->next_ns);
	sql_bind_text(&q, "@etag", row->etag);
	sql_bind_text(&q, "@modified", row->last_modified);
	sql_bind_hash(&q, "@body", row->has_body ? &row->body : NULL);
	sql_bind_hash(&q, "@rules", row->has_rules ? &row->rules : NULL);
	sql_bind_text(&q, "@generated", row->generated);
	sql_bind_text(&q, "@software", row->software);
	sql_bind_text(&q, "@publisher", row->publisher);
	sql_bind_text(&q, "@publisher_etag", row->publisher_etag);
	sql_bind_text(&q, "@publisher_modified", row->publisher_modified);
	sql_bind_int(&q, "@held_for", row->held_for);
	sql_bind_int(&q, "@versions", (int64_t)row->versions);
	sql_bind_int(&q, "@taken", (int64_t)row->taken);
	sql_bind_int(&q, "@skipped", (int64_t)row->skipped);
	sql_bind_int(&q, "@size", (int64_t)row->log_size);
	sql_bind_hash(&q, "@root", row->has_log_root ? &row->log_root : NULL);
	sql_bind_text(&q, "@key", row->log_key);
	return sql_run(&q, e);
}

enum err catalog_upstream_hook_put(struct catalog *c, int64_t repo_id, struct str secret,
                                   struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_UPSTREAM_HOOK);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@secret", secret);
	return sql_run(&q, e);
}

/* ---- since when it has a name ---- */

enum err catalog_upstream_loaded(struct catalog *c, int64_t repo_id, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_UPSTREAM_LOADED);
	sql_bind_int(&q, "@repo", repo_id);
	return sql_run(&q, e);
}

enum err catalog_name_since(struct catalog *c, int64_t repo_id, struct str chart, uint64_t *ret,
                            struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql q = sql_start(c, QUERY_NAME_SINCE);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@chart", chart);
	enum err err = sql_step(&q, &row, e);
	if (err)
		return err;
	int64_t first = sql_int(&q, 0), loaded = sql_int(&q, 1);
	*ret = loaded && first > loaded ? (uint64_t)first : 0;
	return OK;
}

/* ---- the last refreshes ---- */

enum err catalog_upstream_run_put(struct catalog *c, int64_t repo_id,
                                  const struct upstream_run_row *row, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_UPSTREAM_RUN_PUT);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_int(&q, "@at", row->at_ns);
	sql_bind_int(&q, "@took", (int64_t)row->took_ms);
	sql_bind_int(&q, "@state", row->state);
	sql_bind_int(&q, "@added", (int64_t)row->added);
	sql_bind_int(&q, "@changed", (int64_t)row->changed);
	sql_bind_int(&q, "@gone", (int64_t)row->gone);
	sql_bind_int(&q, "@skipped", (int64_t)row->skipped);
	sql_bind_int(&q, "@bytes", (int64_t)row->bytes);
	sql_bind_text(&q, "@reason", row->reason);
	sql_bind_int(&q, "@held_for", row->held_for);
	enum err err = sql_run(&q, e);
	if (err)
		return err;
	AUTO_SQL struct sql trim = sql_start(c, QUERY_UPSTREAM_RUN_TRIM);
	sql_bind_int(&trim, "@repo", repo_id);
	sql_bind_int(&trim, "@keep", UPSTREAM_RUNS_MAX);
	return sql_run(&trim, e);
}

static enum err read_run(const struct sql *q, struct arena *a, void *row, struct errinfo *e)
{
	struct upstream_run_row *ret = row;
	*ret = (struct upstream_run_row){
		.at_ns = sql_int(q, 0), .took_ms = (uint64_t)sql_int(q, 1),
		.added = (uint64_t)sql_int(q, 3), .changed = (uint64_t)sql_int(q, 4),
		.gone = (uint64_t)sql_int(q, 5), .skipped = (uint64_t)sql_int(q, 6),
		.bytes = (uint64_t)sql_int(q, 7),
	};
	if (!is_state(sql_int(q, 2)) || !is_hold(sql_int(q, 9)))
		return ERR(e, CORRUPT, "catalog.db: a refresh has an unknown end");
	ret->state = (enum upstream_state)sql_int(q, 2);
	ret->held_for = (enum upstream_hold)sql_int(q, 9);
	return arena_str(a, sql_text(q, 8), &ret->reason) ? OK : ERR(e, NOMEM, "refreshes");
}

enum err catalog_upstream_runs(struct catalog *c, struct arena *a, int64_t repo_id,
                               struct upstream_run_row **ret, size_t *ret_count, struct errinfo *e)
{
	static const struct sql_list list = { .what = "refreshes", .row_bytes = sizeof **ret,
	                                      .read = read_run };
	void *rows;
	AUTO_SQL struct sql q = sql_start(c, QUERY_UPSTREAM_RUNS);
	sql_bind_int(&q, "@repo", repo_id);
	enum err err = sql_rows(&q, &list, a, &rows, ret_count, e);
	if (!err)
		*ret = rows;
	return err;
}

/* ---- what could not be taken ---- */

static const char *const skipped_kinds[SKIPPED_KIND_COUNT] = {
	[SKIPPED_ENTRY] = "skipped", [SKIPPED_REFUSED] = "refused", [SKIPPED_UNFETCHED] = "unfetched",
};

const char *skipped_kind_word(enum skipped_kind kind) { return skipped_kinds[kind]; }

bool skipped_kind_read(struct str word, enum skipped_kind *ret)
{
	for (int kind = 0; kind < SKIPPED_KIND_COUNT; kind++)
		if (str_eq_c(word, skipped_kinds[kind])) {
			*ret = (enum skipped_kind)kind;
			return true;
		}
	return false;
}

enum err catalog_skipped_put(struct catalog *c, int64_t repo_id, const struct skipped_row *rows,
                             size_t count, struct errinfo *e)
{
	AUTO_SQL struct sql clear = sql_start(c, QUERY_SKIPPED_CLEAR);
	sql_bind_int(&clear, "@repo", repo_id);
	enum err err = sql_run(&clear, e);
	for (size_t i = 0; i < count && !err; i++) {
		AUTO_SQL struct sql q = sql_start(c, QUERY_SKIPPED_PUT);
		sql_bind_int(&q, "@repo", repo_id);
		sql_bind_int(&q, "@number", (int64_t)i);
		sql_bind_text(&q, "@chart", rows[i].chart);
		sql_bind_text(&q, "@version", rows[i].version);
		sql_bind_int(&q, "@line", rows[i].line);
		sql_bind_text(&q, "@why", rows[i].why);
		err = sql_run(&q, e);
	}
	return err;
}

static enum err read_skipped(const struct sql *q, struct arena *a, void *row, struct errinfo *e)
{
	struct skipped_row *ret = row;
	ret->line = (uint32_t)sql_int(q, 2);
	ret->kind = (enum skipped_kind)sql_int(q, 4);        /* the statement's own */
	return arena_str(a, sql_text(q, 0), &ret->chart) && arena_str(a, sql_text(q, 1), &ret->version) &&
	       arena_str(a, sql_text(q, 3), &ret->why) ? OK : ERR(e, NOMEM, "skipped entries");
}

enum err catalog_skipped(struct catalog *c, struct arena *a, int64_t repo_id,
                         struct skipped_row **ret, size_t *ret_count, struct errinfo *e)
{
	static const struct sql_list list = { .what = "skipped entries", .row_bytes = sizeof **ret,
	                                      .read = read_skipped };
	void *rows;
	AUTO_SQL struct sql q = sql_start(c, QUERY_SKIPPED);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_int(&q, "@limit", UPSTREAM_SKIPPED_MAX);
	enum err err = sql_rows(&q, &list, a, &rows, ret_count, e);
	if (!err)
		*ret = rows;
	return err;
}
