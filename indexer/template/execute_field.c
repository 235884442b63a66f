/* Fields of maps and objects, and methods of objects. */
#include <stdio.h>

#include "indexer/template/functions.h"
#include "indexer/template/impl.h"

/* As Go names a type; what is in an interface {} is one. */
static const char *type_name(const struct thing *t)
{
	return t->boxed || t->v.kind == TMPL_NIL ? "interface {}" : tmpl_type_name(&t->v);
}

/* A key that is not there is nil, or "" where there are texts alone. */
static bool map_field(struct tmpl_run *r, const struct tmpl_value *map, struct str name, size_t count,
                      struct thing *ret)
{
	const struct tmpl_value *v = tmpl_map_get(map->map, name);
	bool texts = map->go == TMPL_GO_STRING_MAP;
	if (count)
		return tmpl_fail(r, ERR_METADATA, "%.*s is not a method but has arguments", STR_ARG(str_first(name, 100)));
	*ret = (struct thing){ v ? *v : texts ? tmpl_text(STR("")) : TMPL_NOTHING, !texts };
	return true;
}

/* The one method that a list has. */
static bool list_has(struct tmpl_run *r, const struct tmpl_value *list, const struct tmpl_value *arguments,
                     size_t count, struct thing *ret)
{
	struct str wanted;
	bool found = false;
	if (!tmpl_want_count(r, STR("Has"), 1, count) || !tmpl_want_text(r, &arguments[0], &wanted))
		return false;
	for (size_t i = 0; i < list->list.count && !found; i++)
		found = str_eq(list->list.items[i].text, wanted);
	*ret = (struct thing){ tmpl_bool(found), false };
	return true;
}

static bool one_field(struct tmpl_run *r, const struct thing *of, struct str name,
                      const struct tmpl_value *arguments, size_t count, struct thing *ret)
{
	if (of->v.kind == TMPL_NIL && of->boxed)
		return tmpl_fail(r, ERR_METADATA, "nil pointer evaluating interface {}.%.*s",
		                 STR_ARG(str_first(name, 100)));
	if (of->v.kind == TMPL_NIL) {
		*ret = (struct thing){ TMPL_NOTHING, false };
		return true;
	}
	if (of->v.kind == TMPL_MAP)
		return map_field(r, &of->v, name, count, ret);
	if (of->v.kind == TMPL_LIST && of->v.go == TMPL_GO_VERSIONS && str_eq(name, STR("Has")))
		return list_has(r, &of->v, arguments, count, ret);
	if (of->v.kind != TMPL_OBJECT)
		return tmpl_fail(r, ERR_METADATA, "can't evaluate field %.*s in type %s", STR_ARG(str_first(name, 100)),
		                 type_name(of));
	*ret = (struct thing){ TMPL_NOTHING, false };
	r->boxed = of->boxed;
	return of->v.object->type->member(r, of->v.object, name, arguments, count, &ret->v) ||
	       tmpl_fail(r, ERR_METADATA, "error calling %.*s", STR_ARG(str_first(name, 100)));
}

bool tmpl_want_count(struct tmpl_run *r, struct str method, size_t want, size_t got)
{
	return want == got || tmpl_fail(r, ERR_METADATA, "wrong number of args for %.*s: want %zu got %zu",
	                                STR_ARG(str_first(method, 100)), want, got);
}

bool tmpl_no_field(struct tmpl_run *r, const struct tmpl_object *o, struct str name)
{
	struct thing of = { { .kind = TMPL_OBJECT, .object = o }, r->boxed };
	return tmpl_fail(r, ERR_METADATA, "can't evaluate field %.*s in type %s", STR_ARG(str_first(name, 100)),
	                 type_name(&of));
}

bool execute_fields(struct tmpl_run *r, struct thing of, const struct field *f,
                    const struct tmpl_value *arguments, size_t count, struct thing *ret)
{
	for (; f; f = f->next) {
		bool last = !f->next;
		if (!tmpl_take(r, 1) || !one_field(r, &of, f->name, last ? arguments : NULL, last ? count : 0, ret))
			return false;
		of = *ret;
	}
	return true;
}

const char *execute_shown(const struct tmpl_value *v, char ret[TMPL_MESSAGE_MAX_BYTES])
{
	struct sbuf b = sbuf_make(64 * KIB);
	tmpl_print(&b, v);
	(void)snprintf(ret, TMPL_MESSAGE_MAX_BYTES, "%s", !sbuf_ok(&b) ? tmpl_kind_name(v) : b.n ? b.p : "");
	sbuf_done(&b);
	return ret;
}
