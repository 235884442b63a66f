/* Charts: Chart.yaml field by field, Helm's rules and words, the files and the charts inside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/format/chart.h"

#define ROWS(table) (sizeof(table) / sizeof *(table))
#define HEAD "apiVersion: v2\nname: x\nversion: 1.2.3\n"

static struct errinfo error;
static struct arena arena;

struct file { const char *name, *text; };

static enum err load_members(const struct tar_member *members, size_t count, struct chart *ret)
{
	arena_done(&arena);
	memset(&error, 0, sizeof error);
	return chart_load(&arena, members, count, ret, &error);
}

/* Files up to the first without a name. */
static enum err load_files(const struct file *files, struct chart *ret)
{
	struct tar_member members[16];
	size_t n = 0;
	for (; files[n].name; n++)
		members[n] = (struct tar_member){ str_c(files[n].name), str_c(files[n].text) };
	return load_members(members, n, ret);
}

static enum err load_yaml(const char *chart_yaml, struct chart *ret)
{
	return load_files((const struct file[]){ { "Chart.yaml", chart_yaml }, { 0 } }, ret);
}

static void assert_str(struct str s, const char *wanted)
{
	if (!str_eq_c(s, wanted))
		fail_msg("\"%.*s\" instead of \"%s\"", STR_ARG(s), wanted);
}

/* The whole detail; NULL: it must load. */
static void expect(const char *what, enum err err, const char *detail)
{
	if (!detail && err)
		fail_msg("%s: %s", what, error.detail);
	if (detail && !err)
		fail_msg("%s: accepted, should be \"%s\"", what, detail);
	if (detail && strcmp(error.detail, detail) != 0)
		fail_msg("%s: \"%s\" instead of \"%s\"", what, error.detail, detail);
}

/* ---- Chart.yaml ---- */

/* One letter per value of `kinds`: o loads, x is refused; what helm show chart does, but for
 * apiVersion, where Helm 3 takes anything.                                                    */
static const char *const kinds[] = { "null", "true", "1", "1.50", "'s'", "[a]", "{a: b}", "[null]" };
static const struct { const char *under, *key, *verdicts; } matrix[] = {
	{ "", "apiVersion", "oxxxxxxx" },
	{ "", "name", "xooooxxx" },
	{ "", "version", "xxooxxxx" },
	{ "", "kubeVersion", "oooooxxx" },
	{ "", "type", "oxxxxxxx" },
	{ "", "description", "oooooxxx" },
	{ "", "home", "oooooxxx" },
	{ "", "icon", "oooooxxx" },
	{ "", "appVersion", "oooooxxx" },
	{ "", "condition", "oooooxxx" },
	{ "", "tags", "oooooxxx" },
	{ "", "deprecated", "ooxxxxxx" },
	{ "", "keywords", "oxxxxoxo" },
	{ "", "sources", "oxxxxoxo" },
	{ "", "maintainers", "oxxxxxxx" },
	{ "", "annotations", "oxxxxxox" },
	{ "", "dependencies", "oxxxxxxx" },
	{ "", "somethingElse", "oooooooo" },
	{ "dependencies", "name", "oooooxxx" },
	{ "dependencies", "version", "oooooxxx" },
	{ "dependencies", "repository", "oooooxxx" },
	{ "dependencies", "condition", "oooooxxx" },
	{ "dependencies", "tags", "oxxxxoxo" },
	{ "dependencies", "enabled", "ooxxxxxx" },
	{ "dependencies", "import-values", "oxxxxoxo" },
	{ "dependencies", "alias", "oooxoxxx" },
	{ "dependencies", "somethingElse", "oooooooo" },
	{ "maintainers", "name", "oooooxxx" },
	{ "maintainers", "email", "oooooxxx" },
	{ "maintainers", "url", "oooooxxx" },
};

static void matrix_text(char *to, size_t n, const char *under, const char *key, const char *value)
{
	static const char *const required[][2] = {
		{ "apiVersion", "v2" }, { "name", "x" }, { "version", "1.2.3" },
	};
	size_t at = 0;
	for (size_t i = 0; i < ROWS(required); i++)
		if (*under || strcmp(key, required[i][0]) != 0)
			at += (size_t)snprintf(to + at, n - at, "%s: %s\n", required[i][0], required[i][1]);
	(void)snprintf(to + at, n - at, *under ? "%s:\n- %s: %s\n" : "%s%s: %s\n", under, key, value);
}

static void t_meta_11_every_field_and_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(matrix); i++) {
		for (size_t k = 0; k < ROWS(kinds); k++) {
			char text[256];
			struct chart c;
			matrix_text(text, sizeof text, matrix[i].under, matrix[i].key, kinds[k]);
			enum err err = load_yaml(text, &c);
			if ((err == OK) != (matrix[i].verdicts[k] == 'o'))
				fail_msg("%s.%s: %s %s", matrix[i].under, matrix[i].key, kinds[k],
				         err ? error.detail : "accepted");
			if (err)
				assert_int_equal(err, ERR_METADATA);
		}
	}
}

