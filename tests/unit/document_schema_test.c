/* Schemas: a row says what is wrong with a tree of values, or what is known of one of them. */
#include "buffer.h"

#include "indexer/base/auto.h"
#include "indexer/document/schema.h"

#define LISTING 4096

static struct errinfo error;

static const struct node *read_values(struct arena *a, const char *yaml)
{
	const struct node *n = NULL;
	if (yaml_read(a, str_c(yaml), &yaml_values, &n, &error))
		fail_msg("%s: %s", yaml, error.detail);
	return n;
}

static void read_schema(struct arena *a, const char *json, size_t *steps, struct schema *ret)
{
	if (schema_read(a, str_c(json), "values.schema.json", steps, ret, &error))
		fail_msg("%s: %s", json, error.detail);
}

/* ---- what is wrong ---- */

struct check_row {
	const char *name, *schema, *values;
	const char *wrong;               /* "path: text" a line; "" of the root is "." */
};

#define PROPERTY(of) "{\"properties\":{\"x\":" of "}}"
#define OLD "\"$schema\":\"http://json-schema.org/draft-07/schema#\","
#define RECENT "\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","

static const struct check_row checks[] = {
	{ "nothing asked", "{}", "x: 1", "" },
	{ "true", "true", "x: 1", "" },
	{ "false", "false", "x: 1", ".: must not be set\n" },
	{ "no values", "{\"required\":[\"x\"]}", "", ".: must have the key \"x\"\n" },

	{ "type", PROPERTY("{\"type\":\"string\"}"), "x: 1", "x: must be string, not integer\n" },
	{ "types", PROPERTY("{\"type\":[\"string\",\"null\"]}"), "x: [1]",
	  "x: must be string or null, not array\n" },
	{ "one of the types", PROPERTY("{\"type\":[\"string\",\"null\"]}"), "x:", "" },
	{ "boolean", PROPERTY("{\"type\":\"boolean\"}"), "x: yes", "" },
	{ "integer is a number", PROPERTY("{\"type\":\"number\"}"), "x: 1", "" },
	{ "whole number", PROPERTY("{\"type\":\"integer\"}"), "x: 2.0", "" },
	{ "broken number", PROPERTY("{\"type\":\"integer\"}"), "x: 2.5",
	  "x: must be integer, not number\n" },
	{ "object", PROPERTY("{\"type\":\"object\"}"), "x: a", "x: must be object, not string\n" },
	{ "quoted", PROPERTY("{\"type\":\"string\"}"), "x: \"1\"", "" },
	{ "date", PROPERTY("{\"type\":\"string\"}"), "x: 2026-01-02", "" },
	{ "type of its own", PROPERTY("{\"type\":\"port\"}"), "x: 1", "" },
	{ "type that is none", PROPERTY("{\"type\":{}}"), "x: 1", "" },

	{ "enum", PROPERTY("{\"enum\":[\"a\",\"b\",1,null,\"1\"]}"), "x: c",
	  "x: must be one of: a, b, 1, null, \"1\"\n" },
	{ "in the enum", PROPERTY("{\"enum\":[{\"a\":[1,2],\"b\":null}]}"), "x: {b: ~, a: [1, 2.0]}", "" },
	{ "text is no number", PROPERTY("{\"enum\":[1]}"), "x: \"1\"", "x: must be one of: 1\n" },
	{ "const", PROPERTY("{\"const\":[1,{\"a\":\"b\"}]}"), "x: 1", "x: must be [1, {\"a\": \"b\"}]\n" },

	{ "minimum", PROPERTY("{\"minimum\":1}"), "x: 0", "x: must be ≥ 1\n" },
	{ "at the minimum", PROPERTY("{\"minimum\":1,\"maximum\":1}"), "x: 1", "" },
	{ "maximum", PROPERTY("{\"maximum\":1.5}"), "x: 1.6", "x: must be ≤ 1.5\n" },
	{ "exclusive", PROPERTY("{\"exclusiveMinimum\":1}"), "x: 1", "x: must be > 1\n" },
	{ "exclusive of draft 4", PROPERTY("{\"maximum\":1,\"exclusiveMaximum\":true}"), "x: 1",
	  "x: must be < 1\n" },
	{ "not of texts", PROPERTY("{\"minimum\":1}"), "x: \"0\"", "" },
	{ "multiple", PROPERTY("{\"multipleOf\":0.1}"), "x: 0.25", "x: must be a multiple of 0.1\n" },
	{ "is a multiple", PROPERTY("{\"multipleOf\":0.1}"), "x: 0.3", "" },
	{ "multiple of nothing", PROPERTY("{\"multipleOf\":0}"), "x: 3", "" },
	{ "short", PROPERTY("{\"minLength\":3}"), "x: \"\xc3\xa4\xc3\xb6\"",
	  "x: must have at least 3 characters\n" },
	{ "length in characters", PROPERTY("{\"maxLength\":2}"), "x: \"\xc3\xa4\xc3\xb6\"", "" },
	{ "few items", PROPERTY("{\"minItems\":1}"), "x: []", "x: must have at least 1 items\n" },
	{ "many items", PROPERTY("{\"maxItems\":1}"), "x: [1, 2]", "x: must have at most 1 items\n" },
	{ "many keys", "{\"maxProperties\":1}", "{a: 1, b: 2}", ".: must have at most 1 keys\n" },
	{ "twice", PROPERTY("{\"uniqueItems\":true}"), "x: [1, {a: b}, {a: b}]",
	  "x: must not have an element twice, as [1]\n" },
	{ "limit that is none", PROPERTY("{\"minimum\":\"1\"}"), "x: 0", "" },

	{ "required", "{\"required\":[\"a\",\"b\"]}", "a: 1", ".: must have the key \"b\"\n" },
	{ "dependent", "{" OLD "\"dependencies\":{\"a\":[\"b\"],\"c\":[\"d\"]}}", "a: 1",
	  ".: must have the key \"b\"\n" },
	{ "closed", "{\"properties\":{\"a\":{}},\"additionalProperties\":false}", "{a: 1, b: 2}",
	  ".: must not have the key \"b\"\n" },
	{ "closed but for a pattern",
	  "{\"patternProperties\":{\"^b\":{}},\"additionalProperties\":false}", "b: 2", "" },
	{ "others", "{\"properties\":{\"a\":{}},\"additionalProperties\":{\"type\":\"integer\"}}",
	  "{a: x, b: 2, c.d: z}", "c\\.d: must be integer, not string\n" },
	{ "names", "{\"propertyNames\":{\"maxLength\":2}}", "{ab: 1, abc: 2}",
	  ".: must not have a key such as \"abc\" (propertyNames)\n" },
	{ "elements", PROPERTY("{\"items\":{\"type\":\"string\"}}"), "x: [a, 1, b, {}]",
	  "x[1]: must be string, not integer\nx[3]: must be string, not object\n" },
	{ "one by one", "{" OLD "\"properties\":{\"x\":{\"items\":[{\"type\":\"string\"},{\"type\":\"integer\"}],"
	  "\"additionalItems\":{\"type\":\"null\"}}}}", "x: [1, 1, 1]",
	  "x[0]: must be string, not integer\nx[2]: must be null, not integer\n" },
	{ "first items", PROPERTY("{\"prefixItems\":[{\"type\":\"string\"}],\"items\":false}"), "x: [1, 1]",
	  "x[0]: must be string, not integer\nx[1]: must not be set\n" },
	{ "not one by one any more", "{" RECENT "\"properties\":{\"x\":{\"items\":[{\"type\":\"string\"}]}}}",
	  "x: [1]", "" },
	{ "not first items yet", "{" OLD "\"properties\":{\"x\":{\"prefixItems\":[{\"type\":\"string\"}]}}}",
	  "x: [1]", "" },
	{ "not by any draft", "{\"dependencies\":{\"a\":[\"b\"]},\"not\":{\"dependencies\":{\"a\":[\"b\"]}}}",
	  "a: 1", "" },
	{ "contains", PROPERTY("{\"contains\":{\"const\":1}}"), "x: [2]",
	  "x: must have an element that it lacks (contains)\n" },
	{ "deep", PROPERTY("{\"properties\":{\"y\":{\"items\":{\"required\":[\"z\"]}}}}"), "x: {y: [{}]}",
	  "x.y[0]: must have the key \"z\"\n" },

	{ "all of", PROPERTY("{\"allOf\":[{\"type\":\"string\"},{\"minLength\":2}]}"), "x: a",
	  "x: must have at least 2 characters\n" },
	{ "any of", PROPERTY("{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"null\"}]}"), "x: 1",
	  "x: fits none of 2 alternatives (anyOf)\n" },
	{ "one of any", PROPERTY("{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"integer\"}]}"), "x: 1", "" },
	{ "one of", PROPERTY("{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}"), "x: 0",
	  "x: fits none of 2 alternatives (oneOf)\n" },
	{ "two of one", PROPERTY("{\"oneOf\":[{\"minimum\":1},{\"minimum\":2}]}"), "x: 3",
	  "x: fits 2 alternatives where it must fit one (oneOf)\n" },
	{ "not", PROPERTY("{\"not\":{\"type\":\"string\"}}"), "x: a", "x: is what it must not be (not)\n" },
	{ "if so", "{\"if\":{\"required\":[\"a\"]},\"then\":{\"required\":[\"b\"]},\"else\":false}", "a: 1",
	  ".: must have the key \"b\"\n" },
	{ "if not", "{\"if\":{\"required\":[\"a\"]},\"then\":{\"required\":[\"b\"]},\"else\":false}", "c: 1",
	  ".: must not be set\n" },

	{ "pattern is not tried", PROPERTY("{\"pattern\":\"^b\"}"), "x: a", "" },
	{ "nor what depends on it", PROPERTY("{\"anyOf\":[{\"pattern\":\"^b\"},{\"type\":\"null\"}]}"), "x: a",
	  "" },
	{ "nor not", PROPERTY("{\"not\":{\"pattern\":\"^b\"}}"), "x: a", "" },
	{ "nor if", PROPERTY("{\"if\":{\"format\":\"email\"},\"then\":false,\"else\":false}"), "x: a", "" },
	{ "of a number it is nothing", PROPERTY("{\"not\":{\"pattern\":\"^b\"}}"), "x: 1",
	  "x: is what it must not be (not)\n" },

	{ "reference", "{\"properties\":{\"x\":{\"$ref\":\"#/definitions/n~1a%20b\"}},"
	  "\"definitions\":{\"n/a b\":{\"type\":\"string\"}}}", "x: 1", "x: must be string, not integer\n" },
	{ "by its own name", "{\"$id\":\"http://example.com/s#\",\"properties\":{\"x\":{\"$ref\":"
	  "\"http://example.com/s#/$defs/a\"}},\"$defs\":{\"a\":{\"type\":\"string\"}}}", "x: 1",
	  "x: must be string, not integer\n" },
	{ "into a list", "{\"properties\":{\"x\":{\"$ref\":\"#/allOf/1\"}},\"allOf\":[{},{\"maxLength\":1}]}",
	  "x: abc", "x: must have at most 1 characters\n" },
	{ "beside a reference", PROPERTY("{\"$ref\":\"#/$defs/a\",\"type\":\"string\"}"), "x: 1", "" },
	{ "beside it later", "{" RECENT "\"properties\":{\"x\":{\"$ref\":\"#/$defs/a\",\"type\":\"string\"}},"
	  "\"$defs\":{\"a\":{}}}", "x: 1", "x: must be string, not integer\n" },
	{ "T-META-14 to somewhere else", PROPERTY("{\"$ref\":\"https://example.com/x.json\"}"), "x: 1", "" },
	{ "to nowhere", PROPERTY("{\"$ref\":\"#/nowhere\"}"), "x: 1", "" },
	{ "circle", "{\"$ref\":\"#\"}", "x: 1", "" },
	{ "circle of two", PROPERTY("{\"$ref\":\"#/$defs/a\"},\"y\":{\"type\":\"null\"}},"
	  "\"$defs\":{\"a\":{\"$ref\":\"#/$defs/b\"},\"b\":{\"$ref\":\"#/$defs/a\"}"), "{x: 1, y: 1}",
	  "y: must be null, not integer\n" },
	{ "recursion", "{\"properties\":{\"x\":{\"$ref\":\"#\"},\"y\":{\"type\":\"null\"}}}",
	  "x: {x: {y: 1}}", "x.x.y: must be null, not integer\n" },
};

