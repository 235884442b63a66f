/* Chart.yaml field by field: types, names, versions, texts, Helm's rules and Helm's words. */
#include "format_chart.h"

/* One letter per value of `kinds`: o loads, x is refused; what helm show chart does, but for
 * apiVersion, where Helm 3 takes anything.                                                    */
static const char *const kinds[] = { "null", "true", "1", "1.50", "'s'", "[a]", "{a: b}",
	                             "[null]" };
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
	{ HEAD "annotations: {1: a, 1.0: b}\n",
	  "cannot load Chart.yaml: Chart.yaml:4: duplicate key \"1\"" },
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

static void t_meta_01_t_meta_02_names(void **state)
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
	{ "\"a\\e[31m\\u202Eb\\u200bc\"", "a[31mbc" },
	{ "\"\\U0001F600 \\u00e9\"", "\xf0\x9f\x98\x80 \xc3\xa9" },
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

/* The same of what has to differ from one to the next. */
static void t_meta_08_limits_of_maps(void **state)
{
	(void)state;
	for (int deps = 0; deps < 2; deps++) {
		for (size_t extra = 0; extra < 2; extra++) {
			AUTO_SBUF struct sbuf b = sbuf_make(2 * CHART_YAML_MAX_BYTES);
			struct chart c;
			sbuf_printf(&b, "%s%s", HEAD, deps ? "dependencies:\n" : "annotations:\n");
			for (size_t n = 0; n < CHART_LIST_MAX + extra; n++)
				sbuf_printf(&b, deps ? "- {name: a%zu, version: 1.0.0}\n" : " a%zu: b\n", n);
			const struct tar_member file = { STR("Chart.yaml"), sbuf_str(&b) };
			assert_int_equal(load_members(&file, 1, &c), extra ? ERR_METADATA : OK);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_meta_11_every_field_and_type),
		cmocka_unit_test(t_meta_07_refusals),
		cmocka_unit_test(t_meta_01_t_meta_02_names),
		cmocka_unit_test(t_meta_03_versions),
		cmocka_unit_test(t_yaml_06_t_meta_10_texts),
		cmocka_unit_test(everything_is_read),
		cmocka_unit_test(t_meta_08_limits),
		cmocka_unit_test(t_meta_08_limits_of_maps),
		cmocka_unit_test(file_names_have_a_limit),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
