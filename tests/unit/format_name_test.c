/* Names in URLs and paths: what is a repository, a file, a segment, a query value. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/format/name.h"

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void t_repo_name(void **state)
{
	(void)state;
	static const struct { const char *name; bool good; } table[] = {
		{ "main", true }, { "a", true }, { "0", true }, { "stable-2.x_y", true },
		{ "team-a/stable", true }, { A63, true }, { A63 "/" A63, true },
		{ "main/main", true }, { "prov", true }, { "team/search", true }, { "chart", true },
		{ "", false }, { "/", false }, { "a/", false }, { "/a", false }, { "a//b", false },
		{ "a/b/c", false }, { "a/b/", false }, { A63 "a", false }, { "a/" A63 "a", false },
		{ ".", false }, { "..", false }, { "../a", false }, { "a/..", false }, { ".a", false },
		{ "-a", false }, { "_a", false }, { "A", false }, { "aB", false }, { "a b", false },
		{ "a~b", false }, { "a%2eb", false }, { "a\\b", false }, { "a+b", false },
		{ "caf\xc3\xa9", false }, { "\xd0\xb0", false }, { "a\n", false }, { "@7", false },
		{ "a/@7", false }, { "charts", false }, { "api", false }, { "v2", false },
		{ "charts/a", false }, { "a/charts", false }, { "a/prov", false },
		{ "a/index.yaml", false },
	};
	for (size_t i = 0; i < ROWS(table); i++)
		if ((repo_name_check(str_c(table[i].name), NULL) == OK) != table[i].good)
			fail_msg("%s", table[i].name);
	assert_int_equal(repo_name_check(STR("a\0b"), NULL), ERR_INVALID);
}

/* The words of architecture.md §4, all of them. */
static void t_repo_reserved(void **state)
{
	(void)state;
	static const char first[] =
		"search packages repos index.yaml index.json charts api v2 health healthz livez readyz "
		"metrics info static helm v1 v4 chartsvc login logout account admin hooks badge image "
		"feed styleguide upstreams robots.txt sitemap.xml opensearch.xml favicon.ico control @1";
	static const char second[] = "charts prov api index.yaml index.json @1 @";
	static const char neither[] = "main stable chart v3 v22 ap apis Charts";
	struct str words = str_c(first);
	while (words.n) {
		struct str word = str_cut(&words, ' ', NULL);
		if (!repo_first_segment_is_reserved(word))
			fail_msg("%.*s is free", STR_ARG(word));
	}
	for (words = str_c(second); words.n;)
		assert_true(repo_second_segment_is_reserved(str_cut(&words, ' ', NULL)));
	for (words = str_c(neither); words.n;) {
		struct str word = str_cut(&words, ' ', NULL);
		assert_false(repo_first_segment_is_reserved(word));
		assert_false(repo_second_segment_is_reserved(word));
	}
	assert_false(repo_first_segment_is_reserved(STR("prov")));
	assert_false(repo_second_segment_is_reserved(STR("search")));
}

static void t_repo_name_detail(void **state)
{
	(void)state;
	static const struct { const char *name, *detail; } table[] = {
		{ "Team", "repository \"Team\": a segment is 1 to 63 of a-z, 0-9, '.', '_' and '-', and "
		          "begins with a letter or a digit" },
		{ "a/charts", "repository \"a/charts\": \"charts\" is reserved for addresses of this program; "
		  "choose another name" },
		{ "a/b/c", "repository \"a/b/c\": more than two segments" },
		{ "a/", "repository \"a/\": a name does not end in '/'" },
		{ "a/b/", "repository \"a/b/\": a name does not end in '/'" },
	};
	for (size_t i = 0; i < ROWS(table); i++) {
		struct errinfo e = { 0 };
		assert_int_equal(repo_name_check(str_c(table[i].name), &e), ERR_INVALID);
		assert_string_equal(e.detail, table[i].detail);
	}
}

static void t_meta_02_file_name(void **state)
{
	(void)state;
	static const struct { const char *file; bool safe; } table[] = {
		{ "redis-1.2.3.tgz", true }, { "redis-1.2.3.tgz.prov", true },
		{ "Bad_Name.x-1.0.0+b.1.tgz", true }, { "foo bar-0.1.0.tgz", true }, { "a.tgz", true },
		{ "a..b-1.0.0.tgz", true }, { "1-1.tgz", true },
		{ "", false }, { ".tgz", false }, { ".prov", false }, { ".tgz.prov", false },
		{ "a", false }, { "a.zip", false }, { "a.prov", false }, { "atgz", false },
		{ "a.TGZ", false }, { "a.tgz.prov.prov", false }, { "a.tgz ", false },
		{ ".a.tgz", false }, { "..tgz", false }, { "../a.tgz", false }, { "a/b.tgz", false },
		{ "a\\b.tgz", false }, { "-rf.tgz", false }, { " a.tgz", false }, { "+a.tgz", false },
		{ "a\nb.tgz", false }, { "a\tb.tgz", false }, { "a\x7f.tgz", false },
		{ "a%2fb.tgz", false }, { "a:b.tgz", false }, { "a*.tgz", false },
		{ "\xd0\xb0.tgz", false }, { "a\xff.tgz", false },
	};
	for (size_t i = 0; i < ROWS(table); i++)
		if (chart_file_name_is_safe(str_c(table[i].file)) != table[i].safe)
			fail_msg("%s", table[i].file);
	assert_false(chart_file_name_is_safe(STR("a\0b.tgz")));
}

