/* sprig's functions of maps, of defaults and of types. Keys come in their order: Go has none. */
#include "indexer/template/sprig.h"

/* A map is what Go calls one, or nil: that is read as an empty one. */
static bool map_of(struct tmpl_run *r, const struct tmpl_value *v, const struct tmpl_map **ret)
{
	static const struct tmpl_map none;
	struct tmpl_map *m;
	if (!tmpl_want_map(r, v, &m))
		return false;
	*ret = m ? m : &none;
	return true;
}

static bool text_key(struct tmpl_run *r, const struct tmpl_value *map, const struct tmpl_value *key,
                     const struct tmpl_map **ret, struct str *ret_key)
{
	return map_of(r, map, ret) && tmpl_want_text(r, key, ret_key);
}

TMPL_CALL(call_dict)
{
	struct tmpl_map *m = sprig_map_new(r);
	for (size_t i = 0; m && i < count; i += 2) {
		struct str key;
		struct tmpl_value value = i + 1 < count ? v[i + 1] : tmpl_text(STR(""));
		if (!tmpl_to_text(r, &v[i], &key) || !sprig_map_set(r, m, key, value))
			return false;
	}
	*ret = tmpl_map_value(m);
	return m != NULL;
}

TMPL_CALL(call_set)
{
	struct str key;
	struct tmpl_map *m;
	if (!tmpl_want_map(r, v, &m) || !tmpl_want_text(r, &v[1], &key))
		return false;
	if (!m)
		return tmpl_fail(r, ERR_METADATA, "assignment to entry in nil map");
	*ret = v[0];
	return sprig_map_set(r, m, key, v[2]);
}

TMPL_CALL(call_unset)
{
	const struct tmpl_map *m;
	struct str key;
	if (!text_key(r, v, &v[1], &m, &key) || !tmpl_take(r, 1 + m->count / 64))
		return false;
	if (v[0].kind == TMPL_MAP)
		tmpl_map_unset(v[0].map, key);
	struct tmpl_map *same = v[0].kind == TMPL_MAP ? v[0].map : sprig_map_new(r);
	return same && tmpl_answer(ret, tmpl_map_value(same));
}

TMPL_CALL(call_has_key)
{
	const struct tmpl_map *m;
	struct str key;
	if (!text_key(r, v, &v[1], &m, &key))
		return false;
	return tmpl_answer(ret, tmpl_bool(tmpl_map_get(m, key) != NULL));
}

TMPL_CALL(call_get)
{
	const struct tmpl_map *m;
	struct str key;
	if (!text_key(r, v, &v[1], &m, &key))
		return false;
	const struct tmpl_value *found = tmpl_map_get(m, key);
	return tmpl_answer(ret, found ? *found : tmpl_text(STR("")));
}

TMPL_CALL(call_pluck)
{
	struct str key;
	if (!tmpl_want_text(r, v, &key))
		return false;
	struct tmpl_value *items = sprig_items(r, count - 1);
	size_t n = 0;
	for (size_t i = 1; items && i < count; i++) {
		const struct tmpl_map *m;
		if (!map_of(r, &v[i], &m))
			return false;
		const struct tmpl_value *found = tmpl_map_get(m, key);
		if (found)
			items[n++] = *found;
	}
	*ret = tmpl_list(items, n);
	return items != NULL;
}

TMPL_CALL(call_keys)
{
	const struct tmpl_map *m;
	size_t total = 0;
	for (size_t i = 0; i < count; i++) {
		if (!map_of(r, &v[i], &m))
			return false;
		total += m->count;
	}
	struct tmpl_value *items = sprig_items(r, total);
	size_t n = 0;
	for (size_t i = 0; items && i < count; i++)
		for (size_t at = 0; v[i].kind == TMPL_MAP && at < v[i].map->count; at++)
			items[n++] = tmpl_text(v[i].map->entries[at].key);
	*ret = tmpl_list(items, total);
	ret->go = TMPL_GO_STRINGS;
	return items != NULL;
}

