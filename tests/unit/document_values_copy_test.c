/* What is done with rows: found, copied as an option of helm or as YAML, searched. And the limits. */
#include "document_fixture.h"

#include "most_memory.h"

#define YAML_MAX_BYTES (64u * KIB)

static void view_values(const char *yaml, struct values_view *ret)
{
	view_files((const struct file[]){ { "Chart.yaml", HEAD }, { "values.yaml", yaml }, { 0 } }, ret);
}

/* ---- options ---- */

static const struct set_row { const char *name, *value, *line; } set_lines[] = {
	{ "text", "nginx", "--set a=nginx" },
	{ "text with spaces", "one two", "--set 'a=one two'" },
	{ "quotes", "it's", "--set 'a=it'\\''s'" },
	{ "dollar", "\"$HOME\"", "--set 'a=$HOME'" },
	{ "empty", "''", "--set a=" },
	{ "number", "8080", "--set a=8080" },
	{ "negative", "-1", "--set a=-1" },
	{ "octal", "0644", "--set a=420" },
	{ "fraction", "1.50", "--set-json a=1.5" },
	{ "truth", "yes", "--set a=true" },
	{ "null", "~", "--set a=null" },
	{ "text like a number", "\"1\"", "--set-string a=1" },
	{ "text like a negative number", "\"-12\"", "--set-string a=-12" },
	{ "text like a fraction", "\"1.10\"", "--set a=1.10" },
	{ "text like a truth", "'True'", "--set-string a=True" },
	{ "text like null", "'null'", "--set-string a=null" },
	{ "text with a comma", "'a,b'", "--set-json 'a=\"a,b\"'" },
	{ "text with braces", "'{a}'", "--set-json 'a=\"{a}\"'" },
	{ "text of lines", "\"a\\nb\"", "--set-json 'a=\"a\\nb\"'" },
	{ "list", "[1, x]", "--set-json 'a=[1,\"x\"]'" },
	{ "empty map", "{}", "--set-json 'a={}'" },
	{ "map", "{b: [x]}", "--set-json 'a={\"b\":[\"x\"]}'" },
};

static void t_set_line(void **state)
{
	const struct set_row *row = *state;
	AUTO_SBUF struct sbuf yaml = sbuf_make(KIB);
	struct values_view v;
	struct str line;
	sbuf_printf(&yaml, "a: %s\n", row->value);
	view_values(yaml.p, &v);
	assert_true(values_set_line(&arena, &v.rows[0], &line));
	assert_str(line, row->line);
}

static void paths_are_quoted(void **state)
{
	(void)state;
	struct values_view v;
	struct str line;
	view_values("a.b: {c: [{d: 1}]}\n", &v);
	assert_true(values_set_line(&arena, values_find(&v, STR("a\\.b.c[0].d")), &line));
	assert_str(line, "--set 'a\\.b.c[0].d=1'");
}

/* ---- YAML ---- */

#define TENFOLD(of) of of of of of of of of of of
#define LONG "x" TENFOLD(TENFOLD("y"))

static const struct yaml_row { const char *name, *values, *path, *yaml; } yamls[] = {
	{ "top", "a: 1\nb: 2\n", "b", "b: 2\n" },
	{ "deep", "a: {b: {c: x}}\n", "a.b.c", "a:\n  b:\n    c: x\n" },
	{ "map", "a: {b: {c: 1, d: {}, e: []}}\n", "a", "a:\n  b:\n    c: 1\n    d: {}\n    e: []\n" },
	{ "list", "a: {b: [1, [2, 3], {c: 4, d: [5]}, []]}\n", "a.b",
	  "a:\n  b:\n    - 1\n    -\n      - 2\n      - 3\n    - c: 4\n      d:\n        - 5\n    - []\n" },
	{ "element", "a: {b: [{c: 1}, {c: 2}]}\n", "a.b[1].c", "a:\n  b:\n    - c: 1\n    - c: 2\n" },
	{ "keys that need quotes", "a b: {'1': {on: 1}}\n", "a b.1.true",
	  "\"a b\":\n  \"1\":\n    \"true\": 1\n" },
	{ "long keys", "a: [{" LONG ": {b: 1}, c: 2}]\n", "a",
	  "a:\n  - ? " LONG "\n    :\n      b: 1\n    c: 2\n" },
	{ "texts that need quotes", "a: ['1', 'yes', '', 'a: b', ' x', '#', '~', '2026-01-01', 'x:', \"\\t\"]\n", "a",
	  "a:\n  - \"1\"\n  - \"yes\"\n  - \"\"\n  - \"a: b\"\n  - \" x\"\n  - \"#\"\n  - \"~\"\n"
	  "  - \"2026-01-01\"\n  - \"x:\"\n  - \"\\t\"\n" },
	{ "texts that do not", "a: [x, a.b/c:1, v1.2.3, x-y_z, 10.0.0.0/8]\n", "a",
	  "a:\n  - x\n  - a.b/c:1\n  - v1.2.3\n  - x-y_z\n  - 10.0.0.0/8\n" },
	{ "lines", "a: {b: \"x\\n\\n  y\\n\", c: \"x\\ny\"}\n", "a",
	  "a:\n  b: |\n    x\n\n      y\n  c: |-\n    x\n    y\n" },
	{ "lines that are no block", "a: [\" x\\ny\", \"x\\n\\n\", \"\\nx\", \"x\\n\\ty\"]\n", "a",
	  "a:\n  - \" x\\ny\"\n  - \"x\\n\\n\"\n  - \"\\nx\"\n  - \"x\\n\\ty\"\n" },
	{ "other scalars", "a: [0x10, 1.50, ~, no]\n", "a", "a:\n  - 16\n  - 1.5\n  - null\n  - false\n" },
};