static void t_check(void **state)
{
	const struct check_row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(LISTING);
	size_t steps = SCHEMA_STEPS_MAX;
	struct schema s;
	struct schema_report report;
	read_schema(&a, row->schema, &steps, &s);
	const struct node *values = read_values(&a, row->values);
	assert_int_equal(schema_check(&a, &s, values, &report, &error), OK);
	for (size_t i = 0; i < report.count; i++) {
		struct str path = report.violations[i].path;
		sbuf_put(&b, path.n ? path : STR("."));
		sbuf_puts(&b, ": ");
		sbuf_put(&b, report.violations[i].text);
		sbuf_putc(&b, '\n');
	}
	assert_true(sbuf_ok(&b));
	assert_false(report.cut);
	assert_buffer(&b, row->wrong);
}

/* ---- what is known ---- */

struct about_row {
	const char *name, *schema;
	const char *type, *constraints, *text;           /* of x */
	const char *marks;               /* r: required, d: deprecated, s: has a default */
};

static const struct about_row abouts[] = {
	{ "nothing", "{}", "", "", "", "" },
	{ "not mentioned", "{\"properties\":{\"y\":{\"type\":\"string\"}}}", "", "", "", "" },
	{ "plain", PROPERTY("{\"type\":\"string\",\"description\":\" How it is. \",\"title\":\"X\"}"),
	  "string", "", "How it is.", "" },
	{ "title", PROPERTY("{\"title\":\"X\",\"default\":null}"), "", "", "X", "s" },
	{ "types", PROPERTY("{\"type\":[\"integer\",\"null\"]}"), "integer or null", "", "", "" },
	{ "marks", "{\"required\":[\"x\"],\"properties\":{\"x\":{\"deprecated\":true}}}", "", "", "", "rd" },
	{ "limits", PROPERTY("{\"maximum\":10,\"minimum\":1,\"multipleOf\":2.5}"), "",
	  "≥ 1, ≤ 10, multiple of 2.5", "", "" },
	{ "draft 4", PROPERTY("{\"minimum\":1,\"exclusiveMinimum\":true}"), "", "> 1", "", "" },
	{ "text", PROPERTY("{\"minLength\":1,\"maxLength\":63,\"pattern\":\"^[a-z]+$\",\"format\":\"hostname\"}"),
	  "", "at least 1 characters, at most 63 characters, pattern ^[a-z]+$, format hostname", "", "" },
	{ "list", PROPERTY("{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true,"
	  "\"items\":{\"type\":\"string\"}}"), "array", "at least 1 items, no element twice, elements: string",
	  "", "" },
	{ "map", PROPERTY("{\"additionalProperties\":false,\"uniqueItems\":false}"), "", "no other keys", "",
	  "" },
	{ "enum", PROPERTY("{\"enum\":[\"a\",\"b, c\",1,true,\"true\",\"\"]}"), "",
	  "one of: a, \"b, c\", 1, true, \"true\", \"\"", "", "" },
	{ "const", PROPERTY("{\"const\":{\"a\":1}}"), "", "always {\"a\": 1}", "", "" },
	{ "reference", "{\"properties\":{\"x\":{\"$ref\":\"#/$defs/p\",\"description\":\"Here.\"}},"
	  "\"$defs\":{\"p\":{\"type\":\"integer\",\"maximum\":65535,\"description\":\"There.\"}}}",
	  "integer", "≤ 65535", "Here.", "" },
	{ "all of", "{\"allOf\":[{\"required\":[\"x\"]},{\"properties\":{\"x\":{\"minimum\":1}}},"
	  "{\"properties\":{\"x\":{\"type\":\"integer\"}}}]}", "integer", "≥ 1", "", "r" },
	{ "alternatives", PROPERTY("{\"anyOf\":[{\"type\":\"string\",\"minLength\":1},{\"type\":\"null\"},"
	  "{\"type\":\"string\"}]}"), "string or null", "", "", "" },
	{ "perhaps", "{\"oneOf\":[{\"required\":[\"x\"],\"properties\":{\"x\":{\"description\":\"Maybe.\"}}}]}",
	  "", "", "Maybe.", "" },
	{ "if", "{\"if\":{},\"then\":{\"properties\":{\"x\":{\"type\":\"string\"}}}}", "string", "", "", "" },
	{ "others", "{\"additionalProperties\":{\"type\":\"string\"}}", "string", "", "", "" },
	{ "others are not sure",
	  "{\"patternProperties\":{\"y\":{}},\"additionalProperties\":{\"type\":\"string\"}}", "", "", "", "" },
	{ "circle", "{\"$ref\":\"#/a\",\"a\":{\"$ref\":\"#\",\"properties\":{\"x\":{\"type\":\"null\"}}}}", "null",
	  "", "", "" },
	{ "made of nonsense", "{\"$ref\":1,\"allOf\":{\"x\":1},\"anyOf\":[1,[]],\"properties\":{\"x\":"
	  "{\"type\":{},\"enum\":1,\"minimum\":\"1\",\"items\":[],\"description\":[]}},\"required\":{}}", "", "", "",
	  "" },
};

