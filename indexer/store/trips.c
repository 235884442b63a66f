/* Which bundles were brought in. */
#include "indexer/store/trips.h"

#include "indexer/store/sql.h"

enum err catalog_trip_put(struct catalog *c, int64_t repo_id, const struct trip_row *row,
                          struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_TRIP_PUT);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@bundle", row->bundle);
	sql_bind_int(&q, "@event", (int64_t)row->event);
	sql_bind_hash(&q, "@leaf", &row->leaf);
	sql_bind_hash(&q, "@root", &row->root);
	sql_bind_text(&q, "@edge", row->edge);
	sql_bind_text(&q, "@instance", row->instance);
	sql_bind_int(&q, "@parent", (int64_t)row->parent);
	sql_bind_int(&q, "@at", row->at_ns);
	sql_bind_int(&q, "@imported", row->imported_ns);
	sql_bind_text(&q, "@filter", row->filter);
	sql_bind_text(&q, "@signers", row->signers);
	sql_bind_hash(&q, "@manifest", &row->manifest);
	sql_bind_int(&q, "@versions", (int64_t)row->versions);
	sql_bind_int(&q, "@bytes", (int64_t)row->bytes);
	return sql_run(&q, e);
}

/* The order is TRIP_COLUMNS. */
static enum err read_trip(const struct sql *q, struct arena *a, void *row, struct errinfo *e)
{
	struct trip_row v = {
		.event = (uint64_t)sql_int(q, 1), .parent = (uint64_t)sql_int(q, 6), .at_ns = sql_int(q, 7),
		.imported_ns = sql_int(q, 8), .versions = (uint64_t)sql_int(q, 12),
		.bytes = (uint64_t)sql_int(q, 13),
	};
	enum err err = sql_hash(q, 2, &v.leaf, e);
	if (!err)
		err = sql_hash(q, 3, &v.root, e);
	if (!err)
		err = sql_hash(q, 11, &v.manifest, e);
	if (err)
		return err;
	if (!arena_str(a, sql_text(q, 0), &v.bundle) || !arena_str(a, sql_text(q, 4), &v.edge) ||
	    !arena_str(a, sql_text(q, 5), &v.instance) || !arena_str(a, sql_text(q, 9), &v.filter) ||
	    !arena_str(a, sql_text(q, 10), &v.signers))
		return ERR(e, NOMEM, "trips");
	*(struct trip_row *)row = v;
	return OK;
}

enum err catalog_trips(struct catalog *c, struct arena *a, int64_t repo_id, uint64_t limit,
                       struct trip_row **ret, size_t *ret_count, struct errinfo *e)
{
	static const struct sql_list list = { .what = "trips", .row_bytes = sizeof **ret, .read = read_trip };
	void *rows;
	AUTO_SQL struct sql q = sql_start(c, QUERY_TRIPS);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_most(&q, "@limit", limit);
	enum err err = sql_rows(&q, &list, a, &rows, ret_count, e);
	if (!err)
		*ret = rows;
	return err;
}

static enum err read_one(struct sql *q, struct arena *a, struct trip_row *ret, struct errinfo *e)
{
	enum err err = sql_first(q, "there was no such trip", e);
	return err ? err : read_trip(q, a, ret, e);
}

enum err catalog_trip_last(struct catalog *c, struct arena *a, struct str repo, struct trip_row *ret,
                           struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_TRIP_LAST);
	sql_bind_text(&q, "@name", repo);
	return read_one(&q, a, ret, e);
}

enum err catalog_trip(struct catalog *c, struct arena *a, struct str repo, uint64_t event,
                      struct trip_row *ret, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_TRIP_GET);
	sql_bind_text(&q, "@name", repo);
	sql_bind_most(&q, "@event", event);
	return read_one(&q, a, ret, e);
}

enum err catalog_trip_like(struct catalog *c, struct arena *a, const struct trip_row *like,
                           struct trip_row *ret, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_TRIP_LIKE);
	sql_bind_text(&q, "@instance", like->instance);
	sql_bind_most(&q, "@event", like->event);
	sql_bind_hash(&q, "@leaf", &like->leaf);
	return read_one(&q, a, ret, e);
}

enum err catalog_trips_rename(struct catalog *c, struct str old, struct str name, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_TRIPS_RENAME);
	sql_bind_text(&q, "@old", old);
	sql_bind_text(&q, "@name", name);
	return sql_run(&q, e);
}