static void t_yaml(void **state)
{
	const struct yaml_row *row = *state;
	struct values_view v;
	struct str yaml;
	view_values(row->values, &v);
	const struct value_row *found = values_find(&v, str_c(row->path));
	assert_non_null(found);
	assert_true(values_yaml(&arena, &v, found, &yaml));
	assert_str(yaml, row->yaml);
}

/* ---- places ---- */

static void rows_know_where_they_stand(void **state)
{
	(void)state;
	static const struct { const char *path, *file; uint32_t line; size_t children; } rows[] = {
		{ "a", "values.yaml", 2, 3 },         { "a.b", "values.yaml", 3, 2 },
		{ "a.b[0]", "values.yaml", 4, 1 },    { "a.b[0].c", "values.yaml", 4, 0 },
		{ "db", "values.yaml", 5, 3 },        { "db.x", "values.yaml", 6, 0 },
		{ "db.m", "charts/db/values.yaml", 2, 1 }, { "db.m.z", "charts/db/values.yaml", 3, 0 },
		{ "s", "", 0, 0 },
	};
	struct values_view v;
	view_files((const struct file[]){
		{ "Chart.yaml", HEAD }, { "values.yaml", "\na:\n  b:\n  - c: 1\ndb:\n  x: 1\n  m: {}\n" },
		{ "values.schema.json", "{\"properties\":{\"s\":{}}}" },
		{ "charts/db/Chart.yaml", "name: db\nversion: 1.0.0\n" },
		{ "charts/db/values.yaml", "x: 2\nm:\n  z: 3\n" }, { 0 } }, &v);
	assert_int_equal(v.count, ROWS(rows));
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct value_row *row = values_find(&v, str_c(rows[i].path));
		assert_non_null(row);
		assert_str(row->file, rows[i].file);
		assert_int_equal(row->line, rows[i].line);
		assert_int_equal(row->children, rows[i].children);
	}
	const struct value_row *x = values_find(&v, STR("db.x"));
	assert_true(values_same(x->was, &(struct node){ .plain = true, .text = STR("2") }));
	assert_null(values_find(&v, STR("db.")));
}

static void texts_for_search(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB), small = sbuf_make(25);
	struct values_view v;
	view_files((const struct file[]){
		{ "Chart.yaml", HEAD }, { "values.yaml", "# One\n# and two\na: 1\ndb: {x: 1}\n" },
		{ "charts/db/Chart.yaml", "name: db\nversion: 1.0.0\n" },
		{ "charts/db/values.yaml", "x: 2\nz: 3\n" }, { 0 } }, &v);
	values_keys(&v, &b);
	assert_str(sbuf_str(&b), "a One and two\ndb\ndb.x\n");
	values_keys(&v, &small);
	assert_true(sbuf_ok(&small));
	assert_str(sbuf_str(&small), "a One and two\ndb\ndb.x\n");
	sbuf_done(&small);
	small = sbuf_make(18);
	values_keys(&v, &small);
	assert_true(sbuf_ok(&small));
	assert_str(sbuf_str(&small), "a One and two\ndb\n");
}

static void sameness(void **state)
{
	(void)state;
	static const struct { const char *list; bool same; } rows[] = {
		{ "[1, 1.0]", true },           { "[1, \"1\"]", false },      { "[~, null]", true },
		{ "[~, '']", false },           { "[yes, true]", true },      { "[1, true]", false },
		{ "[{a: 1, b: 2}, {b: 2, a: 1}]", true },                     { "[[1, 2], [2, 1]]", false },
		{ "[{a: 1}, {a: 1, b: 2}]", false },                          { "[[], {}]", false },
		{ "[{a: [x, {}]}, {a: [x, {}]}]", true },                     { "[{}, ~]", false },
		{ "[.inf, ~]", true },          { "[.nan, -.inf]", true },    { "[.inf, 1]", false },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		const struct node *list;
		assert_int_equal(yaml_read(&a, str_c(rows[i].list), &yaml_values, &list, &error), OK);
		if (values_same(list->items->value, list->items->next->value) != rows[i].same)
			fail_msg("%s", rows[i].list);
	}
	assert_true(values_same(NULL, NULL));
	assert_true(values_same(NULL, &(struct node){ .plain = true, .text = STR("~") }));
}

