/* What a chart asks for outside, row by row: schemas, commands, metadata; and what of that is inside. */
#include "format_chart.h"

#include "indexer/document/readiness_parts.h"

/* ---- words of what was found ---- */

static void put(struct sbuf *b, const struct readiness *r)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct readiness_finding *f = &r->findings[i];
		sbuf_printf(b, "%s %s %.*s%s%.*s [%.*s]%s%.*s\n",
		            readiness_severity_word(readiness_rule(f->code)->severity), readiness_rule(f->code)->word,
		            STR_ARG(f->subchart), f->subchart.n ? "!" : "", STR_ARG(f->what), STR_ARG(f->where),
		            f->why.n ? " " : "", STR_ARG(f->why));
	}
	for (size_t i = 0; i < r->outside_count; i++)
		sbuf_printf(b, "-> %s %.*s%s%.*s\n", outside_kind_word(readiness_rule(r->outside[i].code)->kind),
		            STR_ARG(r->outside[i].host), r->outside[i].tool.n ? "of " : "", STR_ARG(r->outside[i].tool));
	sbuf_puts(b, r->cut ? "cut\n" : "");
	sbuf_putc(b, '\0');
}

static void assert_readiness(const struct chart *c, uint64_t bytes, const struct readiness_inside *in,
                             const char *wanted)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct readiness_needs needs;
	struct readiness r;
	assert_int_equal(readiness_read(&arena, c, bytes, &needs, &error), OK);
	assert_int_equal(readiness_judge(&arena, &needs, in, &r, &error), OK);
	put(&b, &r);
	assert_true(sbuf_ok(&b));
	assert_string_equal(b.p, wanted);
}

static const struct readiness_inside nothing = { 0 };

/* ---- values.schema.json ---- */

#define REF "error schema-ref "
#define AT "values.schema.json#"

static const struct schema_row { const char *name, *schema, *wanted; } schemas[] = {
	{ "nothing", "{}", "" },
	{ "within", "{\"$ref\":\"#/definitions/x\",\"definitions\":{\"x\":{\"description\":\"https://x.io\"}}}", "" },
	{ "a draft", "{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"properties\":{\"a\":{\"$ref\":"
	  "\"https://json-schema.org/draft/2020-12/meta/core\"}}}", "" },
	{ "another host", "{\"properties\":{\"a\":{\"$ref\":\"https://x.io/s.json#/definitions/y\"}}}",
	  REF "https://x.io/s.json#/definitions/y [" AT "/properties/a/$ref]\n-> schema x.io\n" },
	{ "in a list", "{\"allOf\":[{},{\"$ref\":\"http://x.io/s\"}]}", REF "http://x.io/s [" AT "/allOf/1/$ref]\n-> schema x.io\n" },
	{ "beside its own address", "{\"$id\":\"https://x.io/a/b.json\",\"items\":{\"$ref\":\"c.json\"}}",
	  REF "https://x.io/a/c.json [" AT "/items/$ref]\n-> schema x.io\n" },
	{ "at the root of its own host", "{\"$id\":\"https://x.io/a/b.json\",\"items\":{\"$ref\":\"/c.json\"}}",
	  REF "https://x.io/c.json [" AT "/items/$ref]\n-> schema x.io\n" },
	{ "its own address", "{\"$id\":\"https://x.io/a.json\",\"items\":{\"$ref\":\"https://x.io/a.json#/y\"}}", "" },
	{ "a part that says so", "{\"$defs\":{\"p\":{\"$id\":\"https://x.io/p\"}},\"items\":{\"$ref\":\"https://x.io/p\"}}", "" },
	{ "an old part that says so", "{\"definitions\":{\"p\":{\"id\":\"https://x.io/p#\"}},\"items\":{\"$ref\":\"https://x.io/p\"}}", "" },
	{ "a part that says so from where it stands", "{\"$id\":\"https://x.io/a/values\",\"$defs\":{\"p\":{\"$id\":\"thing\"}},"
	  "\"allOf\":[{\"$ref\":\"thing\"},{\"$ref\":\"https://x.io/a/thing#/y\"},{\"$ref\":\"values#/$defs/p\"}]}", "" },
	{ "an old anchor is no address", "{\"$id\":\"https://x.io/a\",\"definitions\":{\"p\":{\"$id\":\"#p\",\"items\":{\"$ref\":\"a#p\"}}}}", "" },
	{ "an old anchor changes no address", "{\"$id\":\"https://x.io/a\",\"definitions\":{\"p\":{\"$id\":\"#p\",\"items\":{\"$ref\":\"b\"}}}}",
	  REF "https://x.io/b [" AT "/definitions/p/items/$ref]\n-> schema x.io\n" },
	{ "which is elsewhere", "{\"$id\":\"https://x.io/a/values\",\"$defs\":{\"p\":{\"$id\":\"/thing\"}},\"items\":{\"$ref\":\"thing\"}}",
	  REF "https://x.io/a/thing [" AT "/items/$ref]\n-> schema x.io\n" },
	{ "of an example", "{\"$ref\":\"https://example.com/other.json\"}",
	  REF "https://example.com/other.json [" AT "/$ref]\n-> schema example.com\n" },
	{ "a file beside it", "{\"items\":{\"$ref\":\"c.json\"},\"title\":\"://\"}", "" },
	{ "values", "{\"default\":{\"$ref\":\"https://x.io/s\"},\"enum\":[{\"$ref\":\"https://x.io/s\"}]}", "" },
	{ "a property of that name", "{\"properties\":{\"$ref\":{\"description\":\"https://x.io\"},\"default\":{\"$ref\":\"https://x.io/s\"}}}",
	  REF "https://x.io/s [" AT "/properties/default/$ref]\n-> schema x.io\n" },
	{ "another dialect", "{\"$schema\":\"https://x.io/dialect\"}",
	  "warning schema-dialect https://x.io/dialect [" AT "/$schema]\n-> schema x.io\n" },
	{ "a host of the cluster", "{\"$ref\":\"http://schemas.ns.svc/s\"}", "" },
	{ "no JSON", "{\"$ref\":\"https://x.io\"", "" },
};

