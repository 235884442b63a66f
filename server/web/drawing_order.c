/* The order within layers, by the mean place of what each thing is linked to, and the heights, which
 * bring linked things near one another without changing the order.                           */
#include <limits.h>
#include <stdlib.h>

#include "server/web/drawing_parts.h"

#define SWEEPS 10
#define SCALE 1024                   /* of a mean */
#define GAP 10                       /* between boxes of a layer */

/* ---- means ---- */

/* Of every item of a layer, the mean of `of` over what it is linked to on one side; what is linked to
 * nothing there keeps its own.                                                               */
struct means { int64_t *sum; size_t *count; };

static int64_t place_of(const struct item *x) { return (int64_t)x->place * SCALE; }
static int64_t centre_of(const struct item *x) { return ((int64_t)x->y + x->height / 2) * SCALE; }

static void weigh(struct layers *l, struct means *m, size_t layer, bool by_left,
                  int64_t (*of)(const struct item *))
{
	for (size_t i = 0; i < l->layer_size[layer]; i++) {
		size_t at = l->layer[layer][i];
		m->sum[at] = 0;
		m->count[at] = 0;
	}
	for (size_t i = 0; i < l->link_count; i++) {
		size_t at = by_left ? l->links[i].to : l->links[i].from;
		size_t other = by_left ? l->links[i].from : l->links[i].to;
		if (l->items[at].layer != layer)
			continue;
		m->sum[at] += of(&l->items[other]);
		m->count[at]++;
	}
	for (size_t i = 0; i < l->layer_size[layer]; i++) {
		size_t at = l->layer[layer][i];
		l->items[at].weight = m->count[at] ? m->sum[at] / (int64_t)m->count[at] : of(&l->items[at]);
	}
}

static enum err means_new(struct arena *a, const struct layers *l, struct means *ret,
                          struct errinfo *e)
{
	*ret = (struct means){ arena_array(a, l->item_count + 1, sizeof *ret->sum),
		                   arena_array(a, l->item_count + 1, sizeof *ret->count) };
	return ret->sum && ret->count ? OK : ERR(e, NOMEM, "drawing");
}

/* ---- order ---- */

static int by_weight(const void *left, const void *right, void *items)
{
	const struct item *a = (const struct item *)items + *(const size_t *)left;
	const struct item *b = (const struct item *)items + *(const size_t *)right;
	if (a->weight != b->weight)
		return a->weight < b->weight ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

static void sort_layer(struct layers *l, struct means *m, size_t layer, bool by_left)
{
	weigh(l, m, layer, by_left, place_of);
	qsort_r(l->layer[layer], l->layer_size[layer], sizeof(size_t), by_weight, l->items);
	for (size_t i = 0; i < l->layer_size[layer]; i++)
		l->items[l->layer[layer][i]].place = i;
}

enum err drawing_order(struct arena *a, struct layers *l, struct errinfo *e)
{
	struct means m;
	enum err err = means_new(a, l, &m, e);
	for (int sweep = 0; sweep < SWEEPS && !err; sweep++) {
		for (size_t i = 1; i < l->layer_count; i++)
			sort_layer(l, &m, i, true);
		for (size_t i = l->layer_count; sweep + 1 < SWEEPS && i-- > 0;)
			sort_layer(l, &m, i, false);
	}
	return err;
}

/* ---- heights ---- */

/* Two ways to keep the distances, from above and from below; between them they are kept as well. */
static void settle(struct layers *l, size_t layer)
{
	size_t n = l->layer_size[layer], *at = l->layer[layer];
	int64_t below = INT64_MIN, above = INT64_MAX;
	for (size_t i = 0; i < n; i++) {
		struct item *x = &l->items[at[i]];
		int64_t wanted = x->weight / SCALE - x->height / 2;
		x->y = (int)(wanted > below ? wanted : below);
		below = (int64_t)x->y + x->height + GAP;
	}
	for (size_t i = n; i-- > 0;) {
		struct item *x = &l->items[at[i]];
		int64_t wanted = x->weight / SCALE - x->height / 2, most = above - x->height;
		int64_t y = i + 1 == n || wanted < most ? wanted : most;
		above = y - GAP;
		x->y = (int)((x->y + y) / 2);
	}
}

static void stack(struct layers *l, size_t layer)
{
	int y = 0;
	for (size_t i = 0; i < l->layer_size[layer]; i++) {
		struct item *x = &l->items[l->layer[layer][i]];
		x->y = y;
		y += x->height + GAP;
	}
}

enum err drawing_heights(struct arena *a, struct layers *l, int *ret, struct errinfo *e)
{
	struct means m;
	int top = INT_MAX, bottom = 0;
	enum err err = means_new(a, l, &m, e);
	if (err)
		return err;
	for (size_t i = 0; i < l->layer_count; i++)
		stack(l, i);
	for (int sweep = 0; sweep < SWEEPS; sweep++) {
		for (size_t i = 1; i < l->layer_count; i++) {
			weigh(l, &m, i, true, centre_of);
			settle(l, i);
		}
		for (size_t i = l->layer_count; i-- > 0;) {
			weigh(l, &m, i, false, centre_of);
			settle(l, i);
		}
	}
	for (size_t i = 0; i < l->item_count; i++)
		top = l->items[i].y < top ? l->items[i].y : top;
	for (size_t i = 0; i < l->item_count; i++) {
		l->items[i].y -= top;
		if (l->items[i].y + l->items[i].height > bottom)
			bottom = l->items[i].y + l->items[i].height;
	}
	*ret = bottom;
	return OK;
}
