/* /metrics, in Prometheus' text format. */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "server/api/metric.h"
#include "server/api/metrics_upstreams.h"
#include "server/api/trips.h"
#include "server/api/health.h"
#include "server/manage/figures.h"

#define METRICS_MAX_BYTES (64u * MIB)

/* The metrics that are one number each. */
static const struct metric metrics[] = {
#define M(name, type, field, help) { name, type, help, offsetof(struct figures, field) }
	M("chartlocker_published_total", "counter", ingest.published,
	  "Charts and provenance files that were stored."),
	M("chartlocker_published_existing_total", "counter", ingest.existing,
	  "Publishes of bytes that were there already."),
	M("chartlocker_refused_total", "counter", ingest.refused,
	  "Changes that were refused or failed."),
	M("chartlocker_deleted_total", "counter", ingest.deleted, "Versions that were deleted."),
	M("chartlocker_pulls_total", "counter", pulls, "Charts that were downloaded."),
	M("chartlocker_audit_dropped_total", "counter", audit_dropped,
	  "Rows of refused requests that the audit log had no room for."),
	M("chartlocker_commits_total", "counter", ingest.commits, "Transactions of the writer."),
	M("chartlocker_events_total", "counter", ingest.events,
	  "Events appended to the log since start."),
	M("chartlocker_changes_waiting", "gauge", ingest.waiting,
	  "Changes submitted and not yet answered."),
	M("chartlocker_versions_damaged", "gauge", ingest.damaged,
	  "Versions left out of the index because their file is damaged."),
	M("chartlocker_stopped", "gauge", stopped,
	  "1 when a storage error stopped all changes until a restart."),
	M("chartlocker_storage_full", "gauge", disk_full,
	  "1 while the storage is too full to publish; ends by itself."),
	M("chartlocker_storage_read_only", "gauge", read_only,
	  "1 while the storage takes no writes at all; ends by itself."),
	M("chartlocker_storage_free_bytes", "gauge", ingest.free_bytes,
	  "Bytes that are free on the filesystem of the data directory."),
	M("chartlocker_storage_size_bytes", "gauge", ingest.total_bytes,
	  "Size of the filesystem of the data directory in bytes."),
	M("chartlocker_scrub_files_total", "counter", scrub_files,
	  "Files that scrubs have read again."),
	M("chartlocker_scrub_bytes_total", "counter", scrub_bytes,
	  "Bytes that scrubs have read again."),
	M("chartlocker_scrub_problems", "gauge", scrub_problems,
	  "Damaged files that the last complete scrub found."),
	M("chartlocker_backup_events", "gauge", backup_events,
	  "Events in the last backup; 0: none was made."),
	M("chartlocker_uploads_running", "gauge", uploads, "Uploads being received or stored."),
	M("chartlocker_cache_hits_total", "counter", cache.hits,
	  "Chart requests answered without opening a file."),
	M("chartlocker_cache_misses_total", "counter", cache.misses,
	  "Chart requests that had to open and verify a file."),
	M("chartlocker_cache_bytes", "gauge", cache.bytes, "Memory used by cached charts, in bytes."),
	M("chartlocker_cache_files", "gauge", cache.files, "Charts in the cache."),
	M("chartlocker_files_damaged_total", "counter", cache.damaged,
	  "Requests for a file whose bytes are missing or changed."),
	M("chartlocker_catalog_event", "gauge", hub.event,
	  "Last event of the log that the catalog of charts has."),
	M("chartlocker_catalog_events_waiting", "gauge", hub.behind,
	  "Events that the catalog of charts has not yet."),
	M("chartlocker_catalog_stopped", "gauge", catalog_stopped,
	  "1 while the catalog of charts cannot be written; tried again."),
	M("chartlocker_catalog_unread_total", "counter", hub.unread,
	  "Archives that the catalog of charts could not read."),
	M("chartlocker_searches_total", "counter", hub.searches,
	  "Searches in the catalog of charts."),
	M("chartlocker_contents_hits_total", "counter", contents.hits,
	  "Unpacked charts that were at hand."),
	M("chartlocker_contents_misses_total", "counter", contents.misses,
	  "Charts that had to be read and unpacked for a page."),
	M("chartlocker_contents_bytes", "gauge", contents.bytes,
	  "Memory used by unpacked charts, in bytes."),
	M("chartlocker_contents_charts", "gauge", contents.kept,
	  "Unpacked charts in memory."),
	M("chartlocker_hooks", "gauge", hooks.hooks, "Webhooks."),
	M("chartlocker_hooks_failing", "gauge", hooks.failing, "Webhooks whose last try failed."),
	M("chartlocker_hook_deliveries_total", "counter", hooks.delivered,
	  "Deliveries of webhooks that were taken."),
	M("chartlocker_hook_failures_total", "counter", hooks.failed,
	  "Tries to deliver that failed."),
	M("chartlocker_connections", "gauge", http.open, "Open connections."),
	M("chartlocker_http_refused_total", "counter", http.refused,
	  "Requests refused before they reached a route."),
	M("chartlocker_http_timed_out_total", "counter", http.timed_out,
	  "Connections ended because they were too slow."),
	M("chartlocker_http_slowed_total", "counter", slowed,
	  "Costly reads refused because their address asked too often."),
	M("chartlocker_http_turned_away_total", "counter", http.turned_away,
	  "Connections closed because their address had too many."),
	M("chartlocker_tls_expiry_timestamp_seconds", "gauge", http.certificate_expires,
	  "When the certificate expires, in seconds since 1970; 0: no TLS."),
	M("chartlocker_shadow_ca_expiry_timestamp_seconds", "gauge", http.authority_expires,
	  "When the authority for other hosts expires, in seconds since 1970; 0: there is none."),
#undef M
};

