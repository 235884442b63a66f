/* See figures.h. */
#include "server/manage/figures.h"

#include "indexer/ingest/pulls.h"
#include "server/auth/slowed.h"
#include "server/route/audit.h"

static void gather_upkeep(const struct upkeep *u, struct figures *f)
{
	f->scrub_files = atomic_load(&u->scrub_files);
	f->scrub_bytes = atomic_load(&u->scrub_bytes);
	f->scrub_problems = atomic_load(&u->scrub_problems);
	f->scrub_ns = atomic_load(&u->scrub_ns);
	f->backup_events = atomic_load(&u->backup_events);
	f->backup_ns = atomic_load(&u->backup_ns);
}

/* The row at the end of the table counts what matched none. */
static void add_answers(const struct app *app, struct figures *f)
{
	size_t row = 0;
	do
		for (size_t i = 0; i < STATUS_CLASSES; i++)
			f->answers[i] += atomic_load_explicit(&app->counts[row].by_class[i], memory_order_relaxed);
	while (app->routes[row++].pattern);
}

void figures_gather(const struct app *app, struct arena *a, struct figures *ret)
{
	struct ingest *ingest = app->ingest;
	struct hub *hub = app->hub;
	struct http_server *http = app->http;
	struct figures *f = ret;
	*f = (struct figures){ .uploads = atomic_load(app->uploads) };
	if (ingest)
		ingest_stats(ingest, &f->ingest);
	f->stopped = f->ingest.stopped;
	f->disk_full = f->ingest.storage == ERR_DISK_FULL;
	f->read_only = f->ingest.storage == ERR_READ_ONLY;
	gather_upkeep(app->upkeep, f);
	add_answers(app, f);
	f->pulls = app->pulls ? pulls_total(app->pulls) : 0;
	f->slowed = slowed_refused(app->asked);
	f->audit_dropped = audit_dropped(app->audit);
	chart_cache_stats(app->cache, &f->cache);
	if (http)
		http_stats(http, &f->http);
	if (hub) {
		hub_stats(hub, &f->hub);
		contents_stats(hub, &f->contents);
	}
	if (app->hooks)
		hooks_stats(app->hooks, &f->hooks);
	f->catalog_stopped = f->hub.stopped;
	if (!ingest || ingest_repos(ingest, a, &f->repos, &f->repo_count, NULL))
		f->repo_count = 0;           /* no memory: the other figures are still worth having */
}
