/* The sections credentials, upstreams and virtual of the settings file: what they become, what is
 * refused in which words, and that no secret is shown.                                        */
#include "work_folder.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/repo_settings.h"
#include "server/config.h"

static int put_secrets(void **state)
{
	if (enter(state))
		return -1;
	put("secret", "canary\n", 0640);
	put("open", "canary\n", 0644);
	put("empty", "\n", 0600);
	put("lines", "one\ntwo\n", 0600);
	put("cert.pem", "PEM", 0600);
	return setenv("UPSTREAM_SECRET", "from-env", 1);
}

static enum err load(struct config *c, const char *yaml, struct sbuf *problems)
{
	struct errinfo e = { 0 };
	put("c.yaml", yaml, 0600);
	*c = (struct config){ 0 };
	assert_int_equal(config_defaults(c, &e), OK);
	enum err err = config_load(c, "c.yaml", NULL, problems, &e);
	assert_int_equal(err, e.code);
	return err;
}

/* ---- upstreams and virtual repositories ---- */

static const struct declared {
	const char *yaml, *name, *settings;      /* of the last one; settings as they differ */
} declared[] = {
	{ "upstreams:\n- {name: a, url: \"https://a.example\"}\n", "a", "{\"upstream\":\"https://a.example\"}" },
	{ "upstreams:\n- {name: t/a, upstream: \"https://a.example\", mode: proxy}\n", "t/a",
	  "{\"mode\":\"proxy\",\"upstream\":\"https://a.example\"}" },
	{ "upstreams:\n- {name: a, url: \"http://127.0.0.1:8080/x\", allow_private: true}\n", "a",
	  "{\"allow_private\":true,\"upstream\":\"http://127.0.0.1:8080/x\"}" },
	{ "upstreams:\n- name: a\n  url: https://a.example\n  take_charts:\n  - 'r*'\n  - '!redis'\n", "a",
	  "{\"take_charts\":\"r* !redis\",\"upstream\":\"https://a.example\"}" },
	{ "upstreams:\n- {name: a, url: \"https://a.example\", take_charts: \"r* !redis\"}\n", "a",
	  "{\"take_charts\":\"r* !redis\",\"upstream\":\"https://a.example\"}" },
	{ "upstreams:\n- {name: a, url: \"https://a.example\", maintainers: [A <a@b>, B C]}\n", "a",
	  "{\"maintainers\":\"A <a@b>\\nB C\",\"upstream\":\"https://a.example\"}" },
	{ "virtual:\n- {name: all, members: [main, a], pins: [x=a, y=main]}\n", "all",
	  "{\"members\":\"main a\",\"pins\":\"x=a y=main\"}" },
	{ "virtual:\n- {name: all, members: main, cooldown_days: 3}\n", "all",
	  "{\"cooldown_days\":3,\"members\":\"main\"}" },
	{ "upstreams:\n- {name: a, url: \"https://a.example\"}\nrepositories: [{name: b, keep_last: 3}]\n", "b",
	  "{\"keep_last\":3}" },
};

static void what_is_declared(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(declared); i++) {
		AUTO_SBUF struct sbuf problems = sbuf_make(KIB), json = sbuf_make(KIB);
		struct config c;
		struct repo_settings s;
		if (load(&c, declared[i].yaml, &problems))
			fail_msg("%s", problems.p);
		const struct declared_repo *last = &c.repositories.list[c.repositories.count - 1];
		assert_true(str_eq_c(last->name, declared[i].name));
		repo_settings_default(&s);
		assert_int_equal(repo_settings_merge(&c.arena, last->settings, &s, NULL), OK);
		repo_settings_json(&json, &s);
		assert_string_equal(json.p, declared[i].settings);
		config_done(&c);
	}
}

/* ---- problems ---- */

#define UP "c.yaml:2: upstreams: "
#define VIRTUAL "c.yaml:2: virtual: "
#define CREDENTIALS "c.yaml:2: credentials: "
#define FIELDS "name, origin, username, password_file, password_env, bearer_file, bearer_env, header, " \
	"header_file, header_env, certificate, key, ca, proxy, token_origin"

