/* See search_page.h. Paging is by link and by number, so that a page can be kept and sent. */
#include "server/web/search_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/annotations.h"
#include "indexer/hub/search.h"
#include "server/route/search_params.h"
#include "server/route/viewer.h"
#include "server/web/row.h"

static const struct { const char *title; bool yes_no; } facet_table[FACET_COUNT] = {
	[FACET_REPO] = { "Repository", false }, [FACET_CATEGORY] = { "Category", false },
	[FACET_KEYWORD] = { "Keyword", false }, [FACET_LICENSE] = { "License", false },
	[FACET_TYPE] = { "Type", false }, [FACET_MAINTAINER] = { "Maintainer", false },
	[FACET_KUBE] = { "Works on Kubernetes", false }, [FACET_SIGNED] = { "Signed", true },
	[FACET_SCHEMA] = { "Has a values schema", true }, [FACET_CRDS] = { "Brings CRDs", true },
	[FACET_DEPRECATED] = { "Deprecated", true }, [FACET_PRERELEASE] = { "Pre-release only", true },
	[FACET_ORIGIN] = { "Origin", false },
};

struct work {
	struct call *c;
	struct arena *a;
	struct links *l;
	struct hub_search search;
	struct hub_result result;
	uint64_t page;
	struct link_param *params;       /* of this search, without its page */
	size_t param_count;
	struct search_view v;
};

/* ---- links to this search with something changed ---- */

static struct str with(struct work *w, const char *name, struct str value)
{
	struct link_param *list = arena_array(w->a, w->param_count + 1, sizeof *list);
	size_t n = 0;
	if (!list)
		return STR("");
	for (size_t i = 0; i < w->param_count; i++)
		if (strcmp(w->params[i].name, name) != 0)
			list[n++] = w->params[i];
	if (value.n)
		list[n++] = (struct link_param){ name, value };
	return link_search(w->l, list, n);
}

static struct str without(struct work *w, const char *name, struct str value)
{
	struct link_param *list = arena_array(w->a, w->param_count + 1, sizeof *list);
	size_t n = 0;
	for (size_t i = 0; list && i < w->param_count; i++)
		if (strcmp(w->params[i].name, name) != 0 || !str_eq(w->params[i].value, value))
			list[n++] = w->params[i];
	return list ? link_search(w->l, list, n) : STR("");
}

static bool name_params(struct work *w)
{
	const struct hub_search *s = &w->search;
	w->params = arena_array(w->a, s->filter_count + 2, sizeof *w->params);
	if (!w->params)
		return false;
	if (s->text.n)
		w->params[w->param_count++] = (struct link_param){ "q", s->text };
	for (size_t i = 0; i < s->filter_count; i++)
		w->params[w->param_count++] = (struct link_param){ hub_facet_names[s->filters[i].facet],
		                                                   s->filters[i].value };
	if (s->sort != SORT_RELEVANCE)
		w->params[w->param_count++] = (struct link_param){ "sort", str_c(hub_sort_names[s->sort]) };
	return true;
}

/* ---- what is shown ---- */

/* By the words of the marks; what addresses and the API say is older. */
static struct str origin_label(struct str value)
{
	static const char *const labels[ORIGIN_COUNT] = {
		[ORIGIN_HOSTED] = "hosted here", [ORIGIN_CACHED] = "upstream, cached here",
		[ORIGIN_REMOTE] = "upstream, not kept here",
	};
	for (int i = 0; i < ORIGIN_COUNT; i++)
		if (str_eq_c(value, hub_origin_word((enum hub_origin)i)))
			return str_c(labels[i]);
	return (struct str){ 0 };
}

static struct str label_of(enum hub_facet facet, struct str value)
{
	enum category category;
	if (facet == FACET_CATEGORY && category_of_slug(value, &category))
		return str_c(category_title(category));
	if (facet == FACET_ORIGIN)
		return origin_label(value);
	if (!facet_table[facet].yes_no)
		return (struct str){ 0 };
	return str_eq(value, STR("true")) ? STR("yes") : STR("no");
}

static bool put_chips(struct work *w)
{
	for (size_t i = 0; i < w->search.filter_count && w->v.chip_count < SEARCH_CHIPS_MAX; i++) {
		const struct hub_filter *f = &w->search.filters[i];
		struct str label = label_of(f->facet, f->value);
		const char *text = arena_printf(w->a, "%s: %.*s", facet_table[f->facet].title,
		                                STR_ARG(label.n ? label : f->value));
		if (!text)
			return false;
		w->v.chips[w->v.chip_count++] = (struct chip){
			str_c(text), without(w, hub_facet_names[f->facet], f->value) };
	}
	return true;
}

static bool put_facet(struct work *w, enum hub_facet facet, struct facet *to)
{
	const struct hub_facet_list *list = &w->result.facets[facet];
	struct facet_value *values = arena_array(w->a, list->count + 1, sizeof *values);
	if (!values)
		return false;
	for (size_t i = 0; i < list->count; i++)
		values[i] = (struct facet_value){ list->values[i].value, label_of(facet, list->values[i].value),
		                                  list->values[i].count, list->values[i].chosen };
	*to = (struct facet){ facet_table[facet].title, hub_facet_names[facet], values, list->count,
	                      SEARCH_FACET_SHOWN };
	return true;
}

/* A facet with one value that all have narrows nothing. */
static bool is_useful(const struct work *w, const struct hub_facet_list *list)
{
	if (!list->count)
		return false;
	return list->count > 1 || list->values[0].chosen || list->values[0].count < w->result.total;
}

