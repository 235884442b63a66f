/* Every allocation of a diff, of coloured source and of a comparison fails once: NOMEM, and nothing
 * leaks. */
#include "nomem_arena.h"

#include "indexer/base/auto.h"
#include "indexer/document/compare.h"
#include "indexer/document/highlight.h"

static enum err do_diff(struct arena *a, struct errinfo *e)
{
	struct diff d;
	return diff_texts(a, STR("a\nb\nc\n"), STR("a\nx\nc\n"), 1, &d, e);
}

static enum err do_highlight(struct arena *a, struct errinfo *e)
{
	struct highlighted h;
	return highlight(a, STR("a: {{ .b }}\n"), HIGHLIGHT_YAML, &h, e);
}

#define CHART(version, more) STR("apiVersion: v2\nname: demo\nversion: " version "\n" more)

static struct chart old, new;

/* A template that finds no memory is told as one that is cut. */
static enum err do_charts(struct arena *a, struct errinfo *e)
{
	struct chart old_bare = old, new_bare = new;
	struct comparison c;
	old_bare.members.count = new_bare.members.count = 0;
	return compare_charts(a, &old_bare, &new_bare, NULL, &c, e);
}

struct reading { struct values_view values; struct chart_images images; struct chart_kinds kinds; };

static enum err read_side(struct arena *a, const struct chart *c, struct reading *to, struct compare_side *ret,
                     struct errinfo *e)
{
	enum err err = values_view(a, c, &to->values, e);
	if (!err)
		err = images_read(a, c, &to->images, e);
	*ret = (struct compare_side){ c, &to->values, &to->images, &to->kinds };
	return err ? err : kinds_read(a, c, &to->kinds, e);
}

static enum err do_compare(struct arena *a, struct errinfo *e)
{
	struct reading olds, news;
	struct compare_side old_side, new_side;
	struct comparison c;
	enum err err = read_side(a, &old, &olds, &old_side, e);
	if (!err)
		err = read_side(a, &new, &news, &new_side, e);
	return err ? err : compare_sides(a, &old_side, &new_side, NULL, &c, e);
}

static const struct row { const char *name; enum err (*run)(struct arena *a, struct errinfo *e); } rows[] = {
	{ "diff", do_diff }, { "highlight", do_highlight }, { "compare", do_compare },
	{ "charts", do_charts },
};

static enum err run(struct arena *a, const void *row, struct errinfo *e)
{
	return ((const struct row *)row)->run(a, e);
}

static void t_nomem(void **state) { each_allocation_fails(run, *state); }

static void load(struct arena *a)
{
	const struct tar_member olds[] = {
		{ STR("Chart.yaml"), CHART("1.0.0", "dependencies: [{name: a, version: 1.0.0}]\n"
		                                    "annotations: {a: b, artifacthub.io/changes: '- x'}\n") },
		{ STR("values.yaml"), STR("a: 1\nimage: x:1.0.0\n") },
		{ STR("values.schema.json"), STR("{\"properties\": {\"a\": {\"type\": \"string\"}}}") },
		{ STR("templates/a.yaml"), STR("apiVersion: v1\nkind: Pod\n") },
	};
	const struct tar_member news[] = {
		{ STR("Chart.yaml"), CHART("1.1.0", "keywords: [a, b]\nappVersion: '2'\n") },
		{ STR("values.yaml"), STR("a: x\nimage: x:2.0.0\nb: {c: 1}\n") },
		{ STR("values.schema.json"), STR("{\"properties\": {\"b\": {\"items\": {\"$ref\": \"#\"}}}}") },
		{ STR("templates/a.yaml"), STR("apiVersion: v1\nkind: Service\n---\n"
		  "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nrules:\n- verbs: [get]\n") },
		{ STR("crds/a.yaml"), STR("kind: CustomResourceDefinition\nspec:\n  group: a\n"
		                          "  names: {kind: A}\n  versions: [{name: v1, served: true}]\n") },
		{ STR("CHANGELOG.md"), STR("## 1.1.0\n- x\n") },
	};
	assert_int_equal(chart_load(a, olds, ROWS(olds), &old, NULL), OK);
	assert_int_equal(chart_load(a, news, ROWS(news), &new, NULL), OK);
}

int main(void)
{
	AUTO_ARENA struct arena charts = { 0 };
	load(&charts);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("nomem", t_nomem, rows);
}
