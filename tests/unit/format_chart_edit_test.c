/* Versions of dependencies changed in a text of which nothing else changes: whole texts are compared. */
#include "indexer/format/chart_edit.h"

#include "indexer/base/auto.h"
#include "table.h"

/* Every dependency gets the version 9.N, but for those that `only` leaves out. */
static const struct row { const char *text, *changed; size_t dependencies; } rows[] = {
	{ "dependencies:\n- name: x\n  version: 1.2.3\n  repository: https://h\n",
	  "dependencies:\n- name: x\n  version: ^9.0\n  repository: https://h\n", 1 },
	{ "# top\nname: a # here\ndependencies:  # all\n\n  - version: \"1.x\"   # why\n    name: x\n\n  # two\n"
	  "  - {name: y, version: '~1.2', repository: \"\"}\nversion: 1.0.0\n",
	  "# top\nname: a # here\ndependencies:  # all\n\n  - version: \"^9.0\"   # why\n    name: x\n\n  # two\n"
	  "  - {name: y, version: '^9.1', repository: \"\"}\nversion: 1.0.0\n", 2 },
	{ "name: a\r\ndependencies:\r\n- name: x\r\n  version: 1.2.3\r\n", "name: a\r\ndependencies:\r\n- name: x\r\n  version: ^9.0\r\n", 1 },
	{ "\xef\xbb\xbf" "description: größer 図 \xf0\x9f\x9a\xa2\ndependencies:\n- {name: é, version: 1}\n",
	  "\xef\xbb\xbf" "description: größer 図 \xf0\x9f\x9a\xa2\ndependencies:\n- {name: é, version: ^9.0}\n", 1 },
	{ "dependencies: [{name: x, version: 1.0.0}, {version: 2.0.0, name: y}]",
	  "dependencies: [{name: x, version: ^9.0}, {version: ^9.1, name: y}]", 2 },
	{ "dependencies:\n- Version: 1.0.0\n  name: x\n", "dependencies:\n- Version: ^9.0\n  name: x\n", 1 },
	{ "{\"dependencies\":[{\"name\":\"x\",\"version\":\"1\"}]}", "{\"dependencies\":[{\"name\":\"x\",\"version\":\"^9.0\"}]}", 1 },
	/* other versions, at other places */
	{ "annotations:\n  dependencies: \"version: 1\"\nversion: 1\nkeywords: [version, '1']\n"
	  "dependencies:\n- name: version\n  import-values:\n  - {child: version, parent: version}\n  tags: [version, 1]\n"
	  "  version: 1.0.0\nmaintainers:\n- {name: x, version: 1}\n",
	  "annotations:\n  dependencies: \"version: 1\"\nversion: 1\nkeywords: [version, '1']\n"
	  "dependencies:\n- name: version\n  import-values:\n  - {child: version, parent: version}\n  tags: [version, 1]\n"
	  "  version: ^9.0\nmaintainers:\n- {name: x, version: 1}\n", 1 },
	{ "name: a\n", "name: a\n", 0 },
	{ "dependencies: []\n", "dependencies: []\n", 0 },
	{ "dependencies:\n", "dependencies:\n", 0 },
	{ "dependencies: {version: 1}\n", "dependencies: {version: 1}\n", 0 },
	{ "- - version: 1\n", "- - version: 1\n", 0 },               /* no map: nothing of a chart */
};

static void t_changed(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct errinfo e = { 0 };
		struct str changed;
		struct chart_edit edits[] = { { 1, STR("^9.1"), false }, { 0, STR("^9.0"), false } };
		struct chart_edit *first = edits + ROWS(edits) - rows[i].dependencies;
		if (chart_edit(&a, "Chart.yaml", str_c(rows[i].text), first, rows[i].dependencies, &changed, &e))
			fail_msg("%s: %s", rows[i].text, e.detail);
		if (!str_eq_c(changed, rows[i].changed))
			fail_msg("%s\nbecame\n%.*s", rows[i].text, STR_ARG(changed));
		for (size_t k = 0; k < rows[i].dependencies; k++)
			assert_true(first[k].done);
	}
}

