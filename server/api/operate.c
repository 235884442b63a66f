/* Health costs nothing and tells nothing; readiness is about what the next request would meet. */
#include "server/api/operate.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/ingest/chart_cache.h"

#define METRICS_MAX_BYTES (256u * KIB)

enum err operate_live(struct call *c, struct response *s, struct errinfo *e)
{
	return respond_json(c, 200, STR("{\"healthy\":true}"), s, e);
}

enum err operate_ready(struct call *c, struct response *s, struct errinfo *e)
{
	struct ingest *ingest = c->app->ingest;
	struct ingest_stats stats;
	if (atomic_load(c->app->draining))
		return ERR(e, DRAINING, "shutting down");
	if (!ingest)
		return ERR(e, BUSY, "starting; the index is being loaded");
	ingest_stats(ingest, &stats);
	if (stats.stopped)
		return ERR(e, READ_ONLY, "ingest stopped after a storage error");
	return respond_json(c, 200, stats.damaged ? STR("{\"ready\":true,\"degraded\":true}") : STR("{\"ready\":true}"), s, e);
}

enum err operate_info(struct call *c, struct response *s, struct errinfo *e)
{
	return respond_json(c, 200, STR("{\"name\":\"chartlocker\",\"version\":\"" CHARTLOCKER_VERSION "\"}"), s, e);
}

/* ---- metrics ---- */

struct figures {
	struct ingest_stats ingest;
	struct chart_cache_stats cache;
	struct http_stats http;
	struct repo_info *repos;
	size_t repo_count;
	uint64_t uploads;
};

static void gather(const struct app *app, struct arena *a, struct figures *f)
{
	struct ingest *ingest = app->ingest;
	*f = (struct figures){ .uploads = atomic_load(app->uploads) };
	if (ingest)
		ingest_stats(ingest, &f->ingest);
	chart_cache_stats(app->cache, &f->cache);
	struct http_server *http = app->http;
	if (http)
		http_stats(http, &f->http);
	if (!ingest || ingest_repos(ingest, a, &f->repos, &f->repo_count, NULL))
		f->repo_count = 0;           /* no memory: the other metrics are still worth having */
}

/* The metrics that are one number each. */
static const struct metric { const char *name, *type, *help; size_t offset; } metrics[] = {
#define M(name, type, field, help) { name, type, help, offsetof(struct figures, field) }
	M("chartlocker_published_total", "counter", ingest.published, "Charts and provenance files that were stored."),
	M("chartlocker_published_existing_total", "counter", ingest.existing, "Publishes of bytes that were there already."),
	M("chartlocker_refused_total", "counter", ingest.refused, "Changes that were refused or failed."),
	M("chartlocker_deleted_total", "counter", ingest.deleted, "Versions that were deleted."),
	M("chartlocker_commits_total", "counter", ingest.commits, "Transactions of the writer."),
	M("chartlocker_events_total", "counter", ingest.events, "Events appended to the log since start."),
	M("chartlocker_changes_waiting", "gauge", ingest.waiting, "Changes submitted and not yet answered."),
	M("chartlocker_versions_damaged", "gauge", ingest.damaged, "Versions left out of the index because their file is damaged."),
	M("chartlocker_uploads_running", "gauge", uploads, "Uploads being received or stored."),
	M("chartlocker_cache_hits_total", "counter", cache.hits, "Chart requests answered without opening a file."),
	M("chartlocker_cache_misses_total", "counter", cache.misses, "Chart requests that had to open and verify a file."),
	M("chartlocker_cache_bytes", "gauge", cache.bytes, "Memory used by cached charts, in bytes."),
	M("chartlocker_cache_files", "gauge", cache.files, "Charts in the cache."),
	M("chartlocker_files_damaged_total", "counter", cache.damaged, "Requests for a file whose bytes are missing or changed."),
	M("chartlocker_connections", "gauge", http.open, "Open connections."),
	M("chartlocker_http_refused_total", "counter", http.refused, "Requests refused before they reached a route."),
	M("chartlocker_http_timed_out_total", "counter", http.timed_out, "Connections ended because they were too slow."),
#undef M
};

static void head(struct sbuf *b, const char *name, const char *type, const char *help)
{
	sbuf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void put_numbers(struct sbuf *b, const struct figures *f)
{
	for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
		const struct metric *m = &metrics[i];
		head(b, m->name, m->type, m->help);
		sbuf_printf(b, "%s %llu\n", m->name, (unsigned long long)*(const uint64_t *)(const void *)((const char *)f + m->offset));
	}
}

