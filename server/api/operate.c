/* Health costs nothing and tells nothing; readiness is about what the next request would meet. */
#include "server/api/operate.h"

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
