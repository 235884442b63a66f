/* What the schema and the annotations of a chart give to be told beside helm lint's findings. */
#include "format_chart.h"

#include "indexer/document/lint.h"

#define OPEN "icon: https://a.example/b.png\n"
#define TEMPLATE { "templates/a.yaml", "" }

static const struct row { const char *name; struct file files[5]; const char *wanted; } rows[] = {
	{ "nothing", { { "Chart.yaml", HEAD OPEN }, TEMPLATE, { "values.yaml", "a: 1\n" } }, "" },
	{ "values as the schema has them", { { "Chart.yaml", HEAD OPEN }, TEMPLATE, { "values.yaml", "a: 1\n" },
	    { "values.schema.json", "{\"properties\":{\"a\":{\"type\":\"integer\"}},\"required\":[\"a\"]}" } }, "" },
	{ "values that violate the schema", { { "Chart.yaml", HEAD OPEN }, TEMPLATE, { "values.yaml", "a: {b: x}\n" },
	    { "values.schema.json", "{\"properties\":{\"a\":{\"properties\":{\"b\":{\"type\":\"integer\"}}}},"
	      "\"required\":[\"password\"]}" } },
	  "[ERROR] values.yaml: a.b: must be integer, not string\n[ERROR] values.yaml: must have the key \"password\"\n" },
	{ "no values", { { "Chart.yaml", HEAD OPEN }, TEMPLATE, { "values.schema.json", "{\"required\":[\"a\"]}" } },
	  "[INFO] values.yaml: file does not exist\n[ERROR] values.schema.json: must have the key \"a\"\n" },
	{ "what is not evaluated", { { "Chart.yaml", HEAD OPEN }, TEMPLATE, { "values.yaml", "a: x\n" },
	    { "values.schema.json", "{\"properties\":{\"a\":{\"pattern\":\"^y\"}},\"allOf\":[{\"$ref\":\"https://b.example/c\"}]}" } }, "" },
	{ "annotations",
	  { { "Chart.yaml", HEAD OPEN "annotations: {artifacthub.io/category: x, artifacthub.io/crds: '{a: b}', other: '['}\n" }, TEMPLATE, { "values.yaml", "" } },
	  "[WARNING] Chart.yaml: artifacthub.io/category: \"x\" is no category\n"
	  "[WARNING] Chart.yaml: artifacthub.io/crds: is no list\n" },
};

static void t_findings(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct chart c;
	struct lint_report report;
	expect("chart", load_files(row->files, &c), NULL);
	assert_int_equal(lint_documents(&arena, &c, &report, &error), OK);
	for (size_t i = 0; i < report.count; i++)
		sbuf_printf(&b, "[%s] %.*s: %.*s\n", lint_level_name(report.findings[i].level),
		            STR_ARG(report.findings[i].path), STR_ARG(report.findings[i].text));
	sbuf_putc(&b, '\0');
	assert_string_equal(b.p, row->wanted);
	assert_int_equal(report.errors > 0, strstr(row->wanted, "[ERROR]") != NULL);
}

/* Every allocation in the arena fails once. */
static void t_no_memory(void **state)
{
	(void)state;
	struct chart c;
	struct lint_report report;
	enum err err = ERR_NOMEM;
	expect("chart", load_files(rows[2].files, &c), NULL);
	c.meta.icon = STR("");
	for (size_t limit = 1; err; limit += 16) {
		struct arena a = { .limit = limit };
		err = lint_documents(&a, &c, &report, &error);
		assert_true(err == OK || err == ERR_NOMEM);
		arena_done(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_no_memory) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("findings", t_findings, rows);
	failed += cmocka_run_group_tests(tests, NULL, NULL);
	arena_done(&arena);
	return failed;
}
