/* Which images a chart names, and where; one row a chart. */
#include "format_chart.h"

#include "in_time.h"

#include "indexer/document/images.h"

#define CHART { "Chart.yaml", HEAD "appVersion: 7.2.1\n" }
#define VALUES(text) { CHART, { "values.yaml", text } }
#define TEMPLATE(text) { CHART, { "templates/a.yaml", text } }
#define ANNOTATED(key, text) { { "Chart.yaml", HEAD "annotations:\n  " key ": |\n" text } }
#define SHA "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define DEFAULTS { "templates/_h.tpl", "image: \"{{ .Values.image.tag | default .Chart.AppVersion }}\"\n" }
#define SUB(name, values) { "charts/" name "/Chart.yaml", "name: " name "\nversion: 1.0.0\n" }, \
	{ "charts/" name "/values.yaml", values }

struct row {
	const char *name;
	struct file files[8];
	const char *wanted;              /* image, source, where; "sub!" before a place in a subchart */
};

static const struct row rows[] = {
	{ "nothing", VALUES("a: 1\n"), "" },

	{ "Artifact Hub's annotation",
	  ANNOTATED("artifacthub.io/images", "    - name: a\n      image: x/a:1\n    - image: b:2\n"),
	  "b:2 annotation artifacthub.io/images\nx/a:1 annotation artifacthub.io/images\n" },
	{ "other annotations", { { "Chart.yaml", HEAD "annotations: {images: '[{name: a, image: a:1}]', "
	                           "helm.sh/images: '- b:2', other/images: '- c:3'}\n" } },
	  "a:1 annotation images\nb:2 annotation helm.sh/images\n" },
	{ "an annotation that is none", ANNOTATED("images", "    [{name: x}, {image: []}, 5, 'A B']\n"),
	  "5 annotation images\n" },
	{ "an annotation that is no list", ANNOTATED("images", "    image: a:1\n"), "" },
	{ "an annotation that is no YAML", ANNOTATED("images", "    [\n"), "" },

	{ "one text", VALUES("image: quay.io/x/y:1.0\n"), "quay.io/x/y:1.0 values values.yaml:1 image\n" },
	{ "a text and a tag", VALUES("image: x/y\nimageTag: 1.10\n"), "x/y:1.1 values values.yaml:1 image\n" },
	{ "a text and tag", VALUES("image: x/y\ntag: '1.10'\n"), "x/y:1.10 values values.yaml:1 image\n" },
	{ "prefixed", VALUES("busyboxImage: busybox\nbusyboxImageTag: '1'\n"),
	  "busybox:1 values values.yaml:1 busyboxImage\n" },
	{ "in three", VALUES("imageRepository: r.io/x\nimageTag: '1'\nimageName: z\n"),
	  "r.io/x:1 values values.yaml:1 imageRepository\nz:1 values values.yaml:3 imageName\n" },
	{ "what only looks so", VALUES("backgroundImage: sky\nimage: true\nheroImage: /img/a.png\n"
	                               "images: x/y\nsomeImage: 5\n"), "" },
	{ "templates in values", VALUES("image: '{{ .Values.x }}/y:1'\na: {image: {repository: z, "
	                                "tag: '{{ .Chart.AppVersion }}'}}\n"),
	  "z values values.yaml:2 a.image.repository\n" },

	{ "a map", VALUES("image:\n  registry: r.io\n  repository: x/y\n  tag: 1\n"),
	  "r.io/x/y:1 values values.yaml:3 image.repository\n" },
	{ "a map deep in maps and lists", VALUES("a:\n- b: 1\n- fooImage:\n    repository: x/y\n"
	                                         "    tag: v2\n"),
	  "x/y:v2 values values.yaml:4 a[1].fooImage.repository\n" },
	{ "a list of images", VALUES("images:\n- name: a\n  tag: '1'\n- repo: b\n  tag: '2'\n"),
	  "a:1 values values.yaml:2 images[0].name\nb:2 values values.yaml:4 images[1].repo\n" },
	{ "by its neighbours", VALUES("server: {repository: x/y, tag: '1'}\n"),
	  "x/y:1 values values.yaml:1 server.repository\n" },
	{ "a repository of something else", VALUES("git: {repository: x/y}\n"), "" },
	{ "an address", VALUES("image: {repository: 'https://x/y', tag: '1'}\n"), "" },
	{ "a digest", VALUES("image: {repository: x/y, digest: '" SHA "'}\n"),
	  "x/y@" SHA " values values.yaml:1 image.repository\n" },
	{ "a tag and a digest without its algorithm",
	  VALUES("image: {repository: x/y, tag: a, sha: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef}\n"),
	  "x/y:a@" SHA " values values.yaml:1 image.repository\n" },
	{ "a version", VALUES("image: {repository: x/y, version: 5.6.2}\n"),
	  "x/y:5.6.2 values values.yaml:1 image.repository\n" },
	{ "a tag in the repository", VALUES("image: {repository: 'x/y:2', tag: '1'}\n"),
	  "x/y:2 values values.yaml:1 image.repository\n" },
	{ "no tag", VALUES("image: {repository: x/y, tag: ''}\n"),
	  "x/y values values.yaml:1 image.repository\n" },
	{ "the appVersion", { CHART, DEFAULTS, { "values.yaml", "image: {repository: x/y, tag: ''}\n" } },
	  "x/y:7.2.1 values values.yaml:1 image.repository\n" },
	{ "the appVersion is for something else",
	  { CHART, { "templates/_h.tpl", "version: {{ .Chart.AppVersion }}\n# image\n" },
	    { "values.yaml", "image: {repository: x/y, tag: ''}\n" } },
	  "x/y values values.yaml:1 image.repository\n" },
	{ "no appVersion for a text alone", { CHART, DEFAULTS, { "values.yaml", "image: x/y\n" } },
	  "x/y values values.yaml:1 image\n" },
	{ "a registry for all", VALUES("global: {imageRegistry: r.io}\na: {image: {registry: '', "
	                               "repository: x}}\nb: {image: {repository: z}}\n"),
	  "r.io/x values values.yaml:2 a.image.repository\nz values values.yaml:3 b.image.repository\n" },
	{ "no texts", VALUES("image: {repository: yes, tag: '1'}\na: {image: {repository: [x]}}\n"), "" },
	{ "no values", { CHART, { "values.yaml", "# nothing\n" } }, "" },

	{ "a subchart's", { CHART, SUB("db", "image: {repository: x/db, tag: '1'}\n") },
	  "x/db:1 values db!values.yaml:1 image.repository\n" },
	{ "a subchart's, in part from above",
	  { CHART, { "values.yaml", "\ndb: {image: {tag: '2'}}\n" },
	    SUB("db", "image: {repository: x/db, tag: '1'}\n") },
	  "x/db:2 values db!values.yaml:1 image.repository\n" },
	{ "a subchart's, from above",
	  { CHART, { "values.yaml", "\ndb: {a: {image: {repository: my/db}}}\n" },
	    SUB("db", "a: {image: {repository: x/db, tag: '1'}}\n") },
	  "my/db:1 values values.yaml:2 db.a.image.repository\n" },
	{ "a subchart's, taken away", { CHART, { "values.yaml", "db: {image: null}\n" },
	                                SUB("db", "image: {repository: x/db, tag: '1'}\n") }, "" },
	{ "by its alias",
	  { { "Chart.yaml", HEAD "dependencies: [{name: db, version: 1.0.0, alias: store}]\n" },
	    { "values.yaml", "store: {image: {tag: '2'}}\ndb: {image: {tag: '3'}}\n" },
	    SUB("db", "image: {repository: x/db, tag: '1'}\n") },
	  "x/db:2 values db!values.yaml:1 image.repository\n" },
	{ "by both its aliases, and once by its name",
	  { { "Chart.yaml", HEAD "dependencies: [{name: db, version: 1.x, alias: store}, {name: db, version: 1.x, alias: queue},\n"
	      "  {name: db, version: 1.x}]\n" },
	    { "values.yaml", "store: {image: {tag: '2'}}\nqueue: {image: {repository: my/db}}\n" },
	    SUB("db", "image: {repository: x/db, tag: '1'}\n") },
	  "my/db:1 values values.yaml:2 queue.image.repository\nx/db:1 values db!values.yaml:1 image.repository\n"
	  "x/db:2 values db!values.yaml:1 image.repository\n" },
	{ "by the alias that its version has",
	  { { "Chart.yaml", HEAD "dependencies: [{name: db, version: 2.x, alias: new}, {name: db, version: 1.x, alias: old}]\n" },
	    { "values.yaml", "old: {image: {tag: '2'}}\nnew: {image: {tag: '3'}}\n" },
	    SUB("db", "image: {repository: x/db, tag: '1'}\n") },
	  "x/db:2 values db!values.yaml:1 image.repository\n" },
	{ "two levels", { CHART, { "values.yaml", "mid: {low: {image: {repository: top/low}}}\n" },
	                  SUB("mid", "low: {image: {repository: mid/low, tag: m}}\n"),
	                  { "charts/mid/charts/low/Chart.yaml", "name: low\nversion: 1.0.0\n" },
	                  { "charts/mid/charts/low/values.yaml", "image: {repository: low, tag: l}\n" } },
	  "top/low:m values values.yaml:1 mid.low.image.repository\n" },
	{ "the registry from above", { CHART, { "values.yaml", "global: {imageRegistry: r.io}\n" },
	                               SUB("db", "global: {imageRegistry: other}\n"
	                                   "image: {registry: docker.io, repository: db}\n") },
	  "r.io/db values db!values.yaml:2 image.repository\n" },

	{ "literal in templates", TEMPLATE("a:\n  - image: \"busybox:1\"\n    image: x # y\n"),
	  "busybox:1 template templates/a.yaml:2\nx template templates/a.yaml:3\n" },
	{ "not literal", TEMPLATE("image: {{ .x }}\nimage: a:{{ .y }}\nimage:\n# image: b\nmyimage: c\n"), "" },
	{ "not a template", { CHART, { "files/a.yaml", "image: a\n" }, { "crds/a.yaml", "image: b\n" } }, "" },

	{ "one image at several places",
	  { { "Chart.yaml", HEAD "annotations: {images: '- a:1'}\n" }, { "values.yaml", "image: a:1\n" },
	    { "templates/a.yaml", "image: a:1\nimage: b:1\nimage: b:1\n" } },
	  "a:1 annotation images x3\nb:1 template templates/a.yaml:2 x2\n" },
};

