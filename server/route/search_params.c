/* See search_params.h. */
#include "server/route/search_params.h"

#include "indexer/base/clock.h"

static bool facet_of(struct str name, enum hub_facet *ret)
{
	for (unsigned i = 0; i < FACET_COUNT; i++)
		if (str_eq_c(name, hub_facet_names[i])) {
			*ret = (enum hub_facet)i;
			return true;
		}
	return false;
}

static enum err sort_of(const struct query *q, enum hub_sort *ret, struct errinfo *e)
{
	struct str name;
	enum err err = query_word(q, "sort", hub_sort_words, &name, e);
	*ret = SORT_RELEVANCE;
	for (unsigned i = 0; !err && i < SORT_COUNT; i++)
		if (str_eq_c(name, hub_sort_names[i]))
			*ret = (enum hub_sort)i;
	return err;
}

enum err search_params(struct call *c, struct hub_search *ret, struct errinfo *e)
{
	struct hub_filter *filters = arena_array(&c->r->arena, c->query.count + 1, sizeof *filters);
	size_t n = 0;
	if (!filters)
		return ERR(e, NOMEM, "search");
	for (size_t i = 0; i < c->query.count; i++) {
		const struct query_param *param = &c->query.params[i];
		if (param->value.n && facet_of(param->name, &filters[n].facet))
			filters[n++].value = param->value;
	}
	ret->text = query_text(&c->query, "q");
	ret->filters = filters;
	ret->filter_count = n;
	ret->now_ns = clock_wall();
	return sort_of(&c->query, &ret->sort, e);
}
