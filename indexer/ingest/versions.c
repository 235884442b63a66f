/* Rows are filtered here, so a page of few may have read many. */
#include "indexer/ingest/versions.h"

#include "indexer/base/clock.h"
#include "indexer/ingest/ingest_impl.h"

enum version_standing version_standing(const struct version_row *row)
{
	if (row->purged)
		return STANDING_PURGED;
	if (row->state == VERSION_DELETED)
		return STANDING_DELETED;
	if (row->state == VERSION_DAMAGED)
		return STANDING_DAMAGED;
	return row->yanked ? STANDING_YANKED : STANDING_LIVE;
}

struct page {
	const struct versions_query *q;
	const struct repository *repo;
	struct catalog *catalog;
	versions_visit *each;
	void *ctx;
	int64_t last;                    /* id of the last row that was read */
	unsigned read, shown;
	bool full;
};

static enum err show_row(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct page *p = ctx;
	struct pull_count pulls;
	if (p->full)
		return OK;
	p->last = row->id;
	p->read++;
	if (!(version_standing(row) & p->q->standings))
		return OK;
	p->shown++;
	enum err err = catalog_pulls(p->catalog, p->repo->id, row->file, &pulls, e);
	if (!err)
		err = p->each(p->ctx, row, &pulls, &p->full, e);
	p->full |= p->shown == p->q->limit;
	return err;
}

static enum err read_page(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct page *p = ctx;
	const struct versions_query *q = p->q;
	p->catalog = c;
	p->last = q->after;
	do {
		p->read = 0;
		enum err err = catalog_versions_page(c, p->repo->id, q->chart, p->last, VERSIONS_PAGE_MAX,
		                                     show_row, p, e);
		if (err)
			return err;
	} while (p->read == VERSIONS_PAGE_MAX && !p->full);
	return OK;
}

enum err ingest_versions(struct ingest *g, const struct versions_query *q, versions_visit *each,
                         void *ctx, int64_t *ret_next, struct errinfo *e)
{
	struct page p = { .q = q, .repo = repository_find(g, q->repo), .each = each, .ctx = ctx };
	if (!p.repo)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(q->repo));
	enum err err = ingest_read(g, read_page, &p, e);
	if (!err)
		*ret_next = p.full ? p.last : 0;
	return err;
}

struct version_wanted {
	const struct repository *repo;
	struct arena *arena;
	struct str chart, version;
	struct version_row *ret;
};

static enum err read_version(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct version_wanted *x = ctx;
	return catalog_version(c, x->arena, x->repo->id, x->chart, x->version, x->ret, e);
}

enum err ingest_version(struct ingest *g, struct arena *a, struct str repo, struct str chart,
                        struct str version, struct version_row *ret, struct errinfo *e)
{
	struct version_wanted x = { repository_find(g, repo), a, chart, version, ret };
	if (!x.repo)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	return ingest_read(g, read_version, &x, e);
}

struct absent_wanted {
	const struct repository *repo;
	struct arena *arena;
	struct str chart;
	struct str **ret;
	size_t *ret_count;
};

static enum err read_absent(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct absent_wanted *x = ctx;
	return catalog_versions_absent(c, x->arena, x->repo->id, x->chart, x->ret, x->ret_count, e);
}

enum err ingest_absent(struct ingest *g, struct arena *a, struct str repo, struct str chart,
                       struct str **ret, size_t *ret_count, struct errinfo *e)
{
	struct absent_wanted x = { repository_find(g, repo), a, chart, ret, ret_count };
	if (!x.repo)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	return ingest_read(g, read_absent, &x, e);
}

struct figures_wanted { const struct repository *repo; struct repo_figures found; };

static enum err read_figures(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct figures_wanted *x = ctx;
	enum err err = catalog_usage(c, x->repo->id, &x->found.stored, e);
	return err ? err : catalog_repo_pulls(c, x->repo->id, &x->found.pulls, e);
}

enum err ingest_repo_figures(struct ingest *g, struct str repo, struct repo_figures *ret,
                             struct errinfo *e)
{
	struct figures_wanted x = { .repo = repository_find(g, repo) };
	if (!x.repo)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	enum err err = ingest_read(g, read_figures, &x, e);
	if (!err)
		*ret = x.found;
	return err;
}
