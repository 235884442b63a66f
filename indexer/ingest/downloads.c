/* See downloads.h. */
#include "indexer/ingest/downloads.h"

#include "indexer/base/clock.h"
#include "indexer/ingest/ingest_impl.h"
#include "indexer/store/catalog.h"

struct wanted {
	const struct repository *repo;
	struct str chart;                /* empty: all */
	int64_t since_day;
	downloads_visit *each;
	void *ctx;
};

static enum err read(void *ctx, struct catalog *c, struct errinfo *e)
{
	const struct wanted *w = ctx;
	if (!w->chart.n)
		return catalog_daily_pulls(c, w->repo->id, w->since_day, w->each, w->ctx, e);
	return catalog_chart_pulls(c, w->repo->id, w->chart, w->since_day, w->each, w->ctx, e);
}

enum err ingest_chart_downloads(struct ingest *g, struct str repo, struct str chart,
                                int64_t since_day, downloads_visit *each, void *ctx,
                                struct errinfo *e)
{
	struct wanted w = { repository_find(g, repo), chart, since_day, each, ctx };
	if (!w.repo)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	return ingest_read(g, read, &w, e);
}

enum err ingest_repo_downloads(struct ingest *g, struct str repo, int64_t since_day,
                               downloads_visit *each, void *ctx, struct errinfo *e)
{
	return ingest_chart_downloads(g, repo, (struct str){ 0 }, since_day, each, ctx, e);
}

struct by_day { uint32_t *counts; size_t days; int64_t since; };

static enum err add_day(void *ctx, struct str version, int64_t day, uint64_t count, struct errinfo *e)
{
	const struct by_day *x = ctx;
	size_t at = (size_t)(day - x->since);
	(void)version;
	(void)e;
	if (at < x->days)
		x->counts[at] += (uint32_t)count;
	return OK;
}

enum err ingest_downloads_by_day(struct ingest *g, struct str repo, struct str chart,
                                 uint32_t *ret, size_t days, struct errinfo *e)
{
	struct by_day x = { ret, days, clock_wall() / NS_PER_DAY + 1 - (int64_t)days };
	memset(ret, 0, days * sizeof *ret);
	return ingest_chart_downloads(g, repo, chart, x.since, add_day, &x, e);
}