static void t_about(void **state)
{
	const struct about_row *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	char marks[4] = "";
	size_t steps = SCHEMA_STEPS_MAX;
	struct schema s;
	struct schema_about about;
	read_schema(&a, row->schema, &steps, &s);
	struct schema_place root = schema_root(&s), x = schema_child(&root, STR("x"));
	assert_int_equal(schema_describe(&a, &x, &about, &error), OK);
	if (schema_requires(&root, STR("x")))
		strcat(marks, "r");
	if (about.deprecated)
		strcat(marks, "d");
	if (about.standard)
		strcat(marks, "s");
	assert_string_equal(arena_dup(&a, about.type), row->type);
	assert_string_equal(arena_dup(&a, about.constraints), row->constraints);
	assert_string_equal(arena_dup(&a, about.text), row->text);
	assert_string_equal(marks, row->marks);
}

/* ---- the rest ---- */

static void keys_that_are_known(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	size_t steps = SCHEMA_STEPS_MAX, count;
	struct schema s;
	struct str *keys;
	read_schema(&a, "{\"properties\":{\"b\":{},\"a\":{}},\"allOf\":[{\"properties\":{\"c\":{},\"b\":{}}},"
	            "{\"properties\":1}],\"required\":[\"d\",\"a\"],\"anyOf\":[{\"required\":[\"e\"]}]}", &steps, &s);
	struct schema_place root = schema_root(&s);
	assert_true(schema_keys(&a, &root, false, 9, &keys, &count));
	assert_int_equal(count, 3);
	assert_true(str_eq_c(keys[0], "b") && str_eq_c(keys[1], "a") && str_eq_c(keys[2], "c"));
	assert_true(schema_keys(&a, &root, true, 9, &keys, &count));
	assert_int_equal(count, 4);
	assert_true(str_eq_c(keys[3], "d"));
	assert_true(schema_keys(&a, &root, false, 1, &keys, &count));
	assert_int_equal(count, 1);
	assert_true(str_eq_c(keys[0], "b"));
}

