/* Where a chart's page leads to. */
#include "indexer/document/annotations.h"

bool link_is_address(struct str url)
{
	static const char *const schemes[] = { "https://", "http://", "mailto:" };
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (str_eq_nocase(str_first(url, strlen(schemes[i])), str_c(schemes[i])))
			return url.n > strlen(schemes[i]);
	return false;
}

static struct annotated_link *find(const struct chart_links *l, struct str url)
{
	for (size_t i = 0; i < l->count; i++)
		if (str_eq(l->links[i].url, url))
			return &l->links[i];
	return NULL;
}

/* A link that is there already keeps its place. */
static void add(struct chart_links *l, struct str name, struct str url, bool renames)
{
	struct annotated_link *same = find(l, url);
	if (!link_is_address(url))
		return;
	if (same && renames && name.n)
		same->name = name;
	else if (!same)
		l->links[l->count++] = (struct annotated_link){ name.n ? name : url, url };
}

enum err chart_links(struct arena *a, const struct chart_meta *m,
                     const struct chart_annotations *n, struct chart_links *ret, struct errinfo *e)
{
	struct chart_links l = { .support = STR("") };
	l.links = arena_array(a, 1 + m->source_count + n->link_count, sizeof *l.links);
	if (!l.links)
		return ERR(e, NOMEM, "links");
	add(&l, STR("home"), m->home, false);
	for (size_t i = 0; i < m->source_count; i++)
		add(&l, STR("source"), m->sources[i], false);
	for (size_t i = 0; i < n->link_count; i++) {
		const struct annotated_link *link = &n->links[i];
		if (str_eq_nocase(link->name, STR("support")) && link_is_address(link->url))
			l.support = link->url;
		else
			add(&l, link->name, link->url, true);
	}
	*ret = l;
	return OK;
}
