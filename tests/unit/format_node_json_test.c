/* YAML as JSON, typed as Helm types it; and a line with its keys in another order. */
#include "in_time.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/index.h"
#include "indexer/format/node_json.h"

struct value { const char *yaml, *json; };

static const struct value values[] = {
	{ "", "null" }, { "~", "null" }, { "{}", "{}" }, { "[]", "[]" }, { "a", "\"a\"" },
	{ "1", "1" }, { "-0", "0" }, { "0x1F", "31" }, { "0o17", "15" }, { "1_000", "1000" },
	{ "18446744073709551615", "18446744073709551615" }, { "1.10", "1.1" },
	{ "0.123456789012", "0.123456789012" }, { "1e3", "1000" }, { "1e300", "1e+300" },
	{ ".5", "0.5" }, { ".inf", "null" }, { "-.inf", "null" }, { ".nan", "null" },
	{ "\"1\"", "\"1\"" }, { "'~'", "\"~\"" }, { "2026-01-02", "\"2026-01-02\"" },
	{ "on", "true" }, { "no", "false" }, { "!!str 1", "\"1\"" }, { "!!float 1", "1" },
	{ "!!float 0o17", "15" }, { "!!float 0x1F", "31" },
	{ "{1: a, on: b}", "{\"1\":\"a\",\"true\":\"b\"}" },
	{ "[[], {}, [1, {a: [b]}]]", "[[],{},[1,{\"a\":[\"b\"]}]]" },
	{ "\"\\\"\\n\\x01\"", "\"\\\"\\n\\u0001\"" },
	{ "a: &x {b: 1}\nc: *x\nd: {<<: *x, e: 2}", "{\"a\":{\"b\":1},\"c\":{\"b\":1},\"d\":{\"b\":1,\"e\":2}}" },
};

static void t_value(void **state)
{
	const struct value *row = *state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	struct errinfo e = { 0 };
	const struct node *tree;
	if (yaml_read(&a, str_c(row->yaml), &yaml_values, &tree, &e) ||
	    node_json(&a, tree, &b, &e))
		fail_msg("%s", e.detail);
	assert_string_equal(b.p, row->json);
}

struct line { const char *name, *line, *museum; };

static const struct line lines[] = {
	{ "nothing", "{}", "{}" },
	{ "order", "{\"apiVersion\":\"v2\",\"created\":\"c\",\"name\":\"n\",\"urls\":[\"u\"],\"version\":\"1\"}",
	  "{\"name\":\"n\",\"version\":\"1\",\"apiVersion\":\"v2\",\"urls\":[\"u\"],\"created\":\"c\"}" },
	{ "unknown keys", "{\"engine\":{\"a\":[1]},\"name\":\"n\",\"x\":true}", "{\"name\":\"n\"}" },
	{ "brackets in strings", "{\"description\":\"}]\\\"{,\",\"name\":\"\\\\\"}",
	  "{\"name\":\"\\\\\",\"description\":\"}]\\\"{,\"}" },
	{ "lists of objects",
	  "{\"maintainers\":[{\"email\":\"e\",\"name\":\"n\"},{},{\"url\":\"u\"}],\"name\":\"n\"}",
	  "{\"name\":\"n\",\"maintainers\":[{\"name\":\"n\",\"email\":\"e\"},{},{\"url\":\"u\"}]}" },
	{ "empty lists", "{\"dependencies\":[],\"keywords\":[],\"name\":\"n\"}",
	  "{\"name\":\"n\",\"keywords\":[],\"dependencies\":[]}" },
	{ "annotations as they are", "{\"annotations\":{\"z\":\"1\",\"a\":\"{\"},\"name\":\"n\"}",
	  "{\"name\":\"n\",\"annotations\":{\"z\":\"1\",\"a\":\"{\"}}" },
};

static void t_line(void **state)
{
	const struct line *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	index_line_to_museum(str_c(row->line), &b);
	assert_string_equal(b.p, row->museum);
}

/* Whatever stands there, nothing behind it is read. */
static void t_line_that_is_cut(void **state)
{
	const struct line *row = *state;
	for (size_t n = 0; n < strlen(row->line); n++) {
		char *cut = malloc(n + !n);
		AUTO_SBUF struct sbuf b = sbuf_make(KIB);
		assert_non_null(cut);
		memcpy(cut, row->line, n);
		index_line_to_museum(str_make(cut, n), &b);
		assert_true(sbuf_ok(&b));
		free(cut);
	}
}

/* As aliases make it: 200,000 times the same text, of which a buffer takes none. */
static void a_full_buffer_ends_it(void **state)
{
	static char letters[MIB];
	static struct node_item items[200000];
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	struct errinfo e = { 0 };
	double before = core_seconds();
	(void)state;
	memset(letters, 'x', sizeof letters);
	const struct node text = { .kind = NODE_SCALAR, .text = { letters, sizeof letters } };
	for (size_t i = 0; i < ROWS(items); i++)
		items[i] = (struct node_item){ .value = &text, .next = i + 1 < ROWS(items) ? &items[i + 1] : NULL };
	const struct node list = { .kind = NODE_LIST, .items = items, .count = ROWS(items) };
	assert_int_equal(node_json(&a, &list, &b, &e), OK);
	assert_false(sbuf_ok(&b));
	assert_in_time("a full buffer", core_seconds() - before);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest others[] = { cmocka_unit_test(a_full_buffer_ends_it) };
	return RUN_TABLE("value", t_value, values) + RUN_TABLE("line", t_line, lines) +
	       RUN_TABLE("cut", t_line_that_is_cut, lines) + cmocka_run_group_tests(others, NULL, NULL);
}