static const struct { const char *text, *detail; } refusals[] = {
	{ "", "validation: chart.metadata.name is required" },
	{ "# nothing\n", "validation: chart.metadata.name is required" },
	{ "name: x\n", "validation: chart.metadata.version is required" },
	{ "name: x\nversion: latest\n", "validation: chart.metadata.version \"latest\" is invalid" },
	{ "name: x\nversion: 1.0.0/../..\n",
	  "validation: chart.metadata.version \"1.0.0/../..\" is invalid" },
	{ "name: ../up\nversion: 1.2.3\n", "validation: chart.metadata.name \"../up\" is invalid" },
	{ "name: ..\nversion: 1.2.3\n", "validation: chart.metadata.name \"..\" is not allowed" },
	{ HEAD "type: thing\n", "validation: chart.metadata.type must be application or library" },
	{ "apiVersion: v3\nname: x\nversion: 1.2.3\n",
	  "validation: chart.metadata.apiVersion \"v3\" is unsupported, only v1 and v2 exist" },
	{ HEAD "maintainers: [null]\n",
	  "validation: maintainers must not contain empty or null nodes" },
	{ HEAD "dependencies: [null]\n",
	  "validation: dependencies must not contain empty or null nodes" },
	{ HEAD "dependencies: [{name: a, alias: ../../traverse}]\n",
	  "validation: dependency \"a\" has disallowed characters in the alias" },
	{ HEAD "dependencies: [{name: a}, {name: b, alias: a}]\n",
	  "validation: more than one dependency with name or alias \"a\"" },
	{ HEAD "keywords: foo\n",
	  "cannot load Chart.yaml: Chart.yaml:4: keywords must be a list, not a string" },
	{ HEAD "deprecated: 'true'\n",
	  "cannot load Chart.yaml: Chart.yaml:4: deprecated must be true or false, not a string" },
	{ HEAD "maintainers:\n- a\n",
	  "cannot load Chart.yaml: Chart.yaml:5: maintainers must be a map, not a string" },
	{ HEAD "maintainers:\n- name: [a]\n",
	  "cannot load Chart.yaml: Chart.yaml:5: name must be a string, not a list" },
	{ HEAD "appVersion: '1'\nappversion: '2'\n",
	  "cannot load Chart.yaml: Chart.yaml:5: duplicate key \"appVersion\"" },
	{ HEAD "annotations: {1: a, 1.0: b}\n", "cannot load Chart.yaml: Chart.yaml:4: duplicate key \"1\"" },
	{ "- a\n", "cannot load Chart.yaml: Chart.yaml:1: the document must be a map, not a list" },
};

static void t_meta_07_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(refusals); i++) {
		struct chart c;
		expect(refusals[i].text, load_yaml(refusals[i].text, &c), refusals[i].detail);
	}
}

static const struct { const char *name; bool ok; } names[] = {
	{ "a", true }, { "redis", true }, { "Bad_Name.x", true }, { "foo bar", true }, { "0a-b", true },
	{ "a__b--c..d", true }, { "con", true }, { "index.yamlx", true },
	{ "a  b", false }, { " a", false }, { "a ", false }, { "a-", false }, { "-rf", false },
	{ ".a", false }, { "a.", false }, { "_", false }, { "a/b", false }, { "/abs", false },
	{ "a\\b", false }, { "..", false }, { ".", false }, { "", false }, { "%2e", false },
	{ "a%2e", false }, { "index.yaml", false }, { "index.json", false },
	{ "redis\xd0\xb0", false }, { "r\xd0\xb0s", false }, { "a\nb", false }, { "a:b", false },
};

static void t_meta_01_02_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(names); i++)
		if ((chart_name_check(str_c(names[i].name), &error) == OK) != names[i].ok)
			fail_msg("name \"%s\"", names[i].name);
	char longest[CHART_NAME_MAX_BYTES + 1];
	memset(longest, 'n', sizeof longest);
	assert_int_equal(chart_name_check(str_make(longest, CHART_NAME_MAX_BYTES), NULL), OK);
	assert_int_equal(chart_name_check(str_make(longest, sizeof longest), &error), ERR_METADATA);
	assert_int_equal(chart_name_check(str_make("a\0b", 3), &error), ERR_METADATA);
}

/* As written, whatever it means; what does not parse is refused. NULL: refused. */
static const struct { const char *written, *version; } versions[] = {
	{ "1.2.3", "1.2.3" }, { "'1'", "1" }, { "1", "1" }, { "v1.2.3", "v1.2.3" }, { "1.10", "1.1" },
	{ "'1.10'", "1.10" }, { "1e3", "1000" }, { "0x1F", "31" }, { "3.3.000", "3.3.000" },
	{ "01.2.3", "01.2.3" }, { "1.2.3-rc.1+b", "1.2.3-rc.1+b" }, { "1.2.3-01", NULL },
	{ "1.2.3+", NULL }, { "1.2.3-a..b", NULL }, { "' 1.2.3'", NULL }, { "yes", NULL },
	{ "2020-01-01", "2020-01-01" }, { "18446744073709551616.0.0", NULL }, { "\xd9\xa1.0.0", NULL },
};

