/* The files of a chart and the charts inside: what is found, what is refused, all real ones. */
#include "arena_room.h"
#include "format_chart.h"
#include "real_charts.h"

#include <dirent.h>
#include <fcntl.h>

#include "indexer/base/fs.h"

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
	{ "values Helm cannot read", { { "Chart.yaml", HEAD }, { "values.yaml", "a: .nan" } },
	  "cannot load values.yaml: values.yaml:1: .nan as a value, which Helm does not read: quote it" },
	{ "an escape of JSON", { { "Chart.yaml", HEAD "home: \"\\/\"\n" } },
	  "cannot load Chart.yaml: Chart.yaml:4: the escape \"\\/\", which Helm does not read: write \"/\"" },
	{ "a later YAML", { { "Chart.yaml", "%YAML 1.2\n---\n" HEAD } },
	  "cannot load Chart.yaml: Chart.yaml:1: %YAML 1.2, of which Helm reads 1.1 alone: leave the line out" },
	{ "null as a key", { { "Chart.yaml", V1 }, { "requirements.yaml", "~: 1" } },
	  "cannot load requirements.yaml: requirements.yaml:1: null as a key, which Helm does not read: quote it" },
	{ "an end", { { "Chart.yaml", HEAD "---\n" } }, NULL },
	{ "two documents", { { "Chart.yaml", HEAD "---\n" HEAD } },
	  "*cannot load Chart.yaml: Chart.yaml:" },
	{ "alias", { { "Chart.yaml", HEAD "home: &a b\nicon: *a\n" } }, NULL },
	{ "aliases in other files", { { "Chart.yaml", V1 }, { "Chart.lock", "digest: &a b\ngenerated: *c\n" } },
	  "cannot load Chart.lock: Chart.lock:2: unknown alias" },
	{ "duplicate", { { "Chart.yaml", HEAD "name: y\n" } },
	  "*cannot load Chart.yaml: Chart.yaml:4" },
	{ "requirements", { { "Chart.yaml", V1 }, { "requirements.yaml", "dependencies: {}" } },
	  "cannot load requirements.yaml: requirements.yaml:1: dependencies must be a list, not a map" },
	{ "another name", { { "Chart.yaml", V1 }, { "requirements.yaml", "Name: y" } },
	  "cannot load requirements.yaml: requirements.yaml:1: only dependencies belong here, "
	  "not \"Name\"" },
	{ "empty ones", { { "Chart.yaml", V1 }, { "requirements.yaml", "" },
	  { "requirements.lock", "" } }, NULL },
	{ "lock", { { "Chart.yaml", HEAD }, { "Chart.lock", "digest: [a]" } },
	  "cannot load Chart.lock: Chart.lock:1: digest must be a string, not a list" },
	{ "lock time", { { "Chart.yaml", HEAD }, { "Chart.lock", "generated: today" } },
	  "cannot load Chart.lock: Chart.lock: generated is not an RFC 3339 time: \"today\"" },
	{ "lock time of YAML", { { "Chart.yaml", HEAD }, { "Chart.lock", "generated: 2026-03-05 09:12:44Z" } },
	  "cannot load Chart.lock: Chart.lock: generated is not an RFC 3339 time: \"2026-03-05 09:12:44Z\"" },
	{ "zero time", { { "Chart.yaml", HEAD }, { "Chart.lock", "generated: 0001-01-01T00:00:00Z" } },
	  NULL },
	{ "stray file", { { "Chart.yaml", HEAD }, { "charts/README.md", "" } },
	  "error unpacking subchart README.md in x: Chart.yaml file is missing" },
	{ "folder.tgz", { { "Chart.yaml", HEAD }, { "charts/a.tgz/b", "" } },
	  "error unpacking subchart a.tgz in x: error unpacking subchart tar in x: expected a.tgz, "
	  "got a.tgz/b" },
	{ "not gzip", { { "Chart.yaml", HEAD }, { "charts/a.tgz", "hello" } },
	  "error unpacking subchart a.tgz in x: this is not a gzip file" },
	{ "a pointer of git lfs", { { "Chart.yaml", HEAD },
	  { "charts/a.tgz", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n" } },
	  "error unpacking subchart a.tgz in x: this is not a gzip file" },
	{ "gzip that is cut off", { { "Chart.yaml", HEAD }, { "charts/a.tgz", "\x1f\x8b\x08\x01" "timeextdatazzzz" } },
	  "error unpacking subchart a.tgz in x: gzip: 19 bytes cannot unpack to the stated 2054847098: the file is "
	  "damaged, or something follows the stream" },
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

static void t_kube_version_that_is_no_range_warns(void **state)
{
	(void)state;
	struct chart c;
	expect("range", load_files((const struct file[]){
		{ "Chart.yaml", HEAD "kubeVersion: '>=1.25 <1.30'\n" }, { 0 } }, &c), NULL);
	assert_int_equal(c.warning_count, 0);
	expect("no range", load_files((const struct file[]){
		{ "Chart.yaml", HEAD "kubeVersion: '>= 1.20.0 || foo'\n" }, { 0 } }, &c), NULL);
	assert_int_equal(c.warning_count, 1);
	assert_string_equal(c.warnings[0].text, "Chart.yaml: kubeVersion \">= 1.20.0 || foo\" is no range of versions: "
	                    "Helm installs this chart nowhere");
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
	expect("line", load_files((const struct file[]){
		{ "Chart.yaml", HEAD }, { "values.schema.json", "{}\n\"\n" }, { 0 } }, &c),
		"values.schema.json:2: invalid JSON in values.schema.json");
	char deep[2000];
	memset(deep, '[', sizeof deep / 2);
	memset(deep + sizeof deep / 2, ']', sizeof deep / 2);
	deep[sizeof deep - 1] = '\0';
	assert_int_equal(load_files((const struct file[]){
		{ "Chart.yaml", HEAD }, { "values.schema.json", deep }, { 0 } }, &c), ERR_METADATA);
}

/* ---- Archives ---- */

/* A packed chart in the arena of the test. */
static struct str pack(struct arena *a, const char *top, const struct tar_member *files,
                       size_t count)
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
	static struct chart_scratch buffer;
	arena_done(&arena);
	memset(&error, 0, sizeof error);
	enum err err = chart_read(&arena, &buffer, tgz, ret, &error);
	if (err)
		chart_scratch_done(&buffer);
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
		{ "x/..", "chart illegally references parent directory: \"x/..Chart.yaml\"", 0 },
		{ "x/..data/", "chart illegally references parent directory: \"x/..data/Chart.yaml\"", 0 },
		{ "x/a/..", "Chart.yaml file is missing", 0 },
		{ "Chart.yaml/", "chart yaml not in base directory: \"Chart.yaml/Chart.yaml\"", 0 },
	};
	AUTO_ARENA struct arena a = { 0 };
	const struct tar_member file = { STR("Chart.yaml"), STR(HEAD) };
	struct chart c;
	for (size_t i = 0; i < ROWS(rows); i++) {
		enum err err = read_packed(pack(&a, rows[i].top, &file, 1), &c);
		expect(rows[i].top, err, rows[i].detail);
		if (!err)
			assert_int_equal(c.warning_count, rows[i].warnings);
	}
	assert_int_not_equal(read_packed(pack(&a, "", NULL, 0), &c), OK);
	assert_string_equal(error.detail, "no files in chart archive");
	const struct tar_member two[] = { { STR("x/Chart.yaml"), STR(HEAD) }, { STR("y/a"), STR("") } };
	assert_int_not_equal(read_packed(pack(&a, "", two, 2), &c), OK);
}

