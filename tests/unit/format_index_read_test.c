/* Reading other people's indexes: what costs the file, what costs an entry, what is fine. The
 * verdicts are those of Helm 3.22's LoadIndexFile.                                          */
#include "arena_room.h"
#include "real_charts.h"

#include <fcntl.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/format/index.h"

#define Y(entry) "apiVersion: v1\nentries:\n  foo:\n  - name: foo\n    version: 1.0.0\n" entry
#define J(entry) "{\"apiVersion\":\"v1\",\"entries\":{\"foo\":[{\"name\":\"foo\",\"version\":\"1.0.0\"" \
                 entry "}]}}"

static void refused(void **state)
{
	(void)state;
	static const struct { const char *text, *detail; } rows[] = {
		{ "",                                    "i: the file is empty" },
		{ "# nothing\n",                         "i: no API version specified" },
		{ "{}",                                  "i: no API version specified" },
		{ "entries: {}\n",                       "i: no API version specified" },
		{ "apiVersion: ''\n",                    "i: no API version specified" },
		{ "apiVersion: ~\n",                     "i: no API version specified" },
		{ "[]",                                  "i: a map is expected here" },
		{ "- a\n",                               "i:1: a map is expected here" },
		{ "5",                                   "i: a map is expected here" },
		{ "<html><body>404</body></html>\n",     "i:1: a map is expected here" },
		{ "apiVersion: v1\nentries: []\n",       "i:2: \"entries\" must be a map" },
		{ "apiVersion: v1\nentries:\n  foo: {}\n", "i:3: chart \"foo\" must be a list of versions" },
		{ "apiVersion: v1\nentries:\n  foo: [1]\n", "chart \"foo\": i:3: a map is expected here" },
		{ "apiVersion: v1\nentries: {}\nentries: {}\n", "i:3: duplicate key \"entries\"" },
		{ "apiVersion: v1\nentries: {~: []}\n", "i:2: null as a key" },
		{ Y("    annotations: {null: x}\n"),     "i:6: null as a key" },
		{ "%YAML 1.2\n---\napiVersion: v1\n",    "i:1: %YAML 1.2" },
		{ "apiVersion: v1\nentries: {\"a\\/b\": []}\n", "i:2: the escape" },
		{ "apiVersion: v1\nacrMetadata: {}\n",   "i:2: unknown field \"acrMetadata\"" },
		{ "apiVersion: v1\nserverInfo: []\n",    "i:2: \"serverInfo\" must be a map" },
		{ "apiVersion: v1\npublicKeys: x\n",     "i:2: \"publicKeys\" must be a list" },
		{ "apiVersion: v1\nannotations: x\n",    "i:2: \"annotations\" must be a map" },
		{ "apiVersion: v1\nannotations: {a: []}\n", "i:2: \"annotations\" must be a string" },
		{ "{\"apiVersion\":\"v1\",\"annotations\":{\"a\":1}}", "i: \"annotations\" must be a string" },
		{ "{\"apiVersion\":1}",                  "i: \"apiVersion\" must be a string" },
		{ "apiVersion: v1\ngenerated: x\n",      "i:2: \"generated\" must be a time" },
		{ "apiVersion: v1\ngenerated: ''\n",     "i:2: \"generated\" must be a time" },
		{ "apiVersion: v1\ngenerated: 2020\n",   "i:2: \"generated\" must be a time" },
		{ "apiVersion: v1\ngenerated: 2024-01-01\n", "i:2: \"generated\" must be a time" },
		{ "apiVersion: v1\ngenerated: 2023-02-29T00:00:00Z\n", "i:2: \"generated\" must be a time" },
		{ "apiVersion: v1\ngenerated: 2024-01-01T24:00:00Z\n", "i:2: \"generated\" must be a time" },
		{ "apiVersion: v1\ngenerated: 2024-01-01T00:00:00\n",  "i:2: \"generated\" must be a time" },
		{ "apiVersion: v1\ngenerated: 2024-01-01T00:00:00.Z\n", "i:2: \"generated\" must be a time" },
		{ Y("    appVersion: 1.0\n"),            "chart \"foo\": i:6: \"appVersion\" must be a string" },
		{ Y("    appVersion: 0x12\n"),           "chart \"foo\": i:6: \"appVersion\" must be a string" },
		{ Y("    description: yes\n"),           "chart \"foo\": i:6: \"description\" must be a string" },
		{ Y("    home: .inf\n"),                 "chart \"foo\": i:6: \"home\" must be a string" },
		{ Y("    icon: []\n"),                   "chart \"foo\": i:6: \"icon\" must be a string" },
		{ Y("    annotations: {x: true}\n"),     "chart \"foo\": i:6: \"annotations\" must be a string" },
		{ Y("    annotations: []\n"),            "chart \"foo\": i:6: \"annotations\" must be a map" },
		{ Y("    keywords: foo\n"),              "chart \"foo\": i:6: \"keywords\" must be a list" },
		{ Y("    keywords: [5]\n"),              "chart \"foo\": i:6: \"keywords\" must be a string" },
		{ Y("    tags: [a]\n"),                  "chart \"foo\": i:6: \"tags\" must be a string" },
		{ Y("    deprecated: 'true'\n"),         "chart \"foo\": i:6: \"deprecated\" must be true or" },
		{ Y("    deprecated: 1\n"),              "chart \"foo\": i:6: \"deprecated\" must be true or" },
		{ Y("    created: 5\n"),                 "chart \"foo\": i:6: \"created\" must be a time" },
		{ Y("    digest: []\n"),                 "chart \"foo\": i:6: \"digest\" must be a string" },
		{ Y("    engine: {}\n"),                 "chart \"foo\": i:6: \"engine\" must be a string" },
		{ Y("    maintainers: [x]\n"),           "chart \"foo\": i:6: a map is expected here" },
		{ Y("    maintainers: [{name: 5}]\n"),   "chart \"foo\": i:6: \"name\" must be a string" },
		{ Y("    maintainers: [{phone: x}]\n"),  "chart \"foo\": i:6: unknown field \"phone\"" },
		{ Y("    dependencies: {}\n"),           "chart \"foo\": i:6: \"dependencies\" must be a list" },
		{ Y("    dependencies: [{importvalues: []}]\n"), "chart \"foo\": i:6: unknown field" },
		{ Y("    dependencies: [{version: 1.0}]\n"), "chart \"foo\": i:6: \"version\" must be a string" },
		{ Y("    dependencies: [{import-values: x}]\n"), "chart \"foo\": i:6: \"import-values\" must" },
		{ Y("    sha256: x\n"),                  "chart \"foo\": i:6: unknown field \"sha256\"" },
		{ Y("    name: bar\n"),                  "i:6: duplicate key \"name\" (first in line 4)" },
		{ Y("    Name: 5\n"),                    "chart \"foo\": i:6: \"name\" must be a string" },
		{ Y("    <<: {name: bar}\n"),            "i:6: duplicate key \"name\"" },
		{ J(",\"appVersion\":1.0"),              "chart \"foo\": i: \"appVersion\" must be a string" },
		{ J(",\"digest\":5"),                    "chart \"foo\": i: \"digest\" must be a string" },
		{ J(",\"urls\":[5]"),                    "chart \"foo\": i: \"urls\" must be a string" },
		{ J(",\"removed\":\"true\""),            "chart \"foo\": i: \"removed\" must be true or false" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		struct errinfo e = { .detail = "" };
		struct index_file file = { .count = 77 };
		enum err err = index_read(&a, str_c(rows[i].text), "i", &file, &e);
		if (err != ERR_METADATA || !str_starts(str_c(e.detail), str_c(rows[i].detail)))
			fail_msg("%s\n%s: %s, not %s", rows[i].text, err_code(err), e.detail, rows[i].detail);
		assert_int_equal(file.count, 77);
	}
}

static void accepted(void **state)
{
	(void)state;
	static const char *const rows[] = {
		Y(""), J(""),
		"\xef\xbb\xbf" Y(""),
		Y("---\nfoo: [\n"),
		"apiVersion: 5\n" "entries:\n  foo:\n  - {name: foo, version: 1.0.0}\n",
		"APIVERSION: v1\nEntries:\n  foo:\n  - {NAME: foo, Version: 1.0.0}\n",
		"apiVersion: v1\nserverInfo: {contextPath: /x}\npublicKeys: [a, 5, ~]\nannotations: {a: 1}\n"
		"generated: ~\nentries:\n  foo:\n  - {name: foo, version: 1.0.0}\n",
		Y("    digest: 5\n    urls: [1.10, ~]\n    url: x\n    engine: gotpl\n    tillerVersion: 2\n"
		  "    checksum: x\n"),
		Y("    created: 2016-10-06T16:23:20.499814565-06:00\n"),
		Y("    created: '0001-01-01T00:00:00Z'\n"),
		Y("    created: 2024-02-29T00:00:00Z\n"),
		Y("    appVersion: 2024-01-01\n    description: 12:30:45\n"),
		Y("    home: !!str 5\n"),
		Y("    maintainers: ~\n    dependencies: ~\n    keywords: ~\n    annotations: {a: ~}\n"),
		Y("    dependencies: [{name: a}, {name: a}]\n"),
		Y("    dependencies: [{name: a, import-values: [x, 5, {child: c, parent: p}]}]\n"),
		Y("    apiVersion: v9\n"),
		Y("    <<: {home: x}\n"),
		Y("    Name: bar\n"),
		J(",\"unknown\":{\"a\":[1]},\"name\":\"foo\""),
		J(","),                          /* not JSON, but YAML */
		J(",\"dependencies\":[{\"x\":1}],\"maintainers\":[{\"phone\":5}]"),
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		struct errinfo e = { .detail = "" };
		struct index_file file;
		if (index_read(&a, str_c(rows[i]), "i", &file, &e))
			fail_msg("%s\n%s", rows[i], e.detail);
		assert_int_equal(file.skipped, 0);
		assert_int_equal(file.count, 1);
		assert_true(str_eq(file.charts[0].name, STR("foo")));
		assert_int_equal(file.charts[0].count, 1);
		assert_true(str_eq(file.charts[0].versions[0].meta.name, STR("foo")));
	}
}

static void t_fed_05_skipped(void **state)
{
	(void)state;
	static const struct { const char *entry, *why; } rows[] = {
		{ "null",                                "\"\": the entry is null" },
		{ "~",                                   "\"\": the entry is null" },
		{ "{}",                                  "\"\": its name is not a file name" },
		{ "{name: ~, version: 1.0.0}",           "\"1.0.0\": its name is not a file name" },
		{ "{name: '.', version: 1.0.0}",         "\"1.0.0\": its name is not a file name" },
		{ "{name: .., version: 1.0.0}",          "\"1.0.0\": its name is not a file name" },
		{ "{name: ../x, version: 1.0.0}",        "\"1.0.0\": its name is not a file name" },
		{ "{name: x}",                           "\"\": its version is not a semantic version" },
		{ "{name: x, version: latest}",          "\"latest\": its version is not a semantic version" },
		{ "{name: x, version: 1.0.0, type: app}", "\"1.0.0\": its type is neither" },
		{ "{name: x, version: 1.0.0, maintainers: [{name: a}, ~]}", "\"1.0.0\": a maintainer is null" },
		{ "{name: x, version: 1.0.0, dependencies: [~]}", "\"1.0.0\": a dependency is null" },
		{ "{name: x, version: 1.0.0, dependencies: [{name: a, alias: ../b}]}",
		  "\"1.0.0\": a dependency's alias" },
		{ "{name: x, version: \"1\\e[31m\"}",    "\"1?[31m\": its version is not" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		AUTO_SBUF struct sbuf b = sbuf_make(MIB);
		struct errinfo e = { .detail = "" };
		struct index_file file;
		char why[200];
		sbuf_printf(&b, "apiVersion: v1\nentries:\n  bad:\n  - %s\n  mixed:\n  - %s\n"
		            "  - {name: x, version: 1.0.0}\n", rows[i].entry, rows[i].entry);
		if (index_read(&a, sbuf_str(&b), "i", &file, &e))
			fail_msg("%s: %s", rows[i].entry, e.detail);
		(void)snprintf(why, sizeof why, "chart \"bad\" %s", rows[i].why);
		if (!str_starts(str_c(file.first_skipped), str_c(why)))
			fail_msg("%s: %s", rows[i].entry, file.first_skipped);
		assert_int_equal(file.skipped, 2);
		assert_int_equal(file.count, 1);
		assert_true(str_eq(file.charts[0].name, STR("mixed")));
		assert_int_equal(file.charts[0].count, 1);
	}
}

static void values(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct index_file file;
	struct str text = STR(
		"apiVersion: v1\ngenerated: 2024-01-02T03:04:05Z\nentries:\n  foo:\n"
		"  - {name: foo, version: 1.9.0, created: '2024-01-01T00:00:00Z'}\n"
		"  - {name: foo, version: 1.10.0+a, created: '2024-01-01T00:00:00Z'}\n"
		"  - name: foo\n    version: 1.10.0+b\n    created: '2024-01-02T00:00:00Z'\n    removed: yes\n"
		"    digest: 12\n    urls: [a.tgz, 'https://h/b.tgz']\n    keywords: [k]\n    deprecated: true\n"
		"    annotations: {z: '1', on: x, a: '2'}\n"
		"    maintainers: [{name: Ann, email: a@b}]\n"
		"    dependencies:\n    - {name: d, version: ~1, tags: [t], enabled: true,\n"
		"       import-values: [data, {child: c, parent: p}, {child: c}, 5]}\n"
		"  1.10:\n  - {name: bar, version: 1.0.0}\n");
	assert_int_equal(index_read(&a, text, "i", &file, NULL), OK);
	assert_true(str_eq(file.generated, STR("2024-01-02T03:04:05Z")));
	assert_int_equal(file.count, 2);
	assert_true(str_eq(file.charts[0].name, STR("1.1")));
	const struct index_chart *foo = &file.charts[1];
	assert_int_equal(foo->count, 3);
	assert_true(str_eq(foo->versions[1].meta.version, STR("1.10.0+a")));
	assert_true(str_eq(foo->versions[2].meta.version, STR("1.9.0")));
	const struct index_entry *v = &foo->versions[0];
	assert_true(str_eq(v->meta.version, STR("1.10.0+b")));
	assert_true(str_eq(v->meta.api_version, STR("v1")));
	assert_true(str_eq(v->digest, STR("12")));
	assert_true(v->removed && v->meta.deprecated);
	assert_int_equal(v->url_count, 2);
	assert_true(str_eq(v->urls[1], STR("https://h/b.tgz")));
	assert_int_equal(v->meta.annotation_count, 3);
	assert_true(str_eq(v->meta.annotations[0].key, STR("a")));
	assert_true(str_eq(v->meta.annotations[1].key, STR("true")));
	assert_true(str_eq(v->meta.maintainers[0].email, STR("a@b")));
	const struct chart_dependency *d = v->meta.dependencies;
	assert_true(d->enabled && d->tag_count == 1 && d->import_count == 2);
	assert_true(str_eq(d->imports[0].name, STR("data")));
	assert_true(str_eq(d->imports[1].parent, STR("p")));
	assert_true(str_eq(v->meta.version, STR("1.10.0+b")));
}

/* Of two spellings Go's decoder keeps the last: in JSON of the text, in YAML of the sorted keys. */
static void two_spellings(void **state)
{
	(void)state;
	static const struct { const char *text, *home; } rows[] = {
		{ J(",\"home\":\"a\",\"Home\":\"b\""), "b" },
		{ J(",\"Home\":\"b\",\"home\":\"a\""), "a" },
		{ J(",\"home\":\"a\",\"Home\":null"),  "a" },
		{ Y("    home: a\n    Home: b\n"),     "a" },
		{ Y("    Home: b\n    home: a\n"),     "a" },
		{ Y("    HOME: c\n    Home: b\n"),     "b" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		struct index_file file;
		assert_int_equal(index_read(&a, str_c(rows[i].text), "i", &file, NULL), OK);
		if (!str_eq_c(file.charts[0].versions[0].meta.home, rows[i].home))
			fail_msg("%s", rows[i].text);
	}
}

static void no_chart_at_all(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"apiVersion: v1\n", "apiVersion: v1\nentries: ~\n", "apiVersion: v1\nentries: {}\n",
		"apiVersion: v1\nentries: {a: ~, b: []}\n", "{\"apiVersion\":\"v1\",\"entries\":null}",
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		struct index_file file = { .count = 77 };
		assert_int_equal(index_read(&a, str_c(rows[i]), "i", &file, NULL), OK);
		assert_int_equal(file.count, 0);
	}
}

static void one_name_in_two_spellings(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { .limit = 0 };
	struct index_file file;
	struct str text = STR("apiVersion: v1\nentries:\n  1.10: [{name: x, version: 1.0.0}]\n"
	                      "  '1.1': [{name: x, version: 1.0.0}]\n");
	assert_int_equal(index_read(&a, text, "i", &file, NULL), OK);
	assert_int_equal(file.count, 1);
}

static enum err read_text(struct arena *a, const void *text, struct errinfo *e)
{
	struct index_file file = { .count = 77 };
	enum err err = index_read(a, *(const struct str *)text, "i", &file, e);
	assert_int_equal(file.count, err ? 77 : 10);
	return err;
}

static void every_allocation_may_fail(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	sbuf_puts(&b, "apiVersion: v1\nentries:\n");
	for (int i = 0; i < 10; i++)
		sbuf_printf(&b, "  1.%d:\n  - {name: x, version: 1.0.0, digest: %d, urls: [a], maintainers: "
		            "[{name: x}], annotations: {on: x}, dependencies: [{name: x, tags: [t]}]}\n", i, i);
	const struct str text = sbuf_str(&b);
	each_room_is_too_small(read_text, &text, OK);
}

/* ---- real indexes ---- */

static void real_indexes(void **state)
{
	(void)state;
	static const struct { const char *name; size_t charts, versions; } rows[] = {
		{ "incubator.yaml", 73, 1232 }, { "rancher.yaml", 59, 1102 },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { .limit = 0 };
		AUTO_FREE char *text = NULL;
		struct index_file file;
		char below[64], path[REAL_PATH_BYTES];
		size_t n, versions = 0;
		(void)snprintf(below, sizeof below, "../indexes/%s", rows[i].name);
		need_real(below, path);
		assert_int_equal(fs_read(AT_FDCWD, path, 16 * MIB, &text, &n, NULL), OK);
		assert_int_equal(index_read(&a, str_make(text, n), rows[i].name, &file, NULL), OK);
		for (size_t j = 0; j < file.count; j++)
			versions += file.charts[j].count;
		assert_int_equal(file.count, rows[i].charts);
		assert_int_equal(versions, rows[i].versions);
		assert_int_equal(file.skipped, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(accepted),
		cmocka_unit_test(t_fed_05_skipped),
		cmocka_unit_test(values),
		cmocka_unit_test(two_spellings),
		cmocka_unit_test(no_chart_at_all),
		cmocka_unit_test(one_name_in_two_spellings),
		cmocka_unit_test(every_allocation_may_fail),
		cmocka_unit_test(real_indexes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