/* What a plain scalar would mean to YAML is put in quotes. */
static const struct { const char *was, *to, *is; } scalars[] = {
	{ "1.2.3", "2.0.0", "2.0.0" }, { "1.2", "2.0", "\"2.0\"" }, { "1", "2", "\"2\"" }, { "1.x", "2.x", "2.x" },
	{ "\"1\"", "2", "\"2\"" }, { "'1'", "2", "'2'" }, { "\">=1\"", ">=2 <3", "\">=2 <3\"" }, { "^1", "^2", "^2" },
	{ "1.0.0+up1", "2.0.0+up2", "2.0.0+up2" },
};

static void t_scalars(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(scalars); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct str changed;
		struct chart_edit edit = { 0, str_c(scalars[i].to), false };
		const char *text = arena_printf(&a, "dependencies: [{version: %s}]", scalars[i].was);
		const char *wanted = arena_printf(&a, "dependencies: [{version: %s}]", scalars[i].is);
		assert_int_equal(chart_edit(&a, "x", str_c(text), &edit, 1, &changed, NULL), OK);
		assert_string_equal(changed.p, wanted);
	}
}

/* What has no version in one line stays, and what is beside it changes. */
static const char *const left[] = {
	"- name: x\n", "- name: x\n  version: >-\n    1\n", "- name: x\n  version: |-\n    1\n", "- version: \"1\n    2\"\n",
	"- name: x\n  version: [1]\n", "- version:\n- name: x\n",
};

static void t_left(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(left); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct str changed;
		size_t last = 1 + (strstr(left[i], "\n- ") != NULL);
		struct chart_edit edits[] = { { 0, STR("^2"), true }, { last, STR("^3"), false } };
		const char *text = arena_printf(&a, "dependencies:\n%s- version: ^1\n", left[i]);
		const char *wanted = arena_printf(&a, "dependencies:\n%s- version: ^3\n", left[i]);
		assert_int_equal(chart_edit(&a, "x", str_c(text), edits, ROWS(edits), &changed, NULL), OK);
		assert_string_equal(changed.p, wanted);
		assert_false(edits[0].done);
		assert_true(edits[1].done);
	}
}

/* A block that is empty ends where it begins, which is one line. */
static void t_empty_block_at_the_end(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	static const struct str text = STR("dependencies:\n- version: >9 # nothing");
	struct str changed;
	struct chart_edit edit = { 0, STR("^2"), true };
	assert_int_equal(chart_edit(&a, "x", text, &edit, 1, &changed, NULL), OK);
	assert_true(str_eq(changed, text));
	assert_false(edit.done);
}

static const struct { const char *text, *version, *why; } refused[] = {
	{ "name: a\n", "1", "it has no dependency 1" },
	{ "", "1", "it has no dependency 1" },
	{ "a: [", "1", "Chart.yaml:" },
	{ "dependencies: &a\n- version: 1\n", "1", "anchors are not allowed" },
	{ "dependencies:\n- version: 1\n  version: 2\n", "1", "duplicate key" },
	{ "dependencies:\n- version: 1\n", "1\" # \"", "is no range of versions" },
	{ "dependencies:\n- version: 1\n", "1\nx: y", "is no range of versions" },
};

static void t_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(refused); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct errinfo e = { 0 };
		struct str changed;
		struct chart_edit edit = { 0, str_c(refused[i].version), false };
		assert_int_equal(chart_edit(&a, "Chart.yaml", str_c(refused[i].text), &edit, 1, &changed, &e),
		                 ERR_METADATA);
		if (!strstr(e.detail, refused[i].why))
			fail_msg("%s: %s", refused[i].text, e.detail);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_changed), cmocka_unit_test(t_scalars), cmocka_unit_test(t_left),
		cmocka_unit_test(t_empty_block_at_the_end), cmocka_unit_test(t_refused),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("editing dependencies", tests, NULL, NULL);
}
