/* helm package: .helmignore, what is packed in which order, and the Chart.yaml that is written. */
#include "arena_room.h"

#include "indexer/base/auto.h"
#include "indexer/format/package.h"

#define HEAD "apiVersion: v2\nname: x\nversion: 1.2.3\n"

static struct errinfo error;

/* ---- .helmignore ---- */

enum kind { FILE_, DIR_ };
static const struct { const char *rules, *path; enum kind kind; bool ignored; } ignores[] = {
	{ "", "a", FILE_, false },
	{ "", "templates/.x", FILE_, true },
	{ "", "templates/.", FILE_, false },
	{ "", "templates/a/.x", FILE_, false },
	{ "", "charts/a/templates/.x", FILE_, false },
	{ "# a\n\n  \n", "a", FILE_, false },
	{ "a", "a", FILE_, true },
	{ "a", "b/a", FILE_, true },
	{ "a", "ab", FILE_, false },
	{ "  a \t\r\n", "a", FILE_, true },
	{ "\xef\xbb\xbf" "a\n", "a", FILE_, true },
	{ "b\na", "a", FILE_, true },
	{ "/a", "a", FILE_, true },
	{ "/a", "b/a", FILE_, false },
	{ "b/a", "b/a", FILE_, true },
	{ "b/a", "c/b/a", FILE_, false },
	{ "a/", "a", FILE_, false },
	{ "a/", "a", DIR_, true },
	{ "a/", "b/a", DIR_, true },
	{ "/a/", "b/a", DIR_, false },
	{ "*.md", "docs/a.md", FILE_, true },
	{ "/*.md", "docs/a.md", FILE_, false },
	{ "docs/*.md", "docs/a.md", FILE_, true },
	{ "docs/*", "docs/a/b", FILE_, false },
	{ "a?c", "abc", FILE_, true },
	{ "a?c", "a\xc3\xa9" "c", FILE_, true },
	{ "/a?c", "a/c", FILE_, false },
	{ "[a-c]x", "bx", FILE_, true },
	{ "[^a-c]x", "bx", FILE_, false },
	{ "[^a-c]x", "dx", FILE_, true },
	{ "[\xc3\xa0-\xc3\xbf]", "\xc3\xa9", FILE_, true },
	{ "\\*", "*", FILE_, true },
	{ "\\*", "a", FILE_, false },
	{ "[\\]]", "]", FILE_, true },
	{ "*a*b", "xaybzb", FILE_, true },
	{ "*a*b", "xaybz", FILE_, false },
	{ "a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", FILE_, false },
	{ "!keep", "keep", FILE_, false },
	{ "!keep", "other", FILE_, true },
	{ "!keep\nkeep", "keep", FILE_, true },
	{ "!keep/", "keep", FILE_, true },
	{ "!keep/", "keep", DIR_, false },
	{ "!", "a", FILE_, true },
	{ "/", "a", DIR_, false },
	{ "*", ".", DIR_, false },
	{ "*", "", DIR_, false },
	{ ".*", ".helmignore", FILE_, true },
	{ "\xc2\xa0secret.env\xe3\x80\x80\n", "secret.env", FILE_, true },
	{ "\xc2\x85 \xc2\xa0\n#\n\xe2\x80\xa8# a\n", "# a", FILE_, false },
	{ "a b\xc2\xa0\r\n", "a b", FILE_, true },
	{ "a\xc2\xa0" "b\n", "a\xc2\xa0" "b", FILE_, true },
};

static void helmignore_decides(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(ignores); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct helmignore *h;
		assert_int_equal(helmignore_parse(&a, str_c(ignores[i].rules), &h, &error), OK);
		if (helmignore_matches(h, str_c(ignores[i].path), ignores[i].kind == DIR_) !=
		    ignores[i].ignored)
			fail_msg("\"%s\" on %s", ignores[i].rules, ignores[i].path);
	}
}

static const struct { const char *rules, *detail; } bad_rules[] = {
	{ "a\nb/**/c", ".helmignore:2: double-star (**) syntax is not supported" },
	{ "[", ".helmignore:1: syntax error in pattern" },
	{ "[]", ".helmignore:1: syntax error in pattern" },
	{ "[]a]", ".helmignore:1: syntax error in pattern" },
	{ "[-a]", ".helmignore:1: syntax error in pattern" },
	{ "[a-]", ".helmignore:1: syntax error in pattern" },
	{ "[a", ".helmignore:1: syntax error in pattern" },
	{ "[a\\", ".helmignore:1: syntax error in pattern" },
	{ "a\\", ".helmignore:1: syntax error in pattern" },
};

