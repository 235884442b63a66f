/* Merging maps of entries. Equal keys are found by sorting, so that no map is gone through for each
 * key of another; what is merged shows the order of the subchart's file, and what the parent adds
 * behind it.                                                                                */
#include "indexer/document/values_merge.h"

#include <stdlib.h>

#include "indexer/document/value_same.h"

bool values_is_null(const struct values_entry *e)
{
	return !e->is_map && node_is_null(e->value);
}

/* ---- entries ---- */

static struct values_entry *new_entry(struct values_build *b, struct str key,
                                      const struct values_chart *owner)
{
	if (!b->nodes_left || key.n > VALUE_PATH_MAX_BYTES) {
		b->cut = true;
		return NULL;
	}
	b->nodes_left--;
	struct values_entry *e = ARENA_NEW(b->a, struct values_entry);
	if (!e) {
		b->failed = true;
		return NULL;
	}
	e->key = key;
	e->owner = owner;
	return e;
}

static struct values_entry *new_map(struct values_build *b, struct str key,
                                    const struct values_chart *owner)
{
	struct values_entry *e = new_entry(b, key, owner);
	if (e)
		e->is_map = true;
	return e;
}

static struct values_entry **end_of(struct values_entry *map)
{
	struct values_entry **tail = &map->first;
	while (*tail)
		tail = &(*tail)->next;
	return tail;
}

/* ---- sorted by key ---- */

struct slot { struct values_entry *entry; size_t order; };

static int by_key(const void *left, const void *right)
{
	const struct slot *x = left, *y = right;
	int order = str_cmp(x->entry->key, y->entry->key);
	return order ? order : (x->order > y->order) - (x->order < y->order);
}

static int by_order(const void *left, const void *right)
{
	const struct slot *x = left, *y = right;
	return (x->order > y->order) - (x->order < y->order);
}

static struct slot *sorted(struct values_build *b, const struct values_entry *map, size_t *ret_count)
{
	size_t count = 0;
	for (const struct values_entry *e = map->first; e; e = e->next)
		count++;
	struct slot *slots = arena_array(b->a, count, sizeof *slots);
	if (!slots) {
		b->failed = true;
		return NULL;
	}
	count = 0;
	for (struct values_entry *e = map->first; e; e = e->next, count++)
		slots[count] = (struct slot){ e, count };
	qsort(slots, count, sizeof *slots, by_key);
	*ret_count = count;
	return slots;
}

static struct values_entry *find(const struct slot *slots, size_t count, struct str key)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(slots[middle].entry->key, key);
		if (order == 0)
			return slots[middle].entry;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* ---- from YAML ---- */

/* 1 and 0x1 are the same key; the last one counts. */
static void drop_doubles(struct values_build *b, struct values_entry *map)
{
	size_t count, n = 0;
	struct slot *slots = sorted(b, map, &count);
	if (!slots)
		return;
	for (size_t i = 0; i < count; i++)
		if (i + 1 == count || !str_eq(slots[i].entry->key, slots[i + 1].entry->key))
			slots[n++] = slots[i];
	qsort(slots, n, sizeof *slots, by_order);
	map->first = NULL;
	struct values_entry **tail = &map->first;
	for (size_t i = 0; i < n; i++) {
		*tail = slots[i].entry;
		slots[i].entry->next = NULL;
		tail = &slots[i].entry->next;
	}
}

/* The line of the key that the map belongs to. */
static void fill(struct values_build *b, struct values_entry *map, const struct node *from,
                 uint32_t line)
{
	struct values_entry **tail = end_of(map);
	bool respelled = false;
	uint32_t previous = line;
	for (const struct node_item *i = from->items; i && !b->failed; i = i->next) {
		struct str key;
		if (!node_key_string(b->a, i, &key)) {
			b->failed = true;
			return;
		}
		struct values_entry *e = new_entry(b, key, map->owner);
		if (!e)
			continue;
		respelled |= !str_eq(key, i->key);
		e->value = i->value;
		e->line = i->line;
		e->first_on_line = i->line != line && i->line != previous;
		previous = i->line;
		e->is_map = i->value->kind == NODE_MAP;
		if (e->is_map)
			fill(b, e, i->value, i->line);
		*tail = e;
		tail = &e->next;
	}
	if (respelled)
		drop_doubles(b, map);
}

/* ---- merging ---- */