static void plain_names(void **state)
{
	(void)state;
	static const struct { struct str name; bool good; } table[] = {
		{ STR("a"), true }, { STR("A-1_b.c@d"), true }, { STR(""), false }, { STR("-a"), false },
		{ STR("a b"), false }, { STR("a/b"), false }, { STR("a\0b"), false }, { STR("\xc3\xa4"), false },
	};
	struct errinfo e;
	for (size_t i = 0; i < ROWS(table); i++)
		assert_int_equal(plain_name_check(table[i].name, "._@-", &e), table[i].good ? OK : ERR_INVALID);
	assert_int_equal(plain_name_check(STR("a@b"), "._-", &e), ERR_INVALID);
}

static void t_file_name_length(void **state)
{
	(void)state;
	char file[CHART_FILE_NAME_MAX_BYTES + 6];
	memset(file, 'a', sizeof file);
	memcpy(file + CHART_FILE_NAME_MAX_BYTES - 4, ".tgz.prov", 9);
	assert_true(chart_file_name_is_safe(str_make(file, CHART_FILE_NAME_MAX_BYTES)));
	assert_true(chart_file_name_is_safe(str_make(file, CHART_FILE_NAME_MAX_BYTES + 5)));
	memcpy(file + CHART_FILE_NAME_MAX_BYTES - 3, ".tgz.prov", 9);
	assert_false(chart_file_name_is_safe(str_make(file, CHART_FILE_NAME_MAX_BYTES + 1)));
	assert_false(chart_file_name_is_safe(str_make(file, CHART_FILE_NAME_MAX_BYTES + 6)));
}

struct coding { const char *raw, *text; };      /* text NULL: refused */

typedef enum err decoder(struct arena *a, struct str raw, struct str *ret, struct errinfo *e);

static void check_decode(const struct coding *table, size_t count, decoder *decode)
{
	for (size_t i = 0; i < count; i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct errinfo e = { 0 };
		struct str got = STR("untouched"), raw = str_c(table[i].raw);
		enum err err = decode(&a, raw, &got, &e);
		if (!table[i].text && (err != ERR_INVALID || !str_eq_c(got, "untouched")))
			fail_msg("%s is accepted", table[i].raw);
		if (table[i].text && (err || !str_eq_c(got, table[i].text)))
			fail_msg("%s: %s", table[i].raw, err ? e.detail : "decoded to something else");
	}
}

static void t_http_segment_decode(void **state)
{
	(void)state;
	static const struct coding table[] = {
		{ "", "" }, { "redis", "redis" }, { "a+b", "a+b" }, { "a%2Bb", "a+b" },
		{ "a%2bb", "a+b" }, { "a%20b", "a b" }, { "%41", "A" }, { "%c3%A9", "\xc3\xa9" },
		{ "\xc3\xa9", "\xc3\xa9" }, { "...", "..." }, { "a..", "a.." }, { "%252e", "%2e" },
		{ "%25", "%" }, { "a%3Fb", "a?b" },
		{ ".", NULL }, { "..", NULL }, { "%2e", NULL }, { "%2E%2e", NULL }, { ".%2e", NULL },
		{ "a/b", NULL }, { "a%2Fb", NULL }, { "a%2fb", NULL }, { "a\\b", NULL },
		{ "a%5Cb", NULL }, { "a%5cb", NULL }, { "%00", NULL }, { "a%00", NULL },
		{ "%0a", NULL }, { "%0D", NULL }, { "%1f", NULL }, { "%7f", NULL }, { "a\tb", NULL },
		{ "%", NULL }, { "%4", NULL }, { "a%", NULL }, { "a%4", NULL }, { "%g0", NULL },
		{ "%0g", NULL }, { "%%41", NULL }, { "%u0041", NULL }, { "% 41", NULL },
		{ "%+1", NULL }, { "%ff", NULL }, { "%c3", NULL }, { "%c0%af", NULL },
		{ "%ed%a0%80", NULL }, { "\xff", NULL },
	};
	check_decode(table, ROWS(table), url_segment_decode);
}

static void t_http_query_decode(void **state)
{
	(void)state;
	static const struct coding table[] = {
		{ "", "" }, { "a+b", "a b" }, { "a%2Bb", "a+b" }, { "a%20b", "a b" }, { "a/b", "a/b" },
		{ "a%2Fb", "a/b" }, { "a%5cb", "a\\b" }, { ".", "." }, { "..", ".." },
		{ "%2e%2e", ".." }, { "%252b", "%2b" }, { "%3E%3D1", ">=1" }, { "++", "  " },
		{ "%00", NULL }, { "%0a", NULL }, { "%7F", NULL }, { "%", NULL }, { "%2", NULL },
		{ "%+1", NULL }, { "%zz", NULL }, { "%ff", NULL }, { "%c0%80", NULL },
	};
	check_decode(table, ROWS(table), url_query_decode);
}

