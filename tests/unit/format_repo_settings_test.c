/* Settings of a repository: what is taken, what is refused, and their canonical JSON. */
#include "indexer/format/repo_settings.h"

#include "indexer/base/auto.h"
#include "folder.h"
#include "table.h"

static const struct row { const char *json, *canonical; } accepted[] = {
	{ "{}", "{}" },
	{ "{\"private\":true}", "{\"private\":true}" },
	{ "{\"private\":\"yes\"}", "{\"private\":true}" },
	{ "{\"private\":false}", "{}" },
	{ "{\"private\":null}", "{}" },
	{ "{\"keep_last\":3,\"description\":\"a \\\"b\\\"\\n\"}",
	  "{\"description\":\"a \\\"b\\\"\\n\",\"keep_last\":3}" },
	{ "{\"max_bytes\":\"20m\"}", "{\"max_bytes\":20971520}" },
	{ "{\"undelete_days\":7}", "{}" },
	{ "{\"undelete_days\":0}", "{\"undelete_days\":0}" },
	{ "{\"provenance\":\"require\"}", "{\"provenance\":\"require\"}" },
	{ "{\"index_format\":\"default\"}", "{}" },
	{ "{\"known_as\":\"https://a.example/x  oci://b/c\\nhttp://d\"}",
	  "{\"known_as\":\"https://a.example/x  oci://b/c\\nhttp://d\"}" },
	{ "{\"known_as\":\" \"}", "{\"known_as\":\" \"}" },
};

static void t_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(accepted); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct errinfo e = { 0 };
		struct repo_settings s, again;
		struct sbuf b = sbuf_make(1000), c = sbuf_make(1000);
		repo_settings_default(&s);
		assert_int_equal(repo_settings_merge(&a, str_c(accepted[i].json), &s, &e), OK);
		repo_settings_json(&b, &s);
		assert_string_equal(b.p, accepted[i].canonical);
		repo_settings_default(&again);
		assert_int_equal(repo_settings_merge(&a, sbuf_str(&b), &again, &e), OK);
		repo_settings_json(&c, &again);
		assert_string_equal(c.p, b.p);
		sbuf_done(&b);
		sbuf_done(&c);
	}
}

static const struct { const char *json, *why; } refused[] = {
	{ "", "settings:1" }, { "[]", "object" }, { "{", "settings:1" },
	{ "{\"admin\":true}", "no setting \"admin\"" },
	{ "{\"private\":true,\"private\":true}", "duplicate" },
	{ "{\"private\":[]}", "private: a single value" },
	{ "{\"private\":2}", "neither true nor false" },
	{ "{\"keep_last\":1.5}", "not a number" },
	{ "{\"keep_last\":1000001}", "not between 0 and 1000000" },
	{ "{\"max_bytes\":\"20 m\"}", "not a size" },
	{ "{\"provenance\":\"maybe\"}", "off check require" },
	{ "{\"description\":\"a\\u0000b\"}", "" },
	{ "{\"known_as\":\"charts.example.org\"}", "known_as: \"charts.example.org\" is no address" },
	{ "{\"known_as\":\"https://a ftp://b\"}", "\"ftp://b\" is no address" },
	{ "{\"known_as\":\"https://\"}", "\"https://\" is no address" },
	{ "{\"known_as\":\"https:///x\"}", "is no address" },
};

static void t_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(refused); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct errinfo e = { 0 };
		struct repo_settings s;
		repo_settings_default(&s);
		assert_int_equal(repo_settings_merge(&a, str_c(refused[i].json), &s, &e), ERR_INVALID);
		if (!strstr(e.detail, refused[i].why))
			fail_msg("%s: %s", refused[i].json, e.detail);
	}
}

/* Canonical JSON is sorted because the table is. */
static void t_the_table_is_sorted(void **state)
{
	(void)state;
	for (int i = 1; i < REPO_SETTING_COUNT; i++)
		assert_true(strcmp(repo_setting_row((enum repo_setting_id)(i - 1))->name,
		                   repo_setting_row((enum repo_setting_id)i)->name) < 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_accepted), cmocka_unit_test(t_refused),
		cmocka_unit_test(t_the_table_is_sorted),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("repository settings", tests, NULL, NULL);
}