static void merge(struct values_build *b, struct values_entry *over, struct values_entry *under,
                  bool under_first);

/* `over` wins. What it is merged into is kept for its place and its documentation. */
static void combine(struct values_build *b, struct values_entry *over, struct values_entry *under)
{
	over->under = under;
	over->inherited = over->inherited && under->inherited;
	if (under->is_chart && !over->is_map) {
		over->in_the_way = true;
		over->is_map = true;
		over->first = under->first;
	} else if (over->is_map && under->is_map) {
		merge(b, over, under, true);
	} else if (values_is_null(over)) {
		over->vanishes |= under->vanishes;
		over->deleted = under->deleted || (!values_is_null(under) && !under->imported);
	} else {
		over->overrides = over->is_map || under->is_map ||
		                  !value_same(&b->steps_left, over->value, under->value);
	}
}

static void merge(struct values_build *b, struct values_entry *over, struct values_entry *under,
                  bool under_first)
{
	size_t count;
	struct slot *slots = sorted(b, over, &count);
	if (!slots)
		return;
	struct values_entry *of_over = over->first, *of_under = under->first,
	                    **tail = under_first ? &over->first : end_of(over);
	for (struct values_entry *e = of_over; e; e = e->next)
		e->placed = !under_first;
	over->first = under_first ? NULL : of_over;
	for (struct values_entry *u = of_under, *next; u; u = next) {
		struct values_entry *o = find(slots, count, u->key), *e = o ?: u;
		next = u->next;
		if (o)
			combine(b, o, u);
		if (e->placed && o)
			continue;
		e->placed = true;
		*tail = e;
		tail = &e->next;
	}
	qsort(slots, count, sizeof *slots, by_order);
	for (size_t i = 0; i < count; i++) {
		if (slots[i].entry->placed)
			continue;
		*tail = slots[i].entry;
		tail = &slots[i].entry->next;
	}
	*tail = NULL;
}

/* ---- looking ---- */

struct values_entry *values_child(struct values_build *b, const struct values_entry *map,
                                  struct str key)
{
	for (struct values_entry *e = map->is_map ? map->first : NULL; e; e = e->next) {
		if (!b->steps_left) {
			b->cut = true;
			return NULL;
		}
		b->steps_left--;
		if (!e->deleted && str_eq(e->key, key))
			return e;
	}
	return NULL;
}

struct values_entry *values_at(struct values_build *b, struct values_entry *map, struct str path)
{
	bool more = true;
	while (map && more)
		map = values_child(b, map, str_cut(&path, '.', &more));
	return map;
}

/* ---- copies: of what is imported, and of globals ---- */

static void copy_entries(struct values_build *b, struct values_entry *to,
                         const struct values_entry *from, bool inherited)
{
	struct values_entry **tail = end_of(to);
	for (const struct values_entry *f = from->first; f && !b->failed; f = f->next) {
		struct values_entry *e = f->deleted ? NULL : new_entry(b, f->key, f->owner);
		if (!e)
			continue;
		*e = *f;
		e->first = e->next = NULL;
		e->inherited = inherited;
		e->imported = !inherited;
		e->overrides = e->is_chart = e->in_the_way = e->vanishes = false;
		if (e->is_map)
			copy_entries(b, e, f, inherited);
		*tail = e;
		tail = &e->next;
	}
}

/* ---- import-values ---- */

/* Maps for the path, the innermost of which is returned. "." is the map itself. */
static struct values_entry *make_path(struct values_build *b, struct values_entry *map,
                                      struct str path)
{
	bool more = !str_eq(path, STR("."));
	while (map && more) {
		struct str key = str_cut(&path, '.', &more);
		struct values_entry *e = new_map(b, key, map->owner);
		map->first = e;
		map = e;
	}
	return map;
}

static void import(struct values_build *b, struct values_entry *imported,
                   struct values_entry *values, struct str name, const struct chart_import *i)
{
	struct values_entry *from = values_child(b, values, name);
	if (from && i->name.n)
		from = values_at(b, from, STR("exports"));
	struct str path = i->name.n ? i->name : i->child;
	from = from ? values_at(b, from, path) : NULL;
	if (!from || !from->is_map) {
		values_problem(b, "import-values: %.*s has no map %s%.*s", STR_ARG(str_first(name, 200)),
		               i->name.n ? "exports." : "", STR_ARG(str_first(path, 200)));
		return;
	}
	struct values_entry *all = new_map(b, STR(""), from->owner);
	struct values_entry *to = all ? make_path(b, all, i->name.n ? STR(".") : i->parent) : NULL;
	if (!to)
		return;
	copy_entries(b, to, from, false);
	merge(b, imported, all, false);
}

