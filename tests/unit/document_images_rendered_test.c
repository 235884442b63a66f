/* Which images what was rendered shows, where, and how certain; one row a text. */
#include "format_chart.h"

#include "indexer/document/images.h"
#include "indexer/template/render.h"

#define SHA "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD(text) "kind: Pod\nmetadata: {name: p}\nspec:\n" text
#define AT "templates/a.yaml Pod/p spec"

struct row { const char *name, *text, *wanted; };

static const struct row rows[] = {
	{ "nothing", "", "" },
	{ "containers of all kinds",
	  POD("  initContainers: [{image: a:1}]\n  containers:\n  - image: b/c:1\n  ephemeralContainers: [{image: d}]\n"),
	  "a:1 rendered certain " AT ".initContainers[0].image\nb/c:1 rendered certain " AT ".containers[0].image\n"
	  "d rendered certain " AT ".ephemeralContainers[0].image\n" },
	{ "an image volume", POD("  volumes: [{name: v, image: {reference: a:1, pullPolicy: Always}}]\n"),
	  "a:1 rendered certain " AT ".volumes[0].image\n" },
	{ "several documents, one of which is none", "image: a:1\n---\nimage: b:1\n x: [\n---\nimage: c:1\n",
	  "a:1 rendered certain templates/a.yaml image\nb:1 rendered certain templates/a.yaml\n"
	  "c:1 rendered certain templates/a.yaml image\n" },
	{ "dashes that part nothing", "a: |\n  x\n-----BEGIN CERTIFICATE-----\nimage: b:1\n",
	  "b:1 rendered certain templates/a.yaml\n" },
	{ "what is no reference", POD("  image: ':'\n  a: {image: ''}\n  b: {image: 5}\n  c: {image: A B}\n  d: {image: }\n"), "" },
	{ "a comment", "# image: a:1\nb: c\n", "" },
	{ "a custom resource's parts",
	  "spec:\n  image: {registry: r.io, repository: x/y, tag: 1.10}\n  initImage: {repository: z, sha256: '"
	  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}\n  otherImage: {name: w, version: v1}\n"
	  "  image2: {repository: no, tag: v1}\n",
	  "r.io/x/y:1.10 rendered certain templates/a.yaml spec.image\nw:v1 rendered possible templates/a.yaml spec.otherImage\n"
	  "z@" SHA " rendered certain templates/a.yaml spec.initImage\n" },
	{ "keys that end so", "spec: {thanosImage: a/b:1, baseImage: c/d, backgroundImage: sky, alwaysPullImage: false}\n",
	  "a/b:1 rendered certain templates/a.yaml spec.thanosImage\nc/d rendered possible templates/a.yaml spec.baseImage\n" },
	{ "lists", "relatedImages: [{name: x, image: a:1}]\nimages: [b:1, c/d, e]\n",
	  "a:1 rendered certain templates/a.yaml relatedImages[0].image\nb:1 rendered certain templates/a.yaml images[0]\n"
	  "c/d rendered possible templates/a.yaml images[1]\n" },
	{ "a definition of resources", "kind: CustomResourceDefinition\nspec: {image: a:1, default: {image: b:1}}\n", "" },
	{ "variables", POD("  env: [{name: RELATED_IMAGE_X, value: a:1}, {name: IMAGE_PULL_POLICY, value: Always}, {name: IMAGE, value: b},"
	                   " {name: C_IMAGE, value: c/d}, {name: C_IMAGE_TAG, value: 1.10}, {name: E_IMAGE, value: e/f}]\n"),
	  "a:1 rendered certain " AT ".env[0].value\nc/d:1.10 rendered certain " AT ".env[3]\n"
	  "e/f rendered possible " AT ".env[5].value\n" },
	{ "variables of a ConfigMap", "data: {RELATED_IMAGE_X: a:1, IMAGE_TAG: '1'}\n",
	  "a:1 rendered certain templates/a.yaml data.RELATED_IMAGE_X\n" },
	{ "arguments", POD("  args: [--a-image=a:1, --image, b:1, --c-image, c/d, --image, --other, '--x=quay.io/y/z:v1', '-image=', "
	                   "'--url=http://quay.io/x/y:v1', --at=example.com/x:80]\n"),
	  "a:1 argument certain " AT ".args[0]\nb:1 argument certain " AT ".args[1]\nc/d argument possible " AT ".args[3]\n"
	  "quay.io/y/z:v1 argument possible " AT ".args[7]\n" },
	{ "words of a script", POD("  command: [sh, -c, 'docker run \"gcr.io/a/b:v1\" && x gcr.io/no']\n"),
	  "gcr.io/a/b:v1 argument possible " AT ".command[2]\n" },
	{ "YAML in a text", "kind: ConfigMap\nmetadata: {name: m}\ndata:\n  x.yaml: |\n    spec:\n    - image: a:1\n  y: '{\"image\": \"b:1\"}'\n",
	  "a:1 rendered certain templates/a.yaml ConfigMap/m data.x.yaml.spec[0].image\n"
	  "b:1 rendered certain templates/a.yaml ConfigMap/m data.y.image\n" },
	{ "no YAML in a text", "data:\n  x: |\n    - image: a:1\n    {{ if }}\n    image: \"{{ .b }}\"\n",
	  "a:1 rendered certain templates/a.yaml data.x\n" },
	{ "YAML in a text in a text", "data:\n  a: |\n    b: |\n      c: |\n        image: a:1\n", "" },
	{ "one image at several places", "a: {image: a:1}\nb: {image: a:1}\n", "a:1 rendered certain templates/a.yaml a.image x2\n" },
	{ "in a text and before it", "b:\n  c:\n    image: a:1\nd: |\n  image: a:1\n",
	  "a:1 rendered certain templates/a.yaml b.c.image x2\n" },
	{ "anchors", "a: &x {image: a:1}\nb: *x\n", "a:1 rendered certain templates/a.yaml a.image x2\n" },
};

