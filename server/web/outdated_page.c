/* See outdated_page.h. All charts are measured for their count; rows are made of those of one page. */
#include "server/web/outdated_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "server/route/viewer.h"

#define PAGE_MAX 5000u

struct work {
	struct arena arena;
	struct page page;
	struct outdated_view v;
};

static bool is_listed(const struct graph_behind *x)
{
	return x->missing || x->count[UPGRADE_NONE] < x->dependencies;
}

/* The list without those that are up to date. */
static size_t leave_listed(struct outdated_view *v, struct graph_behind *list, size_t count)
{
	size_t n = 0;
	v->measured = count;
	for (size_t i = 0; i < count; i++) {
		v->behind += list[i].count[UPGRADE_NONE] < list[i].dependencies;
		v->missing += list[i].missing > 0;
		if (is_listed(&list[i]))
			list[n++] = list[i];
	}
	return n;
}

static enum err put_chart(struct work *w, const struct graph_behind *x, struct outdated_chart *ret,
                          struct errinfo *e)
{
	struct links *l = w->page.links;
	const struct graph_edge **newer;
	size_t count = 0;
	enum err err = graph_outdated(&w->arena, x->of, &newer, &count, e);
	struct dependency_line *lines = err ? NULL : arena_array(&w->arena, x->dependencies + 1, sizeof *lines);
	if (!lines)
		return err ? err : ERR(e, NOMEM, "page");
	for (size_t i = 0; i < count; i++)
		lines[i] = dependency_line(l, &w->arena, newer[i]);
	for (size_t i = 0; i < x->dependencies; i++)
		if (x->of->edges[i].missing.n && !x->of->edges[i].kind)
			lines[count++] = dependency_line(l, &w->arena, &x->of->edges[i]);
	*ret = (struct outdated_chart){
		.repo = x->repo, .name = x->name, .version = x->version, .lines = lines, .count = count,
		.link = link_chart_part(l, x->repo, x->name, x->version, "dependencies"),
	};
	return OK;
}

static enum err fill(struct work *w, struct hub *h, uint64_t number, struct errinfo *e)
{
	struct links *l = w->page.links;
	struct outdated_view *v = &w->v;
	const struct hub_viewer viewer = call_viewer(w->page.c);
	const struct graph_ask ask = { &viewer, link_absolute(l, l->base) };
	struct graph_behind *list;
	size_t count;
	enum err err = hub_behind(h, &w->arena, &ask, v->repo, &list, &count, e);
	struct outdated_chart *charts = err ? NULL : arena_array(&w->arena, OUTDATED_ROWS, sizeof *charts);
	if (!charts)
		return err ? err : ERR(e, NOMEM, "page");
	count = leave_listed(v, list, count);
	v->pager = pager_of(l, link_outdated(l, v->repo), number, OUTDATED_ROWS, count);
	for (size_t i = v->pager.from - 1; i < v->pager.to && !err; i++)
		err = put_chart(w, &list[i], &charts[v->count++], e);
	v->charts = charts;
	return err;
}

static void name_page(struct work *w)
{
	struct page *p = &w->page;
	struct outdated_view *v = &w->v;
	v->crumbs[v->crumb_count++] = (struct crumb){ STR("Repositories"), link_repos(p->links) };
	if (v->repo.n)
		v->crumbs[v->crumb_count++] = (struct crumb){ v->repo, link_repo(p->links, v->repo) };
	p->title = STR("Outdated dependencies");
	p->nav = NAV_REPOS;
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct work w = { .v.repo = query_text(&c->query, "repo") };
	uint64_t number = 1;
	page_init(&w.page, c);
	w.page.links->a = &w.arena;              /* there are many */
	name_page(&w);
	enum err err = query_number(&c->query, "page", 1, PAGE_MAX, &number, e);
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
