/* See outdated_page.h. All charts are measured for their count; rows are made of those of one page. */
#include "server/web/outdated_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "server/route/viewer.h"

struct work {
	struct arena arena;
	struct page page;
	struct outdated_view v;
};

static struct outdated_chart chart_of(struct links *l, const struct graph_behind *x)
{
	return (struct outdated_chart){
		.repo = x->repo, .name = x->name, .version = x->version, .missing = x->missing,
		.link = link_chart_part(l, x->repo, x->name, x->version, "dependencies"),
	};
}

static enum err put_chart(struct work *w, const struct graph_behind *x, struct outdated_chart *ret,
                          struct errinfo *e)
{
	struct links *l = w->page.links;
	const struct graph_edge **newer;
	struct outdated_chart chart = chart_of(l, x);
	enum err err = graph_outdated(&w->arena, x->of, &newer, &chart.count, e);
	struct dependency_line *lines = err ? NULL : arena_array(&w->arena, chart.count, sizeof *lines);
	if (!lines)
		return err ? err : ERR(e, NOMEM, "page");
	for (size_t i = 0; i < chart.count; i++)
		lines[i] = dependency_line(l, &w->arena, newer[i]);
	chart.lines = lines;
	*ret = chart;
	return OK;
}

/* Some that are missing cannot be compared. */
static enum err put_incomplete(struct work *w, const struct graph_behind *list, size_t count,
                               struct errinfo *e)
{
	struct outdated_view *v = &w->v;
	struct outdated_chart *charts = arena_array(&w->arena, OUTDATED_MISSING, sizeof *charts);
	if (!charts)
		return ERR(e, NOMEM, "page");
	for (size_t i = 0; i < count; i++) {
		if (!list[i].missing)
			continue;
		if (v->incomplete_count == OUTDATED_MISSING)
			v->incomplete_more++;
		else
			charts[v->incomplete_count++] = chart_of(w->page.links, &list[i]);
	}
	v->incomplete = charts;
	return OK;
}

/* Those of the page among those that are behind. */
static enum err put_behind(struct work *w, const struct graph_behind *list, size_t count, uint64_t number,
                           struct errinfo *e)
{
	struct links *l = w->page.links;
	struct outdated_view *v = &w->v;
	struct outdated_chart *charts = arena_array(&w->arena, OUTDATED_ROWS, sizeof *charts);
	enum err err = charts ? OK : ERR(e, NOMEM, "page");
	for (size_t i = 0; i < count; i++)
		v->behind += list[i].count[UPGRADE_NONE] < list[i].dependencies;
	v->pager = pager_of(l, link_outdated(l, v->repo), number, OUTDATED_ROWS, v->behind);
	for (size_t i = 0, nth = 0; i < count && !err; i++) {
		if (list[i].count[UPGRADE_NONE] == list[i].dependencies)
			continue;
		nth++;
		if (nth >= v->pager.from && nth <= v->pager.to)
			err = put_chart(w, &list[i], &charts[v->count++], e);
	}
	v->charts = charts;
	return err;
}

static enum err fill(struct work *w, struct hub *h, uint64_t number, struct errinfo *e)
{
	struct links *l = w->page.links;
	const struct hub_viewer viewer = call_viewer(w->page.c);
	const struct graph_ask ask = { &viewer, link_absolute(l, l->base) };
	struct graph_behind *list;
	enum err err = hub_behind(h, &w->arena, &ask, w->v.repo, &list, &w->v.measured, e);
	if (!err)
		err = put_behind(w, list, w->v.measured, number, e);
	return err ? err : put_incomplete(w, list, w->v.measured, e);
}

static void name_page(struct work *w)
{
	struct page *p = &w->page;
	struct outdated_view *v = &w->v;
	v->crumbs[v->crumb_count++] = (struct crumb){ STR("Repositories"), link_repos(p->links) };
	if (v->repo.n)
		v->crumbs[v->crumb_count++] = (struct crumb){ v->repo, link_repo(p->links, v->repo) };
	p->title = str_c(arena_printf(&w->arena, "%.*s%sOutdated dependencies", STR_ARG(v->repo), v->repo.n ? " · " : ""));
	p->nav = NAV_REPOS;
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct work w = { .v.repo = { 0 } };
	uint64_t number;
	enum err err = call_repo_asked(c, &w.v.repo, e);
	if (err)
		return err;
	page_init(&w.page, c);
	w.page.links->a = &w.arena;              /* there are many */
	name_page(&w);
	err = page_number(c, &number, e);
	if (!err)
		err = fill(&w, call_hub(c), number, e);
	if (!err) {
		html_outdated_body(&body, &w.v);
		err = page_respond(&w.page, 200, &body, s, e);
	}
	arena_done(&w.arena);
	return err;
}

enum err outdated_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	enum err err = page_for_readers(c, e);
	return err ? err : call_work(c, ingest_pool(c->app->ingest), answer, e);
}
