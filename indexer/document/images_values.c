/* Images in the defaults of a chart and its subcharts.
 *
 * A subchart's values.yaml lies below the values that the charts above it set for it. So a map is
 * looked at in layers, the topmost chart's first, and all keys of all layers are sorted once: a key
 * then has its values side by side, of which the first counts, or all if they are maps. That is what
 * Helm's merging comes to, and each value is visited once.                                   */
#include "indexer/document/images_values.h"

#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/limits.h"
#include "indexer/document/values_merge.h"

/* A chart may be used a thousand times, so what is looked at is counted. */
static bool may_step(struct layered_walk *w, size_t steps)
{
	bool may = steps <= IMAGES_STEPS_MAX && w->r->steps <= IMAGES_STEPS_MAX - steps;
	w->r->steps += may ? steps : 0;
	w->r->cut |= !may;
	return may;
}

/* ---- layers ---- */

static int by_key(const void *left, const void *right)
{
	const struct layered_entry *a = left, *b = right;
	int order = str_cmp(a->item->key, b->item->key);
	return order ? order : (a->layer > b->layer) - (a->layer < b->layer);
}

static enum err merge(struct layered_walk *w, const struct layers *l, struct layered_map *ret)
{
	size_t count = 0, n = 0;
	for (size_t i = 0; i < l->count; i++)
		count += l->of[i].node->count;
	if (!may_step(w, count)) {
		*ret = (struct layered_map){ 0 };
		return OK;
	}
	struct layered_entry *entries = arena_array(&w->scratch, count, sizeof *entries);
	if (!entries)
		return ERR(w->r->e, NOMEM, "values");
	for (size_t i = 0; i < l->count; i++)
		for (const struct node_item *item = l->of[i].node->items; item; item = item->next)
			entries[n++] = (struct layered_entry){ item, i, l->of[i].chart, false };
	if (n)
		qsort(entries, n, sizeof *entries, by_key);
	*ret = (struct layered_map){ entries, n };
	return OK;
}

/* How many entries from `at` on have the same key. */
static size_t same_key(const struct layered_map *m, size_t at)
{
	size_t n = at + 1;
	while (n < m->count && str_eq(m->entries[n].item->key, m->entries[at].item->key))
		n++;
	return n - at;
}

