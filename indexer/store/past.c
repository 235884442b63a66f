/* Lines that left the index, and the index as it was after any event. */
#include "indexer/base/auto.h"
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
	sql_bind_text(&q, "@file", row->file);
	sql_bind_hash(&q, "@digest", &row->digest);
	sql_bind_int(&q, "@created", row->created_ns);
	sql_bind_text(&q, "@line", row->line);
	sql_bind_int(&q, "@from", (int64_t)row->shown_from);
	sql_bind_int(&q, "@to", (int64_t)to);
	return sql_run(&q, e);
}

enum err catalog_past_end(struct catalog *c, const struct version_row *row, uint64_t *ret, struct errinfo *e)
{
	bool found;
	AUTO_SQL struct sql q = sql_start(c, QUERY_PAST_END);
	sql_bind_int(&q, "@repo", row->repo_id);
	sql_bind_text(&q, "@chart", row->chart);
	sql_bind_text(&q, "@version", row->version);
	enum err err = sql_step(&q, &found, e);
	if (!err)
		*ret = (uint64_t)sql_int(&q, 0);
	return err;
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

/* Borrows from the statement. */
static enum err read_line(const struct sql *q, int64_t repo_id, struct version_row *ret,
                          struct errinfo *e)
{
	*ret = (struct version_row){
		.repo_id = repo_id, .chart = sql_text(q, 0), .version = sql_text(q, 1),
		.file = sql_text(q, 2), .created_ns = sql_int(q, 4), .line = sql_text(q, 5),
		.shown_from = (uint64_t)sql_int(q, 6),
	};
	return sql_hash(q, 3, &ret->digest, e);
}

enum err catalog_index_at(struct catalog *c, int64_t repo_id, uint64_t at,
                          catalog_visit_version *each, void *ctx, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_INDEX_AT);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_most(&q, "@at", at);
	enum err err = OK;
	while (sql_next(&q, &err, e)) {
		struct version_row v;
		err = read_line(&q, repo_id, &v, e);
		if (!err)
			err = each(ctx, &v, e);
	}
	return err;
}

static bool keep_texts(struct arena *a, struct version_row *v)
{
	return arena_str(a, v->chart, &v->chart) && arena_str(a, v->version, &v->version) &&
	       arena_str(a, v->file, &v->file) && arena_str(a, v->line, &v->line);
}

enum err catalog_version_at(struct catalog *c, struct arena *a, int64_t repo_id, struct str file,
                            uint64_t at, struct version_row *ret, struct errinfo *e)
{
	bool row;
	struct version_row v;
	AUTO_SQL struct sql q = sql_start(c, QUERY_FILE_AT);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@file", file);
	sql_bind_most(&q, "@at", at);
	enum err err = sql_step(&q, &row, e);
	if (!err && !row)
		return ERR(e, NOT_FOUND, "%.*s was not in the index then", STR_ARG(file));
	if (!err)
		err = read_line(&q, repo_id, &v, e);
	if (!err && !keep_texts(a, &v))
		err = ERR(e, NOMEM, "version");
	if (!err)
		*ret = v;
	return err;
}

enum err catalog_file_at(struct catalog *c, int64_t repo_id, struct str file, uint64_t at,
                         struct sha256 *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct version_row v;
	enum err err = catalog_version_at(c, &a, repo_id, file, at, &v, e);
	if (!err)
		*ret = v.digest;
	return err;
}
