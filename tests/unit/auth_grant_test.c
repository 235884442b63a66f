/* Role lines: what they allow, what covers what, and what is none. */
#include "table.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/auth/grant.h"

static struct grants parse(struct arena *a, const char *lines)
{
	struct grants g = { 0 };
	struct errinfo e = { 0 };
	if (grants_parse(a, str_c(lines), true, &g, &e))
		fail_msg("%s: %s", lines, e.detail);
	return g;
}

static void t_auth_05_what_lines_allow(void **state)
{
	static const struct { const char *lines; enum role role; const char *repo, *chart; bool may; } rows[] = {
		{ "", ROLE_PULL, "a", "", false },
		{ "pull:a", ROLE_PULL, "a", "", true },
		{ "pull:a", ROLE_PULL, "b", "", false },
		{ "pull:a", ROLE_PULL, "a/b", "", false },
		{ "pull:a", ROLE_PUSH, "a", "", false },
		{ "push:a", ROLE_PULL, "a", "", false },
		{ "push:a", ROLE_DELETE, "a", "", false },
		{ "delete:a", ROLE_PUSH, "a", "", false },
		{ "admin:a", ROLE_PULL, "a", "", true },
		{ "admin:a", ROLE_PUSH, "a", "x", true },
		{ "admin:a", ROLE_DELETE, "a", "", true },
		{ "push:a", ROLE_ADMIN, "a", "", false },
		{ "pull:*", ROLE_PULL, "team/a", "", true },
		{ "pull:team/*", ROLE_PULL, "team/a", "", true },
		{ "pull:team/*", ROLE_PULL, "team", "", false },
		{ "pull:team-?", ROLE_PULL, "team-b", "", true },
		{ "push:a:redis*", ROLE_PUSH, "a", "redis-ha", true },
		{ "push:a:redis*", ROLE_PUSH, "a", "nginx", false },
		{ "push:a:redis*", ROLE_PUSH, "a", "", true },
		{ "push:a:redis\npush:a:nginx", ROLE_PUSH, "a", "nginx", true },
		{ "push:a:redis\npush:b", ROLE_PUSH, "b", "nginx", true },
		{ "\n pull:a \n\n", ROLE_PULL, "a", "", true },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct grants g = parse(&a, rows[i].lines);
		if (grants_allow(&g, rows[i].role, str_c(rows[i].repo), str_c(rows[i].chart)) != rows[i].may)
			fail_msg("\"%s\" %d %s %s: not %d", rows[i].lines, rows[i].role, rows[i].repo,
			         rows[i].chart, rows[i].may);
	}
}

static void t_auth_everywhere(void **state)
{
	static const struct { const char *lines; bool manage, see_all, push_somewhere; } rows[] = {
		{ "", false, false, false }, { "admin:*", true, true, true }, { "admin:**", true, true, true },
		{ "pull:*", false, true, false }, { "push:*", false, false, true },
		{ "admin:a", false, false, true }, { "pull:a\npush:a:redis", false, false, true },
		{ "delete:*", false, false, false }, { "admin:team/*\npull:*", false, true, true },
		{ "pull:?", false, false, false },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct grants g = parse(&a, rows[i].lines);
		assert_int_equal(grants_manage(&g), rows[i].manage);
		assert_int_equal(grants_see_all(&g), rows[i].see_all);
		assert_int_equal(grants_allow_somewhere(&g, ROLE_PUSH), rows[i].push_somewhere);
	}
}

