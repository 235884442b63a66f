/* See chart_list.h. The recursion is as deep as chart_read lets charts be nested. */
#include "indexer/document/chart_list.h"

static size_t count_charts(const struct chart *c)
{
	size_t n = 1;
	for (size_t i = 0; i < c->subchart_count; i++)
		n += count_charts(&c->subcharts[i]);
	return n;
}

static bool join(struct arena *a, struct str parent, struct str name, struct str *ret)
{
	*ret = name;
	if (!parent.n)
		return true;
	char *joined = arena_alloc(a, parent.n + 1 + name.n);
	if (!joined)
		return false;
	memcpy(joined, parent.p, parent.n);
	joined[parent.n] = '/';
	if (name.n)
		memcpy(joined + parent.n + 1, name.p, name.n);
	*ret = str_make(joined, parent.n + 1 + name.n);
	return true;
}

static bool add_below(struct arena *a, struct chart_at *list, size_t *count, size_t parent)
{
	const struct chart *c = list[parent].chart;
	for (size_t i = 0; i < c->subchart_count; i++) {
		const struct chart *sub = &c->subcharts[i];
		struct chart_at *at = &list[*count];
		*at = (struct chart_at){ .chart = sub, .parent = parent };
		if (!join(a, list[parent].subchart, sub->meta.name, &at->subchart))
			return false;
		if (!add_below(a, list, count, (*count)++))
			return false;
	}
	return true;
}

enum err chart_list(struct arena *a, const struct chart *c, struct chart_at **ret,
                    size_t *ret_count, struct errinfo *e)
{
	size_t count = 1;
	struct chart_at *list = arena_array(a, count_charts(c), sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "subcharts");
	list[0] = (struct chart_at){ .chart = c };
	if (!add_below(a, list, &count, 0))
		return ERR(e, NOMEM, "subcharts");
	*ret = list;
	*ret_count = count;
	return OK;
}

const struct chart_lock_entry *chart_locked(const struct chart *c, size_t position, struct str name)
{
	if (position < c->locked_count && str_eq(c->locked[position].name, name))
		return &c->locked[position];
	for (size_t i = 0; i < c->locked_count; i++)
		if (str_eq(c->locked[i].name, name))
			return &c->locked[i];
	return NULL;
}
