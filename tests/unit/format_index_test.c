/* Writing index lines and whole indexes: texts, hostile strings (T-IDX-01), order and choice. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "indexer/format/index.h"

#define CREATED INT64_C(1772701964123456789)     /* 2026-03-05T09:12:44.123456789Z */
#define HEX "0000000000000000000000000000000000000000000000000000000000000000"

static const struct sha256 zeros;

static struct str line_of(struct sbuf *b, const struct chart_meta *m, const char *url)
{
	index_line(b, m, str_c(url), CREATED, &zeros);
	assert_true(sbuf_ok(b));
	return sbuf_str(b);
}

static void expect_text(struct str got, const char *wanted)
{
	if (!str_eq_c(got, wanted))
		fail_msg("got:\n%.*s\nwanted:\n%s", STR_ARG(got), wanted);
}

static struct chart_meta podinfo(void)
{
	static struct str keywords[] = { STR("web"), STR("demo") }, sources[] = { STR("s") },
	                  tags[] = { STR("front") };
	static struct chart_maintainer maintainers[] = {
		{ .name = STR("Ann"), .email = STR("ann@example.org") },
		{ .name = STR("Bob"), .url = STR("https://bob.example") },
	};
	static struct chart_annotation annotations[] = {
		{ STR("a/b"), STR("1") }, { STR("on"), STR("") },
	};
	static struct chart_import imports[] = {
		{ .name = STR("data") }, { .child = STR("c"), .parent = STR("p") },
	};
	static struct chart_dependency dependencies[] = {
		{ .name = STR("redis"), .version = STR("~17"),
		  .repository = STR("https://charts.example.org"), .condition = STR("redis.enabled"),
		  .alias = STR("cache"), .tags = tags, .tag_count = 1, .enabled = true,
		  .imports = imports, .import_count = 2 },
		{ .name = STR("local") },
	};
	return (struct chart_meta){
		.api_version = STR("v2"), .name = STR("podinfo"), .version = STR("6.7.0"),
		.kube_version = STR(">=1.23.0-0"), .type = STR("application"),
		.description = STR("A \"test\"\nof lines"), .home = STR("https://example.org/"),
		.icon = STR("https://example.org/i.png"), .app_version = STR("1.10"),
		.condition = STR("x.enabled"), .tags = STR("x,y"), .deprecated = true,
		.keywords = keywords, .keyword_count = 2, .sources = sources, .source_count = 1,
		.maintainers = maintainers, .maintainer_count = 2,
		.annotations = annotations, .annotation_count = 2,
		.dependencies = dependencies, .dependency_count = 2,
	};
}

static const char full_line[] =
	"{\"annotations\":{\"a/b\":\"1\",\"on\":\"\"},\"apiVersion\":\"v2\",\"appVersion\":\"1.10\","
	"\"condition\":\"x.enabled\",\"created\":\"2026-03-05T09:12:44.123456789Z\",\"dependencies\":["
	"{\"alias\":\"cache\",\"condition\":\"redis.enabled\",\"enabled\":true,\"import-values\":[\"data\","
	"{\"child\":\"c\",\"parent\":\"p\"}],\"name\":\"redis\",\"repository\":\"https://charts.example.org\","
	"\"tags\":[\"front\"],\"version\":\"~17\"},{\"name\":\"local\",\"repository\":\"\"}],"
	"\"deprecated\":true,\"description\":\"A \\\"test\\\"\\nof lines\",\"digest\":\"" HEX "\","
	"\"home\":\"https://example.org/\",\"icon\":\"https://example.org/i.png\","
	"\"keywords\":[\"web\",\"demo\"],\"kubeVersion\":\">=1.23.0-0\",\"maintainers\":["
	"{\"email\":\"ann@example.org\",\"name\":\"Ann\"},{\"name\":\"Bob\",\"url\":\"https://bob.example\"}],"
	"\"name\":\"podinfo\",\"sources\":[\"s\"],\"tags\":\"x,y\",\"type\":\"application\","
	"\"urls\":[\"charts/podinfo-6.7.0.tgz\"],\"version\":\"6.7.0\"}";