static void import_all(struct values_build *b, const struct values_chart *c,
                       struct values_entry *values)
{
	const struct chart_meta *m = &c->source->chart->meta;
	struct values_entry *imported = new_map(b, STR(""), c);
	if (!imported)
		return;
	for (size_t i = 0; i < m->dependency_count; i++) {
		const struct chart_dependency *d = &m->dependencies[i];
		for (size_t j = 0; c->dependency_enabled[i] && j < d->import_count; j++)
			import(b, imported, values, values_name(c, d), &d->imports[j]);
	}
	merge(b, values, imported, false);
}

/* ---- a chart with its subcharts ---- */

/* At the top of what a subchart gets, its own nulls are taken for deletions. */
static void mark_nulls(struct values_entry *map)
{
	for (struct values_entry *e = map->first; e; e = e->next)
		e->vanishes = values_is_null(e);
}

static struct values_entry *build(struct values_build *b, const struct values_chart *c)
{
	struct values_entry *map = new_map(b, c->name, c), *subs = new_map(b, STR(""), c);
	if (!map || !subs)
		return NULL;
	values_read(b, c->source);
	if (c->source->root)
		fill(b, map, c->source->root, 0);
	if (c->below_dependencies)
		mark_nulls(map);
	struct values_entry **tail = &subs->first;
	for (size_t i = 0; i < c->sub_count && !b->failed; i++) {
		struct values_entry *sub = b->all || c->subs[i].enabled ? build(b, &c->subs[i]) : NULL;
		if (!sub)
			continue;
		sub->is_chart = true;
		*tail = sub;
		tail = &sub->next;
	}
	if (!b->failed)
		merge(b, map, subs, false);
	if (b->imports && !b->failed)
		import_all(b, c, map);
	return map;
}

/* ---- global ---- */

static void inherit(struct values_build *b, const struct values_entry *global,
                    const struct values_chart *from, struct values_entry *sub)
{
	struct values_entry *own = values_child(b, sub, STR("global")),
	                    *copy = new_map(b, STR("global"), from);
	if (!copy || (own && !own->is_map))
		return;
	copy->inherited = true;
	if (global)
		copy_entries(b, copy, global, true);
	if (!own) {
		*end_of(sub) = copy;
		return;
	}
	merge(b, copy, own, true);
	own->first = copy->first;
}

static void push_globals(struct values_build *b, const struct values_chart *c,
                         struct values_entry *values)
{
	const struct values_entry *global = values_child(b, values, STR("global"));
	for (size_t i = 0; i < c->sub_count && !b->failed; i++) {
		struct values_entry *sub = values_child(b, values, c->subs[i].name);
		if (!sub || !sub->is_map || (!b->all && !c->subs[i].enabled))
			continue;
		if (!global || global->is_map)
			inherit(b, global, c, sub);
		push_globals(b, &c->subs[i], sub);
	}
}

struct values_entry *values_merge(struct values_build *b)
{
	b->nodes_left = VALUES_NODES_MAX;
	struct values_entry *map = build(b, &b->root);
	if (map && !b->failed)
		push_globals(b, &b->root, map);
	return map;
}

/* ---- as a tree ---- */

void values_finish(struct values_build *b, struct values_entry *map)
{
	struct node *n = ARENA_NEW(b->a, struct node);
	b->failed |= !n;
	if (b->failed)
		return;
	*n = (struct node){ .kind = NODE_MAP, .line = map->line };
	struct node_item **tail = &n->items;
	for (struct values_entry *e = map->first; e && !b->failed; e = e->next) {
		if (e->is_map)
			values_finish(b, e);
		if (e->deleted || e->vanishes)
			continue;
		struct node_item *item = ARENA_NEW(b->a, struct node_item);
		b->failed |= !item;
		if (!item)
			return;
		*item = (struct node_item){ .key = e->key, .line = e->line, .value = e->value };
		*tail = item;
		tail = &item->next;
		n->count++;
	}
	map->value = n;
}
