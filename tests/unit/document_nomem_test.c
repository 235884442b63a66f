/* Every allocation of reading what is in a chart fails once: NOMEM, and nothing leaks. */
#include "format_chart.h"

#include "indexer/document/annotations.h"
#include "indexer/document/icon.h"
#include "indexer/document/images.h"
#include "indexer/document/kinds.h"
#include "nomem_arena.h"

static const struct file files[] = {
	{ "Chart.yaml", HEAD "home: https://h\nicon: data:;base64,R0lGODlh\nappVersion: '1'\nannotations:\n"
	  "  artifacthub.io/alternativeName: x\n  artifacthub.io/category: none\n"
	  "  artifacthub.io/changes: '[a, {kind: x, description: b, links: [{name: a, url: b}]}]'\n"
	  "  artifacthub.io/crds: '[{kind: a}]'\n  artifacthub.io/crdsExamples: '[{a: b}, c]'\n"
	  "  artifacthub.io/images: '[{image: a, platforms: [b]}]'\n"
	  "  artifacthub.io/links: \"- name: a\\n\\turl: b\"\n  artifacthub.io/signKey: '{url: x}'\n" },
	{ "LICENSE", "none" },
	{ "values.yaml", "image: {repository: a, tag: 1.10}\nb: [{image: 'c:1'}]\nsub: {image: {tag: x}}\n" },
	{ "templates/a.yaml", "kind: ClusterRole\nrules:\n{{ a }}\n- verbs: [b]\n---\nkind: RoleBinding\n"
	  "roleRef: {name: view}\n---\nkind: CustomResourceDefinition\nspec: {names: {kind: A}}\n"
	  "image: busybox:1 {{ .Chart.AppVersion }}\n" },
	{ "templates/b.yaml", "image: busybox:2\n" },
	{ "crds/a.yaml", "kind: CustomResourceDefinition\nspec: {names: {kind: B}, versions: [{name: v1}]}\n"
	  "---\nkind: CustomResourceDefinition\nspec: {names: {kind: B}, version: v1}\n" },
	{ "charts/sub/Chart.yaml", "name: sub\nversion: 1.0.0\n" },
	{ "charts/sub/values.yaml", "image: {repository: b, tag: y}\n" },
	{ "charts/sub/charts/low/Chart.yaml", "name: low\nversion: 1.0.0\n" },
	{ 0 },
};

static const struct str changes = STR("# 1.0.0 Title\n\n## Added\n- a\n  b\n- c\n\n# 0.9.0\ntext\n");

static enum err read_kinds(struct arena *a, const struct chart *c)
{
	struct chart_kinds k;
	return kinds_read(a, c, &k, &error);
}

static enum err read_images(struct arena *a, const struct chart *c)
{
	struct chart_images x;
	return images_read(a, c, &x, &error);
}

static enum err read_annotations(struct arena *a, const struct chart *c)
{
	struct chart_annotations n;
	struct chart_links l;
	struct str examples;
	size_t count;
	enum err err = annotations_read(a, &c->meta, &n, &error);
	err = err ?: annotations_examples(a, &n, &examples, &count, &error);
	return err ?: chart_links(a, &c->meta, &n, &l, &error);
}

static enum err read_icon(struct arena *a, const struct chart *c)
{
	struct chart_icon icon;
	return icon_read(a, c, &icon, &error);
}

static enum err read_changes(struct arena *a, const struct chart *c)
{
	struct changelog log, chosen;
	(void)c;
	enum err err = changelog_read(a, changes, &log, &error);
	return err ? err : changelog_between(a, &log, STR("0"), STR("2"), &chosen, &error);
}

static const struct row { const char *name; enum err (*read)(struct arena *, const struct chart *); } rows[] = {
	{ "kinds", read_kinds },
	{ "images", read_images },
	{ "annotations", read_annotations },
	{ "icon", read_icon },
	{ "changes", read_changes },
};

static struct chart loaded;

static enum err run(struct arena *a, const void *row, struct errinfo *e)
{
	error = (struct errinfo){ .code = OK };
	enum err err = ((const struct row *)row)->read(a, &loaded);
	*e = error;
	return err;
}

static void t_reading_without_memory(void **state)
{
	expect("chart", load_files(files, &loaded), NULL);
	each_allocation_fails(run, *state);
	arena_done(&arena);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("without memory", t_reading_without_memory, rows);
}