static void t_schema(void **state)
{
	const struct schema_row *row = *state;
	struct chart c;
	expect("chart", load_yaml(HEAD, &c), NULL);
	c.schema = str_c(row->schema);
	assert_readiness(&c, 0, &nothing, row->wanted);
}

/* ---- commands ---- */

static const struct shell_row { const char *name, *text, *wanted; } scripts[] = {
	{ "nothing", "", "" },
	{ "an address", "curl -fsSL https://get.x.io/a -o b", "get.x.io: curl -fsSL https://get.x.io/a -o b\n" },
	{ "behind words", "if ! sudo timeout 10 /usr/bin/wget -q \"http://x.io/a\"; then exit 1; fi",
	  "x.io: if ! sudo timeout 10 /usr/bin/wget -q \"http://x.io/a\"\n" },
	{ "of a shell", "sh -c set -e\ncurl https://x.io", "x.io: curl https://x.io\n" },
	{ "in parentheses", "A=$(curl -s 'https://x.io/a' | jq .b)", "x.io: curl -s 'https://x.io/a'\n" },
	{ "in an option", "curl --url=https://x.io/a", "x.io: curl --url=https://x.io/a\n" },
	{ "over lines", "wget \\\n  -O a \\\n  https://x.io/a", "x.io: wget \\\n  -O a \\\n  https://x.io/a\n" },
	{ "a comment", "# curl https://x.io/a", "" },
	{ "what is printed", "echo curl https://x.io/a; printf \"wget https://x.io\"", "" },
	{ "an apostrophe in a comment", "# don't\ncurl https://x.io", "x.io: curl https://x.io\n" },
	{ "the cluster", "curl http://db:80/; curl https://db.ns.svc/a; wget http://db.ns.svc.cluster.local:80/ http://10.0.0.1/ "
	  "http://localhost:5601 http://release-name-db.default:9200", "" },
	{ "what is known later", "curl $URL https://$HOST/a https://${HOST}.io/", "" },
	{ "an example", "curl https://www.example.com/a", "" },
	{ "a clone", "git clone --depth 1 https://github.com/a/b", "github.com: git clone --depth 1 https://github.com/a/b\n" },
	{ "a clone by SSH", "git clone git@github.com:a/b.git", "github.com: git clone git@github.com:a/b.git\n" },
	{ "git without a clone", "git remote add x https://github.com/a/b; git commit -m clone", "" },
	{ "packages", "apk add --no-cache jq && apt-get update; pip3 install x && npm ci",
	  " of apk: apk add --no-cache jq\n of apt: apt-get update\n of pip: pip3 install x\n of npm: npm ci\n" },
	{ "packages that are there", "pip install --no-index x; pip list; apk info; npm run install-all", "" },
	{ "packages from inside", "pip install --index-url=http://pypi.ns.svc/simple x", "" },
	{ "packages from another host", "pip install --index-url https://pypi.x.io/simple x",
	  "pypi.x.io: pip install --index-url https://pypi.x.io/simple x\n" },
	{ "plugins", "/usr/local/bin/install-plugins.sh git", "updates.jenkins.io: /usr/local/bin/install-plugins.sh git\n" },
	{ "objects", "kubectl apply -f https://x.io/a.yaml", "x.io: kubectl apply -f https://x.io/a.yaml\n" },
	{ "a cluster elsewhere", "kubectl --server=https://x.io get pods", "" },
	{ "charts", "helm repo add a https://x.io/charts; helm pull oci://x.io/a",
	  "x.io: helm repo add a https://x.io/charts\nx.io: helm pull oci://x.io/a\n" },
	{ "a quote that does not end", "curl \"https://x.io/a", "x.io: curl \"https://x.io/a\n" },
	{ "a backslash at the end", "curl https://x.io/a \\", "x.io: curl https://x.io/a \\\n" },
};