static const char full_yaml[] =
	"  - annotations:\n"
	"      \"a/b\": \"1\"\n"
	"      \"on\": \"\"\n"
	"    apiVersion: \"v2\"\n"
	"    appVersion: \"1.10\"\n"
	"    condition: \"x.enabled\"\n"
	"    created: \"2026-03-05T09:12:44.123456789Z\"\n"
	"    dependencies:\n"
	"    - alias: \"cache\"\n"
	"      condition: \"redis.enabled\"\n"
	"      enabled: true\n"
	"      import-values:\n"
	"      - \"data\"\n"
	"      - child: \"c\"\n"
	"        parent: \"p\"\n"
	"      name: \"redis\"\n"
	"      repository: \"https://charts.example.org\"\n"
	"      tags:\n"
	"      - \"front\"\n"
	"      version: \"~17\"\n"
	"    - name: \"local\"\n"
	"      repository: \"\"\n"
	"    deprecated: true\n"
	"    description: \"A \\\"test\\\"\\nof lines\"\n"
	"    digest: \"" HEX "\"\n"
	"    home: \"https://example.org/\"\n"
	"    icon: \"https://example.org/i.png\"\n"
	"    keywords:\n"
	"    - \"web\"\n"
	"    - \"demo\"\n"
	"    kubeVersion: \">=1.23.0-0\"\n"
	"    maintainers:\n"
	"    - email: \"ann@example.org\"\n"
	"      name: \"Ann\"\n"
	"    - name: \"Bob\"\n"
	"      url: \"https://bob.example\"\n"
	"    name: \"podinfo\"\n"
	"    sources:\n"
	"    - \"s\"\n"
	"    tags: \"x,y\"\n"
	"    type: \"application\"\n"
	"    urls:\n"
	"    - \"charts/podinfo-6.7.0.tgz\"\n"
	"    version: \"6.7.0\"\n";

static void whole_line(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB), yaml = sbuf_make(MIB);
	struct chart_meta m = podinfo();
	struct str line = line_of(&b, &m, "charts/podinfo-6.7.0.tgz");
	expect_text(line, full_line);
	assert_int_equal(index_line_to_yaml(line, &yaml, NULL), OK);
	expect_text(sbuf_str(&yaml), full_yaml);
}

static void smallest_line(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct chart_meta m = { .api_version = STR("v1"), .name = STR("x"), .version = STR("1") };
	expect_text(line_of(&b, &m, "x-1.tgz"),
	            "{\"apiVersion\":\"v1\",\"created\":\"2026-03-05T09:12:44.123456789Z\",\"digest\":\""
	            HEX "\",\"name\":\"x\",\"urls\":[\"x-1.tgz\"],\"version\":\"1\"}");
}

static void not_a_line(void **state)
{
	(void)state;
	static const char *const rows[] = { "", "{", "[]", "\"x\"", "{} {}" };
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(MIB);
		assert_int_equal(index_line_to_yaml(str_c(rows[i]), &b, NULL), ERR_BUG);
	}
}

static const struct node *read_json(struct arena *a, struct str text)
{
	const struct node *n;
	struct errinfo e = { .detail = "" };
	if (json_read(a, text, "line", &n, &e))
		fail_msg("%s in %.*s", e.detail, STR_ARG(text));
	return n;
}

static const struct node *read_yaml(struct arena *a, struct str text)
{
	const struct node *n;
	struct errinfo e = { .detail = "" };
	if (yaml_read(a, text, &yaml_strict, &n, &e))
		fail_msg("%s in %.*s", e.detail, STR_ARG(text));
	return n;
}

