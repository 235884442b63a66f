/* Every allocation of judging a chart fails once: NOMEM, and nothing leaks. */
#include "format_chart.h"

#include "indexer/document/readiness.h"
#include "indexer/document/render_input.h"
#include "nomem_arena.h"

static const struct file files[] = {
	{ "Chart.yaml", HEAD "icon: https://x.io/a\ndependencies: [{name: db, version: ~1, repository: 'https://x.io/c'}]\n" },
	{ "values.yaml", "a: 1\n" },
	{ "values.schema.json", "{\"$id\":\"https://x.io/a\",\"properties\":{\"a\":{\"$ref\":\"b\"}},\"$schema\":\"https://y.io\"}" },
	{ "charts/other/Chart.yaml", "name: other\nversion: 1.0.0\n" }, { 0 },
};
static struct rendered_file rendered_files[] = {
	{ .name = STR("x/templates/a.yaml"),
	  .text = STR("kind: Pod\nspec: {initContainers: [{image: a, command: [sh, /x/a.sh]}]}\n---\n"
	              "kind: ConfigMap\ndata: {a.sh: 'pip install a; curl https://x.io; git clone git@x.io:a'}\n") },
	{ .name = STR("x/templates/b.yaml"), .failure = STR("no") },
};
#define RENDERED { rendered_files, ROWS(rendered_files), 1, false }
static const struct defaults_rendered rendered = { RENDERED, RENDERED };
static const struct readiness_source source = { .why = STR("no") };
static const struct str hosts[] = { STR("y.io") };
static const struct readiness_inside inside = { &source, hosts, 1 };

static enum err judge(struct arena *a, const struct chart *c, struct sbuf *b)
{
	struct readiness_needs needs;
	struct readiness r;
	enum err err = readiness_read_defaults(a, c, &rendered, 11u * MIB, &needs, &error);
	if (!err)
		err = readiness_with_list(a, &needs, STR("a\nb:1\n"), &needs, &error);
	if (!err)
		err = readiness_judge(a, &needs, &inside, &r, &error);
	if (err)
		return err;
	readiness_json(b, &r);
	return sbuf_ok(b) ? OK : ERR(&error, NOMEM, "JSON");
}

static struct chart loaded;

static enum err run(struct arena *a, const void *row, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	(void)row;
	error = (struct errinfo){ .code = OK };
	enum err err = judge(a, &loaded, &b);
	*e = error;
	return err;
}

static void without_memory(void **state)
{
	(void)state;
	expect("chart", load_files(files, &loaded), NULL);
	each_allocation_fails(run, NULL);
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(without_memory) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("readiness without memory", tests, NULL, NULL);
}