static void t_meta_03_versions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(versions); i++) {
		char text[128];
		struct chart c;
		(void)snprintf(text, sizeof text, "name: x\nversion: %s\n", versions[i].written);
		enum err err = load_yaml(text, &c);
		if ((err == OK) != (versions[i].version != NULL))
			fail_msg("version %s: %s", versions[i].written, err ? error.detail : "accepted");
		if (!err)
			assert_str(c.meta.version, versions[i].version);
	}
}

static const struct { const char *written, *text; } coerced[] = {
	{ "1.0", "1" }, { "1.10", "1.1" }, { "1e3", "1000" }, { "5", "5" }, { "0b11", "3" },
	{ "0o17", "15" }, { "017", "15" }, { "yes", "true" }, { "off", "false" }, { "True", "true" },
	{ "1.2.3", "1.2.3" }, { "2024-01-01", "2024-01-01" }, { "~", "" }, { "''", "" },
	{ "'1.10'", "1.10" }, { "!!str 1.10", "1.10" }, { "\"a\\tb\"", "a b" },
	{ "\"a\\u00a0\\u2028b\"", "a  b" }, { "\"a\\e[31m\\u202Eb\\u200b\\0c\"", NULL },
	{ "\"a\\e[31m\\u202Eb\\u200bc\"", "a[31mbc" }, { "\"\\U0001F600 \\u00e9\"", "\xf0\x9f\x98\x80 \xc3\xa9" },
	{ "|\n  a\n  b\n", "a b " }, { "</script>", "</script>" },
};

static void t_yaml_06_t_meta_10_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(coerced); i++) {
		char text[128];
		struct chart c;
		(void)snprintf(text, sizeof text, HEAD "appVersion: %s\n", coerced[i].written);
		enum err err = load_yaml(text, &c);
		if ((err == OK) != (coerced[i].text != NULL))
			fail_msg("appVersion %s: %s", coerced[i].written, err ? error.detail : "accepted");
		if (!err)
			assert_str(c.meta.app_version, coerced[i].text);
	}
}

static void everything_is_read(void **state)
{
	(void)state;
	struct chart c;
	const struct chart_meta *m = &c.meta;
	expect("all fields", load_yaml("\xef\xbb\xbf"
		"APIVERSION: v2\nname: all\nversion: 1.0.0\nkubeVersion: '>=1.20'\ntype: library\n"
		"description: d\nhome: h\nicon: i\nappVersion: 1.5\ncondition: c\ntags: t\n"
		"deprecated: yes\nkeywords: [a, 2]\nsources: [s]\n"
		"maintainers: [{name: n, email: e, url: u}]\nannotations: {b: 'x\n\n  y', a: 1.0, true: ~}\n"
		"created: never\ndigest: none\nurls: [evil]\nremoved: true\n"
		"dependencies:\n- {name: n, version: '~1', repository: 'javascript:x', condition: c.e, "
		"alias: al, enabled: true, tags: [t1, t2], "
		"import-values: [one, {child: a.b, parent: c, other: 1}, [x], null]}\n", &c), NULL);
	assert_str(m->api_version, "v2");
	assert_str(m->name, "all");
	assert_str(m->kube_version, ">=1.20");
	assert_str(m->type, "library");
	assert_str(m->description, "d");
	assert_str(m->home, "h");
	assert_str(m->icon, "i");
	assert_str(m->app_version, "1.5");
	assert_str(m->condition, "c");
	assert_str(m->tags, "t");
	assert_true(m->deprecated);
	assert_int_equal(m->keyword_count, 2);
	assert_str(m->keywords[1], "2");
	assert_int_equal(m->source_count, 1);
	assert_int_equal(m->maintainer_count, 1);
	assert_str(m->maintainers[0].url, "u");
	assert_int_equal(m->annotation_count, 3);
	assert_str(m->annotations[0].key, "a");
	assert_str(m->annotations[0].value, "1");
	assert_str(m->annotations[1].value, "x\ny");
	assert_str(m->annotations[2].key, "true");
	assert_str(m->annotations[2].value, "");
	assert_int_equal(m->dependency_count, 1);
	const struct chart_dependency *d = m->dependencies;
	assert_str(d->alias, "al");
	assert_str(d->repository, "javascript:x");
	assert_true(d->enabled);
	assert_int_equal(d->tag_count, 2);
	assert_int_equal(d->import_count, 2);
	assert_str(d->imports[0].name, "one");
	assert_str(d->imports[1].child, "a.b");
	assert_str(d->imports[1].parent, "c");
	struct str file;
	assert_int_equal(chart_file_name(&arena, m, &file, &error), OK);
	assert_str(file, "all-1.0.0.tgz");
}

