/* Health costs nothing and tells nothing; readiness is about what the next request would meet. */
#include "server/api/health.h"

#include "indexer/base/auto.h"
#include "server/api/json_parts.h"

#define READY_MAX_BYTES 256

enum err health_live(struct call *c, struct response *s, struct errinfo *e)
{
	return respond_json(c, 200, STR("{\"healthy\":true}\n"), s, e);
}

/* Reading goes on, so whoever sends readers here may go on too; a person should look. */
static enum err respond_ready(const struct ingest_stats *stats, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(READY_MAX_BYTES);
	const struct { bool is; const char *name; } reasons[] = {
		{ stats->storage == ERR_DISK_FULL, "disk_full" },
		{ stats->storage == ERR_READ_ONLY, "read_only" },
		{ stats->damaged > 0, "versions_damaged" },
	};
	bool degraded = stats->storage || stats->damaged;
	sbuf_puts(&b, "{\"ready\":true");
	if (degraded) {
		json_bool(&b, "degraded", true);
		list_begin(&b, "reasons");
	}
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (reasons[i].is) {
			json_next(&b);
			sbuf_json(&b, str_c(reasons[i].name));
		}
	sbuf_puts(&b, degraded ? "]}\n" : "}\n");
	return respond_buffer(JSON_TYPE, &b, s, e);
}

enum err health_ready(struct call *c, struct response *s, struct errinfo *e)
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
	return respond_ready(&stats, s, e);
}

/* build/gen/openapi.yaml, embedded at build. */
extern const char openapi_yaml[];

/* A browser shows no application/yaml: it would save the file. */
enum err health_openapi(struct call *c, struct response *s, struct errinfo *e)
{
	(void)e;
	*s = (struct response){ .status = 200, .payload = HTTP_BYTES, .bytes = str_c(openapi_yaml),
	                        .content_type = request_is_browser(c->r) ? "text/plain; charset=utf-8"
	                                                                 : "application/yaml" };
	response_header(s, "Vary", "Accept");
	return OK;
}

enum err health_info(struct call *c, struct response *s, struct errinfo *e)
{
	return respond_json(c, 200, STR("{\"name\":\"chartlocker\",\"version\":\"" CHARTLOCKER_VERSION
	                                "\"}\n"), s, e);
}
