/* XML: what of a text may stand in a document. */
#include "buffer.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/route/xml.h"

struct row { const char *name, *text, *wanted; };

static const struct row rows[] = {
	{ "nothing", "", "" },
	{ "plain", "redis 1.0 – ä𝄞", "redis 1.0 – ä𝄞" },
	{ "markup", "<a b=\"c\" d='e'>&amp;", "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;" },
	{ "the end of CDATA", "]]>", "]]&gt;" },
	{ "controls go", "a\x01\x0b\x1f\tb\n", "a\tb\n" },
	{ "not UTF-8", "a\xff\xc3", "a\xef\xbf\xbd\xef\xbf\xbd" },
	{ "no characters", "a\xef\xbf\xbe" "b\xef\xbf\xbf\xef\xbf\xbf<", "ab&lt;" },
	{ "the replacement stays", "\xef\xbf\xbd", "\xef\xbf\xbd" },
};

static void t_text(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	xml_text(&b, str_c(row->text));
	assert_buffer(&b, row->wanted);
}

static void t_elements(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	xml_element(&b, "title", STR("a<b"));
	xml_time(&b, "updated", 1500000000);
	assert_string_equal(b.p, "<title>a&lt;b</title>\n<updated>1970-01-01T00:00:01.5Z</updated>\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_elements) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	return failed + RUN_TABLE("text", t_text, rows);
}