static void urls(void **state)
{
	(void)state;
	static const struct { const char *url, *wanted; } rows[] = {
		{ "charts/a-1.0.0+b.tgz",      "charts/a-1.0.0+b.tgz" },
		{ "charts/a b-1.tgz",          "charts/a%20b-1.tgz" },
		{ "a/b/c-1.tgz",               "a/b/c-1.tgz" },
		{ "https://h:1/x?y=a b",       "https://h:1/x?y=a b" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		AUTO_SBUF struct sbuf b = sbuf_make(MIB);
		struct chart_meta m = { .name = STR("a") };
		const struct node *n = node_get(read_json(&a, line_of(&b, &m, rows[i].url)), "urls");
		expect_text(n->items->value->text, rows[i].wanted);
	}
}

/* ---- T-IDX-01 ---- */

static const struct str hostile[] = {
	STR("x"), STR(""), STR("null"), STR("1.10"), STR("yes"), STR("~"), STR("<<"),
	STR("- name: evil"), STR("x\n- name: evil\n  version: 1"), STR("a: b"), STR("# x"), STR("\""),
	STR("\\"), STR("\\\"},{\"name\":\"evil"), STR("'"), STR("</script>"), STR("\r\n"), STR("\t"),
	STR("\x01\x1f\x7f"), STR("\x1b[31m"), STR(" lead trail "),
	STR("\xc2\x80\xc2\x85\xc2\x9f\xc2\xa0"), STR("\xe2\x80\xa8\xe2\x80\xa9"),
	STR("\xe2\x80\xae" "evil"), STR("\xef\xbb\xbf"), STR("\xef\xbf\xbd"),
	STR("\xef\xbf\xbe\xef\xbf\xbf"), STR("\xf0\x9f\x98\x80"), STR("\xf4\x8f\xbf\xbf"),
	STR("{{ .Values }}"), STR("&a *a !!int"), STR("%TAG"), STR("---\n...\n"), STR("@`|>"),
	STR("? x : y"), STR("/"), STR("\\u0041\\x41"),
};

static void expect_same(const struct node *map, const char *key, struct str wanted)
{
	struct str got = node_text(node_get(map, key));
	if (!str_eq(got, wanted))
		fail_msg("%s: got %.*s, wanted %.*s", key, STR_ARG(got), STR_ARG(wanted));
}

static void expect_hostile(const struct node *n, struct str text)
{
	expect_same(n, "version", text);
	expect_same(n, text.n ? "description" : "none", text);
	const struct node *annotations = node_get(n, "annotations");
	assert_int_equal(annotations->count, 1);
	assert_true(str_eq(annotations->items->key, text));
	assert_true(str_eq(node_text(annotations->items->value), text));
	assert_true(str_eq(node_text(node_get(n, "keywords")->items->value), text));
	const struct node *dependency = node_get(n, "dependencies")->items->value;
	expect_same(dependency, "repository", text);
	const struct node *import = node_get(dependency, "import-values")->items->value;
	expect_same(import, "child", text);
}

static struct str hostile_line(struct sbuf *b, struct str text)
{
	struct str keyword = text;
	struct chart_annotation annotation = { text, text };
	struct chart_import import = { .child = text, .parent = STR("p") };
	struct chart_dependency dependency = { .name = text, .repository = text, .imports = &import,
	                                       .import_count = 1 };
	struct chart_maintainer maintainer = { text, text, text };
	struct chart_meta m = {
		.api_version = text, .name = STR("x"), .version = text, .description = text, .home = text,
		.keywords = &keyword, .keyword_count = 1, .annotations = &annotation, .annotation_count = 1,
		.dependencies = &dependency, .dependency_count = 1, .maintainers = &maintainer,
		.maintainer_count = 1,
	};
	index_line(b, &m, STR("charts/x.tgz"), CREATED, &zeros);
	return sbuf_str(b);
}

static void t_idx_01_lines_of_hostile_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(hostile); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		AUTO_SBUF struct sbuf b = sbuf_make(MIB), yaml = sbuf_make(MIB), museum = sbuf_make(MIB);
		struct str line = hostile_line(&b, hostile[i]);
		assert_false(str_has(line, '\n'));
		expect_hostile(read_json(&a, line), hostile[i]);
		expect_hostile(read_yaml(&a, line), hostile[i]);
		index_line_to_museum(line, &museum);
		expect_hostile(read_json(&a, sbuf_str(&museum)), hostile[i]);
		assert_int_equal(index_line_to_yaml(line, &yaml, NULL), OK);
		const struct node *list = read_yaml(&a, sbuf_str(&yaml));
		assert_int_equal(list->kind, NODE_LIST);
		assert_int_equal(list->count, 1);
		expect_hostile(list->items->value, hostile[i]);
	}
}

/* Every hostile string as a chart's name and description in one index. */
static void t_idx_01_whole_index(void **state)
{
	(void)state;
	enum { COUNT = ROWS(hostile) };
	for (int json = 0; json <= 1; json++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		AUTO_SBUF struct sbuf b = sbuf_make(MIB);
		struct sbuf lines[COUNT];
		struct index_item items[COUNT];
		struct index_file file;
		struct errinfo e = { .detail = "" };
		for (size_t i = 0; i < COUNT; i++) {
			struct chart_meta m = { .name = STR("x"), .version = STR("1.0.0"),
			                        .description = hostile[i] };
			lines[i] = sbuf_make(MIB);
			items[i] = (struct index_item){ .name = hostile[i], .line = line_of(&lines[i], &m, "x"),
			                                .key = { .version = m.version } };
		}
		assert_int_equal(index_write(&b, items, COUNT, json, NULL, CREATED, &e), OK);
		const struct node *root = read_yaml(&a, sbuf_str(&b));
		assert_int_equal(node_get(root, "entries")->count, COUNT);
		if (index_read(&a, sbuf_str(&b), "index.yaml", &file, &e))
			fail_msg("%s", e.detail);
		assert_int_equal(file.count, COUNT);
		for (size_t i = 0; i < COUNT; i++) {
			assert_int_equal(file.charts[i].count, 1);
			assert_true(str_eq(file.charts[i].name, file.charts[i].versions[0].meta.description));
			sbuf_done(&lines[i]);
		}
	}
}

