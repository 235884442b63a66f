/* Arguments: their types, and what Go's templates say of a wrong one. */
#include "indexer/template/sprig.h"

#include "indexer/base/limits.h"

static bool wrong(struct tmpl_run *r, const struct tmpl_value *v, const char *expected)
{
	return tmpl_fail(r, ERR_METADATA, "wrong type for value; expected %s; got %s", expected,
	                 v->kind == TMPL_NIL ? "interface {}" : tmpl_type_name(v));
}

/* Where Go wants a float64, a literal may be written without a point. */
bool sprig_float(struct tmpl_run *r, const struct tmpl_value *v, double *ret)
{
	if (v->kind != TMPL_FLOAT && (v->kind != TMPL_INT || v->go != TMPL_GO_PLAIN))
		return wrong(r, v, "float64");
	*ret = v->kind == TMPL_FLOAT ? v->number : (double)v->integer;
	return true;
}

bool sprig_slice(struct tmpl_run *r, const struct tmpl_value *v, struct tmpl_list *ret)
{
	bool nil = v->kind == TMPL_NIL && v->go == TMPL_GO_PLAIN;
	if (!nil && (v->kind != TMPL_LIST || v->go != TMPL_GO_PLAIN))
		return wrong(r, v, "[]interface {}");
	*ret = v->kind == TMPL_LIST ? v->list : (struct tmpl_list){ NULL, 0 };
	return true;
}

bool sprig_object(struct tmpl_run *r, const struct tmpl_value *v, const struct tmpl_object_type *type,
                  const struct tmpl_object **ret)
{
	if (v->kind != TMPL_OBJECT || v->object->type != type)
		return wrong(r, v, type->name);
	*ret = v->object;
	return true;
}

bool sprig_list(struct tmpl_run *r, const struct tmpl_value *v, const char *otherwise,
                struct tmpl_list *ret)
{
	if (v->kind == TMPL_NIL)
		return tmpl_fail(r, ERR_METADATA,
		                 "runtime error: invalid memory address or nil pointer dereference");
	if (v->kind != TMPL_LIST)
		return tmpl_fail(r, ERR_METADATA, "%s %s", otherwise, tmpl_kind_name(v));
	*ret = v->list;
	return true;
}

struct tmpl_value *sprig_items(struct tmpl_run *r, size_t count)
{
	if (!tmpl_take(r, count))
		return NULL;
	if (count > TMPL_LIST_MAX) {
		(void)tmpl_fail(r, ERR_TOO_LARGE, "a list has more than %u items", TMPL_LIST_MAX);
		return NULL;
	}
	struct tmpl_value *items = arena_array(r->a, count, sizeof *items);
	if (!items)
		(void)tmpl_no_memory(r);
	return items;
}

struct tmpl_map *sprig_map_new(struct tmpl_run *r)
{
	struct tmpl_map *m = tmpl_map_new(r->a);
	if (!m)
		(void)tmpl_no_memory(r);
	return m;
}

/* Keys stay in order, so a new one moves those behind it: one step for each 64 of them. */
bool sprig_map_set(struct tmpl_run *r, struct tmpl_map *m, struct str key, struct tmpl_value v)
{
	if (!tmpl_take(r, 1 + m->count / 64))
		return false;
	if (m->count >= TMPL_MAP_MAX)
		return tmpl_fail(r, ERR_TOO_LARGE, "a map has more than %u keys", TMPL_MAP_MAX);
	return tmpl_map_set(r->a, m, key, v) || tmpl_no_memory(r);
}