static bool put_facets(struct work *w)
{
	struct facet *list = arena_array(w->a, FACET_COUNT, sizeof *list);
	struct link_param *kept = arena_array(w->a, 2, sizeof *kept);
	if (!list || !kept)
		return false;
	for (unsigned i = 0; i < FACET_COUNT; i++)
		if (is_useful(w, &w->result.facets[i]) &&
		    !put_facet(w, (enum hub_facet)i, &list[w->v.facets.count++]))
			return false;
	kept[0] = (struct link_param){ "q", w->search.text };
	kept[1] = (struct link_param){ "sort", w->search.sort ? str_c(hub_sort_names[w->search.sort]) :
	                                       STR("") };
	w->v.facets.action = link_search(w->l, NULL, 0);
	w->v.facets.kept = kept;
	w->v.facets.kept_count = 2;
	w->v.facets.list = list;
	w->v.facets.chosen = w->search.filter_count;
	return true;
}

static bool put_sorts(struct work *w)
{
	struct search_sort *list = arena_array(w->a, SORT_COUNT, sizeof *list);
	if (!list)
		return false;
	for (unsigned i = 0; i < SORT_COUNT; i++)
		list[i] = (struct search_sort){
			hub_sort_labels[i],
			with(w, "sort", i == SORT_RELEVANCE ? STR("") : str_c(hub_sort_names[i])),
			i == w->search.sort };
	w->v.sorts = list;
	w->v.sort_count = SORT_COUNT;
	return true;
}

static bool put_rows(struct work *w)
{
	struct chart_row *rows = arena_array(w->a, w->result.count + 1, sizeof *rows);
	if (!rows)
		return false;
	for (size_t i = 0; i < w->result.count; i++)
		if (!row_of_hit(w->a, w->l, &w->result.hits[i], w->search.now_ns, &rows[i]))
			return false;
	w->v.rows = rows;
	w->v.row_count = w->result.count;
	return true;
}

static void put_pager(struct work *w)
{
	struct str link = link_search(w->l, w->params, w->param_count);
	w->v.pager = pager_of(w->l, link, w->page, SEARCH_ROWS, w->result.total);
}

static bool put_heading(struct work *w)
{
	struct word count = say_count(w->result.total);
	const char *what = say_plural(w->result.total, "chart", "charts");
	struct str text = w->result.corrected ? w->result.did_you_mean : w->search.text;
	const char *heading = arena_printf(w->a, "%s%s %s%s%.*s%s", count.text, w->result.cut ? "+" : "", what,
	                                   text.n ? " for “" : "", STR_ARG(text), text.n ? "”" : "");
	w->v.heading = str_c(heading);
	return heading;
}

static bool fill(struct work *w)
{
	const struct hub_result *r = &w->result;
	const char *publish;
	w->v.did_you_mean = r->did_you_mean;
	w->v.did_you_mean_link = with(w, "q", r->did_you_mean);
	w->v.corrected = r->corrected;
	w->v.incomplete = r->incomplete;
	w->v.notes = r->notes;
	w->v.note_count = r->note_count;
	publish = arena_printf(w->a, "chartlocker push mychart/ %.*s",
	                       STR_ARG(link_helm_repo(w->l, w->l->default_repo)));
	if (!w->c->app->no_api)
		w->v.publish = str_c(publish);
	put_pager(w);
	return publish && put_heading(w) && put_chips(w) && put_facets(w) && put_sorts(w) && put_rows(w);
}

/* Those that others see are not told of. */
static enum err look_for_charts(struct work *w, struct errinfo *e)
{
	struct repo_info *list;
	size_t count = 0;
	w->v.anything = w->result.total > 0;
	enum err err = w->v.anything ? OK : ingest_repos(w->c->app->ingest, w->a, &list, &count, e);
	for (size_t i = 0; !err && i < count; i++)
		w->v.anything |= list[i].charts && call_sees(w->c, list[i].name);
	return err;
}

/* ---- answering ---- */

static enum err show(struct work *w, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct page p;
	page_init(&p, w->c);
	w->l = p.links;
	if (!name_params(w) || !fill(w))
		return ERR(e, NOMEM, "search");
	enum err err = look_for_charts(w, e);
	if (!err)
		err = search_put_deprecated(&w->v, w->c, w->l, w->a, w->result.corrected ?
		                            w->result.did_you_mean : w->search.text, e);
	if (err)
		return err;
	p.title = w->search.text.n ? w->search.text : STR("Charts");
	p.query = w->search.text;
	p.feed = link_search_feed(w->l, w->params, w->param_count);
	html_search_body(&body, &p, &w->v);
	return page_respond(&p, 200, &body, s, e);
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct work w = { .c = c, .a = &a };
	const struct hub_viewer viewer = call_viewer(c);
	enum err err = search_params(c, &w.search, e);
	if (!err)
		err = page_number(c, &w.page, e);
	if (err)
		return err;
	w.search.limit = SEARCH_ROWS;
	w.search.offset = (w.page - 1) * SEARCH_ROWS;
	w.search.facets = w.search.snippets = true;
	err = hub_search(call_hub(c), &a, &viewer, &w.search, &w.result, e);
	if (err)
		return err;
	err = show(&w, s, e);
	hub_result_done(&w.result);
	return err;
}

enum err search_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	enum err err = page_for_readers(c, e);
	return err ? err : call_work(c, ingest_pool(c->app->ingest), answer, e);
}
