/* Values as YAML, JSON and TOML, and back. Helm's do not fail: what cannot be written is nothing, what cannot
 * be read is a map that says so. Those with `must` fail. TOML is written and not read: fromToml always gives
 * a map with Error, because a reader is long and no chart is known that has a use for it.         */
#include "indexer/template/functions.h"

#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"

/* ---- writing ---- */

/* What was written; with a problem: nothing, or with `must` a failure. */
static bool answer_written(struct tmpl_run *r, struct sbuf *b, bool fine, const char *problem, bool must,
                           struct tmpl_value *ret)
{
	if (fine && !problem)
		return tmpl_answer_kept(r, b, ret);
	sbuf_done(b);
	if (fine && must)
		return tmpl_fail(r, ERR_METADATA, "%s", problem);
	return fine && tmpl_answer(ret, tmpl_text(STR("")));
}

bool tmpl_to_yaml(struct tmpl_run *r, const struct tmpl_value *a, bool pretty, bool must,
                  struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	const char *problem = NULL;
	bool fine = tmpl_write_yaml(r, &b, a, pretty, &problem);
	if (b.n && b.p[b.n - 1] == '\n')
		b.n--;
	return answer_written(r, &b, fine, problem, must, ret);
}

static bool to_json(struct tmpl_run *r, const struct tmpl_value *a, struct tmpl_json form, bool must,
                    struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	const char *problem = NULL;
	bool fine = tmpl_write_json(r, &b, a, form, &problem);
	return answer_written(r, &b, fine, problem, must, ret);
}

#define PLAIN ((struct tmpl_json){ .html = true })
#define PRETTY ((struct tmpl_json){ .html = true, .lines = true })
#define RAW ((struct tmpl_json){ 0 })

TMPL_CALL(call_to_yaml) { return tmpl_to_yaml(r, v, false, false, ret); }
TMPL_CALL(call_must_to_yaml) { return tmpl_to_yaml(r, v, false, true, ret); }
TMPL_CALL(call_to_yaml_pretty) { return tmpl_to_yaml(r, v, true, false, ret); }
TMPL_CALL(call_to_json) { return to_json(r, v, PLAIN, false, ret); }
TMPL_CALL(call_must_to_json) { return to_json(r, v, PLAIN, true, ret); }
TMPL_CALL(call_to_pretty_json) { return to_json(r, v, PRETTY, false, ret); }
TMPL_CALL(call_must_to_pretty_json) { return to_json(r, v, PRETTY, true, ret); }
TMPL_CALL(call_to_raw_json) { return to_json(r, v, RAW, true, ret); }

/* Its problems are its text. */
static bool to_toml(struct tmpl_run *r, const struct tmpl_value *a, bool must, struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	const char *problem = NULL;
	bool fine = tmpl_write_toml(r, &b, a, &problem);
	if (fine && problem && !must) {
		sbuf_done(&b);
		return tmpl_answer(ret, tmpl_text(str_c(problem)));
	}
	return answer_written(r, &b, fine, problem, must, ret);
}

TMPL_CALL(call_to_toml) { return to_toml(r, v, false, ret); }
TMPL_CALL(call_must_to_toml) { return to_toml(r, v, true, ret); }

/* ---- reading ---- */

static const struct yaml_options yaml_of_template = {
	.name = "error converting YAML to JSON: yaml",
	.events_max = YAML_VALUES_EVENTS_MAX,
	.scalar_max_bytes = TMPL_TEXT_MAX_BYTES,
	.duplicate_keys_last_wins = true,
	.aliases = true,
	.many_documents = true,
};

/* False: memory or fuel is used up, which was told. What is wrong with the text is in e->detail. */
static bool read_text(struct tmpl_run *r, const struct tmpl_value *a, bool json, struct tmpl_value *ret,
                      struct errinfo *e)
{
	const struct node *n = NULL;
	struct str s;
	e->detail[0] = '\0';
	if (!tmpl_want_text(r, a, &s) || !tmpl_take(r, s.n / 4))
		return false;
	enum err err = json ? json_read_lenient(r->a, s, "json", &n, e) : yaml_read(r->a, s, &yaml_of_template, &n, e);
	if (err == ERR_NOMEM || (!err && !tmpl_from_node(r->a, n, ret)))
		return tmpl_no_memory(r);
	if (err && json && (!s.n || strstr(e->detail, "near end of file")))
		(void)snprintf(e->detail, sizeof e->detail, "unexpected end of JSON input");
	return true;
}