/* A list or a text one beyond its limit is refused, at its limit accepted. */
static void t_meta_08_limits(void **state)
{
	(void)state;
	static const struct { const char *before, *element, *after; size_t limit; } rows[] = {
		{ "keywords: [", "a,", "]\n", CHART_LIST_MAX },
		{ "sources: [", "a,", "]\n", CHART_LIST_MAX },
		{ "maintainers: [", "{},", "]\n", CHART_LIST_MAX },
		{ "description: ", "a", "\n", CHART_TEXT_MAX_BYTES },
		{ "annotations: {a: ", "a", "}\n", CHART_TEXT_MAX_BYTES },
		{ "#", "a", "\n", CHART_YAML_MAX_BYTES - sizeof HEAD "#\n" + 1 },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		for (size_t extra = 0; extra < 2; extra++) {
			AUTO_SBUF struct sbuf b = sbuf_make(2 * CHART_YAML_MAX_BYTES);
			struct chart c;
			sbuf_puts(&b, HEAD);
			sbuf_puts(&b, rows[i].before);
			for (size_t n = 0; n < rows[i].limit + extra; n++)
				sbuf_puts(&b, rows[i].element);
			sbuf_puts(&b, rows[i].after);
			const struct tar_member file = { STR("Chart.yaml"), sbuf_str(&b) };
			assert_int_equal(load_members(&file, 1, &c), extra ? ERR_METADATA : OK);
		}
	}
}

static void file_names_have_a_limit(void **state)
{
	(void)state;
	char name[CHART_FILE_NAME_MAX_BYTES];
	memset(name, 'n', sizeof name);
	struct chart_meta m = { .version = STR("1.0.0") };
	struct str file;
	m.name = str_make(name, CHART_FILE_NAME_MAX_BYTES - sizeof "-1.0.0.tgz" + 1);
	assert_int_equal(chart_file_name(&arena, &m, &file, &error), OK);
	assert_int_equal(file.n, CHART_FILE_NAME_MAX_BYTES);
	m.name.n++;
	assert_int_equal(chart_file_name(&arena, &m, &file, &error), ERR_METADATA);
}

/* ---- Files ---- */

static void files_are_found(void **state)
{
	(void)state;
	struct chart c;
	expect("files", load_files((const struct file[]){
		{ "templates/NOTES.txt", "" }, { "templates/tests/a.yaml", "" },
		{ "crds/a.yaml", "" }, { "crds/b.JSON", "" }, { "crds/README.md", "" },
		{ "docs/README.md", "not this" }, { "ReadMe.md", "\xef\xbb\xbfread me" },
		{ "README.txt", "not this" }, { "LICENSE", "mine" }, { "CHANGELOG.md", "news" },
		{ "values.yaml", "\xef\xbb\xbf" "a: 1\n" }, { "values.schema.json", "{}" },
		{ "Chart.yaml", HEAD }, { "charts.txt", "" }, { 0 } }, &c), NULL);
	assert_str(c.readme, "read me");
	assert_str(c.license, "mine");
	assert_str(c.changelog, "news");
	assert_str(c.values, "a: 1\n");
	assert_str(c.schema, "{}");
	assert_str(c.chart_yaml, HEAD);
	assert_null(c.lock.p);
	assert_int_equal(c.template_count, 2);
	assert_int_equal(c.crd_count, 2);
	assert_int_equal(c.members.count, 14);
	assert_int_equal(c.subchart_count, 0);
	assert_int_equal(c.warning_count, 0);
	expect("empty values", load_files((const struct file[]){
		{ "Chart.yaml", HEAD }, { "values.yaml", "" }, { 0 } }, &c), NULL);
	assert_non_null(c.values.p);
}

#define V1 "name: x\nversion: 1.2.3\n"
#define LOCK "dependencies:\n- {name: r, version: 1.0.1, repository: http://e}\ndigest: sha256:00\n" \
             "generated: \"2026-03-05T09:12:44.123456789+01:00\"\n"

