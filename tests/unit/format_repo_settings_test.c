/* Settings of a repository: what is taken, what is refused, and their canonical JSON. */
#include "indexer/format/repo_settings.h"

#include "indexer/base/auto.h"
#include "indexer/format/repo_settings_judge.h"
#include "setting_rules.h"

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
	{ "{\"upstream\":\"https://a.example\",\"refresh_minutes\":30,\"take_last\":\"3\",\"mode\":\"proxy\"}",
	  "{\"mode\":\"proxy\",\"take_last\":3,\"upstream\":\"https://a.example\"}" },
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
	{ "{\"upstream\":\"charts.example.org\"}", "upstream: \"charts.example.org\" is no address" },
	{ "{\"mode\":\"copy\"}", "catalog proxy mirror" },
	{ "{\"drop_max_percent\":101}", "not between 0 and 100" },
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
		assert_int_equal(repo_settings_merge(&a, str_c(refused[i].json), &s, NULL), ERR_INVALID);
	}
}

static const struct { const char *rules, *kind, *why; } together[] = {
	{ "", "hosted", NULL },
	{ "keep_last=3;overwrite=true;description=x;known_as=https://a", "hosted", NULL },
	{ "mode=catalog;take_last=0", "hosted", NULL },
	{ "upstream=https://a.example", "upstream", NULL },
	{ "upstream=http://127.0.0.1:8080/charts/;allow_private=true;take_charts=a*;known_as=https://b", "upstream",
	  NULL },
	{ "upstream=oci://ghcr.io/team/charts;max_bytes=1g", "upstream", NULL },
	{ "upstream=oci://ghcr.io/team/charts;keyring=x", "upstream", "keyring: not a keyring" },
	{ "keyring=-----BEGIN PGP PRIVATE KEY BLOCK-----", "hosted", "keyring: the keyring has a secret key" },
	{ "known_as=https://a/b@c", "hosted", NULL },
	{ "known_as=https://a https://ann:word@b/x", "hosted", "known_as: an address with a user is not taken" },
	{ "upstream=https://a.example/a@b", "upstream", NULL },
	{ "members=a b/c;pins=x=a;own_names=y*;take_signed=true;cooldown_days=3", "virtual", NULL },
	{ "upstream=https://a.example;members=a", "upstream", "upstream, members: a repository follows another" },
	{ "mode=mirror", "hosted", "mode: a hosted repository has no such setting" },
	{ "take_charts=redis", "hosted", "take_charts: a hosted repository has no such setting" },
	{ "pins=a=b", "hosted", "pins: a hosted repository has no such setting" },
	{ "upstream=https://a.example;keep_last=3", "upstream", "keep_last: an upstream repository has no such setting" },
	{ "upstream=https://a.example;cooldown_days=3", "upstream", "cooldown_days: " },
	{ "members=a;mode=proxy", "virtual", "mode: a virtual repository has no such setting" },
	{ "members=a;known_as=https://b", "virtual", "known_as: " },
	{ "upstream=https://a https://b", "upstream", "upstream: one address is expected, and the character at 10" },
	{ "upstream= ", "upstream", "upstream: one address is expected" },
	{ "upstream=https://a\\b", "upstream", "the character at 10" },
	{ "upstream=https://ann:word@a.example/x", "upstream", "upstream: an address with a user is not taken" },
	{ "upstream=https://a.example?x", "upstream", "without ? and #" },
	{ "upstream=https://a.example/#x", "upstream", "without ? and #" },
	{ "upstream=https://a.example;take_versions=new", "upstream", "take_versions: improper constraint" },
	{ "members=a;take_kube=2", "virtual", "take_kube: " },
	{ "members=all", "virtual", "members: \"all\" is the repository itself" },
	{ "members=a;pins=x=b", "virtual", "\"b\" is no member" },
};