static void put_images(struct sbuf *b, const struct chart_images *x)
{
	for (size_t i = 0; i < x->count; i++) {
		const struct chart_image *image = &x->images[i];
		sbuf_printf(b, "%.*s %s %s %.*s%s%.*s", STR_ARG(image->image), image_source_word(image->source),
		            image->certain ? "certain" : "possible", STR_ARG(image->subchart),
		            image->subchart.n ? "!" : "", STR_ARG(image->where));
		if (image->places > 1)
			sbuf_printf(b, " x%zu", image->places);
		sbuf_putc(b, '\n');
	}
	if (x->incomplete.n)
		sbuf_printf(b, "incomplete: %.*s\n", STR_ARG(x->incomplete));
	sbuf_puts(b, x->cut ? "cut\n" : "");
	sbuf_putc(b, '\0');
}

static void assert_images(const struct chart_images *x, const char *wanted)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	put_images(&b, x);
	assert_true(sbuf_ok(&b));
	assert_string_equal(b.p, wanted);
}

static void t_rendered(void **state)
{
	const struct row *row = *state;
	struct rendered_file file = { .name = STR("x/templates/a.yaml"), .text = str_c(row->text) };
	const struct rendered all = { .files = &file, .count = 1 };
	struct chart c;
	struct chart_images x;
	expect("chart", load_yaml(HEAD, &c), NULL);
	assert_int_equal(images_read_rendered(&arena, &c, &all, &x, &error), OK);
	assert_images(&x, row->wanted);
}

/* ---- with what the chart says ---- */

static const struct file files[] = {
	{ "Chart.yaml", HEAD "annotations: {images: '[{image: a:1}, {image: noted:1}]'}\n" },
	{ "Images.lock", "images: [{image: 'locked:1'}]\n" }, { "images.lock", "- image: locked:2\n" },
	{ "values.yaml", "image: docker.io/library/a:1\noffImage: off:1\n" },
	{ "templates/a.yaml", "image: {{ .Values.image }}\n" }, { "templates/b.yaml", "image: literal:1\n" },
	{ "charts/db/Chart.yaml", "name: db\nversion: 1.0.0\n" },
	{ 0 },
};
static struct rendered_file rendered_files[] = {
	{ .name = STR("x/templates/a.yaml"), .text = STR("image: docker.io/library/a:1\n") },
	{ .name = STR("x/templates/b.yaml"), .failure = STR("x/templates/b.yaml:1: no") },
	{ .name = STR("x/charts/db/templates/c.yaml"), .text = STR("image: db:1\n") },
	{ .name = STR("x/charts/alias/templates/c.yaml"), .text = STR("image: other:1\n") },
};
static const struct rendered rendered = { rendered_files, ROWS(rendered_files), 1, false };

static void certain_ones_stand_for_possible_ones(void **state)
{
	(void)state;
	struct chart c;
	struct chart_images x;
	expect("chart", load_files(files, &c), NULL);
	assert_int_equal(images_read_rendered(&arena, &c, &rendered, &x, &error), OK);
	assert_images(&x, "db:1 rendered certain db!templates/c.yaml image\n"
	              "docker.io/library/a:1 rendered certain templates/a.yaml image x3\n"
	              "literal:1 template possible templates/b.yaml:1\n"
	              "locked:1 annotation possible Images.lock\nlocked:2 annotation possible images.lock\n"
	              "noted:1 annotation possible images\noff:1 values possible values.yaml:2 offImage\n"
	              "other:1 rendered certain charts/alias/templates/c.yaml image\n"
	              "incomplete: x/templates/b.yaml:1: no\n");
}