static void form_decode(void **state)
{
	(void)state;
	static const struct coding table[] = {
		{ "a+b%2B", "a b+" }, { "a%0D%0Ab", "a\nb" }, { "%0a", "\n" }, { "%0d", "\r" },
		{ "%0d%0d%0a%0a", "\r\n\n" }, { "%09", "\t" }, { "%0D%0A%0D%0A", "\n\n" },
		{ "%00", NULL }, { "%1b", NULL }, { "%7F", NULL }, { "%", NULL }, { "%ff", NULL },
	};
	check_decode(table, ROWS(table), url_form_decode);
}

static void what_was_typed(void **state)
{
	(void)state;
	static const struct coding table[] = {
		{ "", "" }, { "a+b%2B", "a b+" }, { "%c3%A9", "\xc3\xa9" }, { "%f0%9f%9a%80", "\xf0\x9f\x9a\x80" },
		{ "%00", " " }, { "a%0Ab", "a b" }, { "%0d%0a%09%1b%7F", "     " }, { "a\tb", "a b" },
		{ "%ff%feredis", "\xef\xbf\xbd\xef\xbf\xbdredis" }, { "a%c3", "a\xef\xbf\xbd" },
		{ "%c0%af", "\xef\xbf\xbd\xef\xbf\xbd" }, { "%c3(", "\xef\xbf\xbd(" },
		{ "%ed%a0%80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" }, { "%ef%bf%bd", "\xef\xbf\xbd" },
		{ "%", "%" }, { "100%", "100%" }, { "%4", "%4" }, { "%zz", "%zz" }, { "%%41", "%A" },
		{ "%+1", "% 1" }, { "\xff", "\xef\xbf\xbd" },
	};
	check_decode(table, ROWS(table), url_text_decode);
}

static void t_decode_detail(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	struct arena full = { .limit = 1 };
	struct errinfo e = { 0 };
	struct str got;
	assert_int_equal(url_segment_decode(&a, STR("a%2Fb"), &got, &e), ERR_INVALID);
	assert_string_equal(e.detail, "\"a%2Fb\" in the address: separator within a segment");
	assert_int_equal(url_segment_decode(&full, STR("a"), &got, &e), ERR_NOMEM);
	assert_int_equal(url_query_decode(&full, STR("a"), &got, &e), ERR_NOMEM);
	assert_int_equal(url_text_decode(&full, STR("a"), &got, &e), ERR_NOMEM);
}

static void t_segment_encode(void **state)
{
	(void)state;
	static const struct coding table[] = {
		{ "", "" }, { "redis-1.2.3_~+b", "redis-1.2.3_~+b" }, { "a b", "a%20b" },
		{ "a/b", "a%2Fb" }, { "a%2Fb", "a%252Fb" }, { "a?b#c&d=e", "a%3Fb%23c%26d%3De" },
		{ "\xc3\xa9", "%C3%A9" }, { "\"<>'", "%22%3C%3E%27" }, { "\n", "%0A" },
	};
	for (size_t i = 0; i < ROWS(table); i++) {
		AUTO_SBUF struct sbuf b = sbuf_make(256);
		url_segment_encode(&b, str_c(table[i].raw));
		assert_true(sbuf_ok(&b));
		assert_true(str_eq_c(sbuf_str(&b), table[i].text));
	}
}

/* Whatever may stand in a segment comes back from its encoded form. */
static void t_segment_round_trip(void **state)
{
	(void)state;
	for (unsigned c = 0x20; c < 0x7f; c++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf b = sbuf_make(16);
		char text[] = { 'a', (char)c };
		struct str got;
		url_segment_encode(&b, str_make(text, 2));
		bool fine = url_segment_decode(&a, sbuf_str(&b), &got, NULL) == OK;
		assert_int_equal(fine, c != '/' && c != '\\');
		if (fine)
			assert_true(str_eq(got, str_make(text, 2)));
	}
}

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_repo_name), cmocka_unit_test(t_repo_reserved),
		cmocka_unit_test(t_repo_name_detail), cmocka_unit_test(t_meta_02_file_name),
		cmocka_unit_test(t_file_name_length), cmocka_unit_test(plain_names),
		cmocka_unit_test(t_http_segment_decode),
		cmocka_unit_test(t_http_query_decode),
		cmocka_unit_test(form_decode), cmocka_unit_test(what_was_typed), cmocka_unit_test(t_decode_detail),
		cmocka_unit_test(t_segment_encode), cmocka_unit_test(t_segment_round_trip),
	};
	return cmocka_run_group_tests_name("format/name", tests, NULL, NULL);
}