static void t_script(void **state)
{
	const struct shell_row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct shell_script s = { .rest = str_c(row->text) };
	bool any = true;
	arena_done(&arena);
	for (unsigned i = 0; any && i < 100; i++) {
		assert_int_equal(shell_next_download(&arena, &s, &any, &error), OK);
		if (any)
			sbuf_printf(&b, "%.*s%s%.*s: %.*s\n", STR_ARG(s.found.host), s.found.tool.n ? " of " : "",
			            STR_ARG(s.found.tool), STR_ARG(s.found.text));
	}
	sbuf_putc(&b, '\0');
	assert_string_equal(b.p, row->wanted);
}

/* ---- what is rendered ---- */

#define POD(kind, text) "apiVersion: v1\nkind: " kind "\nmetadata: {name: p}\nspec:\n" text
#define HOOK(kind) "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: p\n  annotations: {helm.sh/hook: " kind "}\n"
#define RUNS "spec: {template: {spec: {containers: [{image: 'a:1', args: [curl, 'https://x.io']}]}}}\n"

static const struct object_row { const char *name, *text, *wanted; } objects[] = {
	{ "nothing", "", "" },
	{ "an init container", POD("Pod", "  initContainers: [{image: 'a:1', command: [sh, -c, 'curl https://x.io']}]\n"),
	  "error hook-download sh -c curl https://x.io [x/templates/a.yaml Pod/p spec.initContainers[0]]\n"
	  "-> image docker.io\n-> download x.io\n" },
	{ "a hook", HOOK("'pre-install,post-upgrade'") RUNS,
	  "error hook-download curl https://x.io [x/templates/a.yaml Job/p spec.template.spec.containers[0]]\n"
	  "-> image docker.io\n-> download x.io\n" },
	{ "a test", HOOK("test-success") RUNS,
	  "warning container-download curl https://x.io [x/templates/a.yaml Job/p spec.template.spec.containers[0]]\n"
	  "-> image docker.io\n-> download x.io\n" },
	{ "after the start", POD("Pod", "  containers: [{image: 'a:1', lifecycle: {postStart: {exec: {command: [wget, 'https://x.io']}}}}]\n"),
	  "warning container-download wget https://x.io [x/templates/a.yaml Pod/p spec.containers[0]]\n"
	  "-> image docker.io\n-> download x.io\n" },
	{ "scripts", "kind: ConfigMap\nmetadata: {name: c}\ndata:\n  a.sh: curl https://x.io\n  b: |\n    #!/bin/sh\n    wget https://y.io\n"
	  "  c: curl https://z.io\n",
	  "warning script-download curl https://x.io [x/templates/a.yaml ConfigMap/c data.a.sh]\n"
	  "warning script-download wget https://y.io [x/templates/a.yaml ConfigMap/c data.b]\n-> download x.io\n-> download y.io\n" },
	{ "a script that is run early", "kind: ConfigMap\nmetadata: {name: c}\ndata: {a.sh: 'curl https://x.io'}\n---\n"
	  POD("Pod", "  initContainers: [{image: 'a:1', command: [sh, /scripts/a.sh]}]\n"),
	  "error hook-download curl https://x.io [x/templates/a.yaml ConfigMap/c data.a.sh]\n-> image docker.io\n-> download x.io\n" },
	{ "packages", POD("Pod", "  containers: [{image: 'a:1', args: [pip, install, x]}]\n"),
	  "warning container-download pip install x [x/templates/a.yaml Pod/p spec.containers[0]] it names no host: "
	  "pip asks the one that it is set up for\n-> image docker.io\n-> download of pip\n" },
	{ "a definition of resources", "kind: CustomResourceDefinition\ncontainers: [{args: [curl, 'https://x.io']}]\n", "" },
	{ "images", POD("Pod", "  containers: [{image: a}, {image: 'r.io/b:latest'}, {image: 'c@sha256:"
	  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}]\n"),
	  "warning image-untagged a [templates/a.yaml Pod/p spec.containers[0].image]\n"
	  "warning image-latest r.io/b:latest [templates/a.yaml Pod/p spec.containers[1].image]\n"
	  "-> image docker.io\n-> image docker.io\n-> image r.io\n" },
	{ "what fails", "{{ fail \"no\" }}", "info not-rendered x/templates/a.yaml:1: no [x/templates/a.yaml]\n" },
};

