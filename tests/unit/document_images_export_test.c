/* Lists of images in other tools' forms, and values that point a chart at another registry. */
#include "format_chart.h"

#include "indexer/document/images_export.h"
#include "indexer/document/images_rewrite.h"
#include "indexer/document/value_text.h"
#include "indexer/template/render.h"

#define SHA "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* ---- forms ---- */

static struct chart_image first[] = {
	{ .image = STR("redis:7"), .where = STR("here"), .source = IMAGE_RENDERED, .certain = true, .places = 2 },
	{ .image = STR("quay.io/x/y:1@" SHA), .where = STR("there"), .source = IMAGE_ARGUMENT, .certain = true, .places = 1 },
	{ .image = STR("maybe"), .where = STR("v \"q\""), .subchart = STR("db"), .source = IMAGE_VALUES, .places = 1 },
};
static struct chart_image second[] = {
	{ .image = STR("docker.io/library/redis:7"), .where = STR("x"), .source = IMAGE_RENDERED, .certain = true, .places = 1 },
	{ .image = STR("redis:7"), .where = STR("x"), .source = IMAGE_RENDERED, .certain = true, .places = 1 },
	{ .image = STR("docker.io/a/b@" SHA), .where = STR("x"), .source = IMAGE_PUSHED, .certain = true, .places = 1 },
};
static struct chart_image third[] = {
	{ .image = STR("quay.io/x/y:2@" SHA), .where = STR("x"), .source = IMAGE_RENDERED, .certain = true, .places = 1 },
	{ .image = STR("x/y:1"), .where = STR("x"), .source = IMAGE_RENDERED, .certain = true, .places = 1 },
};
static const struct images_of_chart charts[] = {
	{ STR("one"), STR("1.0.0"), { .images = first, .count = ROWS(first) } },
	{ STR("two"), STR("2.0.0"), { .images = second, .count = ROWS(second), .cut = true, .incomplete = STR("no") } },
	{ STR("three"), STR("3.0.0"), { .images = third, .count = ROWS(third) } },
};

