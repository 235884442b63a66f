/* Merge keys (<<), as Helm's reader of YAML takes them. */
#include "yaml_fixture.h"

/* What sigs.k8s.io/yaml makes of merge keys: in order, the later one wins. */
static void merge_keys_in_values(void **state)
{
	(void)state;
	static const struct { const char *text, *a, *b; uint32_t count; } rows[] = {
		{ "<<: {a: 1}\nb: 2\n",                         "1", "2", 2 },
		{ "<<: {a: 1, b: 1}\nb: 2\n",                   "1", "2", 2 },
		{ "a: 2\n<<: {a: 1, b: 1}\n",                   "1", "1", 2 },
		{ "<<: [{a: 1}, {a: 2, b: 2}]\n",               "1", "2", 2 },
		{ "<<: {a: 1}\n<<: {b: 2}\n",                   "1", "2", 2 },
		{ "'<<': 1\na: 1\nb: 2\n",                      "1", "2", 3 },
		{ "<<: {<<: {a: 1, b: 1}, b: 2}\n",             "1", "2", 2 },
		{ "d: &d {a: 1}\n<<: *d\nb: 2\n",               "1", "2", 3 },
		{ "d: &d {a: 1}\ne: &e {b: 2}\n<<: [*d, *e]\n", "1", "2", 4 },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		const struct node *n;
		struct yaml_warning w;
		struct yaml_options o = yaml_values;
		o.warning = &w;
		assert_int_equal(yaml_read(&a, str_c(rows[i].text), &o, &n, NULL), OK);
		assert_string_equal(text_at(n, "a"), rows[i].a);
		assert_string_equal(text_at(n, "b"), rows[i].b);
		assert_int_equal(n->count, rows[i].count);
		assert_int_equal(w.line, 0);
	}
}

/* Also where no tree is made. */
static void merge_keys_need_maps(void **state)
{
	(void)state;
	static const char *const refused[] = {
		"<<: x\n", "<<: ~\n", "<<: [{}, 1]\n", "<<: [[{}]]\n", "<<: [*x]\n", "<<: *x\n", "<<: *l\n",
	};
	for (size_t i = 0; i < ROWS(refused); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(100);
		sbuf_printf(&b, "a: [&x 1, &l [{}]]\n%s", refused[i]);
		expect_refused(sbuf_str(&b), &yaml_values, "values.yaml:2: a merge key needs a map or a list of maps");
	}
	expect_accepted(STR("a: &a {}\n<<: [*a, {}]\nb: {<<: []}\n"), &yaml_values);
}

static void merge_keys_keep_their_source(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct errinfo e;
	const struct node *n = NULL;
	struct str text = STR("d: &d {a: 1, b: 1}\ne:\n  a: 0\n  <<: *d\n  b: 2\n");
	assert_int_equal(yaml_read(&a, text, &yaml_values, &n, &e), OK);
	assert_string_equal(text_at(node_get(n, "d"), "b"), "1");
	assert_int_equal(node_get(n, "d")->count, 2);
	assert_string_equal(text_at(node_get(n, "e"), "b"), "2");
	n = NULL;
	struct yaml_options o = yaml_values;
	o.duplicate_keys_last_wins = false;
	assert_int_equal(yaml_read(&a, STR("<<: {a: 1}\na: 2\n"), &o, &n, &e), ERR_METADATA);
	assert_null(n);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(merge_keys_in_values),
		cmocka_unit_test(merge_keys_need_maps),
		cmocka_unit_test(merge_keys_keep_their_source),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
