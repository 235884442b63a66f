/* Access to trees, and what a plain scalar means: the second table was made with
 * sigs.k8s.io/yaml 1.6 and a Go struct with a string field.                                 */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/format/node.h"

static const struct { const char *text; enum node_type type; const char *result; } coercions[] = {
	{ "1.0",                      NODE_FLOAT,     "1" },
	{ "1.10",                     NODE_FLOAT,     "1.1" },
	{ "1e3",                      NODE_FLOAT,     "1000" },
	{ "1e5",                      NODE_FLOAT,     "100000" },
	{ "1e6",                      NODE_FLOAT,     "1e+06" },
	{ "123456.0",                 NODE_FLOAT,     "123456" },
	{ "1234567.0",                NODE_FLOAT,     "1.234567e+06" },
	{ "16777217.0",               NODE_FLOAT,     "1.6777216e+07" },
	{ "1826e29",                  NODE_FLOAT,     "1.826e+32" },
	{ "3.4028235e38",             NODE_FLOAT,     "3.4028235e+38" },
	{ "1e39",                     NODE_FLOAT,     "+Inf" },
	{ "-1e39",                    NODE_FLOAT,     "-Inf" },
	{ "1e400",                    NODE_STRING,    "1e400" },
	{ "1e-4",                     NODE_FLOAT,     "0.0001" },
	{ "1e-5",                     NODE_FLOAT,     "1e-05" },
	{ "0.30000001192092896",      NODE_FLOAT,     "0.3" },
	{ "-0.0",                     NODE_FLOAT,     "-0" },
	{ ".5",                       NODE_FLOAT,     "0.5" },
	{ "-.5",                      NODE_FLOAT,     "-0.5" },
	{ ".5_0",                     NODE_FLOAT,     "0.5" },
	{ ".5_",                      NODE_STRING,    ".5_" },
	{ "._5",                      NODE_STRING,    "._5" },
	{ "1.",                       NODE_FLOAT,     "1" },
	{ "1.e3",                     NODE_FLOAT,     "1000" },
	{ ".e3",                      NODE_STRING,    ".e3" },
	{ "1e",                       NODE_STRING,    "1e" },
	{ "08",                       NODE_FLOAT,     "8" },
	{ ".inf",                     NODE_FLOAT,     "+Inf" },
	{ "-.INF",                    NODE_FLOAT,     "-Inf" },
	{ ".NaN",                     NODE_FLOAT,     "NaN" },
	{ "5",                        NODE_INT,       "5" },
	{ "+5",                       NODE_INT,       "5" },
	{ "-0",                       NODE_INT,       "0" },
	{ "0x1F",                     NODE_INT,       "31" },
	{ "0X1f",                     NODE_INT,       "31" },
	{ "0o17",                     NODE_INT,       "15" },
	{ "017",                      NODE_INT,       "15" },
	{ "0b11",                     NODE_INT,       "3" },
	{ "-0b11",                    NODE_INT,       "-3" },
	{ "0x",                       NODE_STRING,    "0x" },
	{ "1_000",                    NODE_INT,       "1000" },
	{ "1_",                       NODE_INT,       "1" },
	{ "_1",                       NODE_STRING,    "_1" },
	{ "9223372036854775808",      NODE_INT,       "9223372036854775808" },
	{ "+9223372036854775808",     NODE_FLOAT,     "9.223372e+18" },
	{ "-9223372036854775808",     NODE_INT,       "-9223372036854775808" },
	{ "-9223372036854775809",     NODE_FLOAT,     "-9.223372e+18" },
	{ "18446744073709551615",     NODE_INT,       "18446744073709551615" },
	{ "18446744073709551616",     NODE_FLOAT,     "1.8446744e+19" },
	{ "y",                        NODE_BOOL,      "true" },
	{ "Yes",                      NODE_BOOL,      "true" },
	{ "on",                       NODE_BOOL,      "true" },
	{ "TRUE",                     NODE_BOOL,      "true" },
	{ "n",                        NODE_BOOL,      "false" },
	{ "off",                      NODE_BOOL,      "false" },
	{ "No",                       NODE_BOOL,      "false" },
	{ "yEs",                      NODE_STRING,    "yEs" },
	{ "~",                        NODE_NULL,      "" },
	{ "null",                     NODE_NULL,      "" },
	{ "",                         NODE_NULL,      "" },
	{ "nULL",                     NODE_STRING,    "nULL" },
	{ "2024-01-01",               NODE_TIMESTAMP, "2024-01-01" },
	{ "2001-12-14t21:59:43.10-05:00", NODE_TIMESTAMP, "2001-12-14t21:59:43.10-05:00" },
	{ "2001-12-14 21:59:43.10",   NODE_TIMESTAMP, "2001-12-14 21:59:43.10" },
	{ "2001-12-14 21:59:43Z",     NODE_STRING,    "2001-12-14 21:59:43Z" },
	{ "2024-01-01T00:00:00",      NODE_STRING,    "2024-01-01T00:00:00" },
	{ "12:30:45",                 NODE_STRING,    "12:30:45" },
	{ "1.2.3",                    NODE_STRING,    "1.2.3" },
	{ "v1",                       NODE_STRING,    "v1" },
	{ "1.2.3-rc.1",               NODE_STRING,    "1.2.3-rc.1" },
	{ "+",                        NODE_STRING,    "+" },
	{ ".",                        NODE_STRING,    "." },
};