static void elements_of_lists(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	size_t steps = SCHEMA_STEPS_MAX;
	struct schema s;
	struct schema_about about;
	read_schema(&a, "{\"items\":{\"type\":\"string\"},\"prefixItems\":[{\"type\":\"null\"}]}", &steps, &s);
	struct schema_place root = schema_root(&s);
	static const char *const types[] = { "null", "string" };
	for (size_t i = 0; i < ROWS(types); i++) {
		struct schema_place element = schema_element(&root, i);
		assert_int_equal(schema_describe(&a, &element, &about, &error), OK);
		assert_true(str_eq_c(about.type, types[i]));
	}
}

static void references_that_lead_nowhere(void **state)
{
	(void)state;
	static const char *const problems[] = {
		"$ref to https://example.com/x.json#/a is not fetched",
		"$ref to defs.json is not fetched",
		"$ref to #/nowhere, which is not there",
	};
	AUTO_ARENA struct arena a = { 0 };
	size_t steps = SCHEMA_STEPS_MAX;
	struct schema s;
	read_schema(&a, "{\"allOf\":[{\"$ref\":\"https://example.com/x.json#/a\"},{\"$ref\":\"defs.json\"},"
	            "{\"$ref\":\"https://example.com/x.json#/a\"},{\"$ref\":\"#/nowhere\"},{\"$ref\":\"#\"}],"
	            "\"properties\":{\"$ref\":{}}}", &steps, &s);
	assert_int_equal(s.problem_count, ROWS(problems));
	for (size_t i = 0; i < ROWS(problems); i++)
		assert_string_equal(arena_dup(&a, s.problems[i]), problems[i]);
	assert_int_equal(steps, SCHEMA_STEPS_MAX);
}