static void helmignore_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bad_rules); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct helmignore *h;
		assert_int_equal(helmignore_parse(&a, str_c(bad_rules[i].rules), &h, &error), ERR_METADATA);
		assert_string_equal(error.detail, bad_rules[i].detail);
	}
}

/* ---- Packing ---- */

struct file { const char *name, *text; int64_t mtime; };

static enum err build(struct arena *a, const struct file *files, size_t count,
                      const struct package_options *o, struct package *ret)
{
	struct package_file in[24];
	assert_true(count <= ROWS(in));
	for (size_t i = 0; i < count; i++)
		in[i] = (struct package_file){ str_c(files[i].name), str_c(files[i].text), files[i].mtime };
	memset(&error, 0, sizeof error);
	return package_build(a, in, count, o, ret, &error);
}

static const struct package_options plain = { .mtime_seconds = 0 };

/* One line "<name>=<content>" per member, in the archive's order. */
static void assert_members(struct arena *a, const struct package *p, const char *wanted)
{
	struct gzip_buffer buffer = { 0 };
	struct str tar;
	struct tar_listing listing;
	AUTO_SBUF struct sbuf b = sbuf_make(1 << 20);
	assert_int_equal(gzip_inflate(str_make(p->tgz, p->bytes), &buffer, &tar, &error), OK);
	assert_int_equal(tar_read(a, tar, &listing, &error), OK);
	for (size_t i = 0; i < listing.count; i++) {
		sbuf_put(&b, listing.members[i].name);
		sbuf_putc(&b, '=');
		sbuf_put(&b, listing.members[i].data);
		sbuf_putc(&b, '\n');
	}
	assert_true(sbuf_ok(&b));
	assert_string_equal(b.p, wanted);
	gzip_buffer_done(&buffer);
}

static void members_are_those_of_helm(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	static const struct file files[] = {
		{ "templates/tests-x.yaml", "1", 1 },
		{ "values.yaml", "\xef\xbb\xbf" "v: 1\n", 1 },
		{ "templates/tests/t.yaml", "2", 1 },
		{ "templates/.hidden", "no", 1 },
		{ "docs/a.md", "no", 1 },
		{ "docs/b.txt", "3", 1 },
		{ ".git/objects/a", "no", 1 },
		{ ".helmignore", "*.md\n.git/", 1 },
		{ "Chart.lock", "digest: d\n", 1 },
		{ "Chart.yaml", "# gone\n" HEAD "unknown: gone\ndependencies: [{name: Sub}, {name: Sub, "
		                "alias: other}]\n", 1 },
		{ "requirements.lock", "digest: e\n", 1 },
		{ "values.schema.json", "{}", 1 },
		{ "charts/_off/a", "no", 1 },
		{ "charts/a.tgz.prov", "4", 1 },
		{ "charts/folder/templates/b.yaml", "5", 1 },
		{ "charts/folder/Chart.yaml", "name: Sub\nversion: 1\n", 1 },
		{ "charts/folder/requirements.yaml", "dependencies: []\n", 1 },
		{ "charts/folder/Chart.lock", "digest: no\n", 1 },
	};
	struct package p;
	assert_int_equal(build(&a, files, ROWS(files), &plain, &p), OK);
	assert_members(&a, &p,
		"x/Chart.yaml=apiVersion: v2\ndependencies:\n- name: Sub\n  repository: \"\"\n"
		"- alias: other\n  name: Sub\n  repository: \"\"\nname: x\nversion: 1.2.3\n\n"
		"x/Chart.lock=digest: d\n\n"
		"x/values.yaml=v: 1\n\n"
		"x/values.schema.json={}\n"
		"x/templates/tests/t.yaml=2\n"
		"x/templates/tests-x.yaml=1\n"
		"x/.helmignore=*.md\n.git/\n"
		"x/charts/a.tgz.prov=4\n"
		"x/docs/b.txt=3\n"
		"x/charts/Sub/Chart.yaml=apiVersion: v1\nname: Sub\nversion: \"1\"\n\n"
		"x/charts/Sub/templates/b.yaml=5\n"
		"x/charts/Sub/requirements.yaml=dependencies: []\n\n");
	assert_true(str_eq_c(p.file_name, "x-1.2.3.tgz"));
	assert_true(str_eq_c(p.chart.meta.name, "x"));
	free(p.tgz);
}