static const struct { const char *what; struct file files[4]; const char *detail; } loads[] = {
	{ "nothing", { { 0 } }, "Chart.yaml file is missing" },
	{ "no Chart.yaml", { { "chart.yaml", HEAD } }, "Chart.yaml file is missing" },
	{ "too deep", { { "x/Chart.yaml", HEAD } }, "Chart.yaml file is missing" },
	{ "values list", { { "Chart.yaml", HEAD }, { "values.yaml", "- a" } },
	  "cannot load values.yaml: values.yaml:1: the document must be a map" },
	{ "values syntax", { { "Chart.yaml", HEAD }, { "values.yaml", "a: [" } },
	  "*cannot load values.yaml: values.yaml:" },
	{ "syntax", { { "Chart.yaml", "a: [" } }, "*cannot load Chart.yaml: Chart.yaml:" },
	{ "two documents", { { "Chart.yaml", HEAD "---\n" HEAD } },
	  "*cannot load Chart.yaml: Chart.yaml:" },
	{ "alias", { { "Chart.yaml", HEAD "home: &a b\nicon: *a\n" } },
	  "*cannot load Chart.yaml: Chart.yaml:" },
	{ "duplicate", { { "Chart.yaml", HEAD "name: y\n" } }, "*cannot load Chart.yaml: Chart.yaml:4" },
	{ "requirements", { { "Chart.yaml", V1 }, { "requirements.yaml", "dependencies: {}" } },
	  "cannot load requirements.yaml: requirements.yaml:1: dependencies must be a list, not a map" },
	{ "another name", { { "Chart.yaml", V1 }, { "requirements.yaml", "Name: y" } },
	  "cannot load requirements.yaml: requirements.yaml:1: only dependencies belong here, "
	  "not \"Name\"" },
	{ "empty ones", { { "Chart.yaml", V1 }, { "requirements.yaml", "" }, { "requirements.lock", "" } },
	  NULL },
	{ "lock", { { "Chart.yaml", HEAD }, { "Chart.lock", "digest: [a]" } },
	  "cannot load Chart.lock: Chart.lock:1: digest must be a string, not a list" },
	{ "lock time", { { "Chart.yaml", HEAD }, { "Chart.lock", "generated: today" } },
	  "cannot load Chart.lock: Chart.lock: generated is not an RFC 3339 time: \"today\"" },
	{ "zero time", { { "Chart.yaml", HEAD }, { "Chart.lock", "generated: 0001-01-01T00:00:00Z" } },
	  NULL },
	{ "stray file", { { "Chart.yaml", HEAD }, { "charts/README.md", "" } },
	  "error unpacking subchart README.md in x: Chart.yaml file is missing" },
	{ "folder.tgz", { { "Chart.yaml", HEAD }, { "charts/a.tgz/b", "" } },
	  "error unpacking subchart a.tgz in x: error unpacking subchart tar in x: expected a.tgz, "
	  "got a.tgz/b" },
	{ "not gzip", { { "Chart.yaml", HEAD }, { "charts/a.tgz", "hello" } },
	  "*error unpacking subchart a.tgz in x: " },
	{ "bad subchart", { { "Chart.yaml", HEAD }, { "charts/a/Chart.yaml", "name: a" } },
	  "error unpacking subchart a in x: validation: chart.metadata.version is required" },
	{ "bad values below", { { "Chart.yaml", HEAD }, { "charts/a/Chart.yaml", HEAD },
	  { "charts/a/values.yaml", "[]" } },
	  "error unpacking subchart a in x: cannot load values.yaml: values.yaml:1: the document "
	  "must be a map" },
	{ "ignored", { { "Chart.yaml", HEAD }, { "charts/_a/x", "" }, { "charts/.b", "" },
	  { "charts/c.tgz.prov", "" } }, NULL },
};

static void t_tar_13_what_loads(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(loads); i++) {
		struct file files[5] = { { 0 } };
		struct chart c;
		memcpy(files, loads[i].files, sizeof loads[i].files);
		enum err err = load_files(files, &c);
		const char *detail = loads[i].detail;
		if (!detail || *detail != '*')
			expect(loads[i].what, err, detail);
		else if (!err || strncmp(error.detail, detail + 1, strlen(detail + 1)) != 0)
			fail_msg("%s: %s", loads[i].what, err ? error.detail : "accepted");
	}
}

static void locks_are_read(void **state)
{
	(void)state;
	static const struct file v1[] = {
		{ "Chart.yaml", V1 }, { "Chart.lock", "digest: other\n" }, { "requirements.lock", LOCK },
		{ "requirements.yaml", "dependencies: [{name: r, version: ^1, repository: http://e}]\n" },
		{ 0 } };
	struct chart c;
	expect("v1", load_files(v1, &c), NULL);
	assert_str(c.meta.api_version, "v1");
	assert_int_equal(c.meta.dependency_count, 1);
	assert_str(c.meta.dependencies[0].version, "^1");
	assert_str(c.lock, LOCK);
	assert_int_equal(c.locked_count, 1);
	assert_str(c.locked[0].name, "r");
	assert_str(c.locked[0].version, "1.0.1");
	assert_str(c.locked[0].repository, "http://e");
	assert_str(c.lock_digest, "sha256:00");
	expect("v2", load_files((const struct file[]){
		{ "Chart.yaml", HEAD }, { "requirements.yaml", "dependencies: [{name: r}]\n" },
		{ "Chart.lock", "digest: other\n" }, { "requirements.lock", LOCK }, { 0 } }, &c), NULL);
	assert_str(c.lock_digest, "other");
	assert_int_equal(c.locked_count, 0);
	assert_int_equal(c.meta.dependency_count, 1);
	assert_int_equal(c.warning_count, 1);
	assert_non_null(strstr(c.warnings[0].text, "requirements.yaml"));
}