static void t_together(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(together); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct errinfo e = { 0 };
		struct repo_settings s;
		const char *why = together[i].why;
		set_rules(&a, together[i].rules, &s);
		assert_string_equal(repo_kind_word(repo_kind(&s)), together[i].kind);
		enum err err = repo_settings_judge(&a, STR("all"), NULL, &s, &e);
		if (err != (why ? ERR_INVALID : OK) || (why && !strstr(e.detail, why)))
			fail_msg("%s: %s", together[i].rules, e.detail);
		assert_null(strstr(e.detail, "word@"));
	}
}

/* It may be older than what is asked of one today, and is then no reason to refuse something else. */
static void t_a_keyring_that_stays(void **state)
{
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo e = { 0 };
	struct repo_settings was, is;
	(void)state;
	set_rules(&a, "keyring=x", &was);
	set_rules(&a, "keyring=x;description=y", &is);
	assert_int_equal(repo_settings_judge(&a, STR("all"), &was, &is, &e), OK);
	is.keyring = STR("z");
	assert_int_equal(repo_settings_judge(&a, STR("all"), &was, &is, &e), ERR_INVALID);
}

/* The words of the table, and what they mean to the program. */
static void t_of_kinds(void **state)
{
	static const struct { enum repo_setting_id id; unsigned of; } rows[] = {
		{ REPO_SETTING_description, REPO_HOSTED | REPO_UPSTREAM | REPO_VIRTUAL },
		{ REPO_SETTING_keep_last, REPO_HOSTED }, { REPO_SETTING_mode, REPO_UPSTREAM },
		{ REPO_SETTING_members, REPO_VIRTUAL }, { REPO_SETTING_keyring, REPO_HOSTED | REPO_UPSTREAM },
		{ REPO_SETTING_take_last, REPO_UPSTREAM | REPO_VIRTUAL },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_int_equal(repo_setting_row(rows[i].id)->of, rows[i].of);
}

static void t_modes(void **state)
{
	static const struct { const char *rules; enum upstream_mode mode; bool here; } rows[] = {
		{ "", UPSTREAM_CATALOG, false }, { "links=here", UPSTREAM_CATALOG, true },
		{ "mode=proxy", UPSTREAM_PROXY, true }, { "mode=proxy;links=origin", UPSTREAM_PROXY, false },
		{ "mode=mirror", UPSTREAM_MIRROR, true },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct repo_settings s;
		set_rules(&a, rows[i].rules, &s);
		assert_int_equal(upstream_mode(&s), rows[i].mode);
		assert_int_equal(upstream_links_here(&s), rows[i].here);
	}
}

/* Of its kind, with the defaults. */
static void t_own(void **state)
{
	static const struct { const char *rules, *has, *has_not; } rows[] = {
		{ "keep_last=3", "\"keep_last\":3,", "mode" },
		{ "upstream=https://a", "\"mode\":\"catalog\",", "keep_last" },
		{ "members=a", "\"members\":\"a\",", "mode" },
		{ "private=true", "\"private\":true,", "members" },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf own = sbuf_make(REPO_SETTINGS_MAX_BYTES), all = sbuf_make(REPO_SETTINGS_MAX_BYTES);
		struct repo_settings s;
		set_rules(&a, rows[i].rules, &s);
		repo_settings_json_own(&own, repo_kind(&s), &s);
		repo_settings_json_all(&all, &s);
		assert_non_null(strstr(own.p, rows[i].has));
		assert_null(strstr(own.p, rows[i].has_not));
		assert_non_null(strstr(all.p, rows[i].has));
		assert_non_null(strstr(all.p, rows[i].has_not));
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
		cmocka_unit_test(t_accepted), cmocka_unit_test(t_refused), cmocka_unit_test(t_together),
		cmocka_unit_test(t_a_keyring_that_stays),
		cmocka_unit_test(t_of_kinds), cmocka_unit_test(t_modes), cmocka_unit_test(t_own),
		cmocka_unit_test(t_the_table_is_sorted),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("repository settings", tests, NULL, NULL);
}