/* As people write it; and what is packed as it is. */
static void aliases_are_written_out(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	static const struct file two[] = {
		{ "Chart.yaml", "apiVersion: v2\nname: &n x\nversion: 1.2.3\ndescription: *n\ndependencies:\n"
		                "- &d {name: a, version: ^1, repository: \"http://e\"}\n- <<: *d\n  name: b\n---\n", 1 },
		{ "charts/a/Chart.yaml", "name: &n a\nversion: 1\nhome: *n\n", 1 },
		{ "charts/b/Chart.yaml", "name: b\nversion: 1\n", 1 },
	};
	static const struct file one[] = {
		{ "Chart.yaml", "name: x\nversion: 1.2.3\n", 1 },
		{ "charts/a/Chart.yaml", "name: a\nversion: 1\n", 1 },
		{ "requirements.lock", "digest: &d x\ngenerated: \"2026-03-05T09:12:44Z\"\nx: *d\n", 1 },
		{ "requirements.yaml", "x: &r http://e\ndependencies: [{name: a, repository: *r}]\n", 1 },
	};
	struct package p;
	assert_int_equal(build(&a, two, ROWS(two), &plain, &p), OK);
	assert_members(&a, &p,
		"x/Chart.yaml=apiVersion: v2\ndependencies:\n- name: a\n  repository: http://e\n  version: ^1\n"
		"- name: b\n  repository: http://e\n  version: ^1\ndescription: x\nname: x\nversion: 1.2.3\n\n"
		"x/charts/a/Chart.yaml=apiVersion: v1\nhome: a\nname: a\nversion: \"1\"\n\n"
		"x/charts/b/Chart.yaml=apiVersion: v1\nname: b\nversion: \"1\"\n\n");
	free(p.tgz);
	assert_int_equal(build(&a, one, ROWS(one), &plain, &p), OK);
	assert_true(str_eq_c(p.chart.meta.dependencies[0].repository, "http://e"));
	free(p.tgz);
}

static void packed_charts_are_unpacked(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	static const struct file inner[] = { { "Chart.yaml", "name: deep\nversion: 1.0.0\n", 7 },
	                                     { "values.yaml", "a: 1\n", 8 } };
	struct package sub, p;
	assert_int_equal(build(&a, inner, 2, &plain, &sub), OK);
	const struct package_file outer[] = {
		{ STR("Chart.yaml"), STR(HEAD "dependencies: [{name: deep}]\n"), 9 },
		{ STR("charts/deep-1.0.0.tgz"), str_make(sub.tgz, sub.bytes), 9 },
	};
	assert_int_equal(package_build(&a, outer, 2, &(struct package_options){ .mtime_seconds = -1 },
	                               &p, &error), OK);
	assert_members(&a, &p,
		"x/Chart.yaml=apiVersion: v2\ndependencies:\n- name: deep\n  repository: \"\"\n"
		"name: x\nversion: 1.2.3\n\n"
		"x/charts/deep/Chart.yaml=apiVersion: v1\nname: deep\nversion: 1.0.0\n\n"
		"x/charts/deep/values.yaml=a: 1\n\n");
	free(sub.tgz);
	free(p.tgz);
}

/* The order in which files are given, and with a given time theirs, do not matter. */
static void packing_is_reproducible(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	static const struct file one[] = { { "Chart.yaml", HEAD, 1 }, { "a", "1", 2 }, { "b/c", "2", 3 },
	                                   { "templates/x", "3", 4 } };
	static const struct file other[] = { { "templates/x", "3", 9 }, { "b/c", "2", 8 }, { "a", "1", 7 },
	                                     { "Chart.yaml", HEAD, 6 } };
	struct package p, q;
	assert_int_equal(build(&a, one, 4, &plain, &p), OK);
	assert_int_equal(build(&a, other, 4, &plain, &q), OK);
	assert_int_equal(p.bytes, q.bytes);
	assert_memory_equal(p.tgz, q.tgz, p.bytes);
	free(q.tgz);
	const struct package_options own = { .mtime_seconds = -1 };
	assert_int_equal(build(&a, other, 4, &own, &q), OK);
	assert_true(p.bytes != q.bytes || memcmp(p.tgz, q.tgz, p.bytes) != 0);
	free(p.tgz);
	free(q.tgz);
}

