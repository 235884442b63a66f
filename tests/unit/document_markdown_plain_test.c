/* The words of Markdown, for search and snippets. */
#include "buffer.h"
#include "markdown_fixture.h"

struct row { const char *name, *text, *wanted; };

static const struct row rows[] = {
	{ "nothing", " \n\n", "" },
	{ "a paragraph", "a *b* **c**~~d~~  e\nf  \ng", "a b cd e f g" },
	{ "one line each", "# A `b`\n\nc\n\n- d\n- e\n  1. f\n> g\n\n---\n\nh", "A b\nc\nd\ne\nf\ng\nh" },
	{ "entities", "&amp;&nbsp;&lt;&nosuch;", "&\xc2\xa0<&nosuch;" },
	{ "addresses", "[a](https://b 'c') <https://d> [e][f] ![g](h.png)\n\n[f]: i", "a https://d e g" },
	{ "images that lead nowhere", "![a]() [![b](c[d)](e)", "a [b" },
	{ "badges", "# A [![b](https://img.shields.io/c)](d) ![e *f* <b>](https://g/badge.svg) h",
	  "A h" },
	{ "badges in HTML", "<p align=center><img alt=a src=https://b/badge/c> <img alt='d &amp; e' src=f></p>", "d & e" },
	{ "a table", "|a|b|\n|-|-|\n|`c`|d e|\n||f|", "a · b\nc · d e\nf" },
	{ "a bar in a table", "|`a\\|b`|\n|-|\n\n`c\\|d`", "a|b\nc\\|d" },
	{ "code", "```yaml\na:\n  b: <c>\n```\n`d`", "a: b: <c>\nd" },
	{ "HTML", "<div><p>a<br>b</p>c<!-- d --></div>\n\n<i>e</i>f <script>g</script>h <name>", "a b\nc\nef h <name>" },
	{ "HTML's tables and lists", "<table><tr><td>a<td>b<tr><td>c</table>\n\n<ul><li>d<li>e</ul>", "a · b\nc\nd\ne" },
	{ "what is no text", "<style>\na\n</style>\n\n<svg><title>b</title></svg>c\n\nd<script>e\n\nf", "c\nd\nf" },
	{ "alerts and tasks", "> [!NOTE]\n> a\n\n- [ ] b\n- [x] c", "a\nb\nc" },
	{ "front matter", "---\na: b\n---\nc", "c" },
	{ "bytes that are no text", "a\x01\xff", "a\xef\xbf\xbd" },
};

static void t_plain(void **state)
{
	const struct row *row = *state;
	AUTO_SBUF struct sbuf b = sbuf_make(MIB);
	markdown_plain(str_c(row->text), &b);
	assert_buffer(&b, row->wanted);
}

/* Every limit: the beginning, in whole characters; behind what was there before. */
static void t_limits(void **state)
{
	(void)state;
	const struct str text = STR("ä *b*\n\n- 日本 &euro; <b>c</b>\n"), whole = STR("0ä b\n日本 € c");
	for (size_t limit = 1; limit < whole.n + 3; limit++) {
		AUTO_SBUF struct sbuf b = sbuf_make(limit);
		sbuf_putc(&b, '0');
		markdown_plain(text, &b);
		assert_true(sbuf_ok(&b) && str_is_utf8(sbuf_str(&b)));
		assert_true(str_starts(whole, sbuf_str(&b)) && b.n + 4 > (limit < whole.n ? limit : whole.n));
	}
}

struct line_row { const char *name, *text, *wanted; };

static const struct line_row lines[] = {
	{ "nothing", " ", "" },
	{ "words", "a < b & c", "a &lt; b &amp; c" },
	{ "emphasis and code", "*a* **b** `<c>`", "<em>a</em> <strong>b</strong> <code>&lt;c&gt;</code>" },
	{ "a link", "see [#1](https://a.example/1)",
	  "see <a href=\"https://a.example/1\" rel=\"nofollow noopener noreferrer\">#1</a>" },
	{ "a relative link", "[a](b.md)", "a" },
	{ "what a script would be", "[a](javascript:alert) <script>b</script>c", "a c" },
	{ "a heading", "# a *b*", "a b" },
	{ "a list", "- a\n- c & d", "a\nc &amp; d" },
	{ "two paragraphs", "a\n\nb", "a\nb" },
};

static void t_line(void **state)
{
	const struct line_row *row = *state;
	struct html html = { { 0 } };
	arena_done(&arena);
	assert_int_equal(markdown_line(&arena, str_c(row->text), &html, &error), OK);
	assert_string_equal(arena_dup(&arena, html.text), row->wanted);
	check(row->name, html.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(t_limits) };
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	failed += RUN_TABLE("line", t_line, lines);
	return failed + RUN_TABLE("plain", t_plain, rows);
}
