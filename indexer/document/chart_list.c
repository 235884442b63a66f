/* See chart_list.h. The recursion is as deep as chart_read lets charts be nested. */
#include "indexer/document/chart_list.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/semver.h"

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

static const struct chart *next_twin(const struct chart *c, const struct chart *sub)
{
	for (const struct chart *next = sub + 1; next < c->subcharts + c->subchart_count; next++)
		if (str_eq(next->meta.name, sub->meta.name))
			return next;
	return NULL;
}

static bool is_sole(const struct chart_meta *m, struct str name)
{
	size_t n = 0;
	for (size_t i = 0; i < m->dependency_count; i++)
		n += str_eq(m->dependencies[i].name, name);
	return n < 2;
}

enum err chart_packed(const struct chart *c, const struct chart_dependency *d, const struct chart **ret,
                      struct errinfo *e)
{
	AUTO_ARENA struct arena scratch = { 0 };
	const struct chart *first = chart_subchart(c, d->name), *sub = first;
	struct semver_range *range = NULL;
	struct errinfo ignored = { 0 };
	if (first && semver_range_parse(&scratch, d->version, &range, &ignored) == ERR_NOMEM)
		return ERR(e, NOMEM, "dependencies");
	unsigned left = PACKED_TWINS_MAX;
	while (sub && range && !semver_range_admits(range, sub->meta.version))
		sub = --left ? next_twin(c, sub) : NULL;
	*ret = sub || (range && !is_sole(&c->meta, d->name)) ? sub : first;
	return OK;
}