static void t_object(void **state)
{
	const struct object_row *row = *state;
	const struct file files[] = { { "Chart.yaml", HEAD }, { "templates/a.yaml", row->text }, { 0 } };
	struct chart c;
	expect("chart", load_files(files, &c), NULL);
	assert_readiness(&c, 0, &nothing, row->wanted);
}

/* ---- with a list that was pushed ---- */

static const struct list_row { const char *name, *list, *wanted; } lists[] = {
	{ "of none", "", "" },
	{ "of the same, with a tag", "r.io/a:1\n", "-> image r.io\n" },
	{ "of the same, spelled out", "docker.io/library/a\n",
	  "warning image-untagged docker.io/library/a [templates/a.yaml Pod/p spec.containers[0].image]\n-> image docker.io\n" },
	{ "of others", "r.io/x:latest\nr.io/y\nr.io/z:1\n",
	  "warning image-untagged r.io/y [pushed list]\nwarning image-latest r.io/x:latest [pushed list]\n"
	  "-> image r.io\n-> image r.io\n-> image r.io\n" },
};

/* What is no image stays. */
#define STAYS "error hook-download curl https://x.io [x/templates/a.yaml Pod/p spec.initContainers[0]]\n"

static void t_list(void **state)
{
	const struct list_row *row = *state;
	static const struct file files[] = {
		{ "Chart.yaml", HEAD },
		{ "templates/a.yaml", POD("Pod", "  containers: [{image: a}, {image: 'r.io/b:latest'}]\n"
		                                 "  initContainers: [{args: [curl, 'https://x.io']}]\n") }, { 0 } };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB), wanted = sbuf_make(MIB);
	struct readiness_needs needs;
	struct readiness r;
	struct chart c;
	expect("chart", load_files(files, &c), NULL);
	assert_int_equal(readiness_read(&arena, &c, 0, &needs, &error), OK);
	assert_int_equal(readiness_with_list(&arena, &needs, str_c(row->list), &needs, &error), OK);
	assert_int_equal(readiness_judge(&arena, &needs, &nothing, &r, &error), OK);
	put(&b, &r);
	sbuf_printf(&wanted, STAYS "%s-> download x.io\n", row->wanted);
	sbuf_putc(&wanted, '\0');
	assert_string_equal(b.p, wanted.p);
}

/* ---- what is inside ---- */

#define ICON "icon: https://x.io/a.png\n"
#define DEPENDS(of) "dependencies: [{name: db, version: ~1, repository: '" of "'}]\n"

static const struct readiness_source none = { .why = STR("it is not known") }, repo = { .repo = STR("r") },
                                     there = { .repo = STR("r"), .version = STR("1.0.0") },
                                     old = { .repo = STR("r"), .version = STR("1.0.0"), .deprecated = true };
static const struct str icons[] = { STR("x.io") }, all[] = { STR("**") };