static void t_auth_15_nobody_hands_on_more(void **state)
{
	static const struct { const char *wider, *narrower; bool covers; } rows[] = {
		{ "", "", true }, { "pull:a", "", true }, { "", "pull:a", false },
		{ "admin:*", "admin:*", true }, { "admin:*", "push:a:x", true },
		{ "admin:*", "pull:*\npush:a\ndelete:b/c", true },
		{ "admin:a", "admin:*", false }, { "admin:a", "pull:*", false },
		{ "admin:a", "push:a", true }, { "push:a", "admin:a", false },
		{ "pull:a", "push:a", false }, { "push:a", "pull:a", false },
		{ "push:a:x", "push:a", false }, { "push:a", "push:a:x", true },
		{ "push:a:x*", "push:a:xy", true }, { "push:a:x*", "push:a:y", false },
		{ "push:a:x*", "push:a:x*z", true }, { "push:a:*", "push:a", true },
		{ "pull:team/*", "pull:team/a", true }, { "pull:team/*", "pull:team/a*", true },
		{ "pull:team/*", "pull:*", false }, { "pull:team/*", "pull:**", false },
		{ "pull:team*", "pull:team**", false }, { "pull:team**", "pull:team/x", true },
		{ "pull:team-?", "pull:team-a", false },         /* in doubt no */
		{ "pull:team-?", "pull:team-*", false }, { "pull:?*", "pull:*", false },
		{ "pull:team-?", "pull:team-?", true },
		{ "pull:a\npull:b", "pull:b\npull:a", true }, { "pull:a", "pull:a\npull:b", false },
	};
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct grants wider = parse(&a, rows[i].wider), narrower = parse(&a, rows[i].narrower);
		if (grants_cover(&wider, &narrower) != rows[i].covers)
			fail_msg("\"%s\" covers \"%s\": not %d", rows[i].wider, rows[i].narrower,
			         rows[i].covers);
	}
}

static void t_auth_lines_that_are_none(void **state)
{
	static const struct { const char *line, *why; } rows[] = {
		{ "pull", "pull" }, { "pull:", "role" }, { ":a", "begins with" }, { "read:a", "begins with" },
		{ "Pull:a", "begins with" }, { "pull:a:x", "only push" }, { "admin:a:x", "only push" },
		{ "push:a:", "role" }, { "push:[a]", "role" }, { "push:a:x:y", "role" },
		{ "pull:a\npush:", "push:" },
	};
	struct errinfo e;
	struct grants g;
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		if (grants_parse(&a, str_c(rows[i].line), true, &g, &e) != ERR_INVALID ||
		    !strstr(e.detail, rows[i].why))
			fail_msg("%s: %s", rows[i].line, e.detail);
	}
	AUTO_ARENA struct arena a = { 0 };
	assert_int_equal(grants_parse(&a, STR("push:a:x"), false, &g, &e), ERR_INVALID);
	AUTO_SBUF struct sbuf many = sbuf_make(MIB);
	for (unsigned i = 0; i < ROLES_MAX; i++)
		sbuf_puts(&many, "pull:a\n");
	assert_int_equal(grants_parse(&a, sbuf_str(&many), true, &g, &e), OK);
	assert_int_equal(g.count, ROLES_MAX);
	sbuf_puts(&many, "pull:a\n");
	assert_int_equal(grants_parse(&a, sbuf_str(&many), true, &g, &e), ERR_INVALID);
}

static void t_auth_lines_again(void **state)
{
	static const struct { const char *lines, *written; } rows[] = {
		{ "", "" }, { "pull:*", "pull:*\n" }, { "\n  admin:team/* \n\n", "admin:team/*\n" },
		{ "push:a:redis*\ndelete:b", "push:a:redis*\ndelete:b\n" },
	};
	struct sbuf nothing = sbuf_make(KIB);
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf b = sbuf_make(KIB);
		struct grants g = parse(&a, rows[i].lines);
		grants_put(&g, &b);
		assert_true(str_eq_c(sbuf_str(&b), rows[i].written));
	}
	grants_put(NULL, &nothing);
	assert_int_equal(nothing.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_auth_05_what_lines_allow),
		cmocka_unit_test(t_auth_everywhere),
		cmocka_unit_test(t_auth_15_nobody_hands_on_more),
		cmocka_unit_test(t_auth_lines_that_are_none),
		cmocka_unit_test(t_auth_lines_again),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
