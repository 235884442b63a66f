/* See repos_page.h. */
#include "server/web/repos_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/hub/search.h"
#include "indexer/ingest/lookup.h"
#include "server/route/viewer.h"
#include "server/web/install.h"
#include "server/web/row.h"

/* ---- all ---- */

/* It is not told where it cannot be read. */
static void put_trip(struct call *c, struct repo_line *to)
{
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo ignored = { 0 };
	struct trip_row *trip;
	size_t count;
	if (ingest_trips(c->app->ingest, &a, to->name, 1, &trip, &count, &ignored) || !count)
		return;
	to->trip = trip->event;
	to->as_of_ns = trip->at_ns;
}

static enum err list(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf body = page_body();
	struct repos_view v = { .create = STR("chartlocker repo create team-a/stable") };
	struct repo_line *rows;
	struct page p;
	page_init(&p, c);
	p.links->a = &a;                 /* there are many */
	enum err err = repo_lines(c, p.links, &rows, &v.count, e);
	if (err)
		return err;
	for (size_t i = 0; i < v.count; i++)
		put_trip(c, &rows[i]);
	v.rows = rows;
	v.outdated = link_outdated(p.links, STR(""));
	p.title = STR("Repositories");
	p.canonical = link_repos(p.links);
	p.nav = NAV_REPOS;
	html_repos_body(&body, &v);
	return page_respond(&p, 200, &body, s, e);
}

enum err repos_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	enum err err = page_for_readers(c, e);
	return err ? err : call_work(c, ingest_pool(c->app->ingest), list, e);
}

/* ---- one ---- */

struct work {
	struct call *c;
	struct arena *a;
	struct page page;
	struct hub_charts charts;
	uint64_t number;
	struct repo_view v;
};

static enum err put_rows(struct work *w, struct errinfo *e)
{
	w->v.pager = pager_of(w->page.links, link_repo(w->page.links, w->c->repo), w->number, REPO_ROWS,
	                      w->charts.count);
	struct chart_row *rows = arena_array(w->a, REPO_ROWS, sizeof *rows);
	int64_t now = clock_wall();
	for (size_t i = w->v.pager.from - 1; rows && i < w->v.pager.to; i++) {
		struct chart_row *row = &rows[w->v.row_count++];
		if (row_of_chart(w->page.links, w->charts.list[i], now, row))
			row->repo = STR("");         /* it is that of the page */
		else
			rows = NULL;
	}
	w->v.rows = rows;
	return rows ? OK : ERR(e, NOMEM, "page");
}

static enum err put_repo(struct work *w, struct errinfo *e)
{
	const struct call *c = w->c;
	struct snapshot *s = ingest_snapshot(c->app->ingest, c->repo);
	if (!s)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(c->repo));
	w->v.overwrite = s->settings->overwrite;
	w->v.is_upstream = repo_kind(s->settings) == REPO_UPSTREAM;
	w->v.is_virtual = repo_kind(s->settings) == REPO_VIRTUAL;
	w->v.event = s->event;
	bool ok = repo_line(w->c, w->page.links, c->repo, s, &w->v.repo) &&
	          arena_str(w->a, s->settings->maintainers, &w->v.maintainers);
	snapshot_unref(s);
	return ok ? OK : ERR(e, NOMEM, "page");
}

static enum err put_commands(struct work *w, struct errinfo *e)
{
	struct str name, url = w->v.repo.add;
	if (!install_alias(w->page.links, w->c->repo, &name))
		return ERR(e, NOMEM, "page");
	const char *add = arena_printf(w->a, "helm repo add %.*s \\\n  %.*s", STR_ARG(name), STR_ARG(url));
	bool is_default = str_eq(w->c->repo, w->page.links->default_repo);
	struct str server = link_helm_repo(w->page.links, w->page.links->default_repo);
	const char *publish = arena_printf(w->a, "chartlocker push %s%.*s%smychart/ \\\n  %.*s",
	                                   is_default ? "" : "--repo ", STR_ARG(is_default ? STR("") : w->c->repo),
	                                   is_default ? "" : " ", STR_ARG(server));
	struct link_param repo = { "repo", w->c->repo };
	bool takes = !w->v.is_upstream && !w->v.is_virtual && !w->c->app->no_api;
	w->v.add = str_c(add);
	if (takes)
		w->v.publish = str_c(publish);
	if (takes && call_may(w->c, ROLE_PUSH, w->c->repo, STR("")))
		w->v.upload = link_upload(w->page.links, w->c->repo);
	if (call_may(w->c, ROLE_ADMIN, w->c->repo, STR("")))
		w->v.settings = link_admin_repo(w->page.links, w->c->repo, NULL);
	w->v.search = link_search(w->page.links, &repo, 1);
	w->v.crumbs[0] = (struct crumb){ STR("Repositories"), link_repos(w->page.links) };
	return add && publish ? OK : ERR(e, NOMEM, "page");
}

static enum err show(struct work *w, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct page *p = &w->page;
	enum err err = put_repo(w, e);
	if (!err)
		err = put_rows(w, e);
	if (!err)
		err = put_commands(w, e);
	if (!err)
		err = trips_view_fill(w->c, w->a, w->c->repo, TRIPS_SHOWN + 1, &w->v.trips, e);
	if (!err && w->v.is_upstream)
		err = upstream_view_fill(w->c, w->a, p->links, &w->v.up, e);
	if (!err && w->v.is_virtual)
		err = virtual_view_fill(w->c, w->a, p->links, w->number, &w->v.members, e);
	if (err)
		return err;
	p->title = w->c->repo;
	p->description = w->v.repo.description;
	p->feed = link_feed(p->links, w->c->repo, (struct str){ 0 });
	p->canonical = w->v.repo.link;
	p->nav = NAV_REPOS;
	html_repo_body(&body, p, &w->v);
	return w->v.up.refresh.n ? form_respond(p, 200, &body, s, e) : page_respond(p, 200, &body, s, e);
}

static enum err one(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct work w = { .c = c, .a = &a };
	const struct hub_viewer viewer = call_viewer(c);
	page_init(&w.page, c);
	w.page.links->a = &a;            /* with the descriptions of its charts */
	enum err err = page_number(c, &w.number, e);
	if (!err)
		err = hub_charts(call_hub(c), &a, &viewer, c->repo, &w.charts, e);
	if (err)
		return err;
	err = show(&w, s, e);
	hub_charts_done(&w.charts);
	return err;
}

enum err repo_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), one, e);
}
