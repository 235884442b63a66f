/* Walks over whole values. A value may hold itself after `set`, and may hold another one many times:
 * each step takes fuel, and the depth is bounded.                                              */
#include "indexer/base/limits.h"
#include "indexer/template/sprig.h"

static bool enter(struct tmpl_run *r, unsigned depth, size_t items)
{
	if (depth >= TMPL_VALUE_DEPTH_MAX)
		return tmpl_fail(r, ERR_TOO_LARGE, "a value is more than %u levels deep", TMPL_VALUE_DEPTH_MAX);
	return tmpl_take(r, 1 + items);
}

static bool equal(struct tmpl_run *r, const struct tmpl_value *a, const struct tmpl_value *b,
                  unsigned depth, bool *ret);

/* Of one kind, and neither lists nor maps. */
static bool equal_scalars(const struct tmpl_value *a, const struct tmpl_value *b)
{
	switch (a->kind) {
	case TMPL_NIL:    return true;
	case TMPL_BOOL:   return a->boolean == b->boolean;
	case TMPL_INT:    return a->integer == b->integer;
	case TMPL_FLOAT:  return a->number >= b->number && a->number <= b->number;
	case TMPL_STRING: return str_eq(a->text, b->text);
	default:          return a->object == b->object;
	}
}

static bool equal_lists(struct tmpl_run *r, const struct tmpl_list *a, const struct tmpl_list *b,
                        unsigned depth, bool *ret)
{
	*ret = a->count == b->count;
	if (a->items == b->items)
		return true;
	for (size_t i = 0; *ret && i < a->count; i++)
		if (!equal(r, &a->items[i], &b->items[i], depth + 1, ret))
			return false;
	return true;
}

static bool equal_maps(struct tmpl_run *r, const struct tmpl_map *a, const struct tmpl_map *b,
                       unsigned depth, bool *ret)
{
	*ret = a->count == b->count;
	for (size_t i = 0; a != b && *ret && i < a->count; i++) {
		*ret = str_eq(a->entries[i].key, b->entries[i].key);
		if (*ret && !equal(r, &a->entries[i].value, &b->entries[i].value, depth + 1, ret))
			return false;
	}
	return true;
}

static bool equal(struct tmpl_run *r, const struct tmpl_value *a, const struct tmpl_value *b,
                  unsigned depth, bool *ret)
{
	if (!enter(r, depth, 0))
		return false;
	*ret = false;
	if (a->kind != b->kind || (a->go != b->go && a->kind != TMPL_NIL))
		return true;
	if (a->kind == TMPL_LIST)
		return equal_lists(r, &a->list, &b->list, depth, ret);
	if (a->kind == TMPL_MAP)
		return equal_maps(r, a->map, b->map, depth, ret);
	*ret = equal_scalars(a, b);
	return true;
}

bool sprig_equal(struct tmpl_run *r, const struct tmpl_value *a, const struct tmpl_value *b, bool *ret)
{
	return equal(r, a, b, 0, ret);
}

static bool copy(struct tmpl_run *r, const struct tmpl_value *v, unsigned depth, struct tmpl_value *ret);

static bool copy_list(struct tmpl_run *r, const struct tmpl_value *v, unsigned depth,
                      struct tmpl_value *ret)
{
	struct tmpl_value *items = sprig_items(r, v->list.count);
	for (size_t i = 0; items && i < v->list.count; i++)
		if (!copy(r, &v->list.items[i], depth + 1, &items[i]))
			return false;
	*ret = *v;
	ret->list.items = items;
	return items != NULL;
}

static bool copy_map(struct tmpl_run *r, const struct tmpl_value *v, unsigned depth,
                     struct tmpl_value *ret)
{
	struct tmpl_map *m = sprig_map_new(r);
	for (size_t i = 0; m && i < v->map->count; i++) {
		struct tmpl_value item;
		if (!copy(r, &v->map->entries[i].value, depth + 1, &item) ||
		    !sprig_map_set(r, m, v->map->entries[i].key, item))
			return false;
	}
	*ret = *v;
	ret->map = m;
	return m != NULL;
}

static bool copy(struct tmpl_run *r, const struct tmpl_value *v, unsigned depth, struct tmpl_value *ret)
{
	if (!enter(r, depth, 0))
		return false;
	if (v->kind == TMPL_LIST)
		return copy_list(r, v, depth, ret);
	if (v->kind == TMPL_MAP)
		return copy_map(r, v, depth, ret);
	*ret = *v;
	return true;
}

bool sprig_copy(struct tmpl_run *r, const struct tmpl_value *v, struct tmpl_value *ret)
{
	return copy(r, v, 0, ret);
}

static bool merge(struct tmpl_run *r, struct tmpl_map *into, const struct tmpl_map *from, bool overwrite,
                  unsigned depth);

/* One key. Two maps become one; a list is taken whole; null overwrites, but fills nothing. */
static bool merge_entry(struct tmpl_run *r, struct tmpl_map *into, const struct tmpl_entry *e,
                        bool overwrite, unsigned depth)
{
	const struct tmpl_value *had = tmpl_map_get(into, e->key);
	bool maps = had && had->kind == TMPL_MAP && e->value.kind == TMPL_MAP;
	if (maps) {
		struct tmpl_map *inner = had->map;
		if (!merge(r, inner, e->value.map, overwrite, depth + 1))
			return false;
		if (inner->count)
			return true;
	}
	bool fills = e->value.kind != TMPL_NIL && (!had || !tmpl_truth(had));
	return (!overwrite && !fills) || sprig_map_set(r, into, e->key, e->value);
}

/* Both may be one map, or one be inside the other: what is read is put aside first. */
static bool merge(struct tmpl_run *r, struct tmpl_map *into, const struct tmpl_map *from, bool overwrite,
                  unsigned depth)
{
	size_t count = from->count;
	if (!enter(r, depth, count))
		return false;
	struct tmpl_entry *entries = arena_array(r->a, count, sizeof *entries);
	if (!entries)
		return tmpl_no_memory(r);
	if (count)
		memcpy(entries, from->entries, count * sizeof *entries);
	for (size_t i = 0; i < count; i++)
		if (!merge_entry(r, into, &entries[i], overwrite, depth))
			return false;
	return true;
}

bool sprig_merge(struct tmpl_run *r, struct tmpl_map *into, const struct tmpl_map *from, bool overwrite)
{
	return merge(r, into, from, overwrite, 0);
}
