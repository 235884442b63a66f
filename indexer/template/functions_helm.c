/* What Helm adds: templates from within templates, and what ends a rendering. */
#include "indexer/template/sprig.h"

TMPL_CALL(call_include)
{
	struct str name, text = STR("");
	if (!tmpl_want_text(r, v, &name) || !tmpl_include(r, name, v + 1, &text))
		return false;
	return tmpl_answer(ret, tmpl_text(text));
}

TMPL_CALL(call_tpl)
{
	struct str source, text = STR("");
	if (!tmpl_want_text(r, v, &source) || !tmpl_of_text(r, source, v + 1, &text))
		return false;
	return tmpl_answer(ret, tmpl_text(text));
}

TMPL_CALL(call_required)
{
	struct str message;
	if (!tmpl_want_text(r, v, &message))
		return false;
	bool there = v[1].kind != TMPL_NIL && !(v[1].kind == TMPL_STRING && !v[1].text.n);
	if (!there && !r->forgiving)
		return tmpl_fail(r, ERR_METADATA, "%.*s", STR_ARG(message));
	return tmpl_answer(ret, there ? v[1] : tmpl_text(STR("")));
}

TMPL_CALL(call_fail)
{
	struct str message;
	if (!tmpl_want_text(r, v, &message))
		return false;
	if (!r->forgiving)
		return tmpl_fail(r, ERR_METADATA, "%.*s", STR_ARG(message));
	return tmpl_answer(ret, tmpl_text(STR("")));
}

TMPL_CALL(call_lookup)
{
	struct tmpl_map *none = sprig_map_new(r);
	return none && tmpl_answer(ret, tmpl_map_value(none));
}

/* No name is asked for. */
TMPL_CALL(call_get_host_by_name)
{
	struct str name;
	return tmpl_want_text(r, v, &name) && tmpl_answer(ret, tmpl_text(STR("")));
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
