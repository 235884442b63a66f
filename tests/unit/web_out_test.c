/* The escapers: a row has what goes in and what stands in the page. */
#include "buffer.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"
#include "server/web/out.h"
#include "server/web/say.h"

#define T(literal) { literal, sizeof literal - 1 }

struct row { const char *name; struct str in; const char *out; };

static const struct row attributes[] = {
	{ "nothing", T(""), "" },
	{ "plain", T("redis 17.0.1"), "redis 17.0.1" },
	{ "markup", T("<b>&\"'"), "&lt;b&gt;&amp;&quot;&#39;" },
	{ "entity", T("&lt;"), "&amp;lt;" },
	{ "out of the attribute", T("\" onclick=\"x"), "&quot; onclick=&quot;x" },
	{ "letters of elsewhere", T("zażółć 港"), "zażółć 港" },
	{ "not UTF-8", T("a\xff" "b\xc3"), "a\xef\xbf\xbd" "b\xef\xbf\xbd" },
	{ "control characters", T("a\0\b\x7f\tb"), "a\tb" },
};

static const struct row urls[] = {
	{ "relative", T("/packages/a/b"), "/packages/a/b" },
	{ "nothing", T(""), "" },
	{ "fragment", T("#readme"), "#readme" },
	{ "query", T("?a=b&c=d"), "?a=b&amp;c=d" },
	{ "colon in a path", T("/a:b"), "/a:b" },
	{ "colon in a query", T("x?a:b"), "x?a:b" },
	{ "https", T("https://example.com/?q='x'"), "https://example.com/?q=&#39;x&#39;" },
	{ "capitals", T("HTTP://example.com"), "HTTP://example.com" },
	{ "mail", T("mailto:a@example.com"), "mailto:a@example.com" },
	{ "script", T("javascript:alert(1)"), "#" },
	{ "script in capitals", T("JaVaScRiPt:alert(1)"), "#" },
	{ "script behind a blank", T(" javascript:alert(1)"), "#" },
	{ "script behind a control character", T("\x01javascript:alert(1)"), "#" },
	{ "script with a newline in it", T("java\nscript:alert(1)"), "#" },
	{ "script with a tab in it", T("java\tscript:x"), "#" },
	{ "script with an entity in it", T("javascript&colon;alert(1)"), "javascript&amp;colon;alert(1)" },
	{ "script with a NUL in it", T("java\0script:x"), "#" },
	{ "data", T("data:text/html,<script>"), "#" },
	{ "vbscript", T("vbscript:x"), "#" },
	{ "no scheme", T(":x"), "#" },
	{ "scheme like a good one", T("httpx:x"), "#" },
	{ "quotes", T("/\"><script>"), "/%22%3E%3Cscript%3E" },
	{ "blanks", T("/a b\r\nc"), "/a%20b%0D%0Ac" },
	{ "backslashes", T("/\\example.com"), "/%5Cexample.com" },
	{ "letters of elsewhere", T("/\xc3\xa9"), "/%C3%A9" },
	{ "encoded already", T("/a%2Bb"), "/a%2Bb" },
};

static const struct row paths[] = {
	{ "nothing", T(""), "" },
	{ "an image", T("a.example:5000/b/c:1@sha256:d"), "a.example:<wbr>5000/<wbr>b/<wbr>c:<wbr>1@<wbr>sha256:<wbr>d" },
	{ "several at once, and the last one", T("https://a.example/"), "https://<wbr>a.example/" },
	{ "markup", T("<b>/&"), "&lt;b&gt;/<wbr>&amp;" },
};

#define A(url) "<a href=\"" url "\" rel=\"nofollow noopener noreferrer\">"
static const struct row outwards[] = {       /* a link with the text "<x>" */
	{ "https", T("https://a.example/?b&c"), A("https://a.example/?b&amp;c") "&lt;x&gt;</a>" },
	{ "capitals", T("HTTP://a.example"), A("HTTP://a.example") "&lt;x&gt;</a>" },
	{ "mail", T("mailto:a@b.example"), A("mailto:a@b.example") "&lt;x&gt;</a>" },
	{ "script", T("javascript:alert(1)"), "&lt;x&gt;" },
	{ "script in another scheme's clothes", T("java\nhttps://a.example"), "&lt;x&gt;" },
	{ "words", T("not a url"), "&lt;x&gt;" },
	{ "a path of this server", T("/logout"), "&lt;x&gt;" },
	{ "no scheme", T("//evil.example"), "&lt;x&gt;" },
	{ "a scheme alone", T("https://"), "&lt;x&gt;" },
	{ "nothing", T(""), "&lt;x&gt;" },
};

static const struct row jsons[] = {
	{ "plain", T("{\"a\":1}"), "{\"a\":1}" },
	{ "end of the script", T("{\"a\":\"</script>\"}"), "{\"a\":\"\\u003c/script\\u003e\"}" },
	{ "comment", T("\"<!--\""), "\"\\u003c!--\"" },
	{ "entity", T("\"&amp;\""), "\"\\u0026amp;\"" },
};

