/* The catalog of charts as the caller of a request sees it; for answers of a worker, which may wait. */
#pragma once

#include "indexer/hub/hub.h"
#include "server/route/app.h"

/* With everything in it that was acknowledged before the request, unless that takes too long. */
static inline struct hub *call_hub(const struct call *c)
{
	struct hub *h = c->app->hub;
	(void)hub_wait(h, 0, HUB_WAIT_MS);
	return h;
}

static inline bool call_sees_repo(void *call, struct str repo) { return call_sees(call, repo); }

static inline struct hub_viewer call_viewer(struct call *c)
{
	return (struct hub_viewer){ call_sees_repo, c };
}