static void put_images(struct sbuf *b, const struct chart_images *x)
{
	for (size_t i = 0; i < x->count; i++) {
		const struct chart_image *image = &x->images[i];
		sbuf_printf(b, "%.*s %s %.*s%s%.*s", STR_ARG(image->image), image_source_word(image->source),
		            STR_ARG(image->subchart), image->subchart.n ? "!" : "", STR_ARG(image->where));
		if (image->places > 1)
			sbuf_printf(b, " x%zu", image->places);
		sbuf_putc(b, '\n');
	}
	sbuf_puts(b, x->cut ? "cut\n" : "");
	sbuf_putc(b, '\0');
}

static void t_images(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct chart c;
	struct chart_images x;
	expect("chart", load_files(row->files, &c), NULL);
	assert_int_equal(images_read(&arena, &c, &x, &error), OK);
	put_images(&b, &x);
	assert_true(sbuf_ok(&b));
	assert_string_equal(b.p, row->wanted);
}

/* ---- references ---- */

static const struct name { const char *image, *wanted; } names[] = {    /* NULL: none */
	{ "redis", "||redis||" },
	{ "redis:7.2", "||redis|7.2|" },
	{ "bitnami/redis:7.2-debian_1.A", "||bitnami/redis|7.2-debian_1.A|" },
	{ "docker.io/library/redis", "|docker.io|library/redis||" },
	{ "localhost/redis", "|localhost|redis||" },
	{ "localhost:5000/redis:1", "|localhost:5000|redis|1|" },
	{ "R.example.com/x/y", "|R.example.com|x/y||" },
	{ "redis@" SHA, "||redis||" SHA },
	{ "x.io:1/a/b__c-d.e:1@" SHA, "|x.io:1|a/b__c-d.e|1|" SHA },
	{ "", NULL }, { ":1", NULL }, { "a:", NULL }, { "a:.1", NULL }, { "a:-1", NULL }, { "a:b:c", NULL },
	{ "Redis", NULL }, { "a/B", NULL }, { "a//b", NULL }, { "/a", NULL }, { "a/", NULL }, { "-a", NULL },
	{ "a b", NULL }, { "a@b", NULL }, { "a@sha256:0123", NULL }, { "a@" SHA "/x", NULL },
	{ "x.io:p/a", NULL }, { "http://x/a", NULL }, { "a{{b", NULL }, { "\xc3\xa4", NULL },
};

