/* What an upstream's index says of each version, and what was let into a view. */
#include "indexer/store/sql.h"
#include "indexer/store/upstreams.h"

/* ---- remote ---- */

enum err catalog_remote_put(struct catalog *c, int64_t repo_id, const struct remote_row *row,
                            struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_REMOTE_PUT);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@chart", row->chart);
	sql_bind_text(&q, "@version", row->version);
	sql_bind_hash(&q, "@hash", &row->hash);
	sql_bind_hash(&q, "@digest", row->has_digest ? &row->digest : NULL);
	sql_bind_int(&q, "@created", row->created_ns);
	sql_bind_text(&q, "@urls", row->urls);
	sql_bind_int(&q, "@state", row->state);
	sql_bind_text(&q, "@why", row->why);
	sql_bind_int(&q, "@seen", row->seen_ns);
	sql_bind_int(&q, "@gone", row->gone_ns);
	sql_bind_hash(&q, "@drift", row->has_drift ? &row->drift : NULL);
	sql_bind_int(&q, "@drifted", row->drift_ns);
	sql_bind_text(&q, "@unfetched", row->unfetched);
	return sql_run(&q, e);
}

/* Borrows from the statement; the order is REMOTE_COLUMNS. */
static enum err read_remote(const struct sql *q, struct remote_row *ret, struct errinfo *e)
{
	struct remote_row v = {
		.chart = sql_text(q, 0), .version = sql_text(q, 1), .has_digest = !sql_is_null(q, 3),
		.created_ns = sql_int(q, 4), .urls = sql_text(q, 5),
		.state = (enum remote_state)sql_int(q, 6), .why = sql_text(q, 7), .seen_ns = sql_int(q, 8),
		.gone_ns = sql_int(q, 9), .has_drift = !sql_is_null(q, 10), .drift_ns = sql_int(q, 11),
		.unfetched = sql_text(q, 12),
	};
	enum err err = sql_hash(q, 2, &v.hash, e);
	if (!err && v.has_digest)
		err = sql_hash(q, 3, &v.digest, e);
	if (!err && v.has_drift)
		err = sql_hash(q, 10, &v.drift, e);
	if (!err)
		*ret = v;
	return err;
}

enum err catalog_remote(struct catalog *c, struct arena *a, int64_t repo_id, struct str chart,
                        struct str version, struct remote_row *ret, struct errinfo *e)
{
	struct remote_row v = { 0 };
	AUTO_SQL struct sql q = sql_start(c, QUERY_REMOTE_GET);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@chart", chart);
	sql_bind_text(&q, "@version", version);
	enum err err = sql_first(&q, "the upstream's index has no such version", e);
	if (!err)
		err = read_remote(&q, &v, e);
	if (err)
		return err;
	if (!arena_str(a, v.chart, &v.chart) || !arena_str(a, v.version, &v.version) ||
	    !arena_str(a, v.urls, &v.urls) || !arena_str(a, v.why, &v.why) ||
	    !arena_str(a, v.unfetched, &v.unfetched))
		return ERR(e, NOMEM, "version");
	*ret = v;
	return OK;
}

enum err catalog_remote_remove(struct catalog *c, int64_t repo_id, struct str chart,
                               struct str version, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_REMOTE_REMOVE);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@chart", chart);
	sql_bind_text(&q, "@version", version);
	return sql_run(&q, e);
}

enum err catalog_remotes_note_held(struct catalog *c, int64_t repo_id, struct str why, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_REMOTES_NOTE_HELD);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@why", why);
	return sql_run(&q, e);
}

static enum err visit_remotes(struct sql *q, catalog_visit_remote *each, void *ctx, struct errinfo *e)
{
	enum err err = OK;
	while (sql_next(q, &err, e)) {
		struct remote_row v;
		err = read_remote(q, &v, e);
		if (!err)
			err = each(ctx, &v, sql_int(q, 13) != 0, e);
	}
	return err;
}

enum err catalog_remotes_each(struct catalog *c, int64_t repo_id, struct str chart,
                              catalog_visit_remote *each, void *ctx, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, chart.n ? QUERY_REMOTES_OF_CHART : QUERY_REMOTES);
	sql_bind_int(&q, "@repo", repo_id);
	if (chart.n)
		sql_bind_text(&q, "@chart", chart);
	return visit_remotes(&q, each, ctx, e);
}

enum err catalog_remotes_told(struct catalog *c, int64_t repo_id, struct str chart,
                              catalog_visit_remote *each, void *ctx, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_REMOTES_WORTH_TELLING);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@chart", chart);
	return visit_remotes(&q, each, ctx, e);
}

