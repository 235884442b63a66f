/* Maps, what comes from documents, and what all values can. A template may put a map into itself, so
 * whatever walks values counts its steps.                                                       */
#include "indexer/template/value.h"

#include <math.h>
#include <stdlib.h>

#include "indexer/base/limits.h"
#include "indexer/template/functions.h"

struct tmpl_map *tmpl_map_new(struct arena *a) { return ARENA_NEW(a, struct tmpl_map); }

/* Where the key is, or would stand. */
static size_t place(const struct tmpl_map *m, struct str key, bool *ret_found)
{
	size_t low = 0, high = m->count;
	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = str_cmp(m->entries[middle].key, key);
		if (order == 0) {
			*ret_found = true;
			return middle;
		}
		*(order < 0 ? &low : &high) = order < 0 ? middle + 1 : middle;
	}
	return low;
}

static bool make_room(struct arena *a, struct tmpl_map *m, size_t room)
{
	struct tmpl_entry *entries = arena_array(a, room, sizeof *entries);
	if (!entries)
		return false;
	if (m->count)
		memcpy(entries, m->entries, m->count * sizeof *entries);
	m->entries = entries;
	m->room = room;
	return true;
}

bool tmpl_map_set(struct arena *a, struct tmpl_map *m, struct str key, struct tmpl_value v)
{
	bool found;
	size_t at = place(m, key, &found);
	if (found) {
		m->entries[at].value = v;
		return true;
	}
	if (m->count >= TMPL_MAP_MAX || (m->count == m->room && !make_room(a, m, m->room ? m->room * 2 : 4)))
		return false;
	memmove(m->entries + at + 1, m->entries + at, (m->count - at) * sizeof *m->entries);
	m->entries[at] = (struct tmpl_entry){ key, v };
	m->count++;
	return true;
}

const struct tmpl_value *tmpl_map_get(const struct tmpl_map *m, struct str key)
{
	bool found = false;
	size_t at = m ? place(m, key, &found) : 0;
	return found ? &m->entries[at].value : NULL;
}

void tmpl_map_unset(struct tmpl_map *m, struct str key)
{
	bool found;
	size_t at = place(m, key, &found);
	if (!found)
		return;
	memmove(m->entries + at, m->entries + at + 1, (m->count - at - 1) * sizeof *m->entries);
	m->count--;
}

/* ---- from documents ---- */

static bool from_list(struct arena *a, const struct node *n, struct tmpl_value *ret)
{
	struct tmpl_value *items = arena_array(a, n->count, sizeof *items);
	size_t count = 0;
	for (const struct node_item *item = n->items; items && item; item = item->next)
		if (!tmpl_from_node(a, item->value, items + count++))
			return false;
	*ret = tmpl_list(items, count);
	return items != NULL;
}

struct numbered { struct tmpl_entry entry; size_t number; };

static int by_key(const void *a, const void *b)
{
	const struct numbered *x = a, *y = b;
	int order = str_cmp(x->entry.key, y->entry.key);
	return order ? order : (x->number > y->number) - (x->number < y->number);
}

/* Sorted once: keys that come in the worst order cost no more. Of equal ones the last counts. */
static bool from_map(struct arena *a, const struct node *n, struct tmpl_value *ret)
{
	struct tmpl_map *m = tmpl_map_new(a);
	struct numbered *all = malloc((n->count + 1) * sizeof *all);
	bool fine = m && all && make_room(a, m, n->count + 1);
	size_t count = 0;
	for (const struct node_item *item = n->items; fine && item; item = item->next) {
		struct numbered *to = all + count;
		to->number = count++;
		fine = node_key_string(a, item, &to->entry.key) &&
		       tmpl_from_node(a, item->value, &to->entry.value);
	}
	if (fine) {
		qsort(all, count, sizeof *all, by_key);
		for (size_t i = 0; i < count; i++) {
			if (i + 1 < count && str_eq(all[i].entry.key, all[i + 1].entry.key))
				continue;
			m->entries[m->count++] = all[i].entry;
		}
		*ret = tmpl_map_value(m);
	}
	free(all);
	return fine;
}

bool tmpl_from_node(struct arena *a, const struct node *n, struct tmpl_value *ret)
{
	bool boolean;
	double number;
	*ret = TMPL_NOTHING;
	if (node_is_null(n))
		return true;
	if (n->kind == NODE_LIST)
		return from_list(a, n, ret);
	if (n->kind == NODE_MAP)
		return from_map(a, n, ret);
	if (node_bool(n, &boolean))
		*ret = tmpl_bool(boolean);
	else if (node_number(n, &number))
		*ret = tmpl_float(number);
	else
		*ret = tmpl_text(n->text);
	return true;
}

/* ---- what all of them can ---- */

bool tmpl_truth(const struct tmpl_value *v)
{
	switch (v->kind) {
	case TMPL_NIL:    return false;
	case TMPL_BOOL:   return v->boolean;
	case TMPL_INT:    return v->integer != 0;
	case TMPL_FLOAT:  return fpclassify(v->number) != FP_ZERO;
	case TMPL_STRING: return v->text.n > 0;
	case TMPL_LIST:   return v->list.count > 0;
	case TMPL_MAP:    return v->map && v->map->count > 0;
	case TMPL_OBJECT: return !v->object->type->empty || !v->object->type->empty(v->object);
	default:          return true;
	}
}

const char *tmpl_kind_name(const struct tmpl_value *v)
{
	switch (v->kind) {
	case TMPL_BOOL:   return "bool";
	case TMPL_INT:    return v->go == TMPL_GO_INT64 ? "int64" : "int";
	case TMPL_FLOAT:  return "float64";
	case TMPL_STRING: return v->go == TMPL_GO_BYTES ? "slice" : "string";
	case TMPL_LIST:   return "slice";
	case TMPL_MAP:    return "map";
	case TMPL_OBJECT: return v->object->type->name[0] == '*' ? "ptr" :
	                         v->object->type->map ? "map" : "struct";
	default:          return "invalid";
	}
}

static const char *list_name(const struct tmpl_value *v)
{
	return v->go == TMPL_GO_STRINGS ? "[]string" : v->go == TMPL_GO_VERSIONS ? "common.VersionSet" : "[]interface {}";
}

const char *tmpl_type_name(const struct tmpl_value *v)
{
	switch (v->kind) {
	case TMPL_STRING: return v->go == TMPL_GO_BYTES ? "[]uint8" : "string";
	case TMPL_LIST:   return list_name(v);
	case TMPL_MAP:    return v->go == TMPL_GO_STRING_MAP ? "map[string]string" : "map[string]interface {}";
	case TMPL_OBJECT: return v->object->type->name;
	case TMPL_NIL:    return "<nil>";
	default:          return tmpl_kind_name(v);
	}
}
