/* See home.h. */
#include "server/web/home.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/document/annotations.h"
#include "indexer/hub/search.h"
#include "server/route/viewer.h"
#include "server/web/install.h"
#include "server/web/json_ld.h"
#include "server/web/row.h"

struct work {
	struct call *c;
	struct arena *a;
	struct links *l;
	struct hub_viewer viewer;
	struct hub_result recent, used;  /* kept until the page is written */
	int64_t now_ns;
	struct home_view v;
};

static enum err find(struct work *w, enum hub_sort sort, bool facets, struct hub_result *ret,
                     struct errinfo *e)
{
	struct hub_search s = { .sort = sort, .limit = HOME_ROWS, .facets = facets, .now_ns = w->now_ns };
	return hub_search(w->c->app->hub, w->a, &w->viewer, &s, ret, e);
}

static enum err rows_of(struct work *w, const struct hub_result *r, const struct chart_row **ret,
                        size_t *ret_count, struct errinfo *e)
{
	struct chart_row *rows = arena_array(w->a, r->count + 1, sizeof *rows);
	for (size_t i = 0; rows && i < r->count; i++)
		if (!row_of_hit(w->a, w->l, &r->hits[i], w->now_ns, &rows[i]))
			rows = NULL;
	if (!rows)
		return ERR(e, NOMEM, "page");
	*ret = rows;
	*ret_count = r->count;
	return OK;
}

/* Charts that nothing depends on and nobody pulled are in no order worth showing. */
static void drop_unused(struct hub_result *r)
{
	size_t n = 0;
	for (size_t i = 0; i < r->count; i++)
		if (r->hits[i].used_by || atomic_load(&r->hits[i].chart->pulls))
			r->hits[n++] = r->hits[i];
		else
			hub_chart_unref(r->hits[i].chart);
	r->count = n;
}

static enum err put_categories(struct work *w, const struct hub_facet_list *f, struct errinfo *e)
{
	struct home_category *list = arena_array(w->a, f->count + 1, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "page");
	for (size_t i = 0; i < f->count; i++) {
		struct link_param param = { "category", f->values[i].value };
		enum category category = CATEGORY_NONE;
		(void)category_of_slug(f->values[i].value, &category);
		list[i] = (struct home_category){ str_c(category_title(category)),
		                                  link_search(w->l, &param, 1), f->values[i].count };
	}
	w->v.categories = list;
	w->v.category_count = f->count;
	return OK;
}

static enum err put_repos(struct work *w, struct errinfo *e)
{
	struct repo_line *rows;
	enum err err = repo_lines(w->c, w->l, &rows, &w->v.repo_total, e);
	if (err)
		return err;
	w->v.repos = rows;
	w->v.repo_count = w->v.repo_total < HOME_REPOS ? w->v.repo_total : HOME_REPOS;
	for (size_t i = 0; i < w->v.repo_total; i++) {
		if (!strcmp(rows[i].kind, repo_kind_word(REPO_VIRTUAL)))
			continue;                    /* its members have them */
		w->v.charts += rows[i].charts;
		w->v.versions += rows[i].versions;
	}
	return OK;
}

static struct str sorted(struct work *w, const char *sort)
{
	struct link_param param = { "sort", str_c(sort) };
	return link_search(w->l, &param, 1);
}

/* The default one, or the fullest where that has no charts. */
static struct str repo_to_use(const struct work *w)
{
	const struct repo_line *best = NULL;
	for (size_t i = 0; i < w->v.repo_total; i++) {
		const struct repo_line *one = &w->v.repos[i];
		if (one->is_default && one->charts)
			return one->name;
		if (one->charts && (!best || one->charts > best->charts))
			best = one;
	}
	return best ? best->name : w->l->default_repo;
}

static enum err put_commands(struct work *w, struct errinfo *e)
{
	struct str repo = repo_to_use(w), alias, url = link_helm_repo(w->l, w->l->default_repo);
	struct str from = link_helm_repo(w->l, repo);
	if (!install_alias(w->l, repo, &alias))
		return ERR(e, NOMEM, "page");
	const char *add = arena_printf(w->a, "helm repo add %.*s \\\n  %.*s\nhelm repo update\n"
	                               "helm search repo %.*s", STR_ARG(alias), STR_ARG(from),
	                               STR_ARG(alias));
	const char *publish = arena_printf(w->a, "chartlocker push mychart/ \\\n  %.*s\n"
	                                   "curl -T mychart-1.0.0.tgz \\\n  %.*s/", STR_ARG(url), STR_ARG(url));
	w->v.add = str_c(add);
	if (!w->c->app->no_api)
		w->v.publish = str_c(publish);
	w->v.all_recent = sorted(w, "released");
	w->v.all_used = sorted(w, "used-by");
	w->v.all_charts = link_search(w->l, NULL, 0);
	w->v.all_repos = link_repos(w->l);
	return add && publish ? OK : ERR(e, NOMEM, "page");
}

static enum err fill(struct work *w, struct errinfo *e)
{
	enum err err = find(w, SORT_RELEASED, true, &w->recent, e);
	if (!err)
		err = find(w, SORT_USED_BY, false, &w->used, e);
	if (err)
		return err;
	w->v.incomplete = w->recent.incomplete;
	drop_unused(&w->used);
	err = rows_of(w, &w->recent, &w->v.recent, &w->v.recent_count, e);
	if (!err)
		err = rows_of(w, &w->used, &w->v.used, &w->v.used_count, e);
	if (!err)
		err = put_categories(w, &w->recent.facets[FACET_CATEGORY], e);
	if (!err)
		err = put_repos(w, e);
	return err ? err : put_commands(w, e);
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf body = page_body();
	struct page p;
	page_init(&p, c);
	p.links->a = &a;                 /* there are many */
	struct work w = { .c = c, .a = &a, .l = p.links, .viewer = call_viewer(c), .now_ns = clock_wall() };
	(void)call_hub(c);
	enum err err = fill(&w, e);
	p.title = STR("Helm charts");
	p.description = STR("Find, read, compare and install the Helm charts of this server.");
	p.feed = link_feed(p.links, (struct str){ 0 }, (struct str){ 0 });
	p.canonical = link_home(p.links);
	p.big_search = true;
	w.v.closed = c->app->closed && c->caller.kind == CALLER_ANONYMOUS;
	if (!err)
		err = json_ld_of_site(&p, &a, e);
	if (!err)
		html_home_body(&body, &p, &w.v);
	hub_result_done(&w.recent);
	hub_result_done(&w.used);
	return err ? err : page_respond(&p, 200, &body, s, e);
}

enum err home_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), answer, e);
}
