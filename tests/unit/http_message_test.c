/* The pure parts of HTTP, as tables. */
#include "table.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "server/http/message.h"

#define ETAG "\"abc\""
#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define DATE_NS (INT64_C(784111777) * NS_PER_SECOND)

static struct verdict evaluate(const struct entity *en, const char *none_match,
                               const char *modified_since, const char *match,
                               const char *if_range, const char *range)
{
	struct conditions c = { str_c(none_match), str_c(modified_since), str_c(match),
	                        str_c(if_range), str_c(range) };
	struct verdict v;
	http_evaluate(en, &c, &v);
	return v;
}

static const struct entity thing = {
	.etag = { ETAG, sizeof ETAG - 1 }, .modified_ns = DATE_NS + 1, .bytes = 100, .ranges = true,
};

static void t_http_27_conditions(void **state)
{
	(void)state;
	static const struct { const char *none_match, *modified_since, *match; int status; } rows[] = {
		{ NULL, NULL, NULL, 200 },
		{ ETAG, NULL, NULL, 304 }, { "W/" ETAG, NULL, NULL, 304 }, { "*", NULL, NULL, 304 },
		{ "\"x\", " ETAG, NULL, NULL, 304 }, { "\"x\",,," ETAG, NULL, NULL, 304 },
		{ "\"x\"", NULL, NULL, 200 }, { "abc", NULL, NULL, 200 }, { "\"abc", NULL, NULL, 200 },
		{ "abc, " ETAG, NULL, NULL, 200 }, { "\"x\" " ETAG, NULL, NULL, 200 },
		{ "*, " ETAG, NULL, NULL, 200 }, { "w/" ETAG, NULL, NULL, 200 }, { ",", NULL, NULL, 200 },
		{ NULL, DATE, NULL, 304 },
		{ NULL, "Sun, 06 Nov 1994 08:49:38 GMT", NULL, 200 },
		{ NULL, "Sun, 06 Nov 1994 08:49:36 GMT", NULL, 200 },
		{ NULL, "Mon, 06 Nov 1994 08:49:37 GMT", NULL, 200 },
		{ NULL, "Sunday, 06-Nov-94 08:49:37 GMT", NULL, 200 },
		{ NULL, "Fri, 31 Dec 9999 23:59:59 GMT", NULL, 200 },
		{ NULL, "Tue, 19 Jan 2038 03:14:08 GMT", NULL, 200 }, { NULL, "x", NULL, 200 },
		{ "\"x\"", DATE, NULL, 200 },
		{ NULL, NULL, ETAG, 200 }, { NULL, NULL, "*", 200 }, { NULL, NULL, "\"x\"", 412 },
		{ NULL, NULL, "W/" ETAG, 412 }, { ETAG, NULL, "\"x\"", 412 }, { ETAG, NULL, ETAG, 304 },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct verdict v = evaluate(&thing, rows[i].none_match, rows[i].modified_since,
		                            rows[i].match, NULL, NULL);
		if (v.status != rows[i].status || v.length != (v.status == 200 ? 100 : 0))
			fail_msg("row %zu: %d", i, v.status);
	}
}

static void t_http_27_long_list_and_no_etag(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf list = sbuf_make(MIB);
	for (int i = 0; i < 2000; i++)
		sbuf_printf(&list, "\"%d\", ", i);
	assert_int_equal(evaluate(&thing, list.p, NULL, NULL, NULL, NULL).status, 200);
	sbuf_puts(&list, ETAG);
	assert_int_equal(evaluate(&thing, list.p, NULL, NULL, NULL, NULL).status, 304);
	struct entity plain = { .bytes = 1 };
	assert_int_equal(evaluate(&plain, "\"\"", DATE, NULL, NULL, "bytes=0-0").status, 200);
	assert_int_equal(evaluate(&plain, NULL, NULL, ETAG, NULL, NULL).status, 412);
}

