/* The buttons of an upstream's page. A refresh takes as long as the upstream likes, so the browser goes on
 * to the page at once, which says how far it is.                                               */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/format/name.h"
#include "server/manage/repos.h"
#include "server/web/upstream_view.h"

/* ---- refresh ---- */

struct refreshing {                  /* frees itself */
	struct pool_job job;
	struct upstreams *u;
	struct upstream_refresh_options options;
	char repo[REPO_NAME_MAX_BYTES + 1];
};

/* An operator's word. What came of it, the upstream's row tells. */
static void refresh(struct pool_job *job)
{
	struct refreshing *x = (struct refreshing *)job;
	AUTO_ARENA struct arena a = { 0 };
	struct upstream_report report;
	struct errinfo e = { 0 };
	if (upstreams_refresh(x->u, &a, str_c(x->repo), &x->options, &report, &e))
		LOG(LOG_WARN, "upstream.refresh_failed", KV("repo", (const char *)x->repo),
		    KV("reason", e.detail));
	upstreams_leave(x->u, str_c(x->repo));
	free(x);
}

/* What would go may go; or the log may be another one. */
static enum err refresh_anyway(struct call *c, bool drop, bool fork, struct errinfo *e)
{
	struct refreshing *x = calloc(1, sizeof *x);
	if (!x)
		return ERR(e, NOMEM, "refresh");
	x->job.run = refresh;
	x->u = c->app->upstreams;
	x->options = (struct upstream_refresh_options){ .whole = true, .accept_drop = drop,
	                                                .accept_fork = fork };
	memcpy(x->repo, c->repo.p, c->repo.n);
	enum err err = upstreams_enter(x->u, str_c(x->repo), &x->job, e);
	if (err)
		free(x);
	return err;
}

static enum err check_upstream(const struct call *c, struct errinfo *e)
{
	struct snapshot *s = ingest_snapshot(c->app->ingest, c->repo);
	bool is = s && repo_kind(s->settings) == REPO_UPSTREAM;
	snapshot_unref(s);
	if (!is)
		return ERR(e, NOT_FOUND, "\"%.*s\" follows no other server", STR_ARG(c->repo));
	return c->app->upstreams ? OK : ERR(e, BUSY, "the server is starting; try again in a moment");
}

static void go_on(struct call *c, struct response *s)
{
	struct links l;
	links_of(c, &l);
	form_go_on(c, link_repo(&l, c->repo), s);
}

enum err upstream_refresh_form(struct call *c, struct response *s, struct errinfo *e)
{
	struct query fields;
	enum err err = form_read_signed(c, &fields, e);
	if (!err)
		err = check_upstream(c, e);
	bool drop = !err && query_is_on(&fields, "accept_drop");
	bool fork = !err && query_is_on(&fields, "accept_fork");
	if (!err)
		err = drop || fork ? refresh_anyway(c, drop, fork, e)
		      : upstreams_refresh_soon(c->app->upstreams, c->repo, e);
	if (!err)
		go_on(c, s);
	return err;
}

/* ---- accept ---- */

static void accepted(struct repo_change *x)
{
	struct call *c = x->change.ctx;
	struct response s = { 0 };
	if (!x->change.err)
		go_on(c, &s);
	call_finish(c, x->change.err, &s, &x->change.error);
}

enum err upstream_accept_form(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	struct query fields;
	struct repo_change *x;
	enum err err = form_read_signed(c, &fields, e);
	if (!err)
		err = check_upstream(c, e);
	if (err)
		return err;
	struct str chart = query_text(&fields, "chart"), version = query_text(&fields, "version");
	const char *file = arena_printf(&c->r->arena, "%.*s-%.*s.tgz", STR_ARG(chart), STR_ARG(version));
	if (!file)
		return ERR(e, NOMEM, "request");
	if (!chart_file_name_is_safe(str_c(file)))
		return ERR(e, INVALID, "the names of a chart and a version are expected");
	err = repo_change_new(c, CHANGE_ACCEPT, accepted, &x, e);
	if (err)
		return err;
	x->change.file = str_c(file);
	return repo_change_submit(x, e);
}
