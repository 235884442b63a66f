/* What Helm adds: templates from within templates, and what ends a rendering. */
#include "indexer/template/functions.h"

static bool call_include(struct tmpl_run *r, const struct tmpl_value *a, size_t count, struct tmpl_value *ret)
{
	struct str name, text = STR("");
	(void)count;
	if (!tmpl_want_text(r, a, &name) || !tmpl_include(r, name, a + 1, &text))
		return false;
	return tmpl_answer(ret, tmpl_text(text));
}

static bool call_tpl(struct tmpl_run *r, const struct tmpl_value *a, size_t count, struct tmpl_value *ret)
{
	struct str source, text = STR("");
	(void)count;
	if (!tmpl_want_text(r, a, &source) || !tmpl_of_text(r, source, a + 1, &text))
		return false;
	return tmpl_answer(ret, tmpl_text(text));
}

static bool call_required(struct tmpl_run *r, const struct tmpl_value *a, size_t count, struct tmpl_value *ret)
{
	struct str message;
	(void)count;
	if (!tmpl_want_text(r, a, &message))
		return false;
	bool there = a[1].kind != TMPL_NIL && !(a[1].kind == TMPL_STRING && !a[1].text.n);
	if (!there && !r->forgiving)
		return tmpl_fail(r, ERR_METADATA, "%.*s", STR_ARG(message));
	return tmpl_answer(ret, there ? a[1] : tmpl_text(STR("")));
}

static bool call_fail(struct tmpl_run *r, const struct tmpl_value *a, size_t count, struct tmpl_value *ret)
{
	struct str message;
	(void)count;
	if (!tmpl_want_text(r, a, &message))
		return false;
	if (!r->forgiving)
		return tmpl_fail(r, ERR_METADATA, "%.*s", STR_ARG(message));
	return tmpl_answer(ret, tmpl_text(STR("")));
}

static bool call_lookup(struct tmpl_run *r, const struct tmpl_value *a, size_t count, struct tmpl_value *ret)
{
	struct tmpl_map *none = tmpl_map_new(r->a);
	(void)a, (void)count;
	if (!none)
		return tmpl_fail(r, ERR_NOMEM, "a map");
	return tmpl_answer(ret, tmpl_map_value(none));
}

/* No name is asked for. */
static bool call_get_host_by_name(struct tmpl_run *r, const struct tmpl_value *a, size_t count,
                                  struct tmpl_value *ret)
{
	struct str name;
	(void)count;
	return tmpl_want_text(r, a, &name) && tmpl_answer(ret, tmpl_text(STR("")));
}

const struct tmpl_function tmpl_functions_helm[] = {
	{ "include", 2, 2, call_include },
	{ "tpl", 2, 2, call_tpl },
	{ "required", 2, 2, call_required },
	{ "fail", 1, 1, call_fail },
	{ "lookup", 4, 4, call_lookup },
	{ "getHostByName", 1, 1, call_get_host_by_name },
};
const size_t tmpl_functions_helm_count = sizeof tmpl_functions_helm / sizeof *tmpl_functions_helm;
