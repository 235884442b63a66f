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
	return respond_json(c, 200, stats.damaged ? STR("{\"ready\":true,\"degraded\":true}")
	                                          : STR("{\"ready\":true}"), s, e);
}

enum err operate_info(struct call *c, struct response *s, struct errinfo *e)
{
	return respond_json(c, 200, STR("{\"name\":\"chartlocker\",\"version\":\"" CHARTLOCKER_VERSION
	                                "\"}"), s, e);
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

enum metric_kind { COUNTER, GAUGE };

/* One family of series; `offset` says where its number stands in the struct it is about. */
struct metric { const char *name; enum metric_kind kind; size_t offset; const char *help; };

#define SIZE(array) (sizeof(array) / sizeof *(array))

/* One number each. */
static const struct metric numbers[] = {
#define M(name, kind, field, help) { name, kind, offsetof(struct figures, field), help }
	M("chartlocker_published_total", COUNTER, ingest.published,
	  "Charts and provenance files that were stored."),
	M("chartlocker_published_existing_total", COUNTER, ingest.existing,
	  "Publishes of bytes that were there already."),
	M("chartlocker_refused_total", COUNTER, ingest.refused, "Changes that were refused or failed."),
	M("chartlocker_deleted_total", COUNTER, ingest.deleted, "Versions that were deleted."),
	M("chartlocker_commits_total", COUNTER, ingest.commits, "Transactions of the writer."),
	M("chartlocker_events_total", COUNTER, ingest.events,
	  "Events appended to the log since start."),
	M("chartlocker_changes_waiting", GAUGE, ingest.waiting,
	  "Changes submitted and not yet answered."),
	M("chartlocker_versions_damaged", GAUGE, ingest.damaged,
	  "Versions left out of the index because their file is damaged."),
	M("chartlocker_uploads_running", GAUGE, uploads, "Uploads being received or stored."),
	M("chartlocker_cache_hits_total", COUNTER, cache.hits,
	  "Chart requests answered without opening a file."),
	M("chartlocker_cache_misses_total", COUNTER, cache.misses,
	  "Chart requests that had to open and verify a file."),
	M("chartlocker_cache_bytes", GAUGE, cache.bytes, "Memory used by cached charts, in bytes."),
	M("chartlocker_cache_files", GAUGE, cache.files, "Charts in the cache."),
	M("chartlocker_files_damaged_total", COUNTER, cache.damaged,
	  "Requests for a file whose bytes are missing or changed."),
	M("chartlocker_connections", GAUGE, http.open, "Open connections."),
	M("chartlocker_http_refused_total", COUNTER, http.refused,
	  "Requests refused before they reached a route."),
	M("chartlocker_http_timed_out_total", COUNTER, http.timed_out,
	  "Connections ended because they were too slow."),
#undef M
};

/* One number per repository. */
static const struct metric of_repository[] = {
#define M(name, field, help) { name, GAUGE, offsetof(struct repo_info, field), help }
	M("chartlocker_charts", charts, "Charts in a repository."),
	M("chartlocker_chart_versions", versions, "Chart versions in a repository."),
	M("chartlocker_index_bytes", bytes, "Size of a repository's index in bytes."),
#undef M
};

static void head(struct sbuf *b, const char *name, enum metric_kind kind, const char *help)
{
	sbuf_printf(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
	            kind == COUNTER ? "counter" : "gauge");
}

static uint64_t number_at(const void *object, const struct metric *m)
{
	return *(const uint64_t *)(const void *)((const char *)object + m->offset);
}

static void put_numbers(struct sbuf *b, const struct figures *f)
{
	for (const struct metric *m = numbers; m < numbers + SIZE(numbers); m++) {
		head(b, m->name, m->kind, m->help);
		sbuf_printf(b, "%s %llu\n", m->name, (unsigned long long)number_at(f, m));
	}
}

static void put_repositories(struct sbuf *b, const struct figures *f)
{
	for (const struct metric *m = of_repository; m < of_repository + SIZE(of_repository); m++) {
		head(b, m->name, m->kind, m->help);
		for (size_t i = 0; i < f->repo_count; i++)
			sbuf_printf(b, "%s{repo=\"%.*s\"} %llu\n", m->name, STR_ARG(f->repos[i].name),
			            (unsigned long long)number_at(&f->repos[i], m));
	}
}

/* ---- metrics of routes: the label set is fixed by the table ---- */

static uint64_t load(const atomic_uint_fast64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

/* The labels of a row; the last row counts what matched no route. */
static void put_route(struct sbuf *b, const char *name, const struct route *row)
{
	char methods[ROUTE_METHODS_BYTES];
	route_methods(row->methods, methods);
	sbuf_printf(b, "%s{route=\"%s\",methods=\"%s\"", name, row->pattern ? row->pattern : "none",
	            methods);
}

static void put_requests(struct sbuf *b, const struct app *app, size_t rows)
{
	static const char *const classes[STATUS_CLASSES] = { "1xx", "2xx", "3xx", "4xx", "5xx" };
	head(b, "chartlocker_requests_total", COUNTER, "Requests by route and status class.");
	for (size_t i = 0; i < rows; i++)
		for (size_t k = 0; k < STATUS_CLASSES; k++) {
			uint64_t n = load(&app->counts[i].by_class[k]);
			if (!n)
				continue;
			put_route(b, "chartlocker_requests_total", &app->routes[i]);
			sbuf_printf(b, ",status=\"%s\"} %llu\n", classes[k], (unsigned long long)n);
		}
}

static void put_routes(struct sbuf *b, const struct app *app)
{
	size_t rows = 1;                 /* the one without a pattern, which ends the table */
	while (app->routes[rows - 1].pattern)
		rows++;
	put_requests(b, app, rows);
	head(b, "chartlocker_response_bytes_total", COUNTER, "Bytes of answers by route.");
	for (size_t i = 0; i < rows; i++) {
		put_route(b, "chartlocker_response_bytes_total", &app->routes[i]);
		sbuf_printf(b, "} %llu\n", (unsigned long long)load(&app->counts[i].bytes));
	}
	head(b, "chartlocker_request_seconds_total", COUNTER, "Time spent on requests by route.");
	for (size_t i = 0; i < rows; i++) {
		put_route(b, "chartlocker_request_seconds_total", &app->routes[i]);
		sbuf_printf(b, "} %.6f\n", (double)load(&app->counts[i].ns) / (double)NS_PER_SECOND);
	}
}

/* ---- all of them ---- */

static void put_process(struct sbuf *b, const struct app *app)
{
	head(b, "chartlocker_build_info", GAUGE, "Always 1; the label tells the version.");
	sbuf_puts(b, "chartlocker_build_info{version=\"" CHARTLOCKER_VERSION "\"} 1\n");
	head(b, "chartlocker_start_time_seconds", GAUGE,
	     "When the program started, in seconds since 1970.");
	sbuf_printf(b, "chartlocker_start_time_seconds %.3f\n",
	            (double)app->started_ns / (double)NS_PER_SECOND);
	head(b, "chartlocker_log_lines_dropped_total", COUNTER,
	     "Log lines that could not be written.");
	sbuf_printf(b, "chartlocker_log_lines_dropped_total %llu\n",
	            (unsigned long long)log_dropped());
}

enum err operate_metrics(struct call *c, struct response *s, struct errinfo *e)
{
	struct figures f;
	AUTO_SBUF struct sbuf b = sbuf_make(METRICS_MAX_BYTES);
	gather(c->app, &c->r->arena, &f);
	put_process(&b, c->app);
	put_numbers(&b, &f);
	put_repositories(&b, &f);
	put_routes(&b, c->app);
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, "metrics");
	return respond_text(c, 200, "text/plain; version=0.0.4; charset=utf-8", sbuf_str(&b), s, e);
}
