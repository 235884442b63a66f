/* Deprecated charts stand last in what is found; who asks for one by its name is told so at once, with
 * what its authors recommend (artifacthub.io/recommendations).                               */
#include "server/web/search_page.h"

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
	return recommended_fill(a, l, h, v, &notes, SEARCH_INSTEAD_MAX, to->instead, &to->instead_count) ?
	       OK : ERR(e, NOMEM, "search");
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