/* By $id and $anchor, as drafts have them. */
static void references_by_name(void **state)
{
	static const char *const schemas[] = {
		"{\"$defs\":{\"p\":{\"$anchor\":\"aa\",\"type\":\"string\"}},\"properties\":{\"a\":{\"$ref\":\"#aa\"}}}",
		"{\"definitions\":{\"p\":{\"$id\":\"#aa\",\"type\":\"string\"}},\"properties\":{\"a\":{\"$ref\":\"#aa\"}}}",
		"{\"$id\":\"https://x.io/v\",\"$defs\":{\"p\":{\"$id\":\"thing\",\"type\":\"string\"}},\"properties\":{\"a\":{\"$ref\":\"thing\"}}}",
		"{\"$id\":\"https://x.io/v\",\"$defs\":{\"p\":{\"$id\":\"thing\",\"type\":\"string\"}},\"properties\":{\"a\":{\"$ref\":\"https://x.io/thing\"}}}",
		"{\"$id\":\"https://x.io/v#\",\"$defs\":{\"p\":{\"type\":\"string\"}},\"properties\":{\"a\":{\"$ref\":\"https://x.io/v#/$defs/p\"}}}",
	};
	(void)state;
	for (size_t i = 0; i < ROWS(schemas); i++) {
		AUTO_ARENA struct arena a = { 0 };
		size_t steps = SCHEMA_STEPS_MAX;
		struct schema s;
		struct schema_about about;
		read_schema(&a, schemas[i], &steps, &s);
		struct schema_place root = schema_root(&s), of = schema_child(&root, STR("a"));
		assert_int_equal(s.problem_count, 0);
		assert_int_equal(schema_describe(&a, &of, &about, &error), OK);
		assert_true(str_eq_c(about.type, "string"));
	}
}