static void put_repositories(struct sbuf *b, const struct figures *f)
{
	head(b, "chartlocker_charts", "gauge", "Charts in a repository.");
	for (size_t i = 0; i < f->repo_count; i++)
		sbuf_printf(b, "chartlocker_charts{repo=\"%.*s\"} %llu\n", STR_ARG(f->repos[i].name), (unsigned long long)f->repos[i].charts);
	head(b, "chartlocker_chart_versions", "gauge", "Chart versions in a repository.");
	for (size_t i = 0; i < f->repo_count; i++)
		sbuf_printf(b, "chartlocker_chart_versions{repo=\"%.*s\"} %llu\n", STR_ARG(f->repos[i].name), (unsigned long long)f->repos[i].versions);
	head(b, "chartlocker_index_bytes", "gauge", "Size of a repository's index in bytes.");
	for (size_t i = 0; i < f->repo_count; i++)
		sbuf_printf(b, "chartlocker_index_bytes{repo=\"%.*s\"} %llu\n", STR_ARG(f->repos[i].name), (unsigned long long)f->repos[i].bytes);
}

/* One series per row of the route table and status class: the label set is fixed. */
static void put_requests(struct sbuf *b, const struct app *app)
{
	static const char *const classes[STATUS_CLASSES] = { "1xx", "2xx", "3xx", "4xx", "5xx" };
	size_t rows = 0;
	while (app->routes[rows].pattern)
		rows++;
	head(b, "chartlocker_requests_total", "counter", "Requests by route and status class.");
	for (size_t i = 0; i <= rows; i++)
		for (size_t k = 0; k < STATUS_CLASSES; k++) {
			uint64_t n = atomic_load_explicit(&app->counts[i].by_class[k], memory_order_relaxed);
			if (n)
				sbuf_printf(b, "chartlocker_requests_total{route=\"%s\",methods=\"%u\",status=\"%s\"} %llu\n",
				            i < rows ? app->routes[i].pattern : "none", i < rows ? app->routes[i].methods : 0,
				            classes[k], (unsigned long long)n);
		}
	head(b, "chartlocker_response_bytes_total", "counter", "Bytes of answers by route.");
	for (size_t i = 0; i <= rows; i++)
		sbuf_printf(b, "chartlocker_response_bytes_total{route=\"%s\",methods=\"%u\"} %llu\n",
		            i < rows ? app->routes[i].pattern : "none", i < rows ? app->routes[i].methods : 0,
		            (unsigned long long)atomic_load_explicit(&app->counts[i].bytes, memory_order_relaxed));
	head(b, "chartlocker_request_seconds_total", "counter", "Time spent on requests by route.");
	for (size_t i = 0; i <= rows; i++)
		sbuf_printf(b, "chartlocker_request_seconds_total{route=\"%s\",methods=\"%u\"} %.6f\n",
		            i < rows ? app->routes[i].pattern : "none", i < rows ? app->routes[i].methods : 0,
		            (double)atomic_load_explicit(&app->counts[i].ns, memory_order_relaxed) / (double)NS_PER_SECOND);
}

static void put_process(struct sbuf *b, const struct app *app)
{
	head(b, "chartlocker_build_info", "gauge", "Always 1; the label tells the version.");
	sbuf_puts(b, "chartlocker_build_info{version=\"" CHARTLOCKER_VERSION "\"} 1\n");
	head(b, "chartlocker_start_time_seconds", "gauge", "When the program started, in seconds since 1970.");
	sbuf_printf(b, "chartlocker_start_time_seconds %.3f\n", (double)app->started_ns / (double)NS_PER_SECOND);
	head(b, "chartlocker_log_lines_dropped_total", "counter", "Log lines that could not be written.");
	sbuf_printf(b, "chartlocker_log_lines_dropped_total %llu\n", (unsigned long long)log_dropped());
}

enum err operate_metrics(struct call *c, struct response *s, struct errinfo *e)
{
	struct figures f;
	AUTO_SBUF struct sbuf b = sbuf_make(METRICS_MAX_BYTES);
	gather(c->app, &c->r->arena, &f);
	put_process(&b, c->app);
	put_numbers(&b, &f);
	put_repositories(&b, &f);
	put_requests(&b, c->app);
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, "metrics");
	return respond_text(c, 200, "text/plain; version=0.0.4; charset=utf-8", sbuf_str(&b), s, e);
}
