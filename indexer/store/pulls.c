/* How often charts were downloaded. */
#include "indexer/store/catalog.h"
#include "indexer/store/sql.h"

enum err catalog_pull_add(struct catalog *c, struct str repo, struct str file, int64_t day,
                          uint64_t count, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_PULL_ADD);
	sql_bind_text(&q, "@repo", repo);
	sql_bind_text(&q, "@file", file);
	sql_bind_int(&q, "@day", day);
	sql_bind_int(&q, "@count", (int64_t)count);
	return sql_run(&q, e);
}

enum err catalog_pulls(struct catalog *c, int64_t repo_id, struct str file,
                       struct pull_count *ret, struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql q = sql_start(c, QUERY_PULLS_OF_FILE);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@file", file);
	enum err err = sql_step(&q, &row, e);
	if (!err)
		*ret = (struct pull_count){ (uint64_t)sql_int(&q, 0), sql_int(&q, 1) };
	return err;
}

enum err catalog_repo_pulls(struct catalog *c, int64_t repo_id, uint64_t *ret, struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql q = sql_start(c, QUERY_PULLS_OF_REPO);
	sql_bind_int(&q, "@repo", repo_id);
	enum err err = sql_step(&q, &row, e);
	if (!err)
		*ret = (uint64_t)sql_int(&q, 0);
	return err;
}

enum err catalog_pulls_each(struct catalog *c, int64_t since_day, catalog_visit_pulls *each,
                            void *ctx, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_PULLS_BY_CHART);
	sql_bind_int(&q, "@day", since_day);
	enum err err = OK;
	while (sql_next(&q, &err, e))
		err = each(ctx, sql_text(&q, 0), sql_text(&q, 1), (uint64_t)sql_int(&q, 2), e);
	return err;
}

static enum err visit_days(struct sql *q, catalog_visit_day *each, void *ctx, struct errinfo *e)
{
	enum err err = OK;
	while (sql_next(q, &err, e))
		err = each(ctx, sql_text(q, 0), sql_int(q, 1), (uint64_t)sql_int(q, 2), e);
	return err;
}

enum err catalog_chart_pulls(struct catalog *c, int64_t repo_id, struct str chart,
                             int64_t since_day, catalog_visit_day *each, void *ctx,
                             struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_PULLS_OF_CHART);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_text(&q, "@chart", chart);
	sql_bind_int(&q, "@day", since_day);
	return visit_days(&q, each, ctx, e);
}

enum err catalog_daily_pulls(struct catalog *c, int64_t repo_id, int64_t since_day,
                             catalog_visit_day *each, void *ctx, struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(c, QUERY_PULLS_EACH_DAY);
	sql_bind_int(&q, "@repo", repo_id);
	sql_bind_int(&q, "@day", since_day);
	return visit_days(&q, each, ctx, e);
}