static void t_yaml_04_duplicate_values_warn(void **state)
{
	(void)state;
	struct chart c;
	expect("values", load_files((const struct file[]){
		{ "Chart.yaml", HEAD }, { "values.yaml", "a: 1\nb: 2\na: 3\n" }, { 0 } }, &c), NULL);
	assert_int_equal(c.warning_count, 1);
	assert_string_equal(c.warnings[0].text, "values.yaml:3: duplicate key \"a\"");
}

static const struct { const char *text; bool ok; } schemas[] = {
	{ "{}", true }, { " [ ] ", true }, { "true", true }, { "\"a\"", true }, { "-0.5e+10", true },
	{ "{\"a\": {\"b\": [1, null, false, \"\\u00e9\\n\"]},\r\n\t\"a\": 0}", true },
	{ "\xef\xbb\xbf{}", true }, { "[1E2]", true }, { "[0]", true },
	{ "", false }, { "{", false }, { "[1,]", false }, { "{\"a\":1,}", false }, { "{a: 1}", false },
	{ "[01]", false }, { "[1.]", false }, { "[-]", false }, { "[1e]", false }, { "[+1]", false },
	{ "\"a", false }, { "\"\n\"", false }, { "\"\\x\"", false }, { "\"\\u12g4\"", false },
	{ "{} {}", false }, { "{} x", false }, { "[1 2]", false }, { "{\"a\" 1}", false }, { "tru", false },
	{ "nan", false }, { "'a'", false }, { "[1]]", false }, { "// a\n{}", false }, { "\"\\u12", false },
};

static void t_meta_14_schemas(void **state)
{
	(void)state;
	struct chart c;
	for (size_t i = 0; i < ROWS(schemas); i++) {
		enum err err = load_files((const struct file[]){
			{ "Chart.yaml", HEAD }, { "values.schema.json", schemas[i].text }, { 0 } }, &c);
		if ((err == OK) != schemas[i].ok)
			fail_msg("%s: %s", schemas[i].text, err ? error.detail : "accepted");
	}
	expect("line", load_files((const struct file[]){
		{ "Chart.yaml", HEAD }, { "values.schema.json", "{\n\n?" }, { 0 } }, &c),
		"values.schema.json:3: invalid JSON in values.schema.json");
	char deep[2000];
	memset(deep, '[', sizeof deep / 2);
	memset(deep + sizeof deep / 2, ']', sizeof deep / 2);
	deep[sizeof deep - 1] = '\0';
	assert_int_equal(load_files((const struct file[]){
		{ "Chart.yaml", HEAD }, { "values.schema.json", deep }, { 0 } }, &c), ERR_METADATA);
}

/* ---- Archives ---- */

/* A packed chart in the arena of the test. */
static struct str pack(struct arena *a, const char *top, const struct tar_member *files, size_t count)
{
	struct tar_writer *w;
	char *tgz;
	size_t bytes;
	struct str copy = { 0 };
	assert_int_equal(tar_writer_new(&w, &error), OK);
	for (size_t i = 0; i < count; i++) {
		char *name = arena_printf(a, "%s%.*s", top, STR_ARG(files[i].name));
		assert_non_null(name);
		assert_int_equal(tar_writer_add(w, name, files[i].data, 0, &error), OK);
	}
	assert_int_equal(tar_writer_end(w, &tgz, &bytes, &error), OK);
	assert_true(arena_str(a, str_make(tgz, bytes), &copy));
	free(tgz);
	return copy;
}

static enum err read_packed(struct str tgz, struct chart *ret)
{
	static struct gzip_buffer buffer;
	arena_done(&arena);
	memset(&error, 0, sizeof error);
	enum err err = chart_read(&arena, &buffer, tgz, ret, &error);
	if (err)
		gzip_buffer_done(&buffer);
	return err;
}

static void t_tar_12_top_folder(void **state)
{
	(void)state;
	static const struct { const char *top, *detail; size_t warnings; } rows[] = {
		{ "x/", NULL, 0 },
		{ "other/", NULL, 1 },
		{ "", "chart illegally contains content outside the base directory: \"Chart.yaml\"", 0 },
		{ "a/b/", "Chart.yaml file is missing", 0 },
	};
	AUTO_ARENA struct arena a = { 0 };
	const struct tar_member file = { STR("Chart.yaml"), STR(HEAD) };
	struct chart c;
	for (size_t i = 0; i < ROWS(rows); i++) {
		enum err err = read_packed(pack(&a, rows[i].top, &file, 1), &c);
		if (rows[i].detail)
			assert_int_not_equal(err, OK);
		else
			expect(rows[i].top, err, NULL);
		if (!err)
			assert_int_equal(c.warning_count, rows[i].warnings);
	}
	assert_int_not_equal(read_packed(pack(&a, "", NULL, 0), &c), OK);
	assert_string_equal(error.detail, "no files in chart archive");
	const struct tar_member two[] = { { STR("x/Chart.yaml"), STR(HEAD) }, { STR("y/a"), STR("") } };
	assert_int_not_equal(read_packed(pack(&a, "", two, 2), &c), OK);
}