/* Helm writes Chart.yaml, and packs the others as they are. */
static void t_yaml_02_aliases_in_archives(void **state)
{
	(void)state;
	static const struct { struct file files[2]; const char *detail; } rows[] = {
		{ { { "Chart.yaml", HEAD "home: &a b\nicon: *a\n" } },
		  "cannot load Chart.yaml: Chart.yaml:4: anchors are not allowed here" },
		{ { { "Chart.yaml", "<<: {name: x}\nversion: 1.2.3\n" } },
		  "cannot load Chart.yaml: Chart.yaml:1: merge keys (<<) are not allowed here" },
		{ { { "Chart.yaml", V1 }, { "requirements.yaml", "x: &r b\ndependencies: [{name: a, repository: *r}]\n" } },
		  NULL },
		{ { { "Chart.yaml", V1 }, { "requirements.lock", "x: &r b\ndigest: *r\n" } }, NULL },
		{ { { "Chart.yaml", HEAD }, { "charts/a/Chart.yaml", "name: &a b\nversion: *a\n" } },
		  "error unpacking subchart a in x: cannot load Chart.yaml: Chart.yaml:1: anchors are not allowed here" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct tar_member members[2];
		struct chart c;
		size_t n = 0;
		for (; n < 2 && rows[i].files[n].name; n++)
			members[n] = (struct tar_member){ str_c(rows[i].files[n].name), str_c(rows[i].files[n].text) };
		expect(rows[i].files[0].text, read_packed(pack(&a, "x/", members, n), &c), rows[i].detail);
	}
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
	struct tar_member inner[] = { { STR("Chart.yaml"), STR(HEAD) }, { STR("a"), { 0 } },
		                      { STR("b"), { 0 } } };
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

static enum err load_some(struct arena *a, const void *files, struct errinfo *e)
{
	struct chart c;
	return chart_load(a, files, 4, &c, e);
}

static void memory_runs_out_anywhere(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	const struct tar_member inner[] = { { STR("Chart.yaml"), STR(HEAD) },
		                            { STR("values.yaml"), STR("a: 1") } };
	const struct tar_member files[4] = {
		{ STR("Chart.yaml"), STR(HEAD "keywords: [a]\nannotations: {a: b}\nhome: \xc3\xa9\x20\n") },
		{ STR("charts/x.tgz"), pack(&a, "x/", inner, 2) },
		{ STR("charts/y/Chart.yaml"), STR(HEAD) },
		{ STR("Chart.lock"), STR(LOCK) },
	};
	each_room_is_too_small(load_some, files, OK);
}

/* ---- Real charts ---- */

static void has_its_name(struct arena *a, const struct chart *c, const char *file, void *to)
{
	struct str name;
	(void)to;
	assert_int_equal(chart_file_name(a, &c->meta, &name, &error), OK);
	assert_str(name, file);
}

static void t_real_charts_all_load(void **state)
{
	(void)state;
	(void)each_real_chart(1, has_its_name, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_found),
		cmocka_unit_test(t_tar_13_what_loads),
		cmocka_unit_test(locks_are_read),
		cmocka_unit_test(t_kube_version_that_is_no_range_warns),
		cmocka_unit_test(t_yaml_04_duplicate_values_warn),
		cmocka_unit_test(t_meta_14_schemas),
		cmocka_unit_test(t_tar_12_top_folder),
		cmocka_unit_test(t_yaml_02_aliases_in_archives),
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
