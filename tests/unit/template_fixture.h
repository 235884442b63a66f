/* A template, values and what comes of them; with some functions and objects beside the real ones. */
#pragma once

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/template/functions.h"
#include "table.h"

/* ---- functions ---- */

TMPL_CALL(call_list)
{
	struct tmpl_value *items = arena_array(r->a, count, sizeof *items);
	if (!items)
		return tmpl_no_memory(r);
	if (count)
		memcpy(items, v, count * sizeof *v);
	return tmpl_answer(ret, tmpl_list(items, count));
}

TMPL_CALL(call_strings)
{
	bool good = call_list(r, v, count, ret);
	ret->go = TMPL_GO_STRINGS;
	return good;
}

TMPL_CALL(call_dict)
{
	struct tmpl_map *map = tmpl_map_new(r->a);
	for (size_t i = 0; map && i + 1 < count; i += 2)
		if (!tmpl_map_set(r->a, map, v[i].text, v[i + 1]))
			map = NULL;
	return map ? tmpl_answer(ret, tmpl_map_value(map)) : tmpl_no_memory(r);
}

TMPL_CALL(call_set)
{
	return tmpl_map_set(r->a, v[0].map, v[1].text, v[2]) ? tmpl_answer(ret, v[0]) : tmpl_no_memory(r);
}

TMPL_CALL(call_labels)
{
	const struct tmpl_value pair[] = { tmpl_text(STR("a")), tmpl_text(STR("x")) };
	bool good = call_dict(r, pair, 2, ret);
	ret->go = TMPL_GO_STRING_MAP;
	return good;
}

TMPL_CALL(call_int64)
{
	return tmpl_answer(ret, tmpl_int64((int64_t)v->number));
}

TMPL_CALL(call_null)
{
	return tmpl_answer(ret, TMPL_NOTHING);
}

static const struct tmpl_function own[] = {
	{ "list", 0, 255, call_list }, { "strings", 0, 255, call_strings }, { "dict", 0, 255, call_dict },
	{ "set", 3, 3, call_set }, { "labels", 0, 0, call_labels }, { "int64", 1, 1, call_int64 },
	{ "null", 0, 0, call_null },
};

static const struct tmpl_function *find(const struct tmpl_function *rows, size_t count, struct str name)
{
	for (size_t i = 0; i < count; i++)
		if (str_eq_c(name, rows[i].name))
			return rows + i;
	return NULL;
}

/* In place of all functions: the engine's tests are about no others. */
const struct tmpl_function *tmpl_function_find(struct str name)
{
	const struct tmpl_function *f = find(own, sizeof own / sizeof *own, name);
	f = f ?: find(tmpl_functions_go, tmpl_functions_go_count, name);
	return f ?: find(tmpl_functions_helm, tmpl_functions_helm_count, name);
}

/* ---- objects ---- */

struct pair { const char *name, *value; };
struct object { struct tmpl_object is; const struct pair *pairs; };

static bool member(struct tmpl_run *r, const struct tmpl_object *o, struct str name,
                   const struct tmpl_value *arguments, size_t count, struct tmpl_value *ret)
{
	const struct pair *p = ((const struct object *)o)->pairs;
	for (; p && p->name; p++)
		if (str_eq_c(name, p->name))
			return tmpl_answer(ret, tmpl_text(str_c(p->value)));
	if (str_eq(name, STR("Get")) && count == 1)
		return tmpl_answer(ret, tmpl_text(str_eq_c(arguments->text, "a.txt") ? STR("text") : STR("")));
	if (str_eq(name, STR("Has")) && count == 1)
		return tmpl_answer(ret, tmpl_bool(str_eq_c(arguments->text, "v1") || str_eq_c(arguments->text, "apps/v1")));
	return tmpl_no_field(r, o, name);
}

static bool files_map(struct tmpl_run *r, const struct tmpl_object *o, struct tmpl_map **ret)
{
	(void)o;
	*ret = tmpl_map_new(r->a);
	return *ret && tmpl_map_set(r->a, *ret, STR("a.txt"), tmpl_text(STR("text")));
}

static const struct tmpl_object_type chart_type = { .name = "main.chartMeta", .member = member };
static const struct tmpl_object_type files_type = { .name = "main.files", .member = member, .map = files_map };
static const struct tmpl_object_type version_type = { .name = "main.kv", .member = member };
static const struct tmpl_object_type versions_type = { .name = "main.vs", .member = member };
static const struct object chart = {
	{ &chart_type }, (const struct pair[]){ { "Name", "app" }, { "Version", "1.2.3" }, { 0 } },
};
static const struct object files = { { &files_type }, NULL };
static const struct object version = { { &version_type }, (const struct pair[]){ { "Major", "1" }, { 0 } } };
static const struct object versions = { { &versions_type }, NULL };

static bool capabilities_member(struct tmpl_run *r, const struct tmpl_object *o, struct str name,
                                const struct tmpl_value *arguments, size_t count, struct tmpl_value *ret)
{
	(void)arguments, (void)count;
	ret->kind = TMPL_OBJECT;
	ret->object = str_eq(name, STR("KubeVersion")) ? &version.is : &versions.is;
	return ret->object == &version.is || str_eq(name, STR("APIVersions")) || tmpl_no_field(r, o, name);
}
static const struct tmpl_object_type capabilities_type = { .name = "*main.caps", .member = capabilities_member };
static const struct object capabilities = { { &capabilities_type }, NULL };

static bool add_objects(struct arena *a, struct tmpl_map *m)
{
	static const struct { const char *name; const struct object *is; } all[] = {
		{ "Chart", &chart }, { "Files", &files }, { "Capabilities", &capabilities },
	};
	bool good = true;
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct tmpl_value v = { .kind = TMPL_OBJECT, .object = &all[i].is->is };
		good = good && tmpl_map_set(a, m, str_c(all[i].name), v);
	}
	return good;
}

/* ---- a template ---- */

static enum err make_values(struct arena *a, struct str yaml, struct tmpl_value *ret, struct errinfo *e)
{
	const struct node *n = NULL;
	struct tmpl_map *none = tmpl_map_new(a);
	enum err err = yaml_read(a, yaml, &yaml_values, &n, e);
	if (err)
		return err;
	if (!none || (n && !tmpl_from_node(a, n, ret)))
		return ERR(e, NOMEM, "values");
	if (!n)
		*ret = tmpl_map_value(none);
	if (tmpl_map_get(ret->map, STR("Object")) && !add_objects(a, ret->map))
		return ERR(e, NOMEM, "objects");
	return OK;
}

static enum err render(struct arena *a, struct str text, struct str yaml, uint64_t fuel, struct sbuf *out,
                       struct errinfo *e)
{
	struct tmpl_set *set;
	struct tmpl_value dot;
	enum err err = tmpl_set_new(a, &set, e);
	if (!err)
		err = tmpl_set_add(set, STR("t"), text, e);
	if (!err)
		err = make_values(a, yaml, &dot, e);
	struct tmpl_run run = { .set = set, .a = a, .fuel = fuel };
	return err ? err : tmpl_execute(&run, STR("t"), &dot, out, e);
}