TMPL_CALL(call_values)
{
	const struct tmpl_map *m;
	if (!map_of(r, v, &m))
		return false;
	struct tmpl_value *items = sprig_items(r, m->count);
	for (size_t i = 0; items && i < m->count; i++)
		items[i] = m->entries[i].value;
	*ret = tmpl_list(items, m->count);
	return items != NULL;
}

TMPL_CALL(call_pick)
{
	const struct tmpl_map *m;
	struct tmpl_map *picked = sprig_map_new(r);
	if (!picked || !map_of(r, v, &m))
		return false;
	for (size_t i = 1; i < count; i++) {
		struct str key;
		if (!tmpl_want_text(r, &v[i], &key))
			return false;
		const struct tmpl_value *found = tmpl_map_get(m, key);
		if (found && !sprig_map_set(r, picked, key, *found))
			return false;
	}
	return tmpl_answer(ret, tmpl_map_value(picked));
}

TMPL_CALL(call_omit)
{
	const struct tmpl_map *m;
	struct tmpl_map *left = sprig_map_new(r);
	if (!left || !map_of(r, v, &m))
		return false;
	for (size_t i = 0; i < m->count; i++)
		if (!sprig_map_set(r, left, m->entries[i].key, m->entries[i].value))
			return false;
	for (size_t i = 1; i < count; i++) {
		struct str key;
		if (!tmpl_want_text(r, &v[i], &key) || !tmpl_take(r, 1 + left->count / 64))
			return false;
		tmpl_map_unset(left, key);
	}
	return tmpl_answer(ret, tmpl_map_value(left));
}

/* The first map is changed, and the result. */
static bool merge_all(struct tmpl_run *r, const struct tmpl_value *v, size_t count, bool overwrite,
                      struct tmpl_value *ret)
{
	struct tmpl_map *into;
	if (!tmpl_want_map(r, v, &into))
		return false;
	if (!into && (into = sprig_map_new(r)) == NULL)
		return false;
	for (size_t i = 1; i < count; i++) {
		const struct tmpl_map *from;
		if (!map_of(r, &v[i], &from) || !sprig_merge(r, into, from, overwrite))
			return false;
	}
	return tmpl_answer(ret, tmpl_map_value(into));
}

TMPL_CALL(call_merge) { return merge_all(r, v, count, false, ret); }
TMPL_CALL(call_merge_overwrite) { return merge_all(r, v, count, true, ret); }

TMPL_CALL(call_deep_copy)
{
	if (v->kind == TMPL_NIL)
		return tmpl_fail(r, ERR_METADATA, "reflect: call of reflect.Value.Type on zero Value");
	return sprig_copy(r, v, ret);
}

static bool not_a(struct tmpl_run *r, const struct tmpl_value *v, const char *wanted)
{
	return tmpl_fail(r, ERR_METADATA, "interface conversion: interface {} is %s, not %s",
	                 v->kind == TMPL_NIL ? "nil" : tmpl_type_name(v), wanted);
}

/* dig "a" "b" default map */
TMPL_CALL(call_dig)
{
	if (count < 3)
		return tmpl_fail(r, ERR_METADATA, "dig needs at least three arguments");
	struct tmpl_value at = v[count - 1];
	for (size_t i = 0; i < count - 2; i++) {
		if (at.kind != TMPL_MAP || at.go != TMPL_GO_PLAIN)
			return not_a(r, &at, "map[string]interface {}");
		if (v[i].kind != TMPL_STRING || v[i].go != TMPL_GO_PLAIN)
			return not_a(r, &v[i], "string");
		const struct tmpl_value *found = tmpl_map_get(at.map, v[i].text);
		if (!found)
			return tmpl_answer(ret, v[count - 2]);
		at = *found;
	}
	return tmpl_answer(ret, at);
}

/* ---- defaults ---- */

TMPL_CALL(call_default)
{
	return tmpl_answer(ret, count > 1 && tmpl_truth(&v[1]) ? v[1] : v[0]);
}

TMPL_CALL(call_empty) { return tmpl_answer(ret, tmpl_bool(!tmpl_truth(v))); }