static const struct { const char *section, *item, *text; } problems_of[] = {
	{ "upstreams", "{name: a}", UP "url is missing: the address of the repository that it follows\n" },
	{ "upstreams", "{name: A, url: \"https://a\"}", UP "repository \"A\"" },
	{ "upstreams", "{name: a, url: \"https://u:p@a.example\"}", UP "upstream: " },
	{ "upstreams", "{name: a, url: \"ftp://a\"}",
	  UP "upstream: \"ftp://a\" is no address that begins with https://, http:// or oci://\n" },
	{ "upstreams", "{name: a, url: \"http://127.0.0.1\"}", UP "upstream: 127.0.0.1 is not a public address; "
	  "if it is meant, say --allow-private (the setting allow_private)\n" },
	{ "upstreams", "{name: a, url: \"http://[::1]:8080\"}", UP "upstream: ::1 is not a public address" },
	{ "upstreams", "{name: a, url: \"http://0x7f.1\"}", UP "upstream: 127.0.0.1 is not a public address" },
	{ "upstreams", "{name: a, url: \"http://169.254.169.254\", allow_private: true}",
	  UP "upstream: 169.254.169.254 is an address that nothing is ever asked of: link-local, multicast "
	  "or reserved\n" },
	{ "upstreams", "{name: a, url: \"https://a\", members: [b]}",
	  UP "upstream, members: a repository follows another server or has members, not both\n" },
	{ "upstreams", "{name: a, url: \"https://a\", keep_last: 3}", UP "keep_last: a" },
	{ "upstreams", "{name: a, url: \"https://a\", mode: [proxy]}", UP "mode: a single value is expected\n" },
	{ "upstreams", "{name: a, url: \"https://a\", mode: copy}",
	  UP "mode: \"copy\" is not one of: catalog proxy mirror\n" },
	{ "upstreams", "{name: a, url: \"https://a\", take_charts: [a b]}",
	  UP "take_charts: one text without spaces is expected for each item\n" },
	{ "upstreams", "a", UP "name: NAME is expected, and settings\n" },
	{ "upstreams", "{name: null, url: \"https://a\"}", UP "repository \"\"" },
	{ "upstreams", "{name: a, url: ~}", UP "url is missing: the address of the repository that it follows\n" },
	{ "virtual", "{name: a, members: [null]}", VIRTUAL "members: one text without spaces is expected for each item\n" },
	{ "credentials", "{name: a, origin: \"https://a\", username: ~, password_file: secret}",
	  CREDENTIALS "username: a text is expected\n" },
	{ "virtual", "{name: a}", VIRTUAL "members is missing: the repositories that it shows\n" },
	{ "virtual", "{name: a, url: \"https://a\"}", VIRTUAL "a repository has no setting \"url\"" },
	{ "repositories", "{name: a, upstream: \"https://a\"}",
	  "c.yaml:2: repositories: one that follows another server is declared in upstreams, one with members "
	  "in virtual\n" },
	{ "credentials", "{name: a, username: u, password_file: secret}",
	  CREDENTIALS "origin is missing: where they are sent, https://HOST\n" },
	{ "credentials", "{name: a, origin: \"https://a/x\"}", CREDENTIALS "origin: \"https://a/x\" is not an "
	  "address like https://charts.example.org, without a path\n" },
	{ "credentials", "{name: a, origin: a}", CREDENTIALS "origin: \"a\" is not an address like" },
	{ "credentials", "{name: a/b, origin: \"https://a\"}",
	  CREDENTIALS "name: \"a/b\" is not a name of a-z, 0-9, '.', '_' and '-'\n" },
	{ "credentials", "{name: a, origin: \"https://a\", password: x}",
	  CREDENTIALS "unknown field \"password\"; there are: " FIELDS "\n" },
	{ "credentials", "{name: a, origin: \"https://a\", username: u}",
	  CREDENTIALS "username and password_file or password_env belong together\n" },
	{ "credentials", "{name: a, origin: \"https://a\", username: u, password_file: open}",
	  CREDENTIALS "password_file: open holds a secret, and everybody on this machine may read it; say: "
	  "chmod o= open\n" },
	{ "credentials", "{name: a, origin: \"https://a\", bearer_file: absent}",
	  CREDENTIALS "bearer_file: absent does not exist\n" },
	{ "credentials", "{name: a, origin: \"https://a\", bearer_file: empty}",
	  CREDENTIALS "bearer_file: empty: is empty\n" },
	{ "credentials", "{name: a, origin: \"https://a\", bearer_file: lines}",
	  CREDENTIALS "bearer_file: lines: one line of text is expected\n" },
	{ "credentials", "{name: a, origin: \"https://a\", bearer_env: NOT_THERE}",
	  CREDENTIALS "bearer_env: the environment has no NOT_THERE\n" },
	{ "credentials", "{name: a, origin: \"https://a\", bearer_env: UPSTREAM_SECRET, bearer_file: secret}",
	  CREDENTIALS "a secret comes from a file or from the environment, not from both\n" },
	{ "credentials", "{name: a, origin: \"https://a\", username: u, password_file: secret, "
	  "bearer_file: secret}", CREDENTIALS "username and a bearer token exclude each other\n" },
	{ "credentials", "{name: a, origin: \"https://a\", header: \"X: y\", header_file: secret}",
	  CREDENTIALS "header: \"X: y\" is not the name of a header like X-Api-Key\n" },
	{ "credentials", "{name: a, origin: \"https://a\", header: X-Key}",
	  CREDENTIALS "header and header_file or header_env belong together\n" },
	{ "credentials", "{name: a, origin: \"https://a\", certificate: cert.pem}",
	  CREDENTIALS "certificate and key belong together\n" },
	{ "credentials", "{name: a, origin: \"https://a\", certificate: open, key: open}",
	  CREDENTIALS "key: open holds a secret, and everybody on this machine may read it; say: chmod o= open\n" },
	{ "credentials", "{name: a, origin: \"https://a\", certificate: open, key: absent}",
	  CREDENTIALS "key: absent does not exist\n" },
	{ "credentials", "{name: a, origin: \"https://a\", ca: absent}",
	  CREDENTIALS "ca: absent does not exist or cannot be read\n" },
};