/* Each address would be as long as all before it together. */
static void addresses_are_bounded(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	size_t steps = SCHEMA_STEPS_MAX;
	struct schema s;
	sbuf_puts(&b, "{\"$id\":\"https://x.io/\"");
	for (int i = 0; i < 60; i++)
		sbuf_printf(&b, ",\"not\":{\"$id\":\"%0*d/\"", 10000, i);
	for (int i = 0; i < 60; i++)
		sbuf_putc(&b, '}');
	sbuf_putc(&b, '}');
	assert_true(sbuf_ok(&b));
	read_schema(&a, b.p, &steps, &s);
	assert_int_equal(s.name_count, 61);
	assert_true(a.used < 2 * b.n);
}

static void what_is_no_schema(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(SCHEMA_MAX_BYTES + 9);
	size_t steps = SCHEMA_STEPS_MAX;
	struct schema s;
	assert_int_equal(schema_read(&a, STR("{"), "x.json", &steps, &s, &error), ERR_METADATA);
	assert_true(str_starts(str_c(error.detail), STR("x.json:1: ")));
	for (size_t i = 0; i <= SCHEMA_MAX_BYTES; i++)
		sbuf_putc(&b, ' ');
	assert_int_equal(schema_read(&a, sbuf_str(&b), "x.json", &steps, &s, &error), ERR_TOO_LARGE);
	assert_string_equal(error.detail, "x.json: larger than 2097152 bytes");
}