static const char *json_kind(const struct tmpl_value *v)
{
	switch (v->kind) {
	case TMPL_LIST: return "array";
	case TMPL_MAP:  return "object";
	case TMPL_BOOL: return "bool";
	case TMPL_STRING: return "string";
	default:        return "number";
	}
}

/* A document that should be a map or a list; another is a map or a list that says what it is. */
static bool from_text(struct tmpl_run *r, const struct tmpl_value *a, bool json, bool list,
                      struct tmpl_value *ret)
{
	struct errinfo e = { 0 };
	struct tmpl_value read = TMPL_NOTHING;
	struct tmpl_map *m = tmpl_map_new(r->a);
	struct tmpl_value *items = arena_array(r->a, 1, sizeof *items);
	if (!m || !items)
		return tmpl_no_memory(r);
	if (!read_text(r, a, json, &read, &e))
		return false;
	if (!e.detail[0] && read.kind == (list ? TMPL_LIST : TMPL_MAP))
		return tmpl_answer(ret, read);
	if (!e.detail[0] && read.kind != TMPL_NIL)
		(void)snprintf(e.detail, sizeof e.detail, "%sjson: cannot unmarshal %s into Go value of type %s",
		               json ? "" : "error unmarshaling JSON: while decoding JSON: ", json_kind(&read),
		               list ? "[]interface {}" : "map[string]interface {}");
	struct str why = STR("");
	if (!arena_str(r->a, str_c(e.detail), &why) ||
	    (why.n && !list && !tmpl_map_set(r->a, m, STR("Error"), tmpl_text(why))))
		return tmpl_no_memory(r);
	items[0] = tmpl_text(why);
	return tmpl_answer(ret, list ? tmpl_list(items, why.n > 0) : tmpl_map_value(m));
}

TMPL_CALL(call_from_yaml) { return from_text(r, v, false, false, ret); }
TMPL_CALL(call_from_yaml_array) { return from_text(r, v, false, true, ret); }
TMPL_CALL(call_from_json) { return from_text(r, v, true, false, ret); }
TMPL_CALL(call_from_json_array) { return from_text(r, v, true, true, ret); }

TMPL_CALL(call_must_from_json)
{
	struct errinfo e = { 0 };
	*ret = TMPL_NOTHING;
	if (!read_text(r, v, true, ret, &e))
		return false;
	return !e.detail[0] || tmpl_fail(r, ERR_METADATA, "%s", e.detail);
}

TMPL_CALL(call_from_toml)
{
	struct tmpl_map *m = tmpl_map_new(r->a);
	struct str s;
	if (!tmpl_want_text(r, v, &s))
		return false;
	if (!m || !tmpl_map_set(r->a, m, STR("Error"), tmpl_text(STR("toml: it is not read here"))))
		return tmpl_no_memory(r);
	return tmpl_answer(ret, tmpl_map_value(m));
}

const struct tmpl_function tmpl_functions_data[] = {
	{ "toYaml", 1, 1, call_to_yaml }, { "mustToYaml", 1, 1, call_must_to_yaml },
	{ "toYamlPretty", 1, 1, call_to_yaml_pretty },
	{ "toJson", 1, 1, call_to_json }, { "mustToJson", 1, 1, call_must_to_json },
	{ "toPrettyJson", 1, 1, call_to_pretty_json }, { "mustToPrettyJson", 1, 1, call_must_to_pretty_json },
	{ "toRawJson", 1, 1, call_to_raw_json }, { "mustToRawJson", 1, 1, call_to_raw_json },
	{ "toToml", 1, 1, call_to_toml }, { "mustToToml", 1, 1, call_must_to_toml },
	{ "fromYaml", 1, 1, call_from_yaml }, { "fromYamlArray", 1, 1, call_from_yaml_array },
	{ "fromJson", 1, 1, call_from_json }, { "fromJsonArray", 1, 1, call_from_json_array },
	{ "mustFromJson", 1, 1, call_must_from_json }, { "fromToml", 1, 1, call_from_toml },
};
const size_t tmpl_functions_data_count = sizeof tmpl_functions_data / sizeof *tmpl_functions_data;
