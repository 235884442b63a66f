/* See fetched.h. However many ask for a chart, the upstream is asked once; nobody's thread waits. */
#include "server/repo/fetched.h"

#include "indexer/upstream/upstream.h"
#include "server/route/reason.h"

#define VIA_MAX_BYTES 1024u              /* passed on: two dozen servers */

struct waiting {
	struct upstream_want want;       /* first */
	struct call *call;
	call_answer *again;
};

static void arrived(struct upstream_want *want)
{
	struct waiting *w = (struct waiting *)want;
	struct errinfo e = want->error;
	struct call *c = w->call;
	call_sees_error(c, want->repo, &e);
	if (want->err || call_work(c, ingest_pool(c->app->ingest), w->again, &e))
		call_fail(c, &e);
}

static enum err fetch(struct call *c, struct str repo, struct str file, call_answer *again,
                      struct errinfo *e)
{
	struct waiting *w = ARENA_NEW(&c->r->arena, struct waiting);
	if (!w)
		return ERR(e, NOMEM, "request");
	*w = (struct waiting){ .want = { .repo = repo, .file = file, .done = arrived,
	                                 .via = request_header(c->r, "Via") },
	                       .call = c, .again = again };
	upstreams_want(c->app->upstreams, &w->want);
	return OK;
}

static enum err lead_to_origin(struct call *c, struct str repo, struct str file,
                               struct response *s, struct errinfo *e)
{
	struct str url;
	enum err err = upstreams_origin(c->app->upstreams, &c->r->arena, repo, file, &url, e);
	if (!err && !str_starts(url, STR("http")))
		err = ERR(e, ABSENT, "it is not kept here; the upstream has it at %.*s", STR_ARG(url));
	if (err)
		return err;
	*s = (struct response){ .status = 302 };
	response_header(s, "Location", url.p);
	return OK;
}

/* Or at so many others that there will be no end. */
static bool has_been_here(const struct call *c)
{
	struct str via = request_header(c->r, "Via");
	const char *id = c->app->instance;
	return id && via.n && (via.n > VIA_MAX_BYTES || memmem(via.p, via.n, id, strlen(id)));
}

enum err fetched_answer(struct call *c, struct str repo, struct str file, call_answer *again,
                        struct response *s, struct errinfo *e)
{
	struct snapshot *now = ingest_snapshot(c->app->ingest, repo);
	bool here = now && upstream_mode(now->settings) != UPSTREAM_CATALOG;
	snapshot_unref(now);
	if (!now || !c->app->upstreams)
		return ERR(e, ABSENT, "%.*s is not kept here", STR_ARG(file));
	if (has_been_here(c))
		return ERR(e, LOOP, "%.*s: this server asked for it itself", STR_ARG(file));
	return here ? fetch(c, repo, file, again, e) : lead_to_origin(c, repo, file, s, e);
}