static void t_attribute(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB), text = sbuf_make(KIB);
	out_attr(&b, row->in);
	out_text(&text, row->in);
	assert_buffer(&b, row->out);
	assert_buffer(&text, row->out);
}

static void t_path(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	out_text(&b, wrapped(row->in));
	assert_buffer(&b, row->out);
}

static void t_outward(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	out_text(&b, outward(row->in, STR("<x>")));
	assert_buffer(&b, row->out);
}

static void t_outward_without_text(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	out_text(&b, outward(STR("http://a.example/<"), STR("")));
	out_text(&b, outward(STR("<a>"), STR("")));
	assert_buffer(&b, A("http://a.example/%3C") "http://a.example/&lt;</a>&lt;a&gt;");
}

static void t_url(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	out_url(&b, row->in);
	assert_buffer(&b, row->out);
}

static void t_json(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	out_json(&b, row->in);
	assert_buffer(&b, row->out);
}

static void t_types(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	const char *none = NULL;
	char array[] = "<a>";
	short little = -1;
	out_text(&b, array);
	out_text(&b, "<");
	out_text(&b, none);
	out_text(&b, ((struct html){ STR("<b>") }));
	out_attr(&b, ((struct word){ "&" }));
	out_text(&b, little);
	out_text(&b, INT64_MIN);
	out_attr(&b, UINT64_MAX);
	out_attr(&b, (unsigned char)200);
	out_url(&b, none);
	out_url(&b, "a b");
	assert_buffer(&b, "&lt;a&gt;&lt;<b>&amp;-1-922337203685477580818446744073709551615200a%20b");
}

/* ---- words ---- */

static void t_numbers(void **state)
{
	(void)state;
	static const struct { uint64_t n; const char *count, *brief, *size; } rows[] = {
		{ 0, "0", "0", "0 B" }, { 999, "999", "999", "999 B" },
		{ 1000, "1,000", "1k", "1 kB" }, { 1204, "1,204", "1.2k", "1.2 kB" },
		{ 9999, "9,999", "9.9k", "9.9 kB" }, { 42195, "42,195", "42k", "42 kB" },
		{ 999999, "999,999", "999k", "999 kB" }, { 1000000, "1,000,000", "1M", "1 MB" },
		{ 1350000000, "1,350,000,000", "1.3G", "1.3 GB" },
		{ UINT64_MAX, "18,446,744,073,709,551,615", "18446744T", "18446744 TB" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_string_equal(say_count(rows[i].n).text, rows[i].count);
		assert_string_equal(say_short(rows[i].n).text, rows[i].brief);
		assert_string_equal(say_size(rows[i].n).text, rows[i].size);
	}
}

static void t_times(void **state)
{
	(void)state;
	int64_t now = INT64_C(1795176183) * NS_PER_SECOND;       /* 2026-11-20T12:03:03Z */
	static const struct { int64_t seconds; const char *ago; } rows[] = {
		{ 0, "just now" }, { 59, "just now" }, { 60, "1 minute ago" }, { 7199, "1 hour ago" },
		{ 7200, "2 hours ago" }, { 3 * 86400, "3 days ago" }, { 45 * 86400, "1 month ago" },
		{ 800 * 86400, "2 years ago" }, { -30, "in a moment" }, { -86400, "in 1 day" },
		{ -3 * 86400, "in 3 days" },
	};
	for (size_t i = 0; i < ROWS(rows); i++)
		assert_string_equal(say_ago(now - rows[i].seconds * NS_PER_SECOND, now).text, rows[i].ago);
	assert_string_equal(say_date(now).text, "2026-11-20");
	assert_string_equal(say_time(now).text, "2026-11-20 12:03 UTC");
	assert_string_equal(say_date(0).text, "");
	assert_string_equal(say_date(INT64_MIN).text, "");
	assert_string_equal(say_time(-1).text, "");
}

static void t_names(void **state)
{
	(void)state;
	static const struct { struct str name; const char *initials; } rows[] = {
		{ T("postgresql"), "p" }, { T("postgresql-ha"), "ph" }, { T("kube-prometheus-stack"), "kp" },
		{ T("k8s_at_home"), "ka" }, { T("2048"), "2" }, { T("Redis"), "r" }, { T(""), "?" },
		{ T("--"), "?" }, { T("\xc3\xa9-a"), "a" },
	};
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_string_equal(say_initials(rows[i].name).text, rows[i].initials);
		assert_true(say_tint(rows[i].name) < SAY_TINTS);
	}
	assert_string_equal(say_plural(1, "chart", "charts"), "chart");
	assert_string_equal(say_plural(0, "chart", "charts"), "charts");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_types), cmocka_unit_test(t_numbers), cmocka_unit_test(t_times),
		cmocka_unit_test(t_names), cmocka_unit_test(t_outward_without_text),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = RUN_TABLE("attribute", t_attribute, attributes);
	failed += RUN_TABLE("url", t_url, urls);
	failed += RUN_TABLE("path", t_path, paths);
	failed += RUN_TABLE("outward", t_outward, outwards);
	failed += RUN_TABLE("json", t_json, jsons);
	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