static void t_http_24_t_http_25_t_http_26_ranges(void **state)
{
	(void)state;
	static const struct { const char *range; int status; uint64_t offset, length; } rows[] = {
		{ "bytes=0-0", 206, 0, 1 }, { "bytes=0-99", 206, 0, 100 }, { "bytes=0-", 206, 0, 100 },
		{ "bytes=10-19", 206, 10, 10 }, { "bytes=99-", 206, 99, 1 }, { "bytes=0-100", 206, 0, 100 },
		{ "bytes=-1", 206, 99, 1 }, { "bytes=-100", 206, 0, 100 }, { "bytes=-101", 206, 0, 100 },
		{ "BYTES=0-0", 206, 0, 1 }, { "bytes = 0-0 ", 206, 0, 1 },
		{ "bytes=0-18446744073709551615", 206, 0, 100 },
		{ "bytes=1-99999999999999999999999", 206, 1, 99 },
		{ "bytes=-99999999999999999999999", 206, 0, 100 },
		{ "bytes=10-alpha", 416, 0, 0 }, { "bytes=10", 416, 0, 0 }, { "bytes=10-11 12-", 416, 0, 0 },
		{ "bytes=100-", 416, 0, 0 }, { "bytes=100-200", 416, 0, 0 }, { "bytes=5-4", 416, 0, 0 },
		{ "bytes=-0", 416, 0, 0 }, { "bytes=-", 416, 0, 0 }, { "bytes=--1", 416, 0, 0 },
		{ "bytes=+1-2", 416, 0, 0 }, { "bytes=0x1-2", 416, 0, 0 }, { "bytes=1-2-3", 416, 0, 0 },
		{ "bytes=9223372036854775807-", 416, 0, 0 }, { "bytes=18446744073709551615-", 416, 0, 0 },
		{ "bytes=18446744073709551616-", 416, 0, 0 },
		{ "bytes=0-1,2-3", 200, 0, 100 }, { "bytes=0-0,0-0,0-0", 200, 0, 100 },
		{ "bytes=", 200, 0, 100 }, { "lines=0-1", 200, 0, 100 }, { "10", 200, 0, 100 },
		{ "", 200, 0, 100 },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct verdict v = evaluate(&thing, NULL, NULL, NULL, NULL, rows[i].range);
		if (v.status != rows[i].status || v.offset != rows[i].offset || v.length != rows[i].length)
			fail_msg("%s: %d %llu+%llu", rows[i].range, v.status, (unsigned long long)v.offset,
			         (unsigned long long)v.length);
	}
}

static void t_http_26_extreme_sizes(void **state)
{
	(void)state;
	struct entity nothing = { .ranges = true }, huge = { .bytes = UINT64_MAX, .ranges = true };
	assert_int_equal(evaluate(&nothing, NULL, NULL, NULL, NULL, "bytes=0-").status, 416);
	assert_int_equal(evaluate(&nothing, NULL, NULL, NULL, NULL, "bytes=-1").status, 416);
	struct verdict v = evaluate(&huge, NULL, NULL, NULL, NULL, "bytes=1-");
	assert_true(v.status == 206 && v.offset == 1 && v.length == UINT64_MAX - 1);
	v = evaluate(&huge, NULL, NULL, NULL, NULL, "bytes=0-18446744073709551615");
	assert_true(v.status == 206 && v.length == UINT64_MAX);
}