static void rendering_shows_what_is_used(void **state)
{
	(void)state;
	static const struct file chart[] = {
		{ "Chart.yaml", HEAD "appVersion: '7'\n" },
		{ "values.yaml", "app: {image: {repository: a}}\nmore: {enabled: false, image: {repository: b, tag: '1'}}\n" },
		{ "templates/a.yaml", "image: {{ .Values.app.image.repository }}:{{ .Chart.AppVersion }}\n"
		  "{{ if .Values.more.enabled }}\nimage: literal:1\n{{ end }}" },
		{ "templates/b.yaml", "image: c:1\nx: {{ required \"it is needed\" .Values.none }}\ny: {image: \"d:{{ 1 }}\"}\n" },
		{ 0 },
	};
	struct chart c;
	struct chart_images x;
	expect("chart", load_files(chart, &c), NULL);
	assert_int_equal(images_read_all(&arena, &c, &x, &error), OK);
	assert_images(&x, "a:7 rendered certain templates/a.yaml image x2\nb:1 values possible values.yaml:2 more.image.repository\n"
	              "c:1 rendered certain templates/b.yaml image x2\nd:1 rendered certain templates/b.yaml y.image\nliteral:1 template possible templates/a.yaml:3\n"
	              "incomplete: x/templates/b.yaml:2: it is needed\n");
}

/* ---- what somebody else rendered ---- */

static void a_pushed_list(void **state)
{
	(void)state;
	static const struct { const char *text, *wanted; } pushed[] = {
		{ "# all\na:1\n\n  docker.io/b\n", "a:1 pushed certain line 2\ndocker.io/b pushed certain line 4\n" },
		{ "---\n# Source: x/templates/a.yaml\nkind: Pod\nmetadata: {name: p}\nimage: a:1\n---\n# Source: x/templates/b.yaml\n"
		  "args: [--x=quay.io/a/b:v1]\n",
		  "a:1 pushed certain x/templates/a.yaml Pod/p image\n"
		  "quay.io/a/b:v1 pushed possible x/templates/b.yaml args[0]\n" },
		{ "", "" }, { "image: a:1\n", "a:1 pushed certain image\n" },
	};
	for (size_t i = 0; i < ROWS(pushed); i++) {
		struct chart_images x;
		arena_done(&arena);
		assert_int_equal(images_read_pushed(&arena, str_c(pushed[i].text), &x, &error), OK);
		assert_images(&x, pushed[i].wanted);
	}
}

/* ---- limits ---- */

/* Each document is small, and would be walked a million times. */
static void a_bomb_ends(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(8 * MIB);
	struct chart_images x;
	for (size_t i = 0; i < 50; i++) {
		sbuf_puts(&b, "---\na: &a [x, x, x, x, x, x, x, x, x, x]\n");
		for (char c = 'b'; c < 'g'; c++)
			sbuf_printf(&b, "%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c, c - 1, c - 1, c - 1,
			            c - 1, c - 1, c - 1, c - 1, c - 1, c - 1);
	}
	sbuf_puts(&b, "---\nimage: a:1\n");
	assert_true(sbuf_ok(&b));
	assert_int_equal(images_read_pushed(&arena, sbuf_str(&b), &x, &error), OK);
	assert_true(x.cut);
}

/* One text that holds YAML, under many keys: reading it is most of the work. */
static void yaml_in_texts_is_counted(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct chart_images x;
	arena_done(&arena);
	sbuf_puts(&b, "kind: ConfigMap\na: &a |\n  image: a:1\n");
	while (b.n < 200 * KIB)
		sbuf_puts(&b, "  b: c\n");
	for (size_t i = 0; i < 1000; i++)
		sbuf_printf(&b, "k%zu: *a\n", i);
	assert_true(sbuf_ok(&b));
	assert_int_equal(images_read_pushed(&arena, sbuf_str(&b), &x, &error), OK);
	assert_true(x.cut);
	assert_int_equal(x.count, 1);
	assert_in_range(x.images[0].places, 40, 100);
}

/* Documents are counted, because each has a reader of YAML made for it; those that say nothing are not. */
static void documents_are_many(void **state)
{
	static const struct { const char *document; bool cut; } rows_of[] = { { "---\n", false }, { "---\na: b\n", true } };
	(void)state;
	for (size_t i = 0; i < ROWS(rows_of); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(8 * MIB);
		struct chart_images x;
		arena_done(&arena);
		for (size_t n = 0; n < 200000; n++)
			sbuf_puts(&b, rows_of[i].document);
		sbuf_puts(&b, "---\nimage: a:1\n");
		assert_int_equal(images_read_pushed(&arena, sbuf_str(&b), &x, &error), OK);
		assert_true(x.cut == rows_of[i].cut && x.count == (size_t)!rows_of[i].cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certain_ones_stand_for_possible_ones), cmocka_unit_test(rendering_shows_what_is_used),
		cmocka_unit_test(a_pushed_list), cmocka_unit_test(a_bomb_ends),
		cmocka_unit_test(documents_are_many), cmocka_unit_test(yaml_in_texts_is_counted),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("rendered", t_rendered, rows);
	failed += cmocka_run_group_tests(tests, NULL, NULL);
	arena_done(&arena);
	return failed;
}