/* ---- limits ---- */

static void long_defaults_are_cut(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf yaml = sbuf_make(YAML_MAX_BYTES);
	struct values_view v;
	struct str text;
	sbuf_puts(&yaml, "a: \"");
	for (unsigned i = 0; i < VALUE_SET_MAX_BYTES; i++)
		sbuf_puts(&yaml, "\xc3\xa4");
	sbuf_puts(&yaml, "\"\nb: [");
	for (unsigned i = 0; i < VALUE_SHOWN_MAX_BYTES; i++)
		sbuf_puts(&yaml, "1,");
	sbuf_puts(&yaml, "]\nc:\n");
	assert_true(sbuf_ok(&yaml));
	view_values(yaml.p, &v);
	assert_int_equal(v.count, 3);
	for (size_t i = 0; i < 2; i++) {
		assert_true(v.rows[i].cut && v.rows[i].shown.n <= VALUE_SHOWN_MAX_BYTES);
		assert_true(v.rows[i].shown.n >= VALUE_SHOWN_MAX_BYTES - 4 && str_is_utf8(v.rows[i].shown));
	}
	assert_false(v.rows[2].cut || v.cut);
	assert_true(values_set_line(&arena, &v.rows[0], &text));
	assert_int_equal(text.n, 0);
}

/* A list of a few lines that is 300 MiB as it is written, and one of as many as a file has would be GBs. */
static void aliases_are_not_written(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf yaml = sbuf_make(2 * MIB);
	struct values_view v;
	struct str text = STR("x");
	size_t before;
	sbuf_puts(&yaml, "a: &a \"");
	for (unsigned i = 0; i < MIB; i++)
		sbuf_putc(&yaml, 'x');
	sbuf_puts(&yaml, "\"\nl:\n");
	for (unsigned i = 0; i < 300; i++)
		sbuf_puts(&yaml, "- *a\n");
	assert_true(sbuf_ok(&yaml));
	view_values(yaml.p, &v);
	assert_int_equal(v.count, 2);
	before = most_mib();
	assert_true(values_set_line(&arena, &v.rows[1], &text));
	assert_int_equal(text.n, 0);
	assert_true(values_yaml(&arena, &v, &v.rows[1], &text));
	assert_int_equal(text.n, 0);
	assert_true(most_mib() < before + 100);
}

static void comments_are_cut(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf yaml = sbuf_make(YAML_MAX_BYTES);
	struct values_view v;
	for (unsigned i = 0; i < VALUE_COMMENT_MAX_BYTES / 10; i++)
		sbuf_puts(&yaml, "# About this value, which is \xc3\xa4\n");
	sbuf_puts(&yaml, "a: 1\n");
	assert_true(sbuf_ok(&yaml));
	view_values(yaml.p, &v);
	assert_true(v.rows[0].comment.n > VALUE_COMMENT_MAX_BYTES / 2);
	assert_true(v.rows[0].comment.n <= VALUE_COMMENT_MAX_BYTES && str_is_utf8(v.rows[0].comment));
}

static void rows_are_bounded(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf yaml = sbuf_make(MIB);
	struct values_view v;
	for (unsigned i = 0; i < VALUES_ROWS_MAX + 1; i++)
		sbuf_printf(&yaml, "k%u: 1\n", i);
	assert_true(sbuf_ok(&yaml));
	view_values(yaml.p, &v);
	assert_int_equal(v.count, VALUES_ROWS_MAX);
	assert_true(v.cut);
}

static void long_paths_are_left_out(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf yaml = sbuf_make(YAML_MAX_BYTES);
	struct values_view v;
	sbuf_puts(&yaml, "a: 1\n? ");
	for (unsigned i = 0; i <= VALUE_PATH_MAX_BYTES; i++)
		sbuf_putc(&yaml, 'k');
	sbuf_puts(&yaml, "\n: 1\n");
	view_values(yaml.p, &v);
	assert_int_equal(v.count, 1);
	assert_true(v.cut);
}