enum err catalog_remote_counts(struct catalog *c, int64_t repo_id, struct remote_counts *ret,
                               struct errinfo *e)
{
	bool row;
	struct remote_counts n;
	AUTO_SQL struct sql archives = sql_start(c, QUERY_ARCHIVES);
	AUTO_SQL struct sql told = sql_start(c, QUERY_REMOTES_TOLD);
	AUTO_SQL struct sql unpinned = sql_start(c, QUERY_UNPINNED_COUNT);
	sql_bind_int(&unpinned, "@repo", repo_id);
	sql_bind_int(&archives, "@repo", repo_id);
	sql_bind_int(&told, "@repo", repo_id);
	enum err err = sql_step(&archives, &row, e);
	n.held = err ? 0 : (uint64_t)sql_int(&archives, 0);
	if (!err)
		err = sql_step(&told, &row, e);
	if (!err)
		err = sql_step(&unpinned, &row, e);
	if (err)
		return err;
	n.unpinned = (uint64_t)sql_int(&unpinned, 0);
	n.drifted = (uint64_t)sql_int(&told, 0);
	n.gone = (uint64_t)sql_int(&told, 1);
	*ret = n;
	return OK;
}

static enum err read_unpinned(const struct sql *q, struct arena *a, void *row, struct errinfo *e)
{
	struct unpinned_row *ret = row;
	return arena_str(a, sql_text(q, 0), &ret->chart) && arena_str(a, sql_text(q, 1), &ret->version)
	       ? OK : ERR(e, NOMEM, "versions");
}

enum err catalog_unpinned(struct catalog *c, struct arena *a, int64_t repo_id, uint64_t limit,
                          struct unpinned_row **ret, size_t *ret_count, struct errinfo *e)
{
	static const struct sql_list list = { .what = "versions", .row_bytes = sizeof **ret,
	                                      .read = read_unpinned };
	void *rows;
	AUTO_SQL struct sql q = sql_start(c, QUERY_UNPINNED);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_int(&q, "@limit", (int64_t)limit);
	enum err err = sql_rows(&q, &list, a, &rows, ret_count, e);
	if (!err)
		*ret = rows;
	return err;
}

enum err catalog_remote_behind(struct catalog *c, int64_t repo_id, struct remote_behind *ret,
                               struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql q = sql_start(c, QUERY_REMOTES_BEHIND);
	sql_bind_int(&q, "@repo", repo_id);
	enum err err = sql_step(&q, &row, e);
	if (!err)
		*ret = (struct remote_behind){ (uint64_t)sql_int(&q, 0), sql_int(&q, 1) };
	return err;
}

/* ---- release ---- */

enum err catalog_release_put(struct catalog *c, int64_t repo_id, const struct release_row *row,
                             struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_RELEASE_PUT);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@chart", row->chart);
	sql_bind_text(&q, "@version", row->version);
	sql_bind_hash(&q, "@digest", &row->digest);
	sql_bind_int(&q, "@event", (int64_t)row->event);
	return sql_run(&q, e);
}

static enum err read_release(const struct sql *q, struct arena *a, void *row, struct errinfo *e)
{
	struct release_row *ret = row;
	*ret = (struct release_row){ .event = (uint64_t)sql_int(q, 3) };
	if (!arena_str(a, sql_text(q, 0), &ret->chart) || !arena_str(a, sql_text(q, 1), &ret->version))
		return ERR(e, NOMEM, "releases");
	return sql_hash(q, 2, &ret->digest, e);
}

enum err catalog_releases(struct catalog *c, struct arena *a, int64_t repo_id, struct str chart,
                          struct release_row **ret, size_t *ret_count, struct errinfo *e)
{
	static const struct sql_list list = { .what = "releases", .row_bytes = sizeof **ret,
	                                      .read = read_release };
	void *rows;
	AUTO_SQL struct sql q = sql_start(c, QUERY_RELEASES);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@chart", chart);
	enum err err = sql_rows(&q, &list, a, &rows, ret_count, e);
	if (!err)
		*ret = rows;
	return err;
}

enum err catalog_release_remove(struct catalog *c, int64_t repo_id, struct str chart,
                                struct str version, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_RELEASE_REMOVE);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@chart", chart);
	sql_bind_text(&q, "@version", version);
	return sql_run(&q, e);
}

enum err catalog_releases_clear(struct catalog *c, int64_t repo_id, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_RELEASES_CLEAR);
	sql_bind_int(&q, "@repo", repo_id);
	return sql_run(&q, e);
}
