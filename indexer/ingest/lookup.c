/* Each of these is one question to the catalog, over a connection that only reads. */
#include "indexer/base/auto.h"
#include "indexer/ingest/lookup.h"

#include "indexer/ingest/ingest_impl.h"

struct question {
	struct repository *repo;
	struct arena *arena;
	struct str text;                 /* a chart, or a file */
	struct str version;
	uint64_t limit;
	catalog_visit_remote *each;
	void *ctx, *ret;
	size_t *ret_count;
};

typedef enum err asker(void *ctx, struct catalog *c, struct errinfo *e);

static enum err ask(struct ingest *g, struct str repo, asker *read, struct question *q,
                    struct errinfo *e)
{
	q->repo = repository_find(g, repo);
	if (!q->repo)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	return ingest_read(g, read, q, e);
}

static enum err read_remotes(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	return catalog_remotes_each(c, q->repo->id, q->text, q->each, q->ctx, e);
}

enum err ingest_remotes(struct ingest *g, struct str repo, struct str chart,
                        catalog_visit_remote *each, void *ctx, struct errinfo *e)
{
	struct question q = { .text = chart, .each = each, .ctx = ctx };
	return ask(g, repo, read_remotes, &q, e);
}

static enum err read_told(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	return catalog_remotes_told(c, q->repo->id, q->text, q->each, q->ctx, e);
}

enum err ingest_remotes_told(struct ingest *g, struct str repo, struct str chart,
                             catalog_visit_remote *each, void *ctx, struct errinfo *e)
{
	struct question q = { .text = chart, .each = each, .ctx = ctx };
	return ask(g, repo, read_told, &q, e);
}

static enum err read_row(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	return catalog_upstream(c, q->arena, q->repo->id, q->ret, e);
}

enum err ingest_upstream_row(struct ingest *g, struct arena *a, struct str repo,
                             struct upstream_row *ret, struct errinfo *e)
{
	struct question q = { .arena = a, .ret = ret };
	return ask(g, repo, read_row, &q, e);
}

static enum err read_runs(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	return catalog_upstream_runs(c, q->arena, q->repo->id, q->ret, q->ret_count, e);
}

enum err ingest_upstream_runs(struct ingest *g, struct arena *a, struct str repo,
                              struct upstream_run_row **ret, size_t *ret_count, struct errinfo *e)
{
	struct question q = { .arena = a, .ret = ret, .ret_count = ret_count };
	return ask(g, repo, read_runs, &q, e);
}

static enum err read_skipped(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	return catalog_skipped(c, q->arena, q->repo->id, q->ret, q->ret_count, e);
}

enum err ingest_upstream_skipped(struct ingest *g, struct arena *a, struct str repo,
                                 struct skipped_row **ret, size_t *ret_count, struct errinfo *e)
{
	struct question q = { .arena = a, .ret = ret, .ret_count = ret_count };
	return ask(g, repo, read_skipped, &q, e);
}

static enum err read_version(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	struct remote_version *ret = q->ret;
	enum err err = catalog_version_by_file(c, q->arena, q->repo->id, q->text, &ret->row, e);
	return err ? err : catalog_remote(c, q->arena, q->repo->id, ret->row.chart, ret->row.version,
	                                  &ret->remote, e);
}

enum err ingest_remote_version(struct ingest *g, struct arena *a, struct str repo, struct str file,
                               struct remote_version *ret, struct errinfo *e)
{
	struct question q = { .arena = a, .text = file, .ret = ret };
	return ask(g, repo, read_version, &q, e);
}

static enum err read_remote(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	return catalog_remote(c, q->arena, q->repo->id, q->text, q->version, q->ret, e);
}

enum err ingest_remote(struct ingest *g, struct arena *a, struct str repo, struct str chart,
                       struct str version, struct remote_row *ret, struct errinfo *e)
{
	struct question q = { .arena = a, .text = chart, .version = version, .ret = ret };
	return ask(g, repo, read_remote, &q, e);
}

static enum err read_first_seen(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	AUTO_ARENA struct arena a = { 0 };
	struct version_row row;
	enum err err = catalog_version(c, &a, q->repo->id, q->text, q->version, &row, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	return catalog_event_time(c, row.event, q->ret, e);
}

enum err ingest_first_seen(struct ingest *g, struct str repo, struct str chart, struct str version,
                           int64_t *ret, struct errinfo *e)
{
	struct question q = { .text = chart, .version = version, .ret = ret };
	*ret = 0;
	return ask(g, repo, read_first_seen, &q, e);
}

static enum err read_counts(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	return catalog_remote_counts(c, q->repo->id, q->ret, e);
}

enum err ingest_remote_counts(struct ingest *g, struct str repo, struct remote_counts *ret,
                              struct errinfo *e)
{
	struct question q = { .ret = ret };
	return ask(g, repo, read_counts, &q, e);
}

static enum err read_unpinned(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	return catalog_unpinned(c, q->arena, q->repo->id, q->limit, q->ret, q->ret_count, e);
}

enum err ingest_unpinned(struct ingest *g, struct arena *a, struct str repo, uint64_t limit,
                         struct unpinned_row **ret, size_t *ret_count, struct errinfo *e)
{
	struct question q = { .arena = a, .limit = limit, .ret = ret, .ret_count = ret_count };
	return ask(g, repo, read_unpinned, &q, e);
}

static enum err read_behind(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	return catalog_remote_behind(c, q->repo->id, q->ret, e);
}

enum err ingest_remote_behind(struct ingest *g, struct str repo, struct remote_behind *ret,
                              struct errinfo *e)
{
	struct question q = { .ret = ret };
	return ask(g, repo, read_behind, &q, e);
}

static enum err read_promoted(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	return catalog_releases(c, q->arena, q->repo->id, q->text, q->ret, q->ret_count, e);
}

enum err ingest_promoted(struct ingest *g, struct arena *a, struct str repo, struct release_row **ret,
                         size_t *ret_count, struct errinfo *e)
{
	struct question q = { .arena = a, .ret = ret, .ret_count = ret_count };
	return ask(g, repo, read_promoted, &q, e);
}

static enum err read_trips(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct question *q = ctx;
	return catalog_trips(c, q->arena, q->repo->id, q->limit, q->ret, q->ret_count, e);
}

enum err ingest_trips(struct ingest *g, struct arena *a, struct str repo, uint64_t limit,
                      struct trip_row **ret, size_t *ret_count, struct errinfo *e)
{
	struct question q = { .arena = a, .limit = limit, .ret = ret, .ret_count = ret_count };
	return ask(g, repo, read_trips, &q, e);
}