static void put_numbers(struct sbuf *b, const struct figures *f)
{
	for (size_t i = 0; i < sizeof metrics / sizeof *metrics; i++) {
		const struct metric *m = &metrics[i];
		metric_head(b, m->name, m->type, m->help);
		sbuf_printf(b, "%s %llu\n", m->name, metric_number(m, f));
	}
}

/* The metrics that every repository has. */
static const struct metric repository_metrics[] = {
	{ "chartlocker_charts", "gauge", "Charts in a repository.", offsetof(struct repo_info, charts) },
	{ "chartlocker_chart_versions", "gauge", "Chart versions in a repository.",
	  offsetof(struct repo_info, versions) },
	{ "chartlocker_index_bytes", "gauge", "Size of a repository's index in bytes.",
	  offsetof(struct repo_info, bytes) },
};

static void put_repositories(struct sbuf *b, const struct figures *f)
{
	for (size_t i = 0; i < sizeof repository_metrics / sizeof *repository_metrics; i++) {
		const struct metric *m = &repository_metrics[i];
		metric_head(b, m->name, m->type, m->help);
		for (size_t k = 0; k < f->repo_count; k++)
			sbuf_printf(b, "%s{repo=\"%.*s\"} %llu\n", m->name, STR_ARG(f->repos[k].name),
			            metric_number(m, &f->repos[k]));
	}
}

/* The label set of requests is fixed: the rows of the route table, and the row at its end for
 * what matched nothing.                                                                      */
static void series(struct sbuf *b, const char *name, const struct route *row)
{
	char methods[ROUTE_METHODS_BYTES];
	route_methods(row->methods, methods);
	sbuf_printf(b, "%s{route=\"%s\",methods=\"%s\"", name, row->pattern ? row->pattern : "none",
	            methods);
}

static void put_statuses(struct sbuf *b, const char *name, const struct route *row,
                         const struct route_count *count)
{
	for (size_t i = 0; i < STATUS_CLASSES; i++) {
		uint64_t n = atomic_load_explicit(&count->by_class[i], memory_order_relaxed);
		if (!n)
			continue;
		series(b, name, row);
		sbuf_printf(b, ",status=\"%zuxx\"} %llu\n", i + 1, (unsigned long long)n);
	}
}

