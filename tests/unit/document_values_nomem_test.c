/* Every allocation of reading the values of a chart fails once, and so does every one out of the arena:
 * NOMEM, and nothing leaks.                                                                 */
#include "document_fixture.h"
#include "nomem_arena.h"

static const struct file files[] = {
	{ "Chart.yaml", HEAD "dependencies:\n"
	  "- {name: db, version: 1.x, alias: one, import-values: [{child: e, parent: f.g}]}\n"
	  "- {name: db, version: 1.x, alias: two, condition: two.enabled, tags: [t]}\n" },
	{ "values.yaml", "# One\none: {a: 2} # here\n0x1: 1\ntwo: {enabled: false}\nglobal: {x: {z: 1}}\n"
	  "l:\n- {a: [1], 0x2: 1}\ntags: {t: true}\na: 1\na: 2\n## @param a [string] It\n" },
	{ "values.schema.json", "{\"properties\":{\"a\":{\"type\":\"string\",\"enum\":[\"x\"]},"
	  "\"b\":{\"$ref\":\"x\",\"oneOf\":[{\"type\":\"string\"},{\"type\":\"null\",\"const\":1}]}},"
	  "\"additionalProperties\":{\"minimum\":3},\"required\":[\"c\"]}" },
	{ "charts/db/Chart.yaml", "name: db\nversion: 1.0.0\n" },
	{ "charts/db/values.yaml", "a: 1\ne:\n  x: [1]\n  z: |\n    y\n    y\nglobal: {x: {w: 2}}\n" },
	{ 0 },
};

static struct chart chart;

static int setup(void **state)
{
	(void)state;
	return load_files(files, &chart) ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_done(&arena);
	return 0;
}

/* All that can be asked of it. */
static enum err view_once(struct arena *a, const void *row, struct errinfo *e)
{
	struct values_view v;
	struct str text;
	(void)row;
	enum err err = values_view(a, &chart, &v, e);
	for (size_t i = 0; !err && i < v.count; i++)
		if (!values_set_line(a, &v.rows[i], &text) || !values_yaml(a, &v, &v.rows[i], &text))
			err = ERR(e, NOMEM, "text");
	if (!err)
		assert_true(v.count > 20 && v.problem_count == 3);
	return err;
}

static void heap(void **state)
{
	(void)state;
	each_allocation_fails(view_once, NULL);
}

static void arenas(void **state)
{
	(void)state;
	each_room_is_too_small(view_once, NULL, OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(heap), cmocka_unit_test(arenas) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, setup, teardown);
}
