/* Counting facets for one search (facet.h). */
#include "indexer/hub/facet_parts.h"

#include <stdio.h>
#include <stdlib.h>

enum seen { SEEN_UNKNOWN, SEEN, SEEN_NOT };

struct facet_count {
	const struct facets *facets;
	const struct hub_viewer *viewer;
	const struct hub_filter *filters;
	size_t filter_count;
	const struct views *views;
	bool *in_views;                  /* of each filter: it names a view, which shows the last chart */
	uint32_t *view_counts;           /* of each filter: charts that it shows */
	bool has_views;
	unsigned wanted;                 /* facets with filters: bits */
	uint32_t *counts;                /* of each value */
	bool *chosen;
	uint8_t *seen;                   /* of each repository: enum seen */
};

/* ---- filters ---- */

static bool parse_minor(struct str value, unsigned *ret)
{
	uint64_t minor;
	if (!str_starts(value, STR("1.")) || !str_to_u64(str_from(value, 2), &minor) || minor >= KUBE_MINORS)
		return false;
	*ret = (unsigned)minor;
	return true;
}

static uint64_t minors_of(const struct facet_value *v)
{
	uint64_t minors;
	memcpy(&minors, v->text, sizeof minors);
	return minors;
}

static void choose_minor(struct facet_count *x, struct str value)
{
	unsigned minor;
	if (!parse_minor(value, &minor))
		return;
	for (size_t i = 0; i < x->facets->count; i++) {
		const struct facet_value *v = &x->facets->values[i];
		if (v->refs && v->facet == FACET_KUBE && minors_of(v) >> minor & 1)
			x->chosen[i] = true;
	}
}

/* A value that no chart has lets nothing through. */
static void choose(struct facet_count *x, const struct hub_filter *f)
{
	char room[FACET_TEXT_MAX_BYTES];
	x->wanted |= 1u << f->facet;
	x->has_views |= f->facet == FACET_REPO && views_have(x->views, f->value);
	if (f->facet == FACET_KUBE) {
		choose_minor(x, f->value);
		return;
	}
	uint32_t at = facets_find(x->facets, f->facet, facet_folded(f->facet, f->value, room));
	if (at != FACET_NONE)
		x->chosen[at] = true;
}

enum err facet_count_new(struct arena *a, const struct facets *f, const struct hub_filter *filters,
                         size_t filter_count, const struct views *views, const struct hub_viewer *v,
                         struct facet_count **ret, struct errinfo *e)
{
	struct facet_count *x = ARENA_NEW(a, struct facet_count);
	if (!x)
		return ERR(e, NOMEM, "facets");
	*x = (struct facet_count){
		.facets = f, .viewer = v, .filters = filters, .filter_count = filter_count, .views = views,
		.in_views = arena_array(a, filter_count, sizeof *x->in_views),
		.view_counts = arena_array(a, filter_count, sizeof *x->view_counts),
		.counts = arena_array(a, f->count, sizeof *x->counts),
		.chosen = arena_array(a, f->count, sizeof *x->chosen),
		.seen = arena_array(a, f->count, sizeof *x->seen),
	};
	if (!x->counts || !x->chosen || !x->seen || !x->in_views || !x->view_counts)
		return ERR(e, NOMEM, "facets");
	for (size_t i = 0; i < filter_count; i++)
		choose(x, &filters[i]);
	*ret = x;
	return OK;
}

/* ---- charts ---- */

static bool is_seen(struct facet_count *x, uint32_t repo)
{
	uint8_t *seen = &x->seen[repo];
	if (*seen == SEEN_UNKNOWN)
		*seen = hub_sees(x->viewer, facet_text(&x->facets->values[repo])) ? SEEN : SEEN_NOT;
	return *seen == SEEN;
}

bool facet_count_sees(struct facet_count *x, const struct hub_row *row)
{
	return is_seen(x, row->facets[0] & FACET_INDEX_MASK);        /* the repository is put first */
}