static void every_problem_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(problems_of); i++) {
		AUTO_SBUF struct sbuf problems = sbuf_make(2 * KIB), yaml = sbuf_make(KIB);
		struct config c;
		struct str text = str_c(problems_of[i].text);
		sbuf_printf(&yaml, "%s:\n- %s\n", problems_of[i].section, problems_of[i].item);
		if (load(&c, yaml.p, &problems) != ERR_CONFIG)
			fail_msg("not refused: %s", yaml.p);
		if (str_ends(text, STR("\n")))
			assert_string_equal(problems.p, problems_of[i].text);
		else if (!str_starts(sbuf_str(&problems), text))
			fail_msg("%s is not %s", problems.p, problems_of[i].text);
		if (strstr(problems.p, "canary") || strstr(problems.p, "from-env"))
			fail_msg("a secret: %s", problems.p);
		config_done(&c);
	}
}

static void a_name_stands_once_in_all_sections(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf problems = sbuf_make(KIB);
	struct config c;
	assert_int_equal(load(&c, "repositories: [{name: a}]\nvirtual: [{name: b, members: a}]\n"
	                      "upstreams: [{name: a, url: \"https://a\"}, {name: b, url: \"https://a\"}]\n"
	                      "credentials: [{name: a, origin: \"https://a\"}, {name: a, origin: \"https://a\"}]\n",
	                      &problems), ERR_CONFIG);
	assert_string_equal(problems.p, "c.yaml:3: upstreams: \"a\" stands twice\n"
	                    "c.yaml:3: upstreams: \"b\" stands twice\nc.yaml:4: credentials: \"a\" stands twice\n");
	config_done(&c);
}

/* ---- credentials ---- */

static const char several[] =
	"credentials:\n"
	"- {name: basic, origin: \"https://a\", username: u, password_file: secret}\n"
	"- {name: token, origin: \"https://b:8443\", bearer_env: UPSTREAM_SECRET, proxy: \"http://p:3128\"}\n"
	"- {name: head, origin: \"https://c\", header: X-Key, header_file: secret}\n"
	"- {name: tls, origin: \"https://d\", certificate: cert.pem, key: cert.pem, ca: cert.pem}\n"
	"- {name: registry, origin: \"https://e\", token_origin: \"https://auth.e\", username: u, "
	"password_file: secret}\n";