static void t_name(void **state)
{
	const struct name *row = *state;
	struct image_parts p;
	bool good = image_split(str_c(row->image), &p);
	assert_int_equal(good, row->wanted != NULL);
	if (!good)
		return;
	char text[256];
	(void)snprintf(text, sizeof text, "|%.*s|%.*s|%.*s|%.*s", STR_ARG(p.registry),
	               STR_ARG(p.repository), STR_ARG(p.tag), STR_ARG(p.digest));
	assert_string_equal(text, row->wanted);
}

static void long_names_are_none(void **state)
{
	(void)state;
	static const struct { const char *before; size_t letters; bool good; } limits[] = {
		{ "", IMAGE_MAX_BYTES, true },        { "", IMAGE_MAX_BYTES + 1, false },
		{ "a:", IMAGE_TAG_MAX_BYTES, true },  { "a:", IMAGE_TAG_MAX_BYTES + 1, false },
	};
	struct image_parts p;
	for (size_t i = 0; i < ROWS(limits); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(KIB);
		sbuf_puts(&b, limits[i].before);
		for (size_t n = 0; n < limits[i].letters; n++)
			sbuf_putc(&b, 'x');
		assert_int_equal(image_split(sbuf_str(&b), &p), limits[i].good);
	}
}

/* ---- limits ---- */