static void annotations_that_yaml_cannot_hold(void **state)
{
	(void)state;
	char key[1200];
	memset(key, 'k', sizeof key);
	struct chart_annotation annotations[] = {
		{ STR("a"), STR("first") }, { STR("a"), STR("last") },
		{ str_make(key, 998), STR("fits") }, { str_make(key, 999), STR("does not") },
	};
	struct chart_meta m = { .annotations = annotations, .annotation_count = 4 };
	AUTO_ARENA struct arena a = { .limit = 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB), yaml = sbuf_make(MIB);
	struct str line = line_of(&b, &m, "x");
	const struct node *read = node_get(read_yaml(&a, line), "annotations");
	assert_int_equal(read->count, 2);
	assert_true(str_eq(node_text(node_get(read, "a")), STR("last")));
	assert_int_equal(read->items->next->key.n, 998);
	assert_int_equal(index_line_to_yaml(line, &yaml, NULL), OK);
	assert_int_equal(read_yaml(&a, sbuf_str(&yaml))->count, 1);
	m.annotations = &annotations[3];
	m.annotation_count = 1;
	sbuf_reset(&b);
	sbuf_reset(&yaml);
	line = line_of(&b, &m, "x");
	assert_int_equal(node_get(read_yaml(&a, line), "annotations")->count, 0);
	assert_int_equal(index_line_to_yaml(line, &yaml, NULL), OK);
	assert_int_equal(read_yaml(&a, sbuf_str(&yaml))->count, 1);
}

/* ---- whole indexes ---- */

static struct index_item item(const char *name, const char *version, const char *line)
{
	return (struct index_item){ .name = str_c(name), .line = str_c(line),
	                            .key = { .version = str_c(version) } };
}

static void index_texts(void **state)
{
	(void)state;
	struct index_item items[] = {
		item("b", "1.0.0", "{\"version\":\"1.0.0\"}"),
		item("a", "1.9.0", "{\"version\":\"1.9.0\"}"),
		item("a", "1.10.0", "{\"version\":\"1.10.0\"}"),
	};
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	assert_int_equal(index_write(&b, items, 3, true, NULL, CREATED, NULL), OK);
	expect_text(sbuf_str(&b),
	            "{\"apiVersion\":\"v1\",\"generated\":\"2026-03-05T09:12:44.123456789Z\",\"entries\":{\n"
	            "\"a\":[\n{\"version\":\"1.10.0\"},\n{\"version\":\"1.9.0\"}\n],\n"
	            "\"b\":[\n{\"version\":\"1.0.0\"}\n]\n}}\n");
	sbuf_reset(&b);
	assert_int_equal(index_write(&b, items, 3, false, NULL, CREATED, NULL), OK);
	expect_text(sbuf_str(&b),
	            "apiVersion: \"v1\"\ngenerated: \"2026-03-05T09:12:44.123456789Z\"\nentries:\n"
	            "  \"a\":\n  - version: \"1.10.0\"\n  - version: \"1.9.0\"\n"
	            "  \"b\":\n  - version: \"1.0.0\"\n");
}

static void empty_index_texts(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	assert_int_equal(index_write(&b, NULL, 0, true, NULL, 0, NULL), OK);
	expect_text(sbuf_str(&b), "{\"apiVersion\":\"v1\",\"generated\":\"1970-01-01T00:00:00Z\","
	                          "\"entries\":{}}\n");
	sbuf_reset(&b);
	assert_int_equal(index_write(&b, NULL, 0, false, NULL, 0, NULL), OK);
	expect_text(sbuf_str(&b), "apiVersion: \"v1\"\ngenerated: \"1970-01-01T00:00:00Z\"\n"
	                          "entries: {}\n");
}