static bool sees(void *ctx, struct str repo)
{
	struct facet_count *x = ctx;
	uint32_t at = facets_find(x->facets, FACET_REPO, repo);
	return at == FACET_NONE ? hub_sees(x->viewer, repo) : is_seen(x, at);
}

struct hub_viewer facet_count_viewer(struct facet_count *x)
{
	bool all = true;
	for (size_t i = 0; i < x->facets->count && all; i++) {
		const struct facet_value *v = &x->facets->values[i];
		all = v->facet != FACET_REPO || !v->refs || is_seen(x, (uint32_t)i);
	}
	return all ? (struct hub_viewer){ .sees = NULL } : (struct hub_viewer){ sees, x };
}

static bool is_in_views(struct facet_count *x, const struct hub_chart *c)
{
	bool any = false;
	for (size_t i = 0; i < x->filter_count; i++) {
		const struct hub_filter *f = &x->filters[i];
		x->in_views[i] = f->facet == FACET_REPO && views_show(x->views, f->value, c);
		any |= x->in_views[i];
	}
	return any;
}

/* Which facets with filters the chart does not pass. Whether it is in a view takes longest to know, and is not
 * asked of what fails two others. */
static unsigned failed(struct facet_count *x, const struct hub_row *row)
{
	const uint32_t *facets = row_facets(row);
	const unsigned repo = 1u << FACET_REPO;
	unsigned left = x->wanted;
	for (size_t i = 0; i < row->facet_count && left; i++)
		if (x->chosen[facets[i] & FACET_INDEX_MASK])
			left &= ~(1u << (facets[i] >> FACET_SHIFT));
	unsigned others = left & ~repo;
	if (x->has_views && !(others & (others - 1)) && is_in_views(x, row->chart))
		left = others;
	return left;
}

bool facet_count_take(struct facet_count *x, const struct hub_row *row)
{
	const uint32_t *facets = row_facets(row);
	unsigned fails = failed(x, row);
	if (fails & (fails - 1))
		return false;
	for (size_t i = 0; x->has_views && !fails && i < x->filter_count; i++)
		x->view_counts[i] += x->in_views[i];
	for (size_t i = 0; i < row->facet_count; i++)
		if (!fails || fails >> (facets[i] >> FACET_SHIFT) & 1)
			x->counts[facets[i] & FACET_INDEX_MASK]++;
	return !fails;
}

/* ---- lists ---- */

struct top {                         /* of one facet, the best first */
	uint32_t values[SEARCH_FACET_VALUES];
	size_t count, all;
};

static bool comes_before(const struct facet_count *x, uint32_t left, uint32_t right)
{
	if (x->counts[left] != x->counts[right])
		return x->counts[left] > x->counts[right];
	return str_cmp(facet_text(&x->facets->values[left]), facet_text(&x->facets->values[right])) < 0;
}

static void offer(const struct facet_count *x, struct top *t, uint32_t value)
{
	t->all++;
	if (t->count == SEARCH_FACET_VALUES && !comes_before(x, value, t->values[t->count - 1]))
		return;
	size_t at = t->count < SEARCH_FACET_VALUES ? t->count++ : t->count - 1;
	for (; at && comes_before(x, value, t->values[at - 1]); at--)
		t->values[at] = t->values[at - 1];
	t->values[at] = value;
}

static bool append(struct hub_facet_list *list, struct arena *a, struct str value, uint64_t count,
                   bool chosen)
{
	struct hub_facet_value *v = &list->values[list->count];
	if (!arena_str(a, value, &v->value))
		return false;
	v->count = count;
	v->chosen = chosen;
	list->count++;
	return true;
}

static bool is_listed(const struct hub_facet_list *list, struct str value)
{
	for (size_t i = 0; i < list->count; i++)
		if (str_eq(list->values[i].value, value))
			return true;
	return false;
}