static const struct form { const char *word; size_t charts; bool all; const char *registry, *wanted; } forms[] = {
	{ "list", 1, false, "", "quay.io/x/y:1@" SHA "\nredis:7\n" },
	{ "list", 1, true, "", "maybe\nquay.io/x/y:1@" SHA "\nredis:7\n" },
	{ "list", 2, false, "", "docker.io/a/b@" SHA "\ndocker.io/library/redis:7\nquay.io/x/y:1@" SHA "\nredis:7\n" },
	{ "list", 0, false, "", "" },
	{ "skopeo", 2, true, "", "\"docker.io\":\n  images:\n    \"a/b\":\n      - \"" SHA "\"\n"
	  "    \"library/maybe\":\n      - \"latest\"\n    \"library/redis\":\n      - \"7\"\n"
	  "\"quay.io\":\n  images:\n    \"x/y\":\n      - \"" SHA "\"\n" },
	{ "skopeo", 0, true, "", "{}\n" },
	{ "skopeo", 3, false, "", "\"docker.io\":\n  images:\n    \"a/b\":\n      - \"" SHA "\"\n"
	  "    \"library/redis\":\n      - \"7\"\n    \"x/y\":\n      - \"1\"\n"
	  "\"quay.io\":\n  images:\n    \"x/y\":\n      - \"" SHA "\"\n" },
	{ "zarf", 3, false, "", "images:\n  - \"docker.io/a/b@" SHA "\"\n  - \"docker.io/library/redis:7\"\n"
	  "  - \"docker.io/x/y:1\"\n  - \"quay.io/x/y@" SHA "\"\n" },
	{ "hauler", 1, false, "", "apiVersion: content.hauler.cattle.io/v1\nkind: Images\nmetadata:\n  name: \"one\"\nspec:\n  images:\n"
	  "    - name: \"docker.io/library/redis:7\"\n    - name: \"quay.io/x/y@" SHA "\"\n" },
	{ "hauler", 0, false, "", "apiVersion: content.hauler.cattle.io/v1\nkind: Images\nmetadata:\n  name: \"charts\"\nspec:\n  images: []\n" },
	{ "zarf", 1, false, "", "images:\n  - \"docker.io/library/redis:7\"\n  - \"quay.io/x/y@" SHA "\"\n" },
	{ "oc-mirror", 1, false, "", "apiVersion: mirror.openshift.io/v2alpha1\nkind: ImageSetConfiguration\nmirror:\n"
	  "  additionalImages:\n    - name: \"docker.io/library/redis:7\"\n    - name: \"quay.io/x/y@" SHA "\"\n" },
	{ "crane", 2, false, "", "#!/bin/sh\n# Copies the images to a registry: sh FILE REGISTRY\nset -eu\nto=${1:?the registry is missing}\n"
	  "crane copy 'docker.io/a/b@" SHA "' \"$to\"/'a/b@" SHA "'\n"
	  "crane copy 'docker.io/library/redis:7' \"$to\"/'library/redis:7'\ncrane copy 'quay.io/x/y@" SHA "' \"$to\"/'x/y:1'\n" },
	{ "crane", 3, false, "r.inner", "#!/bin/sh\n# Copies the images to a registry: sh FILE REGISTRY\nset -eu\nto=${1:-'r.inner'}\n"
	  "crane copy 'docker.io/a/b@" SHA "' \"$to\"/'a/b@" SHA "'\n"
	  "crane copy 'docker.io/library/redis:7' \"$to\"/'library/redis:7'\ncrane copy 'docker.io/x/y:1' \"$to\"/'x/y:1'\n"
	  "echo 'x/y:1 from quay.io takes the place of another image of this name' >&2\n"
	  "crane copy 'quay.io/x/y@" SHA "' \"$to\"/'x/y:1'\ncrane copy 'quay.io/x/y@" SHA "' \"$to\"/'x/y:2'\n" },
	{ "crane", 0, false, "r.inner:5000", "#!/bin/sh\n# Copies the images to a registry: sh FILE REGISTRY\nset -eu\nto=${1:-'r.inner:5000'}\n" },
	{ "json", 2, true, "", "{\"charts\":[{\"name\":\"one\",\"version\":\"1.0.0\",\"cut\":false,\"images\":["
	  "{\"image\":\"redis:7\",\"certain\":true,\"source\":\"rendered\",\"where\":\"here\",\"places\":2,"
	  "\"registry\":\"docker.io\",\"repository\":\"library/redis\",\"tag\":\"7\"},"
	  "{\"image\":\"quay.io/x/y:1@" SHA "\",\"certain\":true,\"source\":\"argument\",\"where\":\"there\",\"places\":1,"
	  "\"registry\":\"quay.io\",\"repository\":\"x/y\",\"tag\":\"1\",\"digest\":\"" SHA "\"},"
	  "{\"image\":\"maybe\",\"certain\":false,\"source\":\"values\",\"where\":\"v \\\"q\\\"\",\"subchart\":\"db\",\"places\":1,"
	  "\"registry\":\"docker.io\",\"repository\":\"library/maybe\",\"tag\":\"latest\"}]},"
	  "{\"name\":\"two\",\"version\":\"2.0.0\",\"incomplete\":\"no\",\"cut\":true,\"images\":["
	  "{\"image\":\"docker.io/library/redis:7\",\"certain\":true,\"source\":\"rendered\",\"where\":\"x\",\"places\":1,"
	  "\"registry\":\"docker.io\",\"repository\":\"library/redis\",\"tag\":\"7\"},"
	  "{\"image\":\"redis:7\",\"certain\":true,\"source\":\"rendered\",\"where\":\"x\",\"places\":1,"
	  "\"registry\":\"docker.io\",\"repository\":\"library/redis\",\"tag\":\"7\"},"
	  "{\"image\":\"docker.io/a/b@" SHA "\",\"certain\":true,\"source\":\"pushed\",\"where\":\"x\",\"places\":1,"
	  "\"registry\":\"docker.io\",\"repository\":\"a/b\",\"digest\":\"" SHA "\"}]}]}\n" },
};

static enum err export(struct arena *a, const struct form *f, struct sbuf *b)
{
	struct images_export o = { .all = f->all, .registry = str_c(f->registry) };
	assert_true(images_format_of_word(str_c(f->word), &o.format));
	return images_export(a, charts, f->charts, &o, b, &error);
}

static void t_form(void **state)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	assert_int_equal(export(&arena, *state, &b), OK);
	sbuf_putc(&b, '\0');
	assert_string_equal(b.p, ((const struct form *)*state)->wanted);
}

static void no_such_form(void **state)
{
	(void)state;
	enum images_format f;
	assert_false(images_format_of_word(STR("docker"), &f));
	assert_false(images_format_of_word(STR(""), &f));
}

static void quoted_for_a_shell(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	value_shell_quoted(STR("a'; $(b) \"c\\"), &b);
	assert_str(sbuf_str(&b), "'a'\\''; $(b) \"c\\'");
}

/* ---- values ---- */

#define DB { "charts/db/Chart.yaml", "name: db\nversion: 1.0.0\n" }