static void index_that_does_not_fit(void **state)
{
	(void)state;
	struct index_item one = item("a", "1.0.0", "{\"version\":\"1.0.0\"}");
	struct index_item bad = item("a", "1.0.0", "{");
	for (int json = 0; json <= 1; json++) {
		AUTO_SBUF struct sbuf b = sbuf_make(90);
		assert_int_equal(index_write(&b, &one, 1, json, NULL, CREATED, NULL), ERR_NOMEM);
	}
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	assert_int_equal(index_write(&b, &bad, 1, false, NULL, CREATED, NULL), ERR_BUG);
}

/* ---- order and choice ---- */

/* Newest first; every pair of rows is compared both ways. */
static void order_of_versions(void **state)
{
	(void)state;
	static const struct index_key rows[] = {
		{ STR("2.0.0"), 1 },       { STR("v1.10"), 1 },      { STR("1.9.0"), 1 },
		{ STR("1.0.0+a"), 30 },    { STR("1.0.0"), 20 },     { STR("1.0.0+z"), 10 },
		{ STR("1.0.0+b"), 5 },     { STR("1.0.0+a"), 5 },    { STR("1.0.0"), 5 },
		{ STR("1.0.0-rc.10"), 1 }, { STR("1.0.0-rc.9"), 1 }, { STR("1.0.0-1"), 1 },
		{ STR("0.0.0"), 1 },       { STR("latest"), 9 },     { STR("zebra"), 8 },
		{ STR("abc"), 8 },         { STR(""), 8 },           { STR("abc"), -7 },
	};
	enum { COUNT = ROWS(rows) };
	for (size_t i = 0; i < COUNT; i++)
		for (size_t j = 0; j < COUNT; j++) {
			int order = index_key_cmp(&rows[i], &rows[j]);
			if ((order > 0) - (order < 0) != (i > j) - (i < j))
				fail_msg("%s against %s: %d", rows[i].version.p, rows[j].version.p, order);
		}
}

static void choice(void **state)
{
	(void)state;
	static const struct str versions[] = {
		STR("2.0.0-rc.1"), STR("1.3.0"), STR("1.2.3+b2"), STR("1.2.3+b1"), STR("v1.2.0"),
		STR("1.0.0-alpha"), STR("latest"),
	};
	static const struct { const char *wanted; ssize_t at; enum err err; } rows[] = {
		{ "",            1,  OK },            /* the newest stable */
		{ "*",           1,  OK },
		{ ">0.0.0-0",    0,  OK },            /* --devel */
		{ "2.0.0-rc.1",  0,  OK },
		{ "1.2.3+b1",    3,  OK },            /* by its text, not its precedence */
		{ "1.2.3",       2,  OK },
		{ "1.2",         2,  OK },            /* ~1.2 */
		{ "v1.2.0",      4,  OK },
		{ "1.2.0",       4,  OK },
		{ "^1",          1,  OK },
		{ "<1.3.0",      2,  OK },
		{ "1.0.0-alpha", 5,  OK },
		{ "2.0.0",       -1, ERR_NOT_FOUND },
		{ ">=3",         -1, ERR_NOT_FOUND },
		{ "latest",      -1, ERR_INVALID },   /* as Helm: the constraint is judged first */
		{ "not a range", -1, ERR_INVALID },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		struct errinfo e = { .code = OK };
		ssize_t at = index_pick(&a, versions, ROWS(versions),
		                        str_c(rows[i].wanted), &e);
		if (at != rows[i].at || (at < 0 && e.code != rows[i].err))
			fail_msg("%s: %zd (%s)", rows[i].wanted, at, e.detail);
	}
}

static void choice_of_nothing(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct errinfo e;
	struct str only = STR("1.0.0-rc.1");
	assert_int_equal(index_pick(&a, NULL, 0, STR(""), &e), -1);
	assert_string_equal(e.detail, "no chart version found");
	assert_int_equal(index_pick(&a, &only, 1, STR(""), &e), -1);
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_int_equal(index_pick(&a, &only, 1, STR("1.x"), &e), -1);
	assert_string_equal(e.detail, "no chart version found for 1.x");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_line),
		cmocka_unit_test(smallest_line),
		cmocka_unit_test(not_a_line),
		cmocka_unit_test(urls),
		cmocka_unit_test(t_idx_01_lines_of_hostile_strings),
		cmocka_unit_test(t_idx_01_whole_index),
		cmocka_unit_test(annotations_that_yaml_cannot_hold),
		cmocka_unit_test(index_texts),
		cmocka_unit_test(empty_index_texts),
		cmocka_unit_test(index_that_does_not_fit),
		cmocka_unit_test(order_of_versions),
		cmocka_unit_test(choice),
		cmocka_unit_test(choice_of_nothing),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