static struct node scalar(const char *text, bool plain, const char *tag)
{
	return (struct node){ .kind = NODE_SCALAR, .plain = plain, .text = str_c(text),
	                      .tag = str_c(tag) };
}

static void expect_coerced(const struct node *n, const char *wanted)
{
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct str got = STR("untouched");
	assert_true(node_coerce_string(&a, n, &got));
	if (!str_eq_c(got, wanted))
		fail_msg("%.*s became %.*s, not %s", STR_ARG(n->text), STR_ARG(got), wanted);
}

static void t_yaml_06_plain_scalars(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(coercions); i++) {
		struct node n = scalar(coercions[i].text, true, NULL);
		if (node_type(&n) != coercions[i].type)
			fail_msg("%s has type %d", coercions[i].text, (int)node_type(&n));
		expect_coerced(&n, coercions[i].result);
	}
}

static void t_yaml_06_quoted_scalars_are_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(coercions); i++) {
		struct node n = scalar(coercions[i].text, false, NULL);
		assert_int_equal(node_type(&n), NODE_STRING);
		assert_false(node_is_null(&n));
		expect_coerced(&n, coercions[i].text);
	}
}

static void tags_decide(void **state)
{
	(void)state;
	static const struct { const char *tag, *text; bool plain; const char *result; } rows[] = {
		{ "!!str",   "1.10", true,  "1.10" },
		{ "!!str",   "null", true,  "null" },
		{ "!!int",   "5",    false, "5" },
		{ "!!int",   "0x10", false, "16" },
		{ "!!float", "5",    true,  "5" },
		{ "!!float", "-16777217", true, "-1.6777216e+07" },
		{ "!!bool",  "yes",  false, "true" },
		{ "!!null",  "",     false, "" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct node n = scalar(rows[i].text, rows[i].plain, rows[i].tag);
		expect_coerced(&n, rows[i].result);
	}
}

static void long_numbers_are_strings(void **state)
{
	(void)state;
	char digits[2000];
	memset(digits, '1', sizeof digits);
	struct node n = { .kind = NODE_SCALAR, .plain = true, .text = str_make(digits, sizeof digits) };
	assert_int_equal(node_type(&n), NODE_STRING);
	memset(digits + 1, '_', sizeof digits - 1);
	assert_int_equal(node_type(&n), NODE_STRING);
}

static void booleans(void **state)
{
	(void)state;
	bool value = false;
	struct node yes = scalar("yes", true, NULL), off = scalar("OFF", true, NULL),
	            quoted = scalar("true", false, NULL), number = scalar("1", true, NULL),
	            list = { .kind = NODE_LIST };
	assert_true(node_bool(&yes, &value) && value);
	assert_true(node_bool(&off, &value) && !value);
	assert_false(node_bool(&quoted, &value));
	assert_false(node_bool(&number, &value));
	assert_false(node_bool(&list, &value));
	assert_false(node_bool(NULL, &value));
}

static void numbers_are_doubles(void **state)
{
	(void)state;
	static const struct { const char *text; bool is_number; double number; } rows[] = {
		{ "1", true, 1 },          { "-12", true, -12 },     { "0x1F", true, 31 },
		{ "0644", true, 420 },     { "1.10", true, 1.1 },    { "-2e3", true, -2000 },
		{ "1_000", true, 1000 },   { "16777217.5", true, 16777217.5 },
		{ "18446744073709551615", true, 18446744073709551616. },
		{ "one", false, 7 },       { "", false, 7 },         { "true", false, 7 },
		{ "2026-01-01", false, 7 },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct node plain = scalar(rows[i].text, true, NULL),
		            quoted = scalar(rows[i].text, false, NULL);
		double number = 7;
		assert_int_equal(node_number(&plain, &number), rows[i].is_number);
		assert_true(number == rows[i].number);
		assert_false(node_number(&quoted, &number));
	}
	assert_false(node_number(NULL, &(double){ 0 }));
}

static void no_string_from_lists(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct node list = { .kind = NODE_LIST }, map = { .kind = NODE_MAP };
	struct str got = STR("untouched");
	assert_false(node_coerce_string(&a, &list, &got));
	assert_false(node_coerce_string(&a, &map, &got));
	assert_true(str_eq(got, STR("untouched")));
	assert_false(node_is_null(&list));
	assert_true(node_coerce_string(&a, NULL, &got));
	assert_int_equal(got.n, 0);
}

static void memory_used_up(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { .limit = 1 };
	struct node number = scalar("5", true, NULL);
	struct str got;
	assert_false(node_coerce_string(&a, &number, &got));
}

static void members(void **state)
{
	(void)state;
	struct node one = scalar("1", true, NULL), two = scalar("2", true, NULL);
	struct node_item exact = { .key = STR("name"), .value = &two };
	struct node_item other = { .key = STR("NAME"), .value = &one, .next = &exact };
	struct node map = { .kind = NODE_MAP, .items = &other, .count = 2 };
	assert_ptr_equal(node_get(&map, "name"), &two);
	assert_null(node_get(&map, "Name"));
	assert_ptr_equal(node_get_nocase(&map, "name"), &two);
	assert_ptr_equal(node_get_nocase(&map, "Name"), &one);
	assert_null(node_get_nocase(&map, "names"));
	assert_null(node_get(NULL, "name"));
	assert_null(node_get(&one, "name"));
	assert_true(str_eq(node_text(&one), STR("1")));
	assert_int_equal(node_text(&map).n, 0);
	assert_int_equal(node_text(NULL).n, 0);
}

static void keys_as_go_sees_them(void **state)
{
	(void)state;
	static const struct { const char *key; bool plain; const char *result; } rows[] = {
		{ "on", true, "true" },   { "on", false, "on" },     { "1.10", true, "1.1" },
		{ "0x10", true, "16" },   { ".inf", true, ".inf" },  { "-.Inf", true, "-.inf" },
		{ ".NAN", true, ".nan" }, { "name", true, "name" },  { "null", true, "null" },
	};
	AUTO_ARENA struct arena a = { .limit = 0 };
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct node_item item = { .key = str_c(rows[i].key), .key_plain = rows[i].plain };
		struct str got;
		assert_true(node_key_string(&a, &item, &got));
		assert_true(str_eq_c(got, rows[i].result));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_yaml_06_plain_scalars),
		cmocka_unit_test(t_yaml_06_quoted_scalars_are_strings),
		cmocka_unit_test(tags_decide),
		cmocka_unit_test(long_numbers_are_strings),
		cmocka_unit_test(booleans),
		cmocka_unit_test(numbers_are_doubles),
		cmocka_unit_test(no_string_from_lists),
		cmocka_unit_test(memory_used_up),
		cmocka_unit_test(members),
		cmocka_unit_test(keys_as_go_sees_them),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
