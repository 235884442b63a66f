/* Escaping: what of a text may stand in a page. */
#include "buffer.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/document/html.h"

struct row { const char *name, *text, *wanted; };

static const struct row rows[] = {
	{ "nothing", "", "" },
	{ "plain", "a b-c_1.0/ä€𝄞", "a b-c_1.0/ä€𝄞" },
	{ "what ends an element or a value", "<a b=\"c\" d='e'>&amp;",
	  "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;" },
	{ "white space stays", "a\tb\nc\r\n", "a\tb\nc\r\n" },
	{ "controls go", "a\x01\x08\x0b\x0c\x1b[31mb\x7f", "a[31mb" },
	{ "not UTF-8", "a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd" },
	{ "overlong <", "\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "a surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "cut in a character, before a quote", "\xe2\x82\"", "\xef\xbf\xbd\xef\xbf\xbd&quot;" },
};

static void t_escape(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	html_escape(&b, str_c(row->text));
	assert_buffer(&b, row->wanted);
}

#define A(url) "<a href=\"" url "\" rel=\"nofollow noopener noreferrer\">" url "</a>"

static const struct row linked[] = {
	{ "nothing", "", "" },
	{ "none", "<b> http https:// x", "&lt;b&gt; http https:// x" },
	{ "alone", "https://a.example/b?c=1#d", A("https://a.example/b?c=1#d") },
	{ "in a sentence", "See http://a.example/b, or https://c.example.", "See " A("http://a.example/b")
	  ", or " A("https://c.example") "." },
	{ "in brackets", "(see https://a.example/b)", "(see " A("https://a.example/b") ")" },
	{ "with brackets", "https://a.example/b_(c)", A("https://a.example/b_(c)") },
	{ "ends at a quote", "https://a.example\"onclick=\"x", A("https://a.example") "&quot;onclick=&quot;x" },
	{ "ends at a tag", "https://a.example<script>", A("https://a.example") "&lt;script&gt;" },
	{ "ampersand", "https://a.example/?a=1&b=2", A("https://a.example/?a=1&amp;b=2") },
	{ "other schemes", "javascript:alert(1) data:x", "javascript:alert(1) data:x" },
	{ "again and again", "httphttphttps://a", "httphttp" A("https://a") },
};

static void t_linked(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	html_linked(&b, str_c(row->text));
	assert_buffer(&b, row->wanted);
}

static void t_nul(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	html_escape(&b, STR("a\0<"));
	assert_string_equal(b.p, "a&lt;");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_nul) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + RUN_TABLE("escape", t_escape, rows) +
	       RUN_TABLE("linked", t_linked, linked);
}