static const struct rewriting {
	const char *name;
	struct file files[6];
	const char *wanted;              /* what is behind the first line */
} rewritings[] = {
	{ "nothing", { { "Chart.yaml", HEAD } }, "{}\n" },
	{ "parts", { { "Chart.yaml", HEAD },
	             { "values.yaml", "image: {registry: quay.io, repository: x/y, tag: '1'}\na: {b: {image: {registry: docker.io, repository: z}}}\n" } },
	  "a:\n  b:\n    image:\n      registry: \"r.inner:5000\"\n      repository: \"library/z\"\nimage:\n  registry: \"r.inner:5000\"\n" },
	{ "a repository with its registry", { { "Chart.yaml", HEAD }, { "values.yaml", "image: {repository: quay.io/x/y, tag: '1'}\n" } },
	  "image:\n  repository: \"r.inner:5000/x/y\"\n" },
	{ "texts", { { "Chart.yaml", HEAD }, { "values.yaml", "image: x/y:1\nfooImage: z@" SHA "\nbarImage: b\nbarImageTag: '2'\n" } },
	  "barImage: \"r.inner:5000/library/b\"\nfooImage: \"r.inner:5000/library/z@" SHA "\"\nimage: \"r.inner:5000/x/y:1\"\n" },
	{ "a registry for all", { { "Chart.yaml", HEAD }, { "values.yaml", "global: {imageRegistry: ''}\nimage: {registry: docker.io, repository: x/y}\n" } },
	  "global:\n  imageRegistry: \"r.inner:5000\"\nimage:\n  registry: \"r.inner:5000\"\n" },
	{ "a subchart's", { { "Chart.yaml", HEAD "dependencies: [{name: db, version: 1.0.0, alias: store}]\n" }, DB,
	                    { "charts/db/values.yaml", "a.b: {image: {repository: x/db}}\n" } },
	  "store:\n  \"a.b\":\n    image:\n      repository: \"r.inner:5000/x/db\"\n" },
	{ "a subchart's, by each of its aliases",
	  { { "Chart.yaml", HEAD "dependencies: [{name: db, version: 1.x, alias: store}, {name: db, version: 1.x, alias: queue}]\n" }, DB,
	    { "values.yaml", "store: {image: {tag: '2'}}\n" },
	    { "charts/db/values.yaml", "image: {registry: docker.io, repository: x/db, tag: '1'}\n" },
	    { "charts/db/templates/a.yaml", "image: {{ with .Values.image }}{{ .registry }}/{{ .repository }}:{{ .tag }}{{ end }}\n" } },
	  "#   r.inner:5000/x/db:1\n#   r.inner:5000/x/db:2\n"
	  "queue:\n  image:\n    registry: \"r.inner:5000\"\nstore:\n  image:\n    registry: \"r.inner:5000\"\n" },
	{ "what cannot be changed", { { "Chart.yaml", HEAD }, { "values.yaml", "image: x/y:1\nimages: [{name: a, tag: '1'}]\n" },
	                              { "templates/a.yaml", "a: {image: {{ .Values.image }}}\nb: {image: literal:1}\nc: {image: a:1}\n" } },
	  "#   r.inner:5000/x/y:1\n"
	  "# With these values it still asks for these; see the templates:\n#   literal:1   templates/a.yaml b.image\n"
	  "# These are in lists, which Helm replaces as a whole; copy the list and change it:\n#   a:1   values.yaml:2 images[0].name\n"
	  "image: \"r.inner:5000/x/y:1\"\n" },
	{ "a registry that the template has", { { "Chart.yaml", HEAD }, { "values.yaml", "image: {repository: x/y, tag: '1'}\n" },
	    { "templates/a.yaml", "image: q.io/{{ .Values.image.repository }}:{{ .Values.image.tag }}\n" } },
	  "# With these values it still asks for these; see the templates:\n#   q.io/x/y:1   templates/a.yaml image\n{}\n" },
	{ "a registry that another value has", { { "Chart.yaml", HEAD },
	    { "values.yaml", "hub: gcr.io/i\nproxy: {image: p}\nother: {image: x/y:1}\n" },
	    { "templates/a.yaml", "a: {image: {{ .Values.hub }}/{{ .Values.proxy.image }}:1}\nb: {image: {{ .Values.other.image }}}\n" } },
	  "#   r.inner:5000/x/y:1\n# With these values it still asks for these; see the templates:\n"
	  "#   gcr.io/i/p:1   templates/a.yaml a.image\nother:\n  image: \"r.inner:5000/x/y:1\"\n" },
	{ "a registry for all that some templates ask", { { "Chart.yaml", HEAD },
	    { "values.yaml", "global: {imageRegistry: ''}\nimage: {repository: x/y, tag: '1'}\nb: {image: q.io/z:1}\nc: {image: busybox}\n" },
	    { "templates/a.yaml", "{{ $g := .Values.global.imageRegistry }}\na: {image: {{ with $g }}{{ . }}/{{ end }}{{ .Values.image.repository }}:1}\n"
	      "b: {image: {{ .Values.b.image }}}\nc: {image: {{ with $g }}{{ . }}/{{ end }}{{ .Values.c.image }}}\n" } },
	  "#   r.inner:5000/library/busybox:latest\n#   r.inner:5000/x/y:1\n#   r.inner:5000/z:1\n"
	  "b:\n  image: \"r.inner:5000/z:1\"\nc:\n  image: \"library/busybox\"\nglobal:\n  imageRegistry: \"r.inner:5000\"\n" },
	{ "a registry for all that one of two templates asks", { { "Chart.yaml", HEAD },
	    { "values.yaml", "global: {imageRegistry: ''}\nimage: {repository: x/y, tag: '1'}\n" },
	    { "templates/a.yaml", "a: {image: {{ with .Values.global.imageRegistry }}{{ . }}/{{ end }}{{ .Values.image.repository }}:1}\n"
	      "b: {image: {{ .Values.image.repository }}:2}\n" } },
	  "#   r.inner:5000/x/y:1\n#   r.inner:5000/x/y:2\nimage:\n  repository: \"r.inner:5000/x/y\"\n" },
	{ "a registry for all in the wrong place", { { "Chart.yaml", HEAD }, { "values.yaml", "global: {imageRegistry: ''}\n" },
	    { "templates/a.yaml", "image: q.io/{{ with .Values.global.imageRegistry }}{{ . }}/{{ end }}x:1\n" } },
	  "# With these values it still asks for these; see the templates:\n#   q.io/x:1   templates/a.yaml image\n{}\n" },
	{ "a registry in front of it twice", { { "Chart.yaml", HEAD },
	    { "values.yaml", "global: {imageRegistry: ''}\nimage: {repository: x/y, tag: '1'}\n" },
	    { "templates/a.yaml", "image: {{ .Values.global.imageRegistry }}/{{ .Values.image.repository }}:1\n" } },
	  "#   r.inner:5000/x/y:1\nglobal:\n  imageRegistry: \"r.inner:5000\"\n" },
	{ "a subchart's literal", { { "Chart.yaml", HEAD }, DB, { "charts/db/templates/a.yaml", "image: x/y:1\n" } },
	  "# With these values it still asks for these; see the templates:\n#   x/y:1   db: templates/a.yaml image\n{}\n" },
	{ "a literal that is the value of something else", { { "Chart.yaml", HEAD }, { "values.yaml", "image: x/y:1\n" },
	    { "templates/a.yaml", "image: x/y:1\n" } },
	  "# With these values it still asks for these; see the templates:\n#   x/y:1   templates/a.yaml image\n"
	  "image: \"r.inner:5000/x/y:1\"\n" },
	{ "a tag of another setting", { { "Chart.yaml", HEAD }, { "values.yaml", "tag: '2'\nimage: {repository: x/y, tag: '1', &a pullPolicy: Always}\n" },
	    { "templates/a.yaml", "image: {{ .Values.image.repository }}:{{ .Values.tag }}\n" } },
	  "#   r.inner:5000/x/y:2\nimage:\n  repository: \"r.inner:5000/x/y\"\n" },
};