static size_t first_that(const struct tmpl_value *v, size_t count, bool truth)
{
	size_t at = 0;
	while (at < count && tmpl_truth(&v[at]) != truth)
		at++;
	return at;
}

TMPL_CALL(call_coalesce)
{
	size_t at = first_that(v, count, true);
	return tmpl_answer(ret, at < count ? v[at] : TMPL_NOTHING);
}

TMPL_CALL(call_all) { return tmpl_answer(ret, tmpl_bool(first_that(v, count, false) == count)); }
TMPL_CALL(call_any) { return tmpl_answer(ret, tmpl_bool(first_that(v, count, true) < count)); }

TMPL_CALL(call_ternary)
{
	bool which;
	return tmpl_want_bool(r, &v[2], &which) && tmpl_answer(ret, which ? v[0] : v[1]);
}

/* ---- types ---- */

TMPL_CALL(call_type_of) { return tmpl_answer(ret, tmpl_text(str_c(tmpl_type_name(v)))); }
TMPL_CALL(call_kind_of) { return tmpl_answer(ret, tmpl_text(str_c(tmpl_kind_name(v)))); }

TMPL_CALL(call_type_is)
{
	struct str name;
	return tmpl_want_text(r, v, &name) &&
	       tmpl_answer(ret, tmpl_bool(str_eq_c(name, tmpl_type_name(&v[1]))));
}

/* A pointer is like what it points to. */
TMPL_CALL(call_type_is_like)
{
	struct str name, type = str_c(tmpl_type_name(&v[1]));
	if (!tmpl_want_text(r, v, &name))
		return false;
	bool pointer = type.n && type.p[0] == '*' && str_eq(name, str_from(type, 1));
	return tmpl_answer(ret, tmpl_bool(str_eq(name, type) || pointer));
}

TMPL_CALL(call_kind_is)
{
	struct str name;
	return tmpl_want_text(r, v, &name) &&
	       tmpl_answer(ret, tmpl_bool(str_eq_c(name, tmpl_kind_name(&v[1]))));
}

TMPL_CALL(call_deep_equal)
{
	bool equal;
	return sprig_equal(r, &v[0], &v[1], &equal) && tmpl_answer(ret, tmpl_bool(equal));
}

const struct tmpl_function tmpl_functions_map[] = {
	{ "dict", 0, 255, call_dict },
	{ "set", 3, 3, call_set },
	{ "unset", 2, 2, call_unset },
	{ "hasKey", 2, 2, call_has_key },
	{ "get", 2, 2, call_get },
	{ "pluck", 1, 255, call_pluck },
	{ "keys", 0, 255, call_keys },
	{ "values", 1, 1, call_values },
	{ "pick", 1, 255, call_pick },
	{ "omit", 1, 255, call_omit },
	{ "merge", 1, 255, call_merge },
	{ "mustMerge", 1, 255, call_merge },
	{ "mergeOverwrite", 1, 255, call_merge_overwrite },
	{ "mustMergeOverwrite", 1, 255, call_merge_overwrite },
	{ "deepCopy", 1, 1, call_deep_copy },
	{ "mustDeepCopy", 1, 1, call_deep_copy },
	{ "dig", 0, 255, call_dig },
	{ "default", 1, 255, call_default },
	{ "empty", 1, 1, call_empty },
	{ "coalesce", 0, 255, call_coalesce },
	{ "all", 0, 255, call_all },
	{ "any", 0, 255, call_any },
	{ "ternary", 3, 3, call_ternary },
	{ "typeOf", 1, 1, call_type_of },
	{ "typeIs", 2, 2, call_type_is },
	{ "typeIsLike", 2, 2, call_type_is_like },
	{ "kindOf", 1, 1, call_kind_of },
	{ "kindIs", 2, 2, call_kind_is },
	{ "deepEqual", 2, 2, call_deep_equal },
};
const size_t tmpl_functions_map_count = sizeof tmpl_functions_map / sizeof *tmpl_functions_map;
