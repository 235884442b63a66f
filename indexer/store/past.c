/* Lines that left the index, and the index as it was after any event. */
#include "indexer/store/catalog.h"
#include "indexer/store/sql.h"

enum err catalog_past_put(struct catalog *c, const struct version_row *row, uint64_t to,
                          struct errinfo *e)
{
	if (!row->shown_from || row->shown_from >= to)
		return OK;
	AUTO_SQL struct sql q = sql_start(c, QUERY_PAST_PUT);
	sql_bind_int(&q, "@repo", row->repo_id);
	sql_bind_text(&q, "@chart", row->chart);
	sql_bind_text(&q, "@version", row->version);
	sql_bind_hash(&q, "@digest", &row->digest);
	sql_bind_int(&q, "@created", row->created_ns);
	sql_bind_text(&q, "@line", row->line);
	sql_bind_int(&q, "@from", (int64_t)row->shown_from);
	sql_bind_int(&q, "@to", (int64_t)to);
	return sql_run(&q, e);
}

enum err catalog_past_blank(struct catalog *c, int64_t repo_id, struct str chart,
                            struct str version, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_PAST_BLANK);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@chart", chart);
	sql_bind_text(&q, "@version", version);
	return sql_run(&q, e);
}

enum err catalog_index_at(struct catalog *c, int64_t repo_id, uint64_t at,
                          catalog_visit_version *each, void *ctx, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_INDEX_AT);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_int(&q, "@at", at > INT64_MAX ? INT64_MAX : (int64_t)at);
	for (;;) {
		bool row;
		enum err err = sql_step(&q, &row, e);
		if (err || !row)
			return err;
		struct version_row v = { .repo_id = repo_id, .chart = sql_text(&q, 0),
		                         .version = sql_text(&q, 1), .created_ns = sql_int(&q, 3),
		                         .line = sql_text(&q, 4),
		                         .shown_from = (uint64_t)sql_int(&q, 5) };
		err = sql_hash(&q, 2, &v.digest, e);
		if (!err)
			err = each(ctx, &v, e);
		if (err)
			return err;
	}
}