static const struct inside_row {
	const char *name, *chart;
	bool packed;
	struct readiness_inside in;
	const char *wanted;
} insides[] = {
	{ "an icon", ICON, false, { 0 }, "info icon-remote https://x.io/a.png [Chart.yaml]\n-> icon x.io\n" },
	{ "an icon inside", ICON, false, { .hosts = icons, .host_count = 1 }, "" },
	{ "an icon in the address", "icon: 'data:image/png;base64,AA=='\n", false, { 0 }, "" },
	{ "missing", DEPENDS("https://y.io/c"), false, { .sources = &none },
	  "error dependency-missing db ~1 of https://y.io/c [Chart.yaml] it is not known\n-> dependency y.io\n" },
	{ "missing, and nobody was asked", DEPENDS(""), false, { 0 }, "error dependency-missing db ~1 [Chart.yaml]\n" },
	{ "missing, of what is no host", DEPENDS("git@x\".io:c"), false, { 0 },
	  "error dependency-missing db ~1 of git@x\".io:c [Chart.yaml]\n" },
	{ "another version is here", DEPENDS("https://y.io/c"), false, { .sources = &repo },
	  "error dependency-missing db ~1 of https://y.io/c [Chart.yaml]\n-> dependency y.io\n" },
	{ "here, not packed", DEPENDS("https://y.io/c"), false, { .sources = &there },
	  "warning dependency-not-packed db ~1 of https://y.io/c [Chart.yaml]\n" },
	{ "here, asked of a registry", DEPENDS("oci://y.io/c"), false, { .sources = &there },
	  "error dependency-registry db ~1 of oci://y.io/c [Chart.yaml]\n-> dependency y.io\n" },
	{ "of a registry that is inside", DEPENDS("oci://y.io/c"), false,
	  { .sources = &there, .hosts = all, .host_count = 1 },
	  "warning dependency-not-packed db ~1 of oci://y.io/c [Chart.yaml]\n" },
	{ "deprecated", DEPENDS("https://y.io/c"), false, { .sources = &old },
	  "warning dependency-not-packed db ~1 of https://y.io/c [Chart.yaml]\n"
	  "warning dependency-deprecated db ~1 of https://y.io/c [Chart.yaml]\n" },
	{ "deprecated, packed", DEPENDS("https://y.io/c"), true, { .sources = &old },
	  "warning dependency-deprecated db ~1 of https://y.io/c [Chart.yaml]\n" },
	{ "of a registry, packed", DEPENDS("oci://y.io/c"), true, { .sources = &there }, "" },
	{ "packed", DEPENDS("https://y.io/c"), true, { .sources = &none },
	  "info dependency-host db ~1 of https://y.io/c [Chart.yaml]\n-> dependency y.io\n" },
	{ "packed, and here", DEPENDS("https://y.io/c"), true, { .sources = &repo }, "" },
	{ "packed, and the host is inside", DEPENDS("oci://y.io/c"), true, { .hosts = all, .host_count = 1 }, "" },
	{ "packed from beside it", DEPENDS("file://../db"), true, { 0 }, "" },
	{ "undeclared", "", true, { 0 }, "info dependency-undeclared db [charts/db]\n" },
};

static void t_inside(void **state)
{
	const struct inside_row *row = *state;
	struct arena kept = { 0 };
	struct chart c;
	const char *text = arena_printf(&kept, "%s%s", HEAD, row->chart);
	const struct file files[] = { { "Chart.yaml", text }, { row->packed ? "charts/db/Chart.yaml" : "a", "apiVersion: v2\nname: db\nversion: 1.0.0\n" },
	                              { 0 } };
	expect("chart", load_files(files, &c), NULL);
	assert_readiness(&c, 0, &row->in, row->wanted);
	arena_done(&kept);
}

/* A tool that asks inside is said by its name. */
static void tools_inside(void **state)
{
	static const struct file files[] = {
		{ "Chart.yaml", HEAD },
		{ "templates/a.yaml", "kind: ConfigMap\nmetadata: {name: c}\ndata: {a.sh: 'pip install x; yarn add y; curl https://npm'}\n" },
		{ 0 } };
	static const struct str tools[] = { STR("pip") };
	struct chart c;
	(void)state;
	expect("chart", load_files(files, &c), NULL);
	assert_readiness(&c, 0, &(struct readiness_inside){ .hosts = tools, .host_count = 1 },
	                 "warning script-download yarn add y [x/templates/a.yaml ConfigMap/c data.a.sh] "
	                 "it names no host: npm asks the one that it is set up for\n-> download of npm\n");
}