static void subcharts_packed_and_unpacked(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	const struct tar_member inner = { STR("Chart.yaml"), STR("name: inner\nversion: 0.1.0\n") };
	struct tar_member middle[] = {
		{ STR("Chart.yaml"), STR("name: middle\nversion: 0.2.0\n") },
		{ STR("values.yaml"), STR("deep: {a: 1}\n") },
		{ STR("charts/inner-0.1.0.tgz"), pack(&a, "inner/", &inner, 1) },
	};
	struct tar_member outer[] = {
		{ STR("Chart.yaml"), STR(HEAD) },
		{ STR("charts/zz/Chart.yaml"), STR("name: last\nversion: 1.0.0\n") },
		{ STR("charts/middle.tgz"), pack(&a, "middle/", middle, 3) },
		{ STR("charts/zz/templates/a.yaml"), STR("") },
		{ STR("charts/middle.tgz.prov"), STR("") },
		{ STR("charts/zz/charts/first/Chart.yaml"), STR("name: first\nversion: 1.0.0\n") },
	};
	struct chart c;
	expect("outer", read_packed(pack(&a, "x/", outer, ROWS(outer)), &c), NULL);
	assert_int_equal(c.subchart_count, 2);
	const struct chart *m = &c.subcharts[0], *z = &c.subcharts[1];
	assert_str(m->path, "charts/middle.tgz");
	assert_str(m->meta.name, "middle");
	assert_str(m->values, "deep: {a: 1}\n");
	assert_int_equal(m->subchart_count, 1);
	assert_str(m->subcharts[0].meta.name, "inner");
	assert_str(m->subcharts[0].path, "charts/inner-0.1.0.tgz");
	assert_str(z->path, "charts/zz");
	assert_str(z->meta.name, "last");
	assert_int_equal(z->template_count, 1);
	assert_int_equal(z->subchart_count, 1);
	assert_str(z->subcharts[0].meta.name, "first");
	assert_int_equal(z->members.count, 3);
	assert_str(z->members.members[1].name, "templates/a.yaml");
}

static void t_tar_23_nesting_is_limited(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct chart c;
	for (unsigned unpacked = 0; unpacked < 2; unpacked++) {
		for (unsigned levels = CHART_NESTING_MAX; levels <= CHART_NESTING_MAX + 1; levels++) {
			struct tar_member files[CHART_NESTING_MAX + 2];
			size_t count = 1;
			struct str prefix = STR("");
			files[0] = (struct tar_member){ STR("Chart.yaml"), STR(HEAD) };
			for (unsigned i = 0; i < levels; i++) {
				if (unpacked) {
					prefix = str_c(arena_printf(&a, "%.*scharts/x/", STR_ARG(prefix)));
					struct str name = str_c(arena_printf(&a, "%.*sChart.yaml", STR_ARG(prefix)));
					files[count++] = (struct tar_member){ name, STR(HEAD) };
				} else {
					files[1] = (struct tar_member){ STR("charts/x.tgz"), pack(&a, "x/", files, count) };
					count = 2;
				}
			}
			enum err err = load_members(files, count, &c);
			assert_int_equal(err, levels > CHART_NESTING_MAX ? ERR_ARCHIVE : OK);
		}
	}
}

/* Twelve packed charts of 9 MiB each are more than one archive may hold. */
static void t_tar_23_one_budget_for_all(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct tar_member inner[] = { { STR("Chart.yaml"), STR(HEAD) }, { STR("a"), { 0 } }, { STR("b"), { 0 } } };
	char *zeros = arena_alloc(&a, CHART_FILE_MAX_BYTES);
	assert_non_null(zeros);
	inner[1].data = inner[2].data = str_make(zeros, CHART_FILE_MAX_BYTES - CHART_FILE_MAX_BYTES / 10);
	struct str tgz = pack(&a, "x/", inner, 3);
	struct tar_member outer[13] = { { STR("Chart.yaml"), STR(HEAD) } };
	for (size_t i = 1; i < ROWS(outer); i++)
		outer[i] = (struct tar_member){ str_c(arena_printf(&a, "charts/%c.tgz", (int)('a' + i))), tgz };
	struct chart c;
	expect("eleven", load_members(outer, 12, &c), NULL);
	assert_int_equal(load_members(outer, 13, &c), ERR_TOO_LARGE);
	assert_string_equal(error.detail, "error unpacking subchart m.tgz in x: decompressed chart is "
	                                  "larger than the maximum size 104857600");
}

/* Four times four megabytes of values and a little are more than may be parsed. */
static void t_yaml_03_parsing_has_a_budget(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct chart c;
	char *values = arena_alloc(&a, 4 * MIB);
	assert_non_null(values);
	memset(values, '#', 4 * MIB);
	struct tar_member files[9] = { { STR("Chart.yaml"), STR(HEAD) } };
	for (size_t i = 0; i < 4; i++) {
		char *name = arena_printf(&a, "charts/%c/Chart.yaml", (int)('a' + i));
		files[2 * i + 1] = (struct tar_member){ str_c(name), STR(HEAD) };
		name = arena_printf(&a, "charts/%c/values.yaml", (int)('a' + i));
		files[2 * i + 2] = (struct tar_member){ str_c(name), str_make(values, 4 * MIB) };
	}
	expect("three", load_members(files, 7, &c), NULL);
	assert_int_equal(load_members(files, 9, &c), ERR_TOO_LARGE);
	assert_string_equal(error.detail, "error unpacking subchart d in x: metadata, values and schemas "
	                                  "of a chart and its subcharts are larger than 16777216 bytes");
}