static void versions_are_overridden(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	static const struct file files[] = { { "Chart.yaml", HEAD, 0 } };
	const struct package_options o = { .version = STR("2.0.0+b"), .app_version = STR("1.10") };
	struct package p;
	assert_int_equal(build(&a, files, 1, &o, &p), OK);
	assert_members(&a, &p, "x/Chart.yaml=apiVersion: v2\nappVersion: \"1.10\"\nname: x\n"
	                       "version: 2.0.0+b\n\n");
	assert_true(str_eq_c(p.file_name, "x-2.0.0+b.tgz"));
	assert_true(str_eq_c(p.chart.meta.version, "2.0.0+b"));
	free(p.tgz);
}

static const struct { struct file files[4]; const char *version, *detail; } refused[] = {
	{ { { "values.yaml", "", 0 } }, NULL, "Chart.yaml file is missing" },
	{ { { "Chart.yaml", HEAD "dependencies: [{name: a}, {name: b}, {name: c}]\n", 0 },
	    { "charts/b/Chart.yaml", "name: b\nversion: 1\n", 0 } }, NULL,
	  "found in Chart.yaml, but missing in charts/ directory: a, c" },
	{ { { "Chart.yaml", "name: x\nversion: 1\n", 0 },
	    { "requirements.yaml", "dependencies: [{name: a}]\n", 0 } }, NULL,
	  "found in Chart.yaml, but missing in charts/ directory: a" },
	{ { { "Chart.yaml", HEAD, 0 }, { "charts/a/Chart.yaml", "name: same\nversion: 1\n", 0 },
	    { "charts/b/Chart.yaml", "name: same\nversion: 2\n", 0 } }, NULL,
	  "charts/ has more than one chart with the name \"same\": charts/a and charts/b; remove one of them" },
	{ { { "Chart.yaml", HEAD, 0 }, { "charts/x/Chart.yaml", HEAD, 0 }, { "charts/x/charts/a/Chart.yaml", HEAD, 0 },
	    { "charts/x/charts/b/Chart.yaml", HEAD, 0 } }, NULL,
	  "charts/x: charts/ has more than one chart with the name \"x\": charts/a and charts/b; remove one of them" },
	{ { { "Chart.yaml", HEAD, 0 } }, "latest",
	  "validation: chart.metadata.version \"latest\" is invalid" },
	{ { { "Chart.yaml", HEAD, 0 }, { ".helmignore", "a\n**", 0 } }, NULL,
	  ".helmignore:2: double-star (**) syntax is not supported" },
	{ { { "Chart.yaml", HEAD, 0 }, { ".helmignore", "Chart.yaml", 0 } }, NULL,
	  "Chart.yaml file is missing" },
};

static void packing_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(refused); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct package_options o = plain;
		struct package p;
		size_t count = 0;
		o.version = str_c(refused[i].version);
		while (count < 4 && refused[i].files[count].name)
			count++;
		assert_int_equal(build(&a, refused[i].files, count, &o, &p), ERR_METADATA);
		assert_string_equal(error.detail, refused[i].detail);
	}
}

/* What could not be published is not packed either. */
static void t_tar_06_names_of_files_are_judged(void **state)
{
	(void)state;
	static const char *const names[] = { "../a", "a\\b", "a\nb", "a//b" };
	for (size_t i = 0; i < ROWS(names); i++) {
		AUTO_ARENA struct arena a = { 0 };
		const struct file files[] = { { "Chart.yaml", HEAD, 0 }, { names[i], "", 0 } };
		struct package p;
		assert_int_not_equal(build(&a, files, 2, &plain, &p), OK);
	}
}

/* ---- Chart.yaml ---- */

