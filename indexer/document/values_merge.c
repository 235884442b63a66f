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

struct values_entry *values_new_map(struct values_build *b, struct str key,
                                    const struct values_chart *owner)
{
	struct values_entry *e = new_entry(b, key, owner);
	if (e)
		e->is_map = true;
	return e;
}

struct values_entry **values_end(struct values_entry *map)
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

/* NULL: enough was sorted, as for each of many import-values, or there is no memory. */
static struct slot *sorted(struct values_build *b, const struct values_entry *map, size_t *ret_count)
{
	size_t count = 0;
	for (const struct values_entry *e = map->first; e && count < b->sorts_left; e = e->next)
		count++;
	b->sorts_left -= count;
	b->cut |= !b->sorts_left;
	if (!b->sorts_left)
		return NULL;
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

void values_fill(struct values_build *b, struct values_entry *map, const struct node *from,
                 uint32_t line)
{
	struct values_entry **tail = values_end(map);
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
			values_fill(b, e, i->value, i->line);
		*tail = e;
		tail = &e->next;
	}
	if (respelled)
		drop_doubles(b, map);
}

/* ---- merging ---- */

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
		values_put_under(b, over, under, true);
	} else if (values_is_null(over)) {
		over->vanishes |= under->vanishes;
		over->deleted = under->deleted || (!values_is_null(under) && !under->imported);
	} else {
		over->overrides = over->is_map || under->is_map ||
		                  !value_same(&b->steps_left, over->value, under->value);
	}
}

void values_put_under(struct values_build *b, struct values_entry *over,
                      struct values_entry *under, bool under_first)
{
	size_t count;
	struct slot *slots = sorted(b, over, &count);
	if (!slots)
		return;
	struct values_entry *of_over = over->first, *of_under = under->first,
	                    **tail = under_first ? &over->first : values_end(over);
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

void values_copy(struct values_build *b, struct values_entry *to, const struct values_entry *from,
                 bool inherited)
{
	struct values_entry **tail = values_end(to);
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
			values_copy(b, e, f, inherited);
		*tail = e;
		tail = &e->next;
	}
}
