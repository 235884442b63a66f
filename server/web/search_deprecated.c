/* Deprecated charts stand last in what is found; who asks for one by its name is told so at once, with
 * what its authors recommend (artifacthub.io/recommendations).                               */
#include "indexer/document/annotations.h"
#include "server/route/viewer.h"
#include "server/web/search_page.h"

static bool take_segment(struct str *rest, struct str *ret)
{
	*ret = str_cut(rest, '/', NULL);
	return ret->n > 0;
}

/* "https://artifacthub.io/packages/helm/REPO/NAME", or such a page of ours, which has no "helm". */
static bool read_package(struct str url, struct str *ret_repo, struct str *ret_name)
{
	struct str rest = str_cut(&url, '?', NULL), segment;
	rest = str_cut(&rest, '#', NULL);
	do {
		if (!rest.n)
			return false;
		segment = str_cut(&rest, '/', NULL);
	} while (!str_eq(segment, STR("packages")));
	if (!take_segment(&rest, ret_repo))
		return false;
	if (str_eq(*ret_repo, STR("helm")) && !take_segment(&rest, ret_repo))
		return false;
	return take_segment(&rest, ret_name);
}

/* A chart of that name in a repository of that name is taken for it. */
static bool is_here(struct hub *h, const struct hub_viewer *v, struct str repo, struct str name)
{
	struct hub_chart *c = hub_sees(v, repo) ? hub_chart_get(h, repo, name) : NULL;
	hub_chart_unref(c);
	return c != NULL;
}

static struct search_instead instead_of(struct hub *h, const struct hub_viewer *v, struct links *l,
                                        struct str url)
{
	struct str repo, name;
	if (!read_package(url, &repo, &name))
		return (struct search_instead){ url, url, STR("") };
	if (is_here(h, v, repo, name))
		return (struct search_instead){ name, link_chart(l, repo, name, STR("")), STR("") };
	return (struct search_instead){ name, url, link_host(url) };
}

static enum err put(struct search_deprecated *to, struct hub *h, const struct hub_viewer *v,
                    struct links *l, struct arena *a, const struct hub_chart *c, struct errinfo *e)
{
	struct chart_annotations notes;
	enum err err = annotations_read(a, &c->entry.meta, &notes, e);
	if (err)
		return err;
	if (!arena_str(a, c->repo, &to->repo) || !arena_str(a, c->name, &to->name))
		return ERR(e, NOMEM, "search");
	to->link = link_chart(l, c->repo, c->name, STR(""));
	for (size_t i = 0; i < notes.recommendation_count && to->instead_count < SEARCH_INSTEAD_MAX; i++) {
		struct str url;
		if (!arena_str(a, notes.recommendations[i], &url))
			return ERR(e, NOMEM, "search");
		to->instead[to->instead_count++] = instead_of(h, v, l, url);
	}
	return OK;
}

enum err search_put_deprecated(struct search_view *view, struct call *c, struct links *l,
                               struct arena *a, struct str text, struct errinfo *e)
{
	const struct hub_viewer viewer = call_viewer(c);
	struct hub *h = call_hub(c);
	struct hub_charts charts;
	enum err err = hub_deprecated(h, a, &viewer, text, SEARCH_DEPRECATED_MAX, &charts, e);
	if (err)
		return err;
	for (size_t i = 0; i < charts.count && !err; i++)
		err = put(&view->deprecated[view->deprecated_count++], h, &viewer, l, a, charts.list[i], e);
	hub_charts_done(&charts);
	return err;
}