static const char head[] = "# Values that point x 1.2.3 at r.inner:5000, where these are expected:\n";

static void t_rewriting(void **state)
{
	const struct rewriting *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	const struct chart_images none = { 0 };
	struct chart c;
	expect("chart", load_files(row->files, &c), NULL);
	assert_int_equal(images_rewrite(&arena, &c, &none, STR("r.inner:5000"), &b, &error), OK);
	sbuf_putc(&b, '\0');
	assert_true(str_starts(sbuf_str(&b), str_c(head)));
	assert_string_equal(b.p + sizeof head - 1, row->wanted);
}

static void registries(void **state)
{
	(void)state;
	static const char *const good[] = { "registry.inner", "r:5000", "localhost/mirror", "R.inner:5000/a/b" };
	static const char *const bad[] = { "", "registry", "a b.c", "http://r.inner", "r.inner/", "r.inner/A", "r.inner:x", "r.inner\nx" };
	for (size_t i = 0; i < ROWS(good); i++)
		assert_true(image_registry_is_good(str_c(good[i])));
	for (size_t i = 0; i < ROWS(bad); i++)
		assert_false(image_registry_is_good(str_c(bad[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_such_form), cmocka_unit_test(quoted_for_a_shell), cmocka_unit_test(registries),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("forms", t_form, forms);
	failed += RUN_TABLE("values", t_rewriting, rewritings);
	failed += cmocka_run_group_tests(tests, NULL, NULL);
	arena_done(&arena);
	return failed;
}