/* Each level asks each of the two below: 2^60 ways, if they were all gone. */
static void work_is_bounded(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	size_t steps = SCHEMA_STEPS_MAX;
	struct schema s;
	struct schema_report report;
	sbuf_puts(&b, "{\"$ref\":\"#/d/0\",\"d\":{");
	for (int i = 0; i < 60; i++)
		sbuf_printf(&b, "\"%d\":{\"anyOf\":[{\"$ref\":\"#/d/%d\"},{\"$ref\":\"#/d/%d\"}]},", i, i + 1, i + 1);
	sbuf_puts(&b, "\"60\":{\"type\":\"string\"}}}");
	assert_true(sbuf_ok(&b));
	read_schema(&a, b.p, &steps, &s);
	assert_int_equal(schema_check(&a, &s, NULL, &report, &error), OK);
	assert_int_equal(report.count, 0);
	assert_true(report.cut);
	assert_int_equal(steps, 0);
	assert_int_equal(schema_root(&s).count, 0);
}

#define MANY_KEYS 30000

/* In the same order they are compared in one go; in another one that would take a look at each for each. */
static void large_maps_are_compared_in_steps(void **state)
{
	(void)state;
	for (int backwards = 0; backwards < 2; backwards++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf json = sbuf_make(MIB), yaml = sbuf_make(MIB);
		size_t steps = SCHEMA_STEPS_MAX;
		struct schema s;
		struct schema_report report;
		sbuf_puts(&json, "{\"const\":{");
		for (int i = 0; i < MANY_KEYS; i++) {
			sbuf_printf(&json, "%s\"k%d\":1", i ? "," : "", i);
			sbuf_printf(&yaml, "k%d: 1\n", backwards ? MANY_KEYS - 1 - i : i);
		}
		sbuf_puts(&json, "}}");
		assert_true(sbuf_ok(&json) && sbuf_ok(&yaml));
		read_schema(&a, json.p, &steps, &s);
		assert_int_equal(schema_check(&a, &s, read_values(&a, yaml.p), &report, &error), OK);
		assert_int_equal(report.count, 0);
		assert_int_equal(report.cut, backwards);
	}
}

static void violations_are_bounded(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	size_t steps = SCHEMA_STEPS_MAX;
	struct schema s;
	struct schema_report report;
	for (unsigned i = 0; i <= SCHEMA_VIOLATIONS_MAX; i++)
		sbuf_printf(&b, "k%u: 1\n", i);
	assert_true(sbuf_ok(&b));
	read_schema(&a, "{\"additionalProperties\":{\"type\":\"string\"}}", &steps, &s);
	assert_int_equal(schema_check(&a, &s, read_values(&a, b.p), &report, &error), OK);
	assert_int_equal(report.count, SCHEMA_VIOLATIONS_MAX);
	assert_true(report.cut);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_that_are_known),
		cmocka_unit_test(elements_of_lists),
		cmocka_unit_test(references_that_lead_nowhere),
		cmocka_unit_test(references_by_name), cmocka_unit_test(addresses_are_bounded),
		cmocka_unit_test(what_is_no_schema),
		cmocka_unit_test(work_is_bounded),
		cmocka_unit_test(large_maps_are_compared_in_steps),
		cmocka_unit_test(violations_are_bounded),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("check", t_check, checks);
	return failed + RUN_TABLE("about", t_about, abouts);
}