static uint64_t count_minor(const struct facet_count *x, unsigned minor)
{
	uint64_t count = 0;
	for (size_t i = 0; i < x->facets->count; i++) {
		const struct facet_value *v = &x->facets->values[i];
		if (x->counts[i] && v->facet == FACET_KUBE && minors_of(v) >> minor & 1)
			count += x->counts[i];
	}
	return count;
}

static uint64_t count_of(const struct facet_count *x, enum hub_facet facet, struct str value)
{
	unsigned minor;
	if (facet == FACET_KUBE)
		return parse_minor(value, &minor) ? count_minor(x, minor) : 0;
	uint32_t at = facets_find(x->facets, facet, value);
	return at == FACET_NONE ? 0 : x->counts[at];
}

static int by_count(const void *left, const void *right)
{
	const struct hub_facet_value *a = left, *b = right;
	int more = (a->count < b->count) - (a->count > b->count);
	return more ? more : str_cmp(a->value, b->value);
}

/* What was chosen stays to be seen, and to be given up, whatever it leaves. */
static bool list_chosen(const struct facet_count *x, struct arena *a, enum hub_facet facet,
                        struct hub_facet_list *list, size_t *ret_counted)
{
	char room[FACET_TEXT_MAX_BYTES];
	for (size_t i = 0; i < x->filter_count; i++) {
		if (x->filters[i].facet != facet)
			continue;
		struct str value = facet_folded(facet, x->filters[i].value, room);
		uint64_t count = count_of(x, facet, value);
		if (is_listed(list, value))
			continue;
		if (!append(list, a, value, count + x->view_counts[i], true))
			return false;
		*ret_counted += count > 0;
	}
	if (list->count)
		qsort(list->values, list->count, sizeof *list->values, by_count);
	return true;
}

/* The newest first, as many as of other facets. */
static bool list_minors(const struct facet_count *x, struct arena *a, struct hub_facet_list *list)
{
	size_t listed = 0;
	for (unsigned minor = KUBE_NEWEST_MINOR; minor >= KUBE_OLDEST_MINOR; minor--) {
		char text[8];
		struct str value = str_make(text, (size_t)snprintf(text, sizeof text, "1.%u", minor));
		uint64_t count = is_listed(list, value) ? 0 : count_minor(x, minor);
		if (count && listed == SEARCH_FACET_VALUES)
			list->more++;
		else if (count && !append(list, a, value, count, false))
			return false;
		else
			listed += count > 0;
	}
	return true;
}

static bool list_top(const struct facet_count *x, struct arena *a, const struct top *top,
                     size_t counted, struct hub_facet_list *list)
{
	size_t listed = counted;
	for (size_t i = 0; i < top->count; i++) {
		struct str value = facet_text(&x->facets->values[top->values[i]]);
		if (is_listed(list, value))
			continue;
		if (!append(list, a, value, x->counts[top->values[i]], false))
			return false;
		listed++;
	}
	list->more = top->all - listed;
	return true;
}

enum err facet_count_lists(const struct facet_count *x, struct arena *a, struct hub_facet_list *ret,
                           struct errinfo *e)
{
	struct top tops[FACET_COUNT] = { 0 };
	for (size_t i = 0; i < x->facets->count; i++)
		if (x->counts[i])
			offer(x, &tops[x->facets->values[i].facet], (uint32_t)i);
	for (enum hub_facet f = 0; f < FACET_COUNT; f++) {
		struct hub_facet_list *list = &ret[f];
		size_t counted = 0;
		*list = (struct hub_facet_list){
			.values = arena_array(a, x->filter_count + SEARCH_FACET_VALUES, sizeof *list->values),
		};
		if (!list->values || !list_chosen(x, a, f, list, &counted) ||
		    !(f == FACET_KUBE ? list_minors(x, a, list) : list_top(x, a, &tops[f], counted, list)))
			return ERR(e, NOMEM, "facets");
	}
	return OK;
}