static void much_is_cut(void **state)
{
	(void)state;
	static const struct { size_t images; bool cut; } limits[] = {
		{ CHART_IMAGES_MAX, false }, { CHART_IMAGES_MAX + 1, true }, { IMAGES_FOUND_MAX + 1, true },
	};
	for (size_t i = 0; i < ROWS(limits); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(8 * MIB);
		struct chart c;
		struct chart_images x;
		for (size_t n = 0; n < limits[i].images; n++)
			sbuf_printf(&b, "image: a:%zu\n", n);
		const struct tar_member files[] = { { STR("Chart.yaml"), STR(HEAD) },
		                                    { STR("templates/a.yaml"), sbuf_str(&b) } };
		expect("chart", load_members(files, ROWS(files), &c), NULL);
		assert_int_equal(images_read(&arena, &c, &x, &error), OK);
		assert_int_equal(x.count, CHART_IMAGES_MAX);
		assert_int_equal(x.cut, limits[i].cut);
	}
}

/* Two wide maps upon each other, and maps as deep as YAML may be. */
static void large_values_are_walked_once(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf above = sbuf_make(8 * MIB), below = sbuf_make(8 * MIB);
	struct chart c;
	struct chart_images x;
	sbuf_puts(&above, "db:\n");
	for (size_t i = 0; i < 50000; i++) {
		sbuf_printf(&above, "  k%zu: {tag: a}\n", i);
		sbuf_printf(&below, "k%zu: {repository: x/y%zu}\n", i, i % 100);
	}
	sbuf_puts(&below, "deep: ");
	for (size_t i = 0; i + 2 < YAML_DEPTH_MAX; i++)
		sbuf_puts(&below, i % 2 ? "[" : "{a: ");
	for (size_t i = YAML_DEPTH_MAX - 2; i-- > 0;)
		sbuf_puts(&below, i % 2 ? "]" : "}");
	const struct tar_member files[] = {
		{ STR("Chart.yaml"), STR(HEAD) },          { STR("values.yaml"), sbuf_str(&above) },
		{ STR("charts/db/Chart.yaml"), STR("name: db\nversion: 1.0.0\n") },
		{ STR("charts/db/values.yaml"), sbuf_str(&below) },
	};
	expect("chart", load_members(files, ROWS(files), &c), NULL);
	assert_int_equal(images_read(&arena, &c, &x, &error), OK);
	assert_int_equal(x.count, 100);
	assert_true(x.cut);
}

/* A chart under many aliases is walked as often, up to a limit. */
static void aliases_are_walked_up_to_a_limit(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf chart = sbuf_make(8 * MIB), values = sbuf_make(8 * MIB);
	struct chart c;
	struct chart_images x;
	sbuf_puts(&chart, HEAD "dependencies:\n");
	for (size_t i = 0; i < 400; i++)
		sbuf_printf(&chart, "  - {name: db, version: 1.x, alias: a%zu}\n", i);
	sbuf_puts(&values, "image: x/y:1\n");
	for (size_t i = 0; i < 2 * IMAGES_STEPS_MAX / 400; i++)
		sbuf_printf(&values, "k%zu:\n", i);
	const struct tar_member files[] = {
		{ STR("Chart.yaml"), sbuf_str(&chart) }, { STR("charts/db/Chart.yaml"), STR("name: db\nversion: 1.0.0\n") },
		{ STR("charts/db/values.yaml"), sbuf_str(&values) },
	};
	expect("chart", load_members(files, ROWS(files), &c), NULL);
	assert_int_equal(images_read(&arena, &c, &x, &error), OK);
	assert_int_equal(x.count, 1);
	assert_in_range(x.images[0].places, 190, 210);
	assert_true(x.cut);
}

/* One text of a megabyte for each part of ten thousand images, none of which it can be of. */
static void long_texts_are_none(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf values = sbuf_make(2 * MIB);
	struct chart_images x;
	double before = core_seconds();
	sbuf_printf(&values, "a: &a \"%01000000d\"\nb: &b {image: *a, repository: *a, tag: *a, registry: *a}\n", 0);
	for (size_t i = 0; i < 10000; i++)
		sbuf_printf(&values, "k%zu: *b\n", i);
	sbuf_puts(&values, "image: x/y:1\n");
	struct chart c = { .values = sbuf_str(&values) };
	assert_int_equal(images_read(&arena, &c, &x, &error), OK);
	assert_int_equal(x.count, 1);
	assert_in_time("long texts", core_seconds() - before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_names_are_none),
		cmocka_unit_test(much_is_cut),
		cmocka_unit_test(large_values_are_walked_once),
		cmocka_unit_test(aliases_are_walked_up_to_a_limit),
		cmocka_unit_test(long_texts_are_none),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("images", t_images, rows);
	return failed + RUN_TABLE("names", t_name, names);
}
