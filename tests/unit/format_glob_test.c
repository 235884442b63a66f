/* Patterns of roles: what they match, and that no pattern takes long. */
#include "in_time.h"

#include "indexer/base/limits.h"
#include "indexer/format/glob.h"

struct row { const char *pattern, *text; bool matches; };

static const struct row matches[] = {
	{ "main", "main", true }, { "main", "Main", false }, { "main", "main2", false },
	{ "main", "mai", false }, { "main", "", false },
	{ "*", "main", true }, { "*", "team-a/stable", true }, { "*", "", true },
	{ "team-a/*", "team-a/stable", true }, { "team-a/*", "team-a", false },
	{ "team-a/*", "team-a/", true }, { "team-a/*", "team-a/b/c", false },
	{ "team-a/*", "team-ab/stable", false }, { "team-*", "team-a/stable", false },
	{ "team-*", "team-a", true }, { "team-**", "team-a/stable", true },
	{ "team-*/*", "team-a/stable", true }, { "*/stable", "team-a/stable", true },
	{ "*/stable", "stable", false }, { "*e*", "stable", true }, { "*e*", "a/stable", false },
	{ "**", "team-a/stable", true }, { "**", "", true }, { "**e", "team-a/stable", true },
	{ "**/stable", "a/b/stable", true }, { "**a", "team-a/stable", false },
	{ "***", "a/b", true }, { "*?", "a", true }, { "*?", "", false }, { "?*", "/a", false },
	{ "?", "a", true }, { "?", "/", false }, { "?", "", false }, { "?", "ab", false },
	{ "r?dis", "redis", true }, { "a?b", "a/b", false },
	{ "redis*", "redis", true }, { "redis*", "redis-cluster", true }, { "*redis", "xredisredis", true },
	{ "a*b*c", "aXbXbXc", true }, { "a*b*c", "aXcXb", false }, { "a*b", "a/b", false },
	{ "a**b*c", "a/x/bxc", true }, { "a**b*c", "a/x/bx/c", false }, { "a*b**c", "axb/bx/c", true },
	{ "a.b", "axb", false }, { "[a]", "a", false }, { "", "", true }, { "", "a", false },
};

static void matching(void **state)
{
	const struct row *row = *state;
	assert_int_equal(glob_match(str_c(row->pattern), str_c(row->text)), row->matches);
}

static void checking(void **state)
{
	static const struct { struct str pattern; bool good; } rows[] = {
		{ STR("*"), true }, { STR("team-a/*"), true }, { STR("a b"), true }, { STR("**"), true },
		{ STR("A_1.0+x/?"), true }, { STR(""), false }, { STR("/"), false }, { STR("/a"), false },
		{ STR("a/"), false }, { STR("a//b"), false }, { STR("[a]"), false }, { STR("{a,b}"), false },
		{ STR("!a"), false }, { STR("a:b"), false }, { STR("a\\b"), false }, { STR("a\0b"), false },
		{ STR("a\n"), false }, { STR("\xc3\xa4"), false },
	};
	char longest[GLOB_MAX_BYTES + 1];
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if ((glob_check(rows[i].pattern, NULL) == OK) != rows[i].good)
			fail_msg("%.*s", STR_ARG(rows[i].pattern));
	memset(longest, 'a', sizeof longest);
	assert_int_equal(glob_check(str_make(longest, GLOB_MAX_BYTES), NULL), OK);
	assert_int_equal(glob_check(str_make(longest, sizeof longest), NULL), ERR_INVALID);
	assert_true(glob_match(str_make(longest, GLOB_MAX_BYTES), str_make(longest, GLOB_MAX_BYTES)));
	assert_false(glob_match(str_make(longest, sizeof longest), str_make(longest, sizeof longest)));
}

/* What takes a matcher that tries one way after the other longer than the universe has. */
static void no_pattern_is_slow(void **state)
{
	char pattern[GLOB_MAX_BYTES], text[GLOB_MAX_BYTES];
	double before = core_seconds();
	(void)state;
	memset(text, 'a', sizeof text);
	for (size_t i = 0; i < sizeof pattern; i++)
		pattern[i] = i % 2 ? '*' : 'a';
	pattern[sizeof pattern - 1] = 'b';
	assert_false(glob_match(str_make(pattern, sizeof pattern), str_make(text, sizeof text)));
	memset(pattern, '*', sizeof pattern - 1);
	assert_false(glob_match(str_make(pattern, sizeof pattern), str_make(text, sizeof text)));
	assert_in_time("globs", core_seconds() - before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(checking),
		cmocka_unit_test(no_pattern_is_slow),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + RUN_TABLE("glob", matching, matches);
}