static void put_bytes(struct sbuf *b, const char *name, const struct route *row,
                      const struct route_count *count)
{
	series(b, name, row);
	sbuf_printf(b, "} %llu\n",
	            (unsigned long long)atomic_load_explicit(&count->bytes, memory_order_relaxed));
}

static void put_seconds(struct sbuf *b, const char *name, const struct route *row,
                        const struct route_count *count)
{
	uint64_t ns = atomic_load_explicit(&count->ns, memory_order_relaxed);
	series(b, name, row);
	sbuf_printf(b, "} %.6f\n", (double)ns / (double)NS_PER_SECOND);
}

static const struct {
	const char *name, *help;
	void (*put)(struct sbuf *b, const char *name, const struct route *row,
	            const struct route_count *count);
} request_metrics[] = {
	{ "chartlocker_requests_total", "Requests by route and status class.", put_statuses },
	{ "chartlocker_response_bytes_total", "Bytes of answers by route.", put_bytes },
	{ "chartlocker_request_seconds_total", "Time spent on requests by route.", put_seconds },
};

static void put_requests(struct sbuf *b, const struct app *app)
{
	for (size_t i = 0; i < sizeof request_metrics / sizeof *request_metrics; i++) {
		const char *name = request_metrics[i].name;
		size_t row = 0;
		metric_head(b, name, "counter", request_metrics[i].help);
		do
			request_metrics[i].put(b, name, &app->routes[row], &app->counts[row]);
		while (app->routes[row++].pattern);
	}
}

static void put_time(struct sbuf *b, const char *name, const char *help, uint64_t ns)
{
	metric_head(b, name, "gauge", help);
	sbuf_printf(b, "%s %.3f\n", name, (double)ns / (double)NS_PER_SECOND);
}

static void put_searches(struct sbuf *b, const struct figures *f)
{
	metric_head(b, "chartlocker_search_seconds_total", "counter", "Time spent on searches.");
	sbuf_printf(b, "chartlocker_search_seconds_total %.6f\n",
	            (double)f->hub.search_ns / (double)NS_PER_SECOND);
}

static void put_process(struct sbuf *b, const struct app *app)
{
	metric_head(b, "chartlocker_build_info", "gauge", "Always 1; the label tells the version.");
	sbuf_puts(b, "chartlocker_build_info{version=\"" CHARTLOCKER_VERSION "\"} 1\n");
	put_time(b, "chartlocker_start_time_seconds", "When the program started, in seconds since 1970.",
	         (uint64_t)app->started_ns);
	put_time(b, "chartlocker_backup_timestamp_seconds",
	         "When the last backup was complete; 0: none was made.", app->upkeep->backup_ns);
	put_time(b, "chartlocker_scrub_timestamp_seconds",
	         "When the last scrub was complete; 0: none since start.", app->upkeep->scrub_ns);
	metric_head(b, "chartlocker_log_lines_dropped_total", "counter",
	            "Log lines that could not be written.");
	sbuf_printf(b, "chartlocker_log_lines_dropped_total %llu\n", (unsigned long long)log_dropped());
}

static enum err metrics_text(struct call *c, struct response *s, struct errinfo *e)
{
	struct figures f;
	AUTO_SBUF struct sbuf b = sbuf_make(METRICS_MAX_BYTES);
	figures_gather(c->app, &c->r->arena, &f);
	put_process(&b, c->app);
	put_numbers(&b, &f);
	put_searches(&b, &f);
	if (auth_sees_all(c->app->auth, &c->caller))     /* their names are no secret to him */
		put_repositories(&b, &f);
	if (c->later) {
		put_upstream_metrics(&b, c->app);
		put_trip_metrics(&b, c->app);
	}
	put_requests(&b, c->app);
	return respond_buffer("text/plain; version=0.0.4; charset=utf-8", &b, s, e);
}

/* How upstreams and trips are stands in the database, for which a worker is needed. */
enum err health_metrics(struct call *c, struct response *s, struct errinfo *e)
{
	bool asks = c->app->upstreams && auth_sees_all(c->app->auth, &c->caller);
	return asks ? call_work(c, ingest_pool(c->app->ingest), metrics_text, e) : metrics_text(c, s, e);
}