/* ---- sizes ---- */

static void large_archives(void **state)
{
	struct chart c;
	(void)state;
	expect("chart", load_yaml(HEAD, &c), NULL);
	assert_readiness(&c, FLUX_CHART_MAX_BYTES, &nothing, "");
	assert_readiness(&c, FLUX_CHART_MAX_BYTES + 1, &nothing, "warning archive-size 10240 KiB of 10240 KiB [x]\n");
}

/* Texts that do not compress: n bytes take 4/3 of them. */
static void large_releases(void **state)
{
	static char text[2 * MIB];
	uint32_t random = 1;
	struct chart c;
	(void)state;
	for (size_t i = 0; i + 1 < sizeof text; i++) {
		random = random * 1664525u + 1013904223u;
		text[i] = (char)(0x20 + (random >> 24) % 95);
	}
	const size_t fits = 600 * KIB, near = 740 * KIB, much = 900 * KIB;
	const struct { size_t bytes; const char *word; } rows[] = { { fits, "" }, { near, "release-size-near" }, { much, "release-size" } };
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct readiness_needs needs;
		struct tar_member members[] = { { STR("Chart.yaml"), STR(HEAD) }, { STR("a.txt"), { text, rows[i].bytes } } };
		expect("chart", load_members(members, 2, &c), NULL);
		assert_int_equal(readiness_read(&arena, &c, 0, &needs, &error), OK);
		assert_int_equal(needs.count, *rows[i].word != 0);
		assert_string_equal(needs.count ? readiness_rule(needs.list[0].code)->word : "", rows[i].word);
	}
}

/* ---- JSON ---- */

static void as_json(void **state)
{
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct readiness_needs needs;
	struct readiness r;
	struct chart c;
	(void)state;
	expect("chart", load_yaml(HEAD ICON DEPENDS("https://y.io/c"), &c), NULL);
	assert_int_equal(readiness_read(&arena, &c, 0, &needs, &error), OK);
	assert_int_equal(readiness_judge(&arena, &needs, &(struct readiness_inside){ .sources = &none }, &r, &error), OK);
	readiness_json(&b, &r);
	sbuf_putc(&b, '\0');
	assert_string_equal(b.p,
		"\"ready\":false,\"errors\":1,\"warnings\":0,\"infos\":1,\"findings\":["
		"{\"severity\":\"error\",\"code\":\"dependency-missing\",\"title\":\"a dependency is not in charts/ and cannot be had here\","
		"\"what\":\"db ~1 of https://y.io/c\",\"where\":\"Chart.yaml\",\"host\":\"y.io\",\"why\":\"it is not known\","
		"\"advice\":\"run helm dependency build outside and package it again, or bring the repository that it names\"},"
		"{\"severity\":\"info\",\"code\":\"icon-remote\",\"title\":\"its icon is on another host\",\"what\":\"https://x.io/a.png\","
		"\"where\":\"Chart.yaml\",\"host\":\"x.io\",\"advice\":\"only catalogs show it; one in the archive is shown everywhere\"}],"
		"\"outside\":[{\"kind\":\"dependency\",\"host\":\"y.io\",\"what\":\"db ~1 of https://y.io/c\",\"where\":\"Chart.yaml\"},"
		"{\"kind\":\"icon\",\"host\":\"x.io\",\"what\":\"https://x.io/a.png\",\"where\":\"Chart.yaml\"}],\"cut\":false");
	arena_done(&arena);
}

int main(void)
{
	const struct CMUnitTest others[] = {
		cmocka_unit_test(tools_inside), cmocka_unit_test(large_archives), cmocka_unit_test(large_releases), cmocka_unit_test(as_json),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return RUN_TABLE("schemas", t_schema, schemas) + RUN_TABLE("scripts", t_script, scripts) +
	       RUN_TABLE("objects", t_object, objects) + RUN_TABLE("lists", t_list, lists) +
	       RUN_TABLE("inside", t_inside, insides) +
	       cmocka_run_group_tests_name("others", others, NULL, NULL);
}