/* The deepest that YAML may be: all of it is rows but what is below the last. */
static void depth_is_bounded(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf yaml = sbuf_make(YAML_MAX_BYTES);
	struct values_view v;
	for (unsigned i = 0; i < YAML_DEPTH_MAX; i++)
		sbuf_puts(&yaml, "{a: ");
	sbuf_puts(&yaml, "1");
	for (unsigned i = 0; i < YAML_DEPTH_MAX; i++)
		sbuf_puts(&yaml, "}");
	view_values(yaml.p, &v);
	assert_int_equal(v.count, VALUES_DEPTH_MAX);
	assert_str(v.rows[VALUES_DEPTH_MAX - 1].shown, "1");
	assert_int_equal(v.rows[0].children, VALUES_DEPTH_MAX - 1);
}

/* Aliases within aliases: 9^6 values that stand in a few lines. */
static void events_are_bounded(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf yaml = sbuf_make(YAML_MAX_BYTES);
	struct values_view v;
	sbuf_puts(&yaml, "a0: &a0 {x: 1}\n");
	for (int i = 1; i < 6; i++)
		sbuf_printf(&yaml, "a%d: &a%d [*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d,*a%d]\n", i, i, i - 1,
		            i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1, i - 1);
	view_values(yaml.p, &v);
	assert_int_equal(v.count, 0);
	assert_int_equal(v.problem_count, 1);
	assert_str(v.problems[0], "values.yaml:6: more than 200000 values, aliases expanded");
}

/* Each chart uses the one below it under many names. */
static void subcharts_are_bounded(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf needs = sbuf_make(YAML_MAX_BYTES);
	struct values_view v;
	sbuf_puts(&needs, "dependencies:\n");
	for (unsigned i = 0; i < 100; i++)
		sbuf_printf(&needs, "- {name: a, version: '*', alias: a%u}\n", i);
	char *top = arena_printf(&a, "%s%s", HEAD, needs.p),
	     *below = arena_printf(&a, "name: a\nversion: 1.0.0\napiVersion: v2\n%s", needs.p);
	view_files((const struct file[]){
		{ "Chart.yaml", top }, { "charts/a/Chart.yaml", below }, { "charts/a/values.yaml", "x: 1\n" },
		{ "charts/a/charts/a/Chart.yaml", below }, { "charts/a/charts/a/values.yaml", "y: 1\n" },
		{ "charts/a/charts/a/charts/a/Chart.yaml", "name: a\nversion: 1.0.0\n" },
		{ "charts/a/charts/a/charts/a/values.yaml", "z: 1\n" }, { 0 } }, &v);
	assert_true(v.cut);
	assert_true(v.count >= VALUES_SUBCHARTS_MAX && v.count <= VALUES_ROWS_MAX);
}

/* Each import would sort all that was imported before it. */
static void imports_are_bounded(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf top = sbuf_make(MIB), below = sbuf_make(MIB);
	struct values_view v;
	sbuf_puts(&top, HEAD "dependencies:\n- {name: a, version: '*', import-values: [all]}\n");
	for (unsigned i = 0; i < 3; i++) {
		sbuf_printf(&top, "- name: b\n  alias: b%u\n  version: '*'\n  import-values:\n", i);
		for (unsigned k = 0; k < CHART_LIST_MAX; k++)
			sbuf_puts(&top, "  - none\n");
	}
	sbuf_puts(&below, "exports:\n  all:\n");
	for (unsigned i = 0; i < 10000; i++)
		sbuf_printf(&below, "    k%u: 1\n", i);
	assert_true(sbuf_ok(&top) && sbuf_ok(&below));
	view_files((const struct file[]){
		{ "Chart.yaml", top.p }, { "charts/a/Chart.yaml", "name: a\nversion: 1.0.0\napiVersion: v2\n" },
		{ "charts/a/values.yaml", below.p }, { "charts/b/Chart.yaml", "name: b\nversion: 1.0.0\napiVersion: v2\n" },
		{ "charts/b/values.yaml", "exports: {none: {}}\n" }, { 0 } }, &v);
	assert_true(v.cut);
	assert_int_equal(v.problem_count, 0);
	assert_true(arena.used < 80 * MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_are_quoted),
		cmocka_unit_test(rows_know_where_they_stand),
		cmocka_unit_test(texts_for_search),
		cmocka_unit_test(sameness),
		cmocka_unit_test(long_defaults_are_cut),
		cmocka_unit_test(aliases_are_not_written),
		cmocka_unit_test(comments_are_cut),
		cmocka_unit_test(rows_are_bounded),
		cmocka_unit_test(long_paths_are_left_out),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(events_are_bounded),
		cmocka_unit_test(subcharts_are_bounded),
		cmocka_unit_test(imports_are_bounded),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("set", t_set_line, set_lines);
	failed += RUN_TABLE("yaml", t_yaml, yamls);
	arena_done(&arena);
	return failed;
}
