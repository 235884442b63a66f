/* JSON as trees: what is refused, what scalars become. */
#include "arena_room.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/node.h"

static void scalars(void **state)
{
	(void)state;
	static const struct { const char *json, *text; bool plain; enum node_type type; } rows[] = {
		{ "null",                  "null",                 true,  NODE_NULL },
		{ "true",                  "true",                 true,  NODE_BOOL },
		{ "false",                 "false",                true,  NODE_BOOL },
		{ "0",                     "0",                    true,  NODE_INT },
		{ "-9223372036854775808",  "-9223372036854775808", true,  NODE_INT },
		{ "1.10",                  "1.1",                  true,  NODE_FLOAT },
		{ "0.1",                   "0.1",                  true,  NODE_FLOAT },
		{ "1e3",                   "1000.0",               true,  NODE_FLOAT },
		{ "1e300",                 "1e+300",               true,  NODE_FLOAT },
		{ "\"\"",                  "",                     false, NODE_STRING },
		{ "\"null\"",              "null",                 false, NODE_STRING },
		{ "\"1.10\"",              "1.10",                 false, NODE_STRING },
		{ "\"a\\nb\\u0001\"",      "a\nb\x01",             false, NODE_STRING },
		{ "\"\\ud83d\\ude00\"",    "\xf0\x9f\x98\x80",     false, NODE_STRING },
		{ " \"x\" \n",             "x",                    false, NODE_STRING },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		struct errinfo e;
		const struct node *n;
		assert_int_equal(json_read(&a, str_c(rows[i].json), "x.json", &n, &e), OK);
		assert_int_equal(n->kind, NODE_SCALAR);
		assert_true(str_eq_c(n->text, rows[i].text));
		assert_int_equal(n->plain, rows[i].plain);
		assert_int_equal(node_type(n), rows[i].type);
	}
}