static void t_tar_20_large_file(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	char *zeros = arena_alloc(&a, CHART_FILE_MAX_BYTES + 1);
	assert_non_null(zeros);
	struct tar_member files[] = { { STR("Chart.yaml"), STR(HEAD) },
		                      { STR("a"), str_make(zeros, CHART_FILE_MAX_BYTES) } };
	struct chart c;
	expect("at the limit", load_members(files, 2, &c), NULL);
	files[1].data.n++;
	assert_int_equal(load_members(files, 2, &c), ERR_TOO_LARGE);
	assert_string_equal(error.detail, "chart file \"a\" is larger than the maximum file size 5242880");
}

/* With every limit of memory: NOMEM or the chart, nothing between. */
static void memory_runs_out_anywhere(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	const struct tar_member inner[] = { { STR("Chart.yaml"), STR(HEAD) }, { STR("values.yaml"), STR("a: 1") } };
	const struct tar_member files[] = {
		{ STR("Chart.yaml"), STR(HEAD "keywords: [a]\nannotations: {a: b}\nhome: \xc3\xa9\x20\n") },
		{ STR("charts/x.tgz"), pack(&a, "x/", inner, 2) },
		{ STR("charts/y/Chart.yaml"), STR(HEAD) },
		{ STR("Chart.lock"), STR(LOCK) },
	};
	struct chart c;
	bool loaded = false;
	for (size_t limit = 512; !loaded && limit < 4 * MIB; limit += 512) {
		struct arena small = { .limit = limit };
		enum err err = chart_load(&small, files, ROWS(files), &c, &error);
		assert_true(err == OK || err == ERR_NOMEM);
		loaded = err == OK;
		arena_done(&small);
	}
	assert_true(loaded);
}

/* ---- Real charts ---- */

static void read_real(int dir, const char *file, size_t *count)
{
	char *tgz;
	size_t bytes;
	struct chart c;
	struct str name;
	assert_int_equal(fs_read(dir, file, CHART_ARCHIVE_MAX_BYTES, &tgz, &bytes, &error), OK);
	expect(file, read_packed(str_make(tgz, bytes), &c), NULL);
	assert_int_equal(chart_file_name(&arena, &c.meta, &name, &error), OK);
	assert_str(name, file);
	free(tgz);
	(*count)++;
}

static void t_real_charts_all_load(void **state)
{
	(void)state;
	static const char *const folders[] = { "rancher", "stable" };
	const char *root = getenv("CHARTS");
	size_t count = 0;
	for (size_t i = 0; i < ROWS(folders); i++) {
		char path[4096];
		(void)snprintf(path, sizeof path, "%s/%s", root ? root : "../shared/charts", folders[i]);
		DIR *d = opendir(path);
		if (!d) {
			const char *ci = getenv("CI");
			if (ci && strcmp(ci, "true") == 0)
				fail_msg("%s: no such folder", path);
			print_message("%s: no such folder\n", path);
			skip();
		}
		for (struct dirent *entry; (entry = readdir(d));)
			if (str_ends(str_c(entry->d_name), STR(".tgz")))
				read_real(dirfd(d), entry->d_name, &count);
		(void)closedir(d);
	}
	assert_int_equal(count, 1189);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_meta_11_every_field_and_type),
		cmocka_unit_test(t_meta_07_refusals),
		cmocka_unit_test(t_meta_01_02_names),
		cmocka_unit_test(t_meta_03_versions),
		cmocka_unit_test(t_yaml_06_t_meta_10_texts),
		cmocka_unit_test(everything_is_read),
		cmocka_unit_test(t_meta_08_limits),
		cmocka_unit_test(file_names_have_a_limit),
		cmocka_unit_test(files_are_found),
		cmocka_unit_test(t_tar_13_what_loads),
		cmocka_unit_test(locks_are_read),
		cmocka_unit_test(t_yaml_04_duplicate_values_warn),
		cmocka_unit_test(t_meta_14_schemas),
		cmocka_unit_test(t_tar_12_top_folder),
		cmocka_unit_test(subcharts_packed_and_unpacked),
		cmocka_unit_test(t_tar_23_nesting_is_limited),
		cmocka_unit_test(t_tar_23_one_budget_for_all),
		cmocka_unit_test(t_yaml_03_parsing_has_a_budget),
		cmocka_unit_test(t_tar_20_large_file),
		cmocka_unit_test(memory_runs_out_anywhere),
		cmocka_unit_test(t_real_charts_all_load),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
