/* YAML as trees: the rows of the fault catalogue (trust.md §6 D), each for the reader and for the
 * checker, which must agree.                                                                */
#include "arena_room.h"
#include "yaml_fixture.h"

#include "indexer/base/limits.h"

static struct str repeat(struct sbuf *b, const char *before, const char *text, size_t times,
                         const char *after)
{
	sbuf_puts(b, before);
	for (size_t i = 0; i < times; i++)
		sbuf_puts(b, text);
	sbuf_puts(b, after);
	assert_true(sbuf_ok(b));
	return sbuf_str(b);
}

/* ---- T-YAML-01 ---- */

static void t_yaml_01_depth(void **state)
{
	(void)state;
	static const struct { const char *text; size_t times; const char *detail; } rows[] = {
		{ "[",     10000,  "Chart.yaml:1: nesting deeper than 64" },
		{ "[",     100000, "Chart.yaml:1: nesting deeper than 64" },
		{ "{a: ",  10000,  "Chart.yaml:1: nesting deeper than 64" },
		{ "{",     10000,  "Chart.yaml:1: " },
		{ "- ",    10000,  "Chart.yaml:1: nesting deeper than 64" },
		{ "[\n",   100000, "Chart.yaml:65: nesting deeper than 64" },
		{ "? ",    10000,  "Chart.yaml:1: a key must be a scalar" },
		{ "a: ",   10000,  "Chart.yaml:1: mapping values are not allowed" },
		{ "? a\n: - ? a\n    : - ", 10, "Chart.yaml:" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(MIB);
		expect_refused(repeat(&b, "", rows[i].text, rows[i].times, ""), &yaml_strict,
		               rows[i].detail);
	}
}

static void t_yaml_01_depth_boundary(void **state)
{
	(void)state;
	for (size_t depth = YAML_DEPTH_MAX - 1; depth <= YAML_DEPTH_MAX + 1; depth++) {
		AUTO_SBUF struct sbuf b = sbuf_make(MIB);
		repeat(&b, "", "[", depth, "x");
		struct str text = repeat(&b, "", "]", depth, "");
		if (depth <= YAML_DEPTH_MAX)
			expect_accepted(text, &yaml_strict);
		else
			expect_refused(text, &yaml_strict, "Chart.yaml:1: nesting deeper than 64");
	}
}

/* Each alias adds a level, none of which the parser itself would see as nested. */
static void t_yaml_01_depth_through_aliases(void **state)
{
	(void)state;
	for (unsigned levels = 62; levels <= 63; levels++) {
		AUTO_SBUF struct sbuf b = sbuf_make(MIB);
		sbuf_puts(&b, "- &a0 [x]\n");
		for (unsigned i = 1; i < levels; i++)
			sbuf_printf(&b, "- &a%u [*a%u]\n", i, i - 1);
		sbuf_printf(&b, "- [*a%u]\n", levels - 1);
		if (levels == 62)
			expect_accepted(sbuf_str(&b), &yaml_values);
		else
			expect_refused(sbuf_str(&b), &yaml_values, "values.yaml:64: nesting deeper than 64");
	}
}

/* ---- T-YAML-02 ---- */

static void t_yaml_02_anchors_refused_in_metadata(void **state)
{
	(void)state;
	expect_refused(STR("a: 1\nb: &x 2\n"), &yaml_strict, "Chart.yaml:2: anchors are not allowed");
	expect_refused(STR("a: &x [1]\n"), &yaml_strict, "Chart.yaml:1: anchors are not allowed");
	expect_refused(STR("a: &x {}\n"), &yaml_strict, "Chart.yaml:1: anchors are not allowed");
	expect_refused(STR("a: *x\n"), &yaml_strict, "Chart.yaml:1: aliases are not allowed");
	expect_refused(STR("&x a: 1\n"), &yaml_strict, "Chart.yaml:1: anchors are not allowed");
}

static void t_yaml_02_billion_laughs(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	sbuf_puts(&b, "a: &a [lol,lol,lol,lol,lol,lol,lol,lol,lol]\n");
	for (char c = 'b'; c <= 'i'; c++)
		sbuf_printf(&b, "%c: &%c [*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c,*%c]\n", c, c, c - 1, c - 1, c - 1,
		            c - 1, c - 1, c - 1, c - 1, c - 1, c - 1);
	expect_refused(sbuf_str(&b), &yaml_values, "values.yaml:7: more than 1000000 values");
}

static void t_yaml_02_quadratic(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	repeat(&b, "a: &a [", "x,", 2000, "]\n");
	expect_refused(repeat(&b, "b: [", "*a,", 1000, "]\n"), &yaml_values,
	               "values.yaml:2: more than 1000000 values");
}

static void t_yaml_02_many_anchors(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(16 * MIB);
	for (unsigned i = 0; i < 200000; i++)
		sbuf_printf(&b, "- &a%u x\n", i);
	for (unsigned i = 0; i < 200000; i++)
		sbuf_printf(&b, "- *a%u\n", i);
	expect_accepted(sbuf_str(&b), &yaml_values);
}

static void t_yaml_02_cycles(void **state)
{
	(void)state;
	expect_refused(STR("a: &a [*a]\n"), &yaml_values, "values.yaml:1: an alias to the value it");
	expect_refused(STR("&a a:\n  b: *a\n  c: &b\n    d: *b\n"), &yaml_values,
	               "values.yaml:4: an alias to the value it");
	expect_refused(STR("&a\nb: *a\n"), &yaml_values, "values.yaml:2: an alias to the value it");
	expect_refused(STR("a: *b\nb: &b 1\n"), &yaml_values, "values.yaml:1: unknown alias");
}

static void aliases_share_nodes(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { .limit = 0 };
	const struct node *n;
	struct str text = STR("a: &x {k: v}\nb: *x\nc: &x 1\nd: *x\n*x : key\n");
	assert_int_equal(yaml_read(&a, text, &yaml_values, &n, NULL), OK);
	assert_non_null(node_get(n, "b"));
	assert_ptr_equal(node_get(n, "a"), node_get(n, "b"));
	assert_string_equal(text_at(n, "d"), "1");
	assert_string_equal(text_at(n, "1"), "key");
	expect_refused(STR("a: &x [1]\n*x : key\n"), &yaml_values,
	               "values.yaml:2: a key must be a scalar");
}

/* ---- T-YAML-03 ---- */

static void t_yaml_03_sizes(void **state)
{
	(void)state;
	for (size_t over = 0; over <= 1; over++) {
		AUTO_SBUF struct sbuf b = sbuf_make(MIB);
		struct str text = repeat(&b, "a: ", "x", YAML_SCALAR_MAX_BYTES + over, "\n");
		if (over)
			expect_refused(text, &yaml_strict, "Chart.yaml:1: a text longer than 65536 bytes");
		else
			expect_accepted(text, &yaml_strict);
		expect_accepted(text, &yaml_values);
	}
}

static void t_yaml_03_events(void **state)
{
	(void)state;
	for (size_t over = 0; over <= 1; over++) {
		AUTO_SBUF struct sbuf b = sbuf_make(MIB);
		struct str text = repeat(&b, "[", "x,", YAML_EVENTS_MAX - 2 + over, "]");
		if (over)
			expect_refused(text, &yaml_strict, "Chart.yaml:1: more than 100000 values");
		else
			expect_accepted(text, &yaml_strict);
	}
}

static void t_yaml_03_many_keys(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(4 * MIB);
	for (unsigned i = 0; i < 100000; i++)
		sbuf_printf(&b, "k%u: x\n", (i * 7919u) % 100000u);
	expect_accepted(sbuf_str(&b), &yaml_values);
	expect_refused(sbuf_str(&b), &yaml_strict, "Chart.yaml:50000: more than 100000 values");
}

/* ---- T-YAML-04 ---- */

static void t_yaml_04_duplicate_keys(void **state)
{
	(void)state;
	static const struct { const char *text, *detail; } rows[] = {
		{ "name: a\nversion: 1\nname: b\n",    "Chart.yaml:3: duplicate key \"name\" (first in line 1)" },
		{ "name: a\n\"name\": b\n",            "Chart.yaml:2: duplicate key \"name\" (first in line 1)" },
		{ "name: a\n!!str name: b\n",          "Chart.yaml:2: duplicate key \"name\" (first in line 1)" },
		{ "a:\n  b: {c: 1,\n c: 2}\n",         "Chart.yaml:3: duplicate key \"c\" (first in line 2)" },
		{ "- {a: 1}\n- {a: 1, b: 2, a: 3}\n",  "Chart.yaml:2: duplicate key \"a\" (first in line 2)" },
		{ "\"\": 1\n? \n: 2\n",                "Chart.yaml:2: duplicate key \"\" (first in line 1)" },
		{ "b: 1\na: 1\na: 2\nb: 2\na: 3\n",    "Chart.yaml:3: duplicate key \"a\" (first in line 2)" },
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		expect_refused(str_c(rows[i].text), &yaml_strict, rows[i].detail);
	expect_accepted(STR("a: {x: 1}\nb: {x: 1}\nA: 1\n'a ': 2\n"), &yaml_strict);
}

static void t_yaml_04_last_wins_in_values(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { .limit = 0 };
	const struct node *n;
	bool is_map;
	struct yaml_warning w;
	struct yaml_options o = yaml_values;
	struct str text = STR("a: 1\nb:\n  c: 1\n  c: 2\na: 3\nb: 4\na: 5\n");
	o.warning = &w;
	assert_int_equal(yaml_read(&a, text, &o, &n, NULL), OK);
	assert_int_equal(n->count, 2);
	assert_string_equal(text_at(n, "a"), "5");
	assert_string_equal(text_at(n, "b"), "4");
	assert_int_equal(w.line, 4);
	assert_string_equal(w.text, "values.yaml:4: duplicate key \"c\"");
	assert_int_equal(yaml_check(STR("x: 1\n\"y\\e\": 2\n\"y\\e\": 3\n"), &o, &is_map, NULL), OK);
	assert_string_equal(w.text, "values.yaml:3: duplicate key \"y?\"");
	assert_int_equal(yaml_check(STR("x: 1\ny: 2\n"), &o, &is_map, NULL), OK);
	assert_int_equal(w.line, 0);
	assert_string_equal(w.text, "");
}

/* ---- T-YAML-05 ---- */

static void t_yaml_05_refused(void **state)
{
	(void)state;
	static const struct { struct str text; const char *detail; } rows[] = {
		{ STR("a: 1\n---\nb: 2\n"),           "Chart.yaml:2: a second document" },
		{ STR("a: 1\n...\nb: 2\n"),           "Chart.yaml:" },
		{ STR("%YAML 9.9\n---\na: 1\n"),      "Chart.yaml:1: found incompatible YAML document" },
		{ STR("%TAG !e! tag:example.org:\n---\na: 1\n"), "Chart.yaml:1: %TAG is not allowed" },
		{ STR("%TAG !! tag:example.org:\n---\na: !!str 1\n"), "Chart.yaml:1: %TAG is not allowed" },
		{ STR("a: !!python/object:os.system x\n"), "Chart.yaml:1: the tag \"tag:yaml.org,2002:python" },
		{ STR("a: !!binary aGk=\n"),          "Chart.yaml:1: the tag \"tag:yaml.org,2002:binary\"" },
		{ STR("a: !local x\n"),               "Chart.yaml:1: the tag \"!local\"" },
		{ STR("a: ! x\n"),                    "Chart.yaml:1: the tag \"!\"" },
		{ STR("a: !<x> [1]\n"),               "Chart.yaml:1: the tag \"x\"" },
		{ STR("a: !!map [1]\n"),              "Chart.yaml:1: the tag \"tag:yaml.org,2002:map\"" },
		{ STR("a: !!seq x\n"),                "Chart.yaml:1: the tag \"tag:yaml.org,2002:seq\"" },
		{ STR("a: !!int x\n"),                "Chart.yaml:1: \"x\" is not a value of !!int" },
		{ STR("a: !!float true\n"),           "Chart.yaml:1: \"true\" is not a value of !!float" },
		{ STR("a: !!bool 1\n"),               "Chart.yaml:1: \"1\" is not a value of !!bool" },
		{ STR("a: !!null x\n"),               "Chart.yaml:1: \"x\" is not a value of !!null" },
		{ STR("<<: {a: 1}\n"),                "Chart.yaml:1: merge keys (<<) are not allowed" },
		{ STR("a:\n\tb: 1\n"),                "Chart.yaml:2: found character that cannot start" },
		{ STR("a: \"x\\x00y\"\n"),            "Chart.yaml:1: a NUL character" },
		{ STR("\"x\\0\": 1\n"),               "Chart.yaml:1: a NUL character" },
		{ STR("a: 1\nb: x\0y\n"),             "Chart.yaml:2: control characters are not allowed" },
		{ STR("a: 1\nb: x\x1by\n"),           "Chart.yaml:2: control characters are not allowed" },
		{ STR("a: \"\\ud800\"\n"),            "Chart.yaml:1: found invalid Unicode character" },
		{ STR("a: 1\n\nb: \xff\n"),           "Chart.yaml:3: invalid leading UTF-8 octet" },
		{ STR("a: \xc0\x80\n"),               "Chart.yaml:1: invalid" },
		{ STR("a: \xed\xa0\x80\n"),           "Chart.yaml:1: invalid" },
		{ STR("\xff\xfe" "a\0:\0 \0b\0"),     "Chart.yaml:1: invalid leading UTF-8 octet" },
		{ STR("\xfe\xff\0a\0:\0 \0b"),        "Chart.yaml:1: invalid leading UTF-8 octet" },
		{ STR("a\0:\0 \0b\0"),                "Chart.yaml:1: control characters are not allowed" },
		{ STR("a: [1\n"),                     "Chart.yaml:" },
		{ STR("a: 'x\n"),                     "Chart.yaml:" },
		{ STR("a: b: c\n"),                   "Chart.yaml:1: mapping values are not allowed" },
		{ STR("[a]: b\n"),                    "Chart.yaml:1: a key must be a scalar" },
		{ STR("{a: b}: c\n"),                 "Chart.yaml:1: a key must be a scalar" },
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		expect_refused(rows[i].text, &yaml_strict, rows[i].detail);
}

static void t_yaml_05_accepted(void **state)
{
	(void)state;
	static const char *const rows[] = {
		("\xef\xbb\xbf" "a: 1\n"),
		"%YAML 1.1\n---\na: 1\n",
		"---\na: 1\n...\n",
		"a: !!str 1\nb: !!int \"5\"\nc: !!float 5\nd: !!bool yes\ne: !!null ~\nf: !!seq []\n",
		"a: !!map {}\n",
		"'<<': 1\n",
		"\"\\e\": \"\\x01\"\n",
		"a: \xf0\x9f\x98\x80\n",
		"# only a comment\n",
		"",
		"x",
		"- a\n",
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		expect_accepted(str_c(rows[i]), &yaml_strict);
	expect_accepted(STR("a: 1\n---\nb: [\n"), &yaml_values);
}

/* ---- trees ---- */

static void tree(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { .limit = 0 };
	const struct node *n;
	struct str text = STR("name: \"x\"\nversion: 1.10\nlist:\n- a\n- ''\n- {k: !!str 5}\nempty:\n");
	assert_int_equal(yaml_read(&a, text, &yaml_strict, &n, NULL), OK);
	assert_int_equal(n->kind, NODE_MAP);
	assert_int_equal(n->count, 4);
	assert_int_equal(n->line, 1);
	assert_false(node_get(n, "name")->plain);
	assert_true(node_get(n, "version")->plain);
	assert_int_equal(node_get(n, "version")->line, 2);
	const struct node *list = node_get(n, "list");
	assert_int_equal(list->kind, NODE_LIST);
	assert_int_equal(list->count, 3);
	assert_false(list->items->next->value->plain);
	const struct node *five = node_get(list->items->next->next->value, "k");
	assert_true(str_eq(five->tag, STR("!!str")));
	assert_int_equal(node_type(five), NODE_STRING);
	assert_true(node_is_null(node_get(n, "empty")));
	assert_int_equal(n->items->next->next->next->line, 7);
	assert_true(n->items->key_plain);
}

/* Where a scalar begins and where it ends: the second of two values, then `c`. */
static void scalars_know_their_last_line(void **state)
{
	(void)state;
	static const struct { const char *text; uint32_t first, last; } rows[] = {
		{ "b: 1\nc: 2\n",                           1, 1 },
		{ "b: 1",                                    1, 1 },
		{ "b:\n  one\n  two # x\nc: 2\n",           2, 3 },
		{ "b: 'one\n  # two'\nc: 2\n",              1, 2 },
		{ "b: |\n  # one\n  two\nc: 2\n",           1, 3 },
		{ "b: |\n  one\n# two\nc: 2\n",             1, 2 },
		{ "b: |\n  one\n # two\nc: 2\n",            1, 2 },
		{ "b: |-\n  one\n\n\nc: 2\n",              1, 4 },
		{ "b: >2\n    one\n  # two\n\n",            1, 4 },
		{ "b: |\r\n  one\r\n  two\r\nc: 2\r\n",   1, 3 },
		{ "b: |\n  one\n  two",                     1, 3 },
		{ "b:\nc: 2\n",                             1, 1 },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		const struct node *n = NULL;
		assert_int_equal(yaml_read(&a, str_c(rows[i].text), &yaml_strict, &n, NULL), OK);
		const struct node *b = node_get(n, "b");
		if (b->line != rows[i].first || b->last_line != rows[i].last)
			fail_msg("%s: %u to %u", rows[i].text, b->line, b->last_line);
	}
}

static void empty_documents(void **state)
{
	(void)state;
	static const char *const rows[] = { "", "\n\n", "# x\n", "---\n", "~\n", "null\n", "\xef\xbb\xbf" };
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		struct node unset;
		const struct node *n = &unset;
		bool is_map = false;
		assert_int_equal(yaml_read(&a, str_c(rows[i]), &yaml_strict, &n, NULL), OK);
		assert_null(n);
		assert_int_equal(yaml_check(str_c(rows[i]), &yaml_values, &is_map, NULL), OK);
		assert_true(is_map);
	}
}

static enum err read_text(struct arena *a, const void *text, struct errinfo *e)
{
	const struct node *n = NULL;
	enum err err = yaml_read(a, *(const struct str *)text, &yaml_values, &n, e);
	assert_true(err ? !n : n != NULL);
	return err;
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	for (int i = 0; i < 50; i++)
		sbuf_printf(&b, "k%d: &a%d {x: [1, 2], <<: {y: z}}\nl%d: *a%d\n", i, i, i, i);
	const struct str text = sbuf_str(&b);
	each_room_is_too_small(read_text, &text, OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_yaml_01_depth),
		cmocka_unit_test(t_yaml_01_depth_boundary),
		cmocka_unit_test(t_yaml_01_depth_through_aliases),
		cmocka_unit_test(t_yaml_02_anchors_refused_in_metadata),
		cmocka_unit_test(t_yaml_02_billion_laughs),
		cmocka_unit_test(t_yaml_02_quadratic),
		cmocka_unit_test(t_yaml_02_many_anchors),
		cmocka_unit_test(t_yaml_02_cycles),
		cmocka_unit_test(aliases_share_nodes),
		cmocka_unit_test(t_yaml_03_sizes),
		cmocka_unit_test(t_yaml_03_events),
		cmocka_unit_test(t_yaml_03_many_keys),
		cmocka_unit_test(t_yaml_04_duplicate_keys),
		cmocka_unit_test(t_yaml_04_last_wins_in_values),
		cmocka_unit_test(t_yaml_05_refused),
		cmocka_unit_test(t_yaml_05_accepted),
		cmocka_unit_test(tree),
		cmocka_unit_test(scalars_know_their_last_line),
		cmocka_unit_test(empty_documents),
		cmocka_unit_test(every_allocation_may_fail),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