static void refused(void **state)
{
	(void)state;
	static const struct { const char *json, *detail; } rows[] = {
		{ "",                          "x.json:1: " },
		{ "{",                         "x.json:1: " },
		{ "{\"a\":1,\n\"a\":2}",       "x.json:2: duplicate object key" },
		{ "{\"a\":1,}",                "x.json:1: " },
		{ "[1] [2]",                   "x.json:1: end of file expected" },
		{ "\xef\xbb\xbf{}",            "x.json:1: " },
		{ "'a'",                       "x.json:1: " },
		{ "NaN",                       "x.json:1: " },
		{ "01",                        "x.json:1: " },
		{ "\"\\ud800\"",               "x.json:1: " },
		{ "\"\xff\"",                  "x.json:1: " },
		{ "\"a\tb\"",                  "x.json:1: control character" },
		{ "\"a\\u0000b\"",             "x.json: a NUL character" },
		{ "{\"a\\u0000\":1}",          "x.json:1: NUL" },
		{ "123456789012345678901",     "x.json:1: too big integer" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		struct errinfo e;
		const struct node *n = NULL;
		assert_int_equal(json_read(&a, str_c(rows[i].json), "x.json", &n, &e), ERR_METADATA);
		assert_null(n);
		if (!str_starts(str_c(e.detail), str_c(rows[i].detail)))
			fail_msg("%s: %s", rows[i].json, e.detail);
	}
}

static void members_in_order(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { .limit = 0 };
	const struct node *n;
	assert_int_equal(json_read(&a, STR("{\"z\":[1,\"x\",{}],\"a\":true}"), "x.json", &n, NULL), OK);
	assert_int_equal(n->kind, NODE_MAP);
	assert_int_equal(n->count, 2);
	assert_true(str_eq(n->items->key, STR("z")));
	const struct node *list = node_get(n, "z");
	assert_int_equal(list->kind, NODE_LIST);
	assert_int_equal(list->count, 3);
	assert_true(str_eq(node_text(list->items->next->value), STR("x")));
	assert_int_equal(list->items->next->next->value->kind, NODE_MAP);
	assert_null(list->items->next->next->next);
}

static void lenient_takes_the_last(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { .limit = 0 };
	const struct node *n;
	assert_int_equal(json_read_lenient(&a, STR("{\"a\":1,\"b\":2,\"a\":3}"), "x", &n, NULL), OK);
	assert_int_equal(n->count, 2);
	assert_true(str_eq(node_text(node_get(n, "a")), STR("3")));
}

static enum err read_nested(unsigned depth, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { .limit = 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	const struct node *n;
	for (unsigned i = 0; i < depth; i++)
		sbuf_putc(&b, '[');
	for (unsigned i = 0; i < depth; i++)
		sbuf_putc(&b, ']');
	return json_read(&a, sbuf_str(&b), "x.json", &n, e);
}

static void t_yaml_01_depth(void **state)
{
	(void)state;
	struct errinfo e;
	assert_int_equal(read_nested(YAML_DEPTH_MAX, &e), OK);
	assert_int_equal(read_nested(YAML_DEPTH_MAX + 1, &e), ERR_METADATA);
	assert_string_equal(e.detail, "x.json: nesting deeper than 64");
	assert_int_equal(read_nested(100000, &e), ERR_METADATA);
}

static enum err read_text(struct arena *a, const void *text, struct errinfo *e)
{
	const struct node *n = NULL;
	enum err err = json_read(a, str_c(text), "x", &n, e);
	assert_true(err ? !n : n != NULL);
	return err;
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	each_room_is_too_small(read_text, "[0, -1.5, true, null, \"a\\n\", [], {\"b\": {\"c\": [{}]}, \"d\": 1}]", OK);
}

static void parts_bound_the_nodes(void **state)
{
	static const struct { const char *json; size_t parts; } rows[] = {
		{ "", 0 }, { "1", 0 }, { "[]", 1 }, { "{}", 1 }, { "[1,2,3]", 3 }, { "{\"a\":{},\"b\":[]}", 4 },
		{ "[{},{},{}]", 6 }, { "\"a,b\"", 1 },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(json_parts(str_c(rows[i].json)), rows[i].parts);
}

/* And errors, of which bytes that belong to no character are shown unless they steer as well. */
static void what_is_shown_steers_nothing(void **state)
{
	static const struct { const char *text, *shown, *error; } rows[] = {
		{ "plain", "plain", "plain" }, { "\033[31m", " [31m", "?[31m" }, { "a\302\233b\177", "a b ", "a?b?" },
		{ "\342\200\256x\342\201\246", " x ", "?x?" }, { "\330\234\342\200\216", "  ", "??" },
		{ "a\tb\r\nc", "a\tb \nc", "a?b??c" }, { "\303\244\342\202\254\360\237\230\200", NULL, NULL },
		{ "", "", "" }, { "\233x\344", "", "?x\344" },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(KIB);
		AUTO_ARENA struct arena a = { 0 };
		const char *shown = rows[i].shown ?: rows[i].text, *error = rows[i].error ?: rows[i].text;
		const struct node *n = NULL;
		struct errinfo e;
		assert_int_equal(err_set(&e, ERR_INVALID, "%s", rows[i].text), ERR_INVALID);
		assert_string_equal(e.detail, error);
		sbuf_puts(&b, "{");
		sbuf_json(&b, str_c(rows[i].text));
		sbuf_puts(&b, ":[");
		sbuf_json(&b, str_c(rows[i].text));
		sbuf_puts(&b, "]}");
		if (!str_is_utf8(str_c(rows[i].text)))
			continue;
		assert_int_equal(json_read_shown(&a, sbuf_str(&b), &n, NULL), OK);
		assert_true(str_eq_c(n->items->key, shown));
		assert_true(str_eq_c(n->items->value->items->value->text, shown));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars),
		cmocka_unit_test(refused),
		cmocka_unit_test(members_in_order),
		cmocka_unit_test(lenient_takes_the_last),
		cmocka_unit_test(t_yaml_01_depth),
		cmocka_unit_test(parts_bound_the_nodes),
		cmocka_unit_test(what_is_shown_steers_nothing),
		cmocka_unit_test(every_allocation_may_fail),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