static void t_http_27_if_range(void **state)
{
	(void)state;
	static const struct { const char *if_range; int status; } rows[] = {
		{ ETAG, 206 }, { "W/" ETAG, 200 }, { "\"x\"", 200 }, { DATE, 206 }, { "*", 200 },
		{ "Sun, 06 Nov 1994 08:49:36 GMT", 200 }, { "Sun, 06 Nov 1994 08:49:38 GMT", 200 },
		{ "x", 200 }, { "\"", 200 },
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		if (evaluate(&thing, NULL, NULL, NULL, rows[i].if_range, "bytes=0-0").status != rows[i].status)
			fail_msg("%s", rows[i].if_range);
	struct entity whole = thing;
	whole.ranges = false;
	assert_int_equal(evaluate(&whole, NULL, NULL, NULL, NULL, "bytes=0-0").status, 200);
	assert_int_equal(evaluate(&thing, ETAG, NULL, NULL, NULL, "bytes=0-0").status, 304);
}

static void t_http_30_accept_encoding(void **state)
{
	(void)state;
	static const struct { const char *text; bool gzip; } rows[] = {
		{ "gzip", true }, { "GZIP", true }, { "x-gzip", true }, { "deflate, gzip, br", true },
		{ "gzip;q=1", true }, { "gzip; q=0.001", true }, { "*", true }, { "*;q=0.5", true },
		{ "identity;q=0, gzip ; q=1.0", true }, { "gzip;Q=1", true },
		{ "", false }, { "identity", false }, { "gzipped", false }, { "br", false },
		{ "gzip;q=0", false }, { "gzip;q=0.", false }, { "gzip;q=0.000", false },
		{ "gzip;q=0, *;q=0.5", false }, { "*;q=0", false }, { "*, gzip;q=0", false },
		{ "gzip;q=", false }, { "gzip;q=x", false }, { "gzip;q=-1", false }, { "gzip;q=2", false },
		{ "gzip;q", false }, { "gzip q=1", false },
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		if (http_accepts_gzip(str_c(rows[i].text)) != rows[i].gzip)
			fail_msg("%s", rows[i].text);
}

static void dates(void **state)
{
	(void)state;
	static const struct { const char *text; int64_t seconds; } rows[] = {
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 }, { DATE, 784111777 },
		{ "Wed, 31 Dec 1969 23:59:59 GMT", -1 }, { "Thu, 29 Feb 2024 12:00:00 GMT", 1709208000 },
		{ "Tue, 19 Jan 2038 03:14:08 GMT", 2147483648 },
		{ "Fri, 01 Jan 2100 00:00:00 GMT", 4102444800 },
	};
	static const char *const refused[] = {
		"", "Thu, 01 Jan 1970 00:00:00 UTC", "Fri, 01 Jan 1970 00:00:00 GMT",
		"Thu, 1 Jan 1970 00:00:00 GMT", "Thu, 01 Foo 1970 00:00:00 GMT",
		"Thu, 32 Jan 1970 00:00:00 GMT", "Thu, 01 Jan 1970 24:00:00 GMT",
		"Thu, 29 Feb 2023 12:00:00 GMT", "thu, 01 jan 1970 00:00:00 gmt",
		"Thu, 01 Jan 1970 00:00:00 GMT ", "Thu, 01 Jan 1970 00-00-00 GMT",
	};
	char text[HTTP_DATE_BYTES];
	int64_t ns;
	for (size_t i = 0; i < ROWS(rows); i++) {
		http_date(rows[i].seconds * NS_PER_SECOND + 999999999, text);
		assert_string_equal(text, rows[i].text);
		assert_true(http_date_parse(str_c(text), &ns));
		assert_int_equal(ns, rows[i].seconds * NS_PER_SECOND);
	}
	for (size_t i = 0; i < ROWS(refused); i++)
		if (http_date_parse(str_c(refused[i]), &ns))
			fail_msg("%s", refused[i]);
}

static void t_http_11_hosts(void **state)
{
	(void)state;
	static const struct { const char *host; bool valid; } rows[] = {
		{ "h", true }, { "a.b", true }, { "a.b.", true }, { "a_b-c.d:80", true },
		{ "127.0.0.1:8879", true }, { "[::1]", true }, { "[::1]:8879", true }, { "h:0", true },
		{ "", false }, { ".", false }, { "..x", false }, { ".x", false }, { "a..b", false },
		{ "a b", false }, { "a/b", false }, { "a\\b", false }, { "u@h", false }, { "h:", false },
		{ "h:x", false }, { "h:65536", false }, { "h:000080", false }, { "h:80:80", false },
		{ "[::1", false }, { "::1", false }, { "[]", false }, { "[127.0.0.1]", false },
		{ "[::1]x", false }, { "[::1]:", false }, { "h,h", false }, { "%41", false },
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		if (http_host_is_valid(str_c(rows[i].host)) != rows[i].valid)
			fail_msg("%s", rows[i].host);
	assert_false(http_host_is_valid(STR("a\0b")));
}

/* ---- paths and queries ---- */

static void t_http_20_t_http_21_t_http_22_paths(void **state)
{
	(void)state;
	static const struct { const char *raw, *segments; } rows[] = {   /* NULL: refused */
		{ "/", "[]" }, { "/a", "[a]" }, { "/a/", "[a][]" }, { "/a/b%20c/", "[a][b c][]" },
		{ "//a", "[a]" }, { "/a//b", "[a][b]" }, { "/a///", "[a][]" }, { "///", "[]" },
		{ "/a+b", "[a+b]" }, { "/%41%2e", "[A.]" }, { "/%c3%a4", "[\xc3\xa4]" },
		{ "/a%3Fb", "[a?b]" }, { "/%252e", "[%2e]" },
		{ "", NULL }, { "a", NULL }, { "/..", NULL }, { "/a/../b", NULL }, { "/%2e%2e/x", NULL },
		{ "/%2E%2e%2fx", NULL }, { "/..%2f", NULL }, { "/..%5c", NULL }, { "/.", NULL },
		{ "/%2F%2F..%2Fetc/passwd", NULL }, { "/a%2fb", NULL }, { "/a%00", NULL }, { "/%zz", NULL },
		{ "/%", NULL }, { "/%4", NULL }, { "/%c0%af", NULL }, { "/%ed%a0%80", NULL },
		{ "/%0d%0aX", NULL }, { "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17", NULL },
		{ "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16",
		  "[1][2][3][4][5][6][7][8][9][10][11][12][13][14][15][16]" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf b = sbuf_make(KIB);
		struct path path = { .count = 99 };
		struct errinfo e = { 0 };
		enum err code = http_path_parse(&a, str_c(rows[i].raw), &path, &e);
		if (!rows[i].segments) {
			assert_int_equal(path.count, 99);
			if (code != ERR_INVALID)
				fail_msg("%s is accepted", rows[i].raw);
			continue;
		}
		for (size_t k = 0; k < path.count; k++)
			sbuf_printf(&b, "[%.*s]", STR_ARG(path.segment[k]));
		if (code || strcmp(b.p, rows[i].segments) != 0)
			fail_msg("%s: %s", rows[i].raw, code ? e.detail : b.p);
		assert_int_equal(path.trailing_slash, b.n >= 2 && strcmp(b.p + b.n - 2, "[]") == 0);
	}
}

static void t_http_16_long_uris(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct path path;
	struct query query;
	while (b.n <= HTTP_URI_MAX_BYTES)
		sbuf_putc(&b, '/');
	assert_int_equal(http_path_parse(&a, sbuf_str(&b), &path, NULL), ERR_URI_TOO_LONG);
	assert_int_equal(http_query_parse(&a, sbuf_str(&b), &query, NULL), ERR_URI_TOO_LONG);
	b.n--;
	assert_int_equal(http_path_parse(&a, sbuf_str(&b), &path, NULL), OK);
	assert_int_equal(http_query_parse(&a, sbuf_str(&b), &query, NULL), OK);
}

static void t_http_37_queries(void **state)
{
	(void)state;
	static const struct { const char *raw, *params; } rows[] = {
		{ "", "" }, { "a", "[a]" }, { "a=", "[a=]" }, { "a=b", "[a=b]" }, { "&&a&&", "[a]" },
		{ "a=1&a=2&b", "[a=1][a=2][b]" }, { "a=b=c", "[a=b=c]" }, { "=x", "[=x]" },
		{ "q=a+b%2Bc%2Fd", "[q=a b+c/d]" }, { "a%3D=1", "[a==1]" },
		{ "a=%00", NULL }, { "a=%zz", NULL }, { "%=1", NULL }, { "a=%c0%af", NULL },
		{ "a=%0d%0a", NULL }, { "q=%ff%00&ts_query_web=%zz", "[q=\xef\xbf\xbd ][ts_query_web=%zz]" },
		{ "q=a&qq=%00", NULL }, { "q=a&a=%ff", NULL }, { "q%00=a", NULL },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		AUTO_ARENA struct arena a = { 0 };
		AUTO_SBUF struct sbuf b = sbuf_make(KIB);
		struct query q = { .count = 0 };
		struct errinfo e = { 0 };
		enum err code = http_query_parse(&a, str_c(rows[i].raw), &q, &e);
		for (size_t k = 0; k < q.count; k++)
			sbuf_printf(&b, q.params[k].has_value ? "[%.*s=%.*s]" : "[%.*s%.*s]",
			            STR_ARG(q.params[k].name), STR_ARG(q.params[k].value));
		sbuf_puts(&b, "");
		if (code != (rows[i].params ? OK : ERR_INVALID) ||
		    (rows[i].params && strcmp(b.p ? b.p : "", rows[i].params) != 0))
			fail_msg("%s: %s", rows[i].raw, code ? e.detail : b.p);
	}
}

static void t_http_37_first_and_too_many(void **state)
{
	(void)state;
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	struct query q;
	assert_int_equal(http_query_parse(&a, STR("a=1&a=2&b"), &q, NULL), OK);
	assert_true(str_eq_c(query_get(&q, "a")->value, "1"));
	assert_false(query_get(&q, "b")->has_value);
	assert_null(query_get(&q, "c"));
	assert_true(str_eq_c(query_text(&q, "a"), "1"));
	assert_int_equal(query_text(&q, "b").n + query_text(&q, "c").n, 0);
	uint64_t n = 7;
	assert_int_equal(query_number(&q, "c", 1, 9, &n, NULL), OK);
	assert_int_equal(n, 7);
	assert_int_equal(query_number(&q, "b", 0, 9, &n, NULL), ERR_INVALID);
	assert_int_equal(query_number(&q, "a", 2, 9, &n, NULL), ERR_INVALID);
	assert_int_equal(query_number(&q, "a", 0, 0, &n, NULL), ERR_INVALID);
	assert_int_equal(n, 7);
	assert_int_equal(query_number(&q, "a", 1, 1, &n, NULL), OK);
	assert_int_equal(n, 1);
	assert_int_equal(http_query_parse(&a, STR("a=False&b=0&c&d=&e=true&f=00"), &q, NULL), OK);
	for (const char *name = "abcdefg"; *name; name++)
		assert_int_equal(query_is_on(&q, (char[]){ *name, '\0' }), *name >= 'c' && *name <= 'f');
	for (unsigned i = 0; i < HTTP_QUERY_PARAMS_MAX; i++)
		sbuf_puts(&b, "a&");
	assert_int_equal(http_query_parse(&a, sbuf_str(&b), &q, NULL), OK);
	sbuf_puts(&b, "a");
	assert_int_equal(http_query_parse(&a, sbuf_str(&b), &q, NULL), ERR_INVALID);
}

static void paths_without_memory(void **state)
{
	(void)state;
	struct arena a = { .limit = 1 };
	struct path path;
	struct query query;
	assert_int_equal(http_path_parse(&a, STR("/a%41"), &path, NULL), ERR_NOMEM);
	assert_int_equal(http_query_parse(&a, STR("a"), &query, NULL), ERR_NOMEM);
}

static void media_types(void **state)
{
	(void)state;
	assert_true(http_is_media_type(STR("Multipart/Form-Data; boundary=x"), "multipart/form-data"));
	assert_true(http_is_media_type(STR("application/gzip"), "application/gzip"));
	assert_true(http_is_media_type(STR(" application/gzip ;q"), "application/gzip"));
	assert_false(http_is_media_type(STR("application/gzipx"), "application/gzip"));
	assert_false(http_is_media_type(STR(""), "application/gzip"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_http_27_conditions),
		cmocka_unit_test(t_http_27_long_list_and_no_etag),
		cmocka_unit_test(t_http_24_t_http_25_t_http_26_ranges),
		cmocka_unit_test(t_http_26_extreme_sizes),
		cmocka_unit_test(t_http_27_if_range),
		cmocka_unit_test(t_http_30_accept_encoding),
		cmocka_unit_test(dates),
		cmocka_unit_test(t_http_11_hosts),
		cmocka_unit_test(t_http_20_t_http_21_t_http_22_paths),
		cmocka_unit_test(t_http_16_long_uris),
		cmocka_unit_test(t_http_37_queries),
		cmocka_unit_test(t_http_37_first_and_too_many),
		cmocka_unit_test(paths_without_memory),
		cmocka_unit_test(media_types),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