static void chart_yaml_is_that_of_helm(void **state)
{
	(void)state;
	struct str keywords[] = { STR(""), STR("null"), STR("1.10"), STR("0x1f"), STR("yes"),
		                  STR("2024-01-01"), STR("- a"), STR("a: b"), STR("1:20"),
		                  STR("it's"), STR("a\tb"), STR("#") };
	struct chart_maintainer maintainers[] = { { STR("N"), STR("e@x"), STR("u") }, { .name = { 0 } } };
	struct chart_annotation annotations[] = { { STR("<<"), STR("1:99") }, { STR("a"), STR("- one\n- two\n") },
		                                  { STR("b"), STR("x") } };
	struct str tags[] = { STR("t") };
	struct chart_import imports[] = { { .name = STR("data") },
		                          { .child = STR("c"), .parent = STR("p") } };
	struct chart_dependency dependency = {
		.name = STR("d"), .version = STR("^1"), .repository = STR("https://e"),
		.condition = STR("d.on"),
		.alias = STR("l"), .tags = tags, .tag_count = 1, .enabled = true, .imports = imports,
		.import_count = 2 };
	const struct chart_meta m = {
		.api_version = STR("v2"), .name = STR("x"), .version = STR("1.0.0"),
		.kube_version = STR(">=1.20"), .type = STR("library"),
		.description = STR("A description that is longer than the eighty columns that an "
		                   "emitter likes best"),
		.home = STR("http://h"), .icon = STR("i"), .app_version = STR("1.0"), .condition = STR("c"),
		.tags = STR("t"), .deprecated = true, .keywords = keywords, .keyword_count = ROWS(keywords),
		.sources = keywords, .source_count = 1, .maintainers = maintainers, .maintainer_count = 2,
		.annotations = annotations, .annotation_count = ROWS(annotations), .dependencies = &dependency,
		.dependency_count = 1 };
	AUTO_SBUF struct sbuf b = sbuf_make(4096);
	package_chart_yaml(&b, &m);
	assert_true(sbuf_ok(&b));
	assert_string_equal(b.p,
		"annotations:\n  \"<<\": 1:99\n  a: |\n    - one\n    - two\n  b: x\napiVersion: v2\nappVersion: \"1.0\"\n"
		"condition: c\ndependencies:\n- alias: l\n  condition: d.on\n  enabled: true\n"
		"  import-values:\n  - data\n  - child: c\n    parent: p\n  name: d\n  repository: https://e\n"
		"  tags:\n  - t\n  version: ^1\ndeprecated: true\n"
		"description: A description that is longer than the eighty columns that an emitter\n"
		"  likes best\nhome: http://h\nicon: i\nkeywords:\n- \"\"\n- \"null\"\n- \"1.10\"\n- \"0x1f\"\n"
		"- \"yes\"\n- \"2024-01-01\"\n- '- a'\n- 'a: b'\n- \"1:20\"\n- it's\n- \"a\\tb\"\n- '#'\n"
		"kubeVersion: '>=1.20'\nmaintainers:\n- email: e@x\n  name: \"N\"\n  url: u\n- {}\nname: x\n"
		"sources:\n- \"\"\ntags: t\ntype: library\nversion: 1.0.0\n");
	struct sbuf small = sbuf_make(10);
	package_chart_yaml(&small, &m);
	assert_false(sbuf_ok(&small));
	sbuf_done(&small);
}

static enum err build_some(struct arena *a, const void *row, struct errinfo *e)
{
	static const struct file files[] = { { "Chart.yaml", HEAD, 0 }, { "charts/a/Chart.yaml", HEAD, 0 },
	                                     { ".helmignore", "a\nb", 0 }, { "templates/a", "", 0 } };
	struct package p = { .tgz = NULL };
	(void)row;
	error = (struct errinfo){ .code = OK };
	enum err err = build(a, files, ROWS(files), &plain, &p);
	*e = error;
	free(err ? NULL : p.tgz);
	return err;
}

static void memory_runs_out_anywhere(void **state)
{
	(void)state;
	each_room_is_too_small(build_some, NULL, OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(helmignore_decides),
		cmocka_unit_test(helmignore_refuses),
		cmocka_unit_test(members_are_those_of_helm),
		cmocka_unit_test(aliases_are_written_out),
		cmocka_unit_test(packed_charts_are_unpacked),
		cmocka_unit_test(packing_is_reproducible),
		cmocka_unit_test(versions_are_overridden),
		cmocka_unit_test(packing_refuses),
		cmocka_unit_test(t_tar_06_names_of_files_are_judged),
		cmocka_unit_test(chart_yaml_is_that_of_helm),
		cmocka_unit_test(memory_runs_out_anywhere),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