const struct layered_entry *layered_find(const struct layered_map *m, struct str key)
{
	size_t low = 0, high = m->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (str_cmp(m->entries[middle].item->key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < m->count && str_eq(m->entries[low].item->key, key) ? &m->entries[low] : NULL;
}

/* What is below a key: its first value, and if that is a map, the maps of the other layers. */
static struct layers layers_below(const struct layered_map *m, size_t at)
{
	const struct layered_entry *first = &m->entries[at];
	struct layers l = { { { first->item->value, first->chart } }, 1 };
	size_t more = first->item->value->kind == NODE_MAP ? same_key(m, at) : 1;
	for (size_t i = 1; i < more && l.count < LAYERS_MAX; i++)
		if (first[i].item->value->kind == NODE_MAP)
			l.of[l.count++] = (struct layer){ first[i].item->value, first[i].chart };
	return l;
}

/* ---- the walk ---- */

/* Makes the path longer; false when it gets too long. */
static bool push(struct layered_walk *w, struct str key)
{
	if (w->path.n + key.n + 1 > IMAGE_PATH_MAX_BYTES || w->depth == YAML_DEPTH_MAX) {
		w->r->cut = true;
		return false;
	}
	w->keys[w->depth++] = key;
	sbuf_puts(&w->path, w->path.n && key.p[0] != '[' ? "." : "");
	sbuf_put(&w->path, key);
	return true;
}

static enum err visit(struct layered_walk *w, const struct layers *l, struct str key);

static enum err visit_map(struct layered_walk *w, const struct layered_map *m, struct str key)
{
	enum err err = images_of_map(w, m, key);
	for (size_t i = 0, n; i < m->count && !err; i += n) {
		struct str below = m->entries[i].item->key;
		size_t before = w->path.n, depth = w->depth;
		n = same_key(m, i);
		if (m->entries[i].item->value->kind == NODE_SCALAR || m->entries[i].is_subchart)
			continue;
		struct layers l = layers_below(m, i);
		if (below.n && push(w, below))
			err = visit(w, &l, below);
		w->path.n = before;
		w->depth = depth;
	}
	return err;
}

static enum err visit_list(struct layered_walk *w, const struct layer *l, struct str key)
{
	enum err err = OK;
	size_t index = 0;
	w->lists++;
	for (const struct node_item *i = l->node->items; i && !err && may_step(w, 1); i = i->next, index++) {
		struct layers element = { { { i->value, l->chart } }, 1 };
		size_t before = w->path.n, depth = w->depth;
		char number[32];
		(void)snprintf(number, sizeof number, "[%zu]", index);
		if (push(w, str_c(number)))
			err = visit(w, &element, key);
		w->path.n = before;
		w->depth = depth;
	}
	w->lists--;
	return err;
}

static enum err visit(struct layered_walk *w, const struct layers *l, struct str key)
{
	struct layered_map m;
	if (l->of[0].node->kind == NODE_LIST)
		return visit_list(w, &l->of[0], key);
	if (l->of[0].node->kind == NODE_SCALAR)
		return OK;
	enum err err = merge(w, l, &m);
	return err ? err : visit_map(w, &m, key);
}

/* ---- charts ---- */

static size_t place_of(const struct images_reader *r, const struct chart *c)
{
	size_t at = 0;
	while (at + 1 < r->chart_count && r->charts[at].chart != c)
		at++;
	return at;
}

/* As deep as charts are nested. */
static void add_uses(struct layered_walk *w, const struct values_chart *c, size_t parent)
{
	size_t own = w->chart_count++;
	w->charts[own] = (struct layered_chart){ .at = place_of(w->r, c->source->chart), .parent = parent,
	                                         .key = c->name };
	for (size_t i = 0; i < c->sub_count; i++)
		add_uses(w, &c->subs[i], own);
}

static enum err find_uses(struct layered_walk *w)
{
	struct values_build b = VALUES_BUILD(&w->scratch);
	values_find_charts(&b, w->r->charts[0].chart);
	w->r->cut |= b.cut;
	w->charts = b.failed ? NULL : arena_array(&w->scratch, VALUES_SUBCHARTS_MAX - b.charts_left + 1, sizeof *w->charts);
	w->sources = arena_array(&w->scratch, w->r->chart_count, sizeof *w->sources);
	if (!w->charts || !w->sources)
		return ERR(w->r->e, NOMEM, "values");
	add_uses(w, &b.root, 0);
	return OK;
}

/* Adds the maps that a chart sets for its subcharts to theirs, and leaves them out of its own. */
static void hand_down(struct layered_walk *w, size_t chart, struct layered_map *m)
{
	for (size_t i = chart + 1; i < w->chart_count; i++) {
		struct layered_chart *sub = &w->charts[i];
		const struct layered_entry *set = sub->parent == chart ? layered_find(m, sub->key) : NULL;
		if (!set)
			continue;
		size_t at = (size_t)(set - m->entries);
		struct layers l = layers_below(m, at);
		m->entries[at].is_subchart = true;
		if (l.of[0].node->kind == NODE_MAP)
			sub->layers = l;
	}
}

static struct str registry_of(const struct layered_walk *w, const struct layered_map *m)
{
	const struct layered_entry *global = layered_find(m, STR("global"));
	const struct node *registry = node_get(global ? global->item->value : NULL, "imageRegistry");
	if (registry && w->r->settings)
		w->r->settings->global = true;
	return node_text(registry);
}

static enum err read_source(struct layered_walk *w, size_t at)
{
	struct layered_source *s = &w->sources[at];
	const struct node *root = NULL;
	enum err err = s->is_read ? OK : images_yaml(&w->scratch, w->r->charts[at].chart->values, &root, w->r->e);
	if (err || s->is_read)
		return err;
	s->is_read = true;
	s->root = root && root->kind == NODE_MAP ? root : NULL;
	return OK;
}

static enum err read_chart(struct layered_walk *w, size_t chart)
{
	struct layered_chart *c = &w->charts[chart];
	struct layered_map m;
	enum err err = read_source(w, c->at);
	if (err)
		return err;
	if (w->sources[c->at].root)
		c->layers.of[c->layers.count++] = (struct layer){ w->sources[c->at].root, chart };
	err = merge(w, &c->layers, &m);
	if (err)
		return err;
	struct str registry = registry_of(w, &m);
	c->registry = chart ? w->charts[c->parent].registry : STR("");
	if (!c->registry.n)
		c->registry = registry;
	hand_down(w, chart, &m);
	w->chart = chart;
	sbuf_reset(&w->path);
	err = visit_map(w, &m, STR(""));
	return err || sbuf_ok(&w->path) ? err : ERR(w->r->e, NOMEM, "values");
}

enum err images_of_values(struct images_reader *r)
{
	struct layered_walk w = { .r = r, .path = sbuf_make(2 * IMAGE_PATH_MAX_BYTES) };
	enum err err = find_uses(&w);
	for (size_t i = 0; i < w.chart_count && !err; i++)
		err = read_chart(&w, i);
	sbuf_done(&w.path);
	arena_done(&w.scratch);
	return err;
}