/* Each member of the access as text. */
static void put_access(struct sbuf *b, const struct outgoing_access *x)
{
	const char *const members[] = { x->origin, x->user, x->password, x->bearer, x->header,
	                                x->certificate, x->key, x->ca, x->proxy, x->token_origin };
	sbuf_printf(b, "%d", x->allow_private);
	for (size_t i = 0; i < sizeof members / sizeof *members; i++)
		sbuf_printf(b, " %s", members[i] ? members[i] : "-");
}

static void what_requests_take_along(void **state)
{
	(void)state;
	static const struct { const char *name, *access; } table[] = {
		{ "basic", "0 https://a u canary - - - - - - -" },
		{ "token", "0 https://b:8443 - - from-env - - - - http://p:3128 -" },
		{ "head", "0 https://c - - - X-Key: canary - - - - -" },
		{ "tls", "0 https://d - - - - cert.pem cert.pem cert.pem - -" },
		{ "registry", "0 https://e u canary - - - - - - https://auth.e" },
	};
	AUTO_SBUF struct sbuf problems = sbuf_make(KIB);
	AUTO_ARENA struct arena kept = { 0 };
	struct declared_credentials copy;
	struct config c;
	assert_int_equal(load(&c, several, &problems), OK);
	assert_int_equal(config_copy_credentials(&kept, &c.credentials, &copy, NULL), OK);
	config_done(&c);                 /* the copy must not hang on it */
	for (size_t i = 0; i < ROWS(table); i++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf text = sbuf_make(KIB);
		struct outgoing_access access;
		struct errinfo e = { 0 };
		assert_int_equal(config_credential_access(&a, &copy, str_c(table[i].name), &access, &e), OK);
		put_access(&text, &access);
		assert_string_equal(text.p, table[i].access);
	}
}

/* A secret that changed counts at once, and one that got into the open does not. */
static void secrets_are_read_when_used(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf problems = sbuf_make(KIB);
	AUTO_ARENA struct arena a = { 0 };
	struct outgoing_access access;
	struct config c;
	struct errinfo e = { 0 };
	assert_int_equal(load(&c, several, &problems), OK);
	put("secret", "other", 0600);
	assert_int_equal(config_credential_access(&a, &c.credentials, STR("basic"), &access, &e), OK);
	assert_string_equal(access.password, "other");
	put("secret", "canary\n", 0644);
	assert_int_equal(config_credential_access(&a, &c.credentials, STR("basic"), &access, &e), ERR_CONFIG);
	assert_string_equal(e.detail, "credentials \"basic\": secret holds a secret, and everybody on this "
	                    "machine may read it; say: chmod o= secret");
	assert_int_equal(config_credential_access(&a, &c.credentials, STR("none"), &access, &e),
	                 ERR_NOT_FOUND);
	put("secret", "canary\n", 0640);
	put("cert.pem", "PEM", 0604);
	assert_int_equal(config_credential_access(&a, &c.credentials, STR("tls"), &access, &e), ERR_CONFIG);
	assert_string_equal(e.detail, "credentials \"tls\": cert.pem holds a secret, and everybody on this machine may "
	                    "read it; say: chmod o= cert.pem");
	put("cert.pem", "PEM", 0600);
	config_done(&c);
}

static void no_secret_is_shown(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf problems = sbuf_make(KIB), text = sbuf_make(KIB), json = sbuf_make(KIB);
	struct config c;
	assert_int_equal(load(&c, several, &problems), OK);
	config_put_credential(&text, &c.credentials.list[0]);
	assert_string_equal(text.p, "origin=https://a, username=u, password_file=secret");
	sbuf_putc(&json, '{');
	config_put_credential_json(&json, &c.credentials.list[1]);
	assert_string_equal(json.p, "{\"origin\":\"https://b:8443\",\"bearer_env\":\"UPSTREAM_SECRET\","
	                    "\"proxy\":\"http://p:3128\"");
	config_done(&c);
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_declared),
		cmocka_unit_test(every_problem_is_told),
		cmocka_unit_test(a_name_stands_once_in_all_sections),
		cmocka_unit_test(what_requests_take_along),
		cmocka_unit_test(secrets_are_read_when_used),
		cmocka_unit_test(no_secret_is_shown),
	};
	return cmocka_run_group_tests_name("upstreams in settings", tests, put_secrets, leave);
}
