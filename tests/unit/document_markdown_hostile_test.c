/* What strangers try: scripts, requests to other hosts, leaving their place in the page, time and memory.
 * Everything that comes out passes tests/lib/html_check.h, which is shown to refuse first.    */
#include "in_time.h"
#include "markdown_fixture.h"
#include "real_charts.h"

/* ---- the reader refuses ---- */

static const char *const wrong_html[] = {
	"<script>alert(1)</script>", "<p>a", "a</p>", "<p><b>a</p></b>", "<p onclick=\"a\">b</p>", "<p class=\"x\">a</p>",
	"<p style=\"color:red\">a</p>", "<a href=\"javascript:a\">b</a>", "<a href=\"data:a\">b</a>",
	"<a href=\"//a\">b</a>", "<a href=\"https:a\">b</a>", "<a href=\"/other/a\">b</a>", "<a href=\"#h-a\">b</a>",
	"<a href=\"https://a\" href=\"https://b\">c</a>", "<a href=https://a>b</a>", "<a href='https://a'>b</a>",
	"<a href=\"https://a\"b\">c</a>", "<a href=\"https://a b\">c</a>", "<img src=\"https://a\" alt=\"b\">",
	"<img src=\"/files/a\" onerror=\"b\">", "<h2 id=\"a\">b</h2>", "<h2 id=\"h-a\">a</h2><h2 id=\"h-a\">a</h2>",
	"<h1>a</h1>", "<P>a</P>", "a & b", "a &copy; b", "a > b", "a \" b", "a\x01", "a\xff", "<p", "<p ", "<", "</p",
	"<p><div>a</div></p>", "<p><b><ul></ul></b></p>", "<td>a</td>", "<table>a</table>", "<ul>a</ul>",
	"<ul><p>a</p></ul>", "<li>a</li>", "<summary>a</summary>", "<table><td>a</td></table>",
	"<a href=\"https://a\"><b><a href=\"https://c\">d</a></b></a>", "<h2>a<h3>b</h3></h2>", "<form>a</form>",
	"<input type=\"text\">", "<br></br>", "<svg></svg>", "<!-- a -->", "<iframe src=\"https://a\"></iframe>",
};

static void t_reader_refuses(void **state)
{
	(void)state;
	size_t at;
	for (size_t i = 0; i < ROWS(wrong_html); i++)
		if (!html_check(str_c(wrong_html[i]), STR("/files/"), &at))
			fail_msg("accepted: %s", wrong_html[i]);
}

/* ---- scripts and requests (T-WEB-01, T-WEB-02) ---- */

static const char *const payloads[] = {
	/* addresses of links */
	"[a](javascript:alert(1))", "[a](JaVaScRiPt:alert(1))", "[a](<javascript:alert(1)>)", "[a]( javascript:alert(1))",
	"[a](java&#x73;cript:alert(1))", "[a](&#106;&#97;vascript:alert(1))", "[a](&#0000106avascript:alert(1))",
	"[a](javascript&colon;alert(1))", "[a](javascript&#58;alert(1))", "[a](javascript&#x3A;alert(1))",
	"[a](java&Tab;script:alert(1))", "[a](java&NewLine;script:alert(1))", "[a](java&#9;script:alert(1))",
	"[a](java&#10;script:alert(1))", "[a](&#1;javascript:alert(1))", "[a](&#x20;javascript:alert(1))",
	"[a](\x01javascript:alert(1))", "[a](java\tscript:alert(1))",
	"[a](<java\tscript:alert(1)>)", "[a](\\javascript:alert(1))", "[a](javascript\\:alert(1))",
	"[a](j\\avascript:alert(1))", "[a](javascript://example.org/%0aalert(1))", "[a](%6aavascript:alert(1))",
	"[a](javascript%3aalert(1))", "[a](ｊavascript:alert(1))", "[a](javascript：alert(1))", "[a](./javascript:alert(1))",
	"[a](x/javascript:alert(1))", "[a](?javascript:alert(1))", "[a](#javascript:alert(1))", "[a](//javascript:alert(1))",
	"[a](vbscript:msgbox(1))", "[a](data:text/html,<script>alert(1)</script>)", "[a](data:text/html;base64,PHN2Zz4=)",
	"[a](file:///etc/passwd)", "[a](blob:https://a/b)", "[a](feed:javascript:alert(1))", "[a](view-source:x)",
	"[a](jar:https://a!/b)", "[a](about:blank)", "[a](ftp://a/b)", "[a](intent://a#Intent;end)", "[a](x-y:z)",
	"[a](https:alert(1))", "[a](https:/a)", "[a](https:\\\\a)", "[a](/\\a)", "[a](\\\\a)", "[a](///a)", "[a](http://)",
	"[a](https://a\"onclick=\"alert(1))", "[a](<https://a' onclick='alert(1)>)", "[a](<https://a><script>alert(1)</script>)",
	"[a](https://b 'c\" onclick=\"alert(1)')", "[a](https://b \"c&quot; onclick=&quot;alert(1)\")",
	"[a](..%2f..%2fetc)", "[a](b/%00.md)", "[a](b%5c..%5cc)", "[a](%2e%2e/b)", "[a](b/%ff)", "[a](b&#xd800;c)",
	"[a][b]\n\n[b]: javascript:alert(1)", "[a]\n\n[a]: <java&#x73;cript:alert(1)> 'x'", "[a\n\n[a]: data:text/html,x",
	"<javascript:alert(1)>", "<javascript&colon;alert(1)>", "<x:y\"onclick=alert(1)>", "<data:text/html,a>",
	"www.a.b/\"onclick=alert(1)//", "https://a.b/<script>alert(1)</script>", "http://a.b\"><img/src=x>", "\"onclick=a@b.cc",
	/* images */
	"![a](javascript:alert(1))", "![a](data:image/svg+xml,<svg/onload=alert(1)>)", "![a](https://b/c.png\"onerror=\"x)",
	"![\"onerror=\"alert(1)](b.png)", "![a<script>alert(1)</script>](b.png)", "![a](b.png '\" onerror=\"alert(1)')",
	"![`\"><script>alert(1)</script>`](b.png)", "![&quot; onerror=&quot;alert(1)](b.png)", "![a](//b/c.png)",
	"[![a](x:y)](javascript:alert(1))", "![![a](https://b)](c.png)", "![a](#b)", "![a](mailto:b)",
	/* names of tags */
	"<a id='x\" onclick=\"alert(1)'>[a](#x)", "<b id=\"a b\tc\">[a](#a-b)", "<p id=\"&quot;><script>\">[a](#script)",
	"<i id=__proto__ name=b>[a](#__proto__)", "<a name=a id=b><a name=b id=a>[a](#a)[b](#b)", "<table id=a><tr id=b><td id=c>[a](#b)",
	"[a](#a)<td id=a>", "<a id=a href='#a'><a id=a href='#a'>", "<img id=a src=b.png>[a](#a)", "![<b id=a>](c.png)[a](#a)",
	/* HTML that is a script, or asks for something */
	"<script>alert(1)</script>", "<SCRIPT SRC=//a></SCRIPT>", "<script\n>alert(1)</script\n>", "<scr<script>ipt>alert(1)",
	"<script>alert(1)", "a<script>b</script", "<script/x>alert(1)</script>", "<<script>alert(1)//<</script>",
	"<style>@import '//a';</style>", "<style>*{x:expression(alert(1))}", "<link rel=stylesheet href=//a>",
	"<iframe src=\"javascript:alert(1)\"></iframe>", "<iframe srcdoc=\"<script>alert(1)</script>\">", "<frameset onload=a>",
	"<object data=\"data:text/html,x\"><param name=x>a</object>", "<embed src=//a>", "<applet code=a>b</applet>",
	"<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>", "<svg><a xlink:href=\"javascript:a\"><text>b",
	"<svg><style><img src=x onerror=alert(1)></style></svg>", "<math><mtext><table><mglyph><style><img src=x>",
	"<math href=\"javascript:alert(1)\">a</math>", "<base href=//a>", "<meta http-equiv=refresh content=\"0;//a\">",
	"<form action=//a><input name=b><button formaction=javascript:a>c</button></form>", "<input autofocus onfocus=a>",
	"<textarea><script>alert(1)</script></textarea>", "<select><option onclick=a>b</select>", "<title><img src=x></title>",
	"<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>", "<template><script>a</script></template>",
	"<xmp><img src=x></xmp>", "<plaintext>a", "<noembed><img src=//a></noembed>", "<video src=//a poster=//b><source src=c>",
	"<audio src=//a autoplay>", "<body onload=a background=//b>", "<img src=//a srcset=\"//b 2x\" lowsrc=//c>",
	"<picture><source srcset=//a><img src=//b></picture>", "<table background=//a><tr><td background=//b>c</table>",
	"<isindex action=//a>", "<portal src=//a>", "<marquee onstart=a>b</marquee>", "<bgsound src=//a>", "<keygen autofocus>",
	/* attributes */
	"<img src=x onerror=alert(1)>", "<img src=\"x\" OnError = 'alert(1)'>", "<img/src=x/onerror=alert(1)>",
	"<img src=x\nonerror\n=\nalert(1)>", "<img src=`x` onerror=alert(1)>", "<img \"\"\"><script>alert(1)</script>\">",
	"<img src=\"x\"onerror=\"alert(1)\">", "<img alt=\"<script>alert(1)</script>\" src=x>", "<img src=x alt='\"onerror=a'>",
	"<img src=\"a.png\" src=\"javascript:alert(1)\">", "<img src=javascript:alert(1) src=a.png>", "<img src=&#x6a;avascript:a>",
	"<b onmouseover=alert(1)>a</b>", "<p style=\"background:url(//a)\">b</p>", "<p style='position:fixed'>a</p>",
	"<div class=\"alert\" id=main name=a>b</div>", "<a id=getElementById name=forms href=b>c</a>", "<b contenteditable>a</b>",
	"<p is=x slot=y part=z data-a=b aria-label=c role=button tabindex=9 accesskey=x hidden>d</p>", "<b a=\"b>c", "<b a='\">b</b>",
	"<a href=\"javascript:alert(1)\">b</a>", "<a href=java&#x73;cript:a>b</a>", "<a href=\"java\nscript:a\">b</a>",
	"<a href=\" &#14; javascript:a\">b</a>", "<a href=javascript&colon;a>b</a>", "<a href='https://a' target=_top ping=//b>c</a>",
	"<a href=\"https://a\" download rel=opener referrerpolicy=unsafe-url>b</a>", "<a/href=//b>c</a>", "<a\x0chref=data:a>b</a>",
	"<td align=center colspan=99999 rowspan=-1>a</td>", "<img src=a.png width=99999 height=1e9>", "<p align=\"x\" align=left>a</p>",
	"<details open=\"\" ontoggle=alert(1)>a</details>", "<ol start=\"1\" type=a>b</ol>", "<img src=a.png alt=b title=\"c\"\">",
	/* comments and other markup that is read in two ways */
	"<!--><img src=x onerror=alert(1)>-->", "<!---><img src=x onerror=alert(1)>-->", "<!-- a --!><script>b</script>-->",
	"<!-- <script>a</script> --><b>c", "<!-- a", "<!DOCTYPE html><html><head><title>a</title></head><body>b</body></html>",
	"<![CDATA[<script>a</script>]]>", "<?xml version=\"1.0\"?><?php a ?>", "<!a><b>c</b>", "</ script>a",
	"<//script>a", "<%00script>a", "<script>a<!--<script>b</script>-->c</script>d", "<a<b>c</b>", "<b\"a>c</b>", "<b =a>c</b>",
	/* leaving the place in the page */
	"</div></main></body></html>", "</p></p></p>a", "</blockquote></li></ul></td></table>a", "> </blockquote></div>a",
	"- </li></ul></div>\n  a", "|a|\n|---|\n|</td></table></div>b|", "# </h2></div>a", "`</code>`</code>", "*</em></p></div>a*",
	"a<tr>b<a href=c> *d<div>e>f<table> <scrip:>g*", "[</a></p>](b)", "<div><div><div>", "<table><tr><td>", "<ul><li><ul><li>", "<b><i><a href=b>", "<details><summary>",
	"<table><div><p>a<tr><b><td>c</table>d", "<a href=b><table><a href=c>", "<p><table><p></table>a", "<b><p></b>a</p>",
	"<h1><h1><h2>a", "<li><td><summary><tr>a", "<table><caption>a<col><tfoot><tr><td>b", "<dl>a<dt>b<dl><dd>c</dt>",
	"<ul><table><ul><li><td>a", "<pre><pre>\n\na", "<center><center></center>", "> <div>\n\na", "- <table>\n- a\n\n</table>",
	"> [!NOTE]<a>\n> b", "> [!NOTE]</p>\n> a", "> <b>\n> [!NOTE]\n> a", "> [!NOTE]<!-- b -->\n> c", "> [!NOTE]<div>\n> a",
	"| <table> | <tr> |\n|---|---|\n| <td> | </table> |", "**<div>a**</div>", "~~<p>a~~", "[<div>a](b)</div>", "# <p>a\n# b</p>",
};

static void t_web_01_t_web_02_payloads(void **state)
{
	(void)state;
	struct markdown m;
	assert_true(ROWS(payloads) >= 200);
	for (size_t i = 0; i < ROWS(payloads); i++) {
		render(str_c(payloads[i]), &m);
		check(payloads[i], m.body.text);
		assert_false(m.cut);
	}
}

static void t_nul(void **state)
{
	(void)state;
	struct markdown m;
	render(STR("[a](java\0script:b) <\0script>c</script\0> <b\0>d</b> <img src=\0javascript:e>\0"), &m);
	assert_string_equal(arena_dup(&arena, m.body.text), "<p>a  <b>d</b> </p>\n");
	AUTO_SBUF struct sbuf words = sbuf_make(KIB);
	markdown_plain(STR("|a|\n|:-\0|\n|b|\n"), &words);
	assert_string_equal(words.p, "|a| |:-| |b|");
	assert_int_equal(words.n, strlen(words.p));
}

/* Each of them in the middle of others, and each after each opening one. */
static void t_web_01_t_web_02_payloads_in_places(void **state)
{
	(void)state;
	static const char *const places[] = {
		"%s x", "x %s y", "- %s\n- x", "> %s\n\nx", "# %s\nx", "| a |\n|---|\n| %s |\n\nx", "<div>%s", "<table><tr><td>\n\n%s\n\nx",
		"[%s](x)", "*%s*", "![%s](x.png)", "<p>%s</p>", "<a href=\"x\">%s</a>", "<ul>%s</ul>", "<img alt=\"%s\">", "<a title='%s' href=x>y</a>",
		"<details><summary>%s\n\nx", "1. <b>%s\n\n   x", "%s\n\n%s",
	};
	char text[2048];
	struct markdown m;
	for (size_t i = 0; i < ROWS(payloads); i++)
		for (size_t k = 0; k < ROWS(places); k++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			int n = snprintf(text, sizeof text, places[k], payloads[i], payloads[i]);
#pragma GCC diagnostic pop
			render(str_make(text, (size_t)n), &m);
			check(text, m.body.text);
		}
}

/* ---- time and memory (T-WEB-03) ---- */

/* LONG=1: as large as a text may be. */
#define SIZE (getenv("LONG") ? (size_t)MIB : (size_t)MIB / 4)

struct bomb { const char *head, *text, *tail; };     /* the text is repeated up to SIZE */

static const struct bomb bombs[] = {
	{ "", "[", "" }, { "", "[a", "" }, { "", "![", "" }, { "", "[a](", "" }, { "", "[a](<b", "" }, { "", "]", "" },
	{ "[a]: b\n\n", "[", "" }, { "[a]: b\n\n", "[a][a]", "" }, { "", "[a](b)", "" }, { "", "[![a](b)](c)", "" },
	{ "", "[a](\n", "" }, { "", "[a](b '\n", "" }, { "", "[a](b)\n", "" }, { "", "[a\nb\nc]\n", "" }, { "", "[a]: b (\n", "" },
	{ "", "[a]: <b\n", "" }, { "", "[a]: b\n", "" }, { "", "> [!NOTE]\n", "" },
	{ "", "*a", "" }, { "", "*a_", "" }, { "", "*_", "" }, { "", "**a ", "" }, { "", "_a*b~", "" }, { "", "a***", "" },
	{ "", "`", "" }, { "", "`a", "" }, { "", "`a``b```c", "" }, { "", "~~~\n", "" }, { "", "```\n", "" },
	{ "", "<", "" }, { "", "<a", "" }, { "", "<a b='", "" }, { "", "<a b=\" c='", "" }, { "", "<!--", "" }, { "", "x <!--", "" },
	{ "", "<?\n", "" }, { "", "<div>\n\n", "" }, { "", "</div>\n\n", "" }, { "", "<b>", "" }, { "", "<b>\n\n", "" }, { "", "<li>", "" },
	{ "<div>", "<script>", "" }, { "<table>", "<td>", "" }, { "<div>", "<p align=left>", "" }, { "<div>", "<a b=\" c='", "" },
	{ "<div>", "<a href=b>c", "" }, { "<div>", "&#x26;", "" }, { "<div>", "<img src=https://a>", "" }, { "<div>", "</", "" },
	{ "", ">", "" }, { "", "> ", "" }, { "", ">>\n", "" }, { "", "- ", "" }, { "", "1. ", "" }, { "", "- a\n", "" }, { "", "+\n", "" },
	{ "", "# a\n", "" }, { "", "a\n=\n", "" }, { "", "# a b\n# a-1\n", "" }, { "", "---\n", "" }, { "", "\n", "" }, { "", "\r", "" },
	{ "", "|", "" }, { "", "|---", "" }, { "", "|a\n|---\n", "" }, { "|a|b|c\n|---|---|---\n", "|\n", "" }, { "", "a|b\n-|-\n", "" },
	{ "", "www.a.b(", "" }, { "", "https://a.b ", "" }, { "", "http://a.b/c\n", "" }, { "", "a@b.c ", "" }, { "", "a@", "" },
	{ "", "&", "" }, { "", "&amp;", "" }, { "", "\\", "" }, { "", "\xff", "" }, { "", "\x01", "" }, { "", "\"", "" }, { "", "    a\n", "" },
	{ "", "a", "" }, { "", "a b ", "" }, { "", "a  \n", "" }, { "---\na: ", "b\n", "" },
};

static double time_text(const char *name, const struct sbuf *b)
{
	struct markdown m;
	AUTO_SBUF struct sbuf words = sbuf_make(MIB);
	double begin = core_seconds();
	render(sbuf_str(b), &m);
	markdown_plain(sbuf_str(b), &words);
	double seconds = core_seconds() - begin;
	assert_true(sbuf_ok(b) && sbuf_ok(&words));
	assert_true(m.body.text.n <= MARKDOWN_HTML_MAX_BYTES && m.heading_count <= MARKDOWN_HEADINGS_MAX);
	check(name, m.body.text);
	return seconds;
}

static void put_repeated(struct sbuf *b, const char *text, size_t bytes)
{
	for (size_t n = 0, each = strlen(text); n + each <= bytes; n += each)
		sbuf_puts(b, text);
}

static double time_bomb(const void *ctx, size_t bytes)
{
	const struct bomb *bomb = ctx;
	AUTO_SBUF struct sbuf b = sbuf_make(4 * SIZE);
	sbuf_puts(&b, bomb->head);
	put_repeated(&b, bomb->text, bytes - 64);
	sbuf_puts(&b, bomb->tail);
	return time_text(bomb->text, &b);
}

static void t_web_03_bombs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bombs); i++)
		assert_linear_time(bombs[i].text, time_bomb, &bombs[i], SIZE);
}

/* Two texts of half the size, where one lets the other be quadratic. */
struct two { const char *head, *first, *between, *second; };

static double time_two(const void *ctx, size_t bytes)
{
	const struct two *two = ctx;
	AUTO_SBUF struct sbuf b = sbuf_make(4 * SIZE);
	sbuf_puts(&b, two->head);
	put_repeated(&b, two->first, bytes / 2 - 64);
	sbuf_puts(&b, two->between);
	put_repeated(&b, two->second, bytes / 2 - 64);
	return time_text(two->second, &b);
}

static void t_bombs_of_two(void **state)
{
	(void)state;
	static const struct two twos[] = {
		{ "", "[", "", "]" }, { "[a]: b\n\n", "[", "", "]" }, { "[a]: b\n\n", "[\n", "", "]\n" }, { "", "[a", "", "](b)" },
		{ "[a]: ", "/", "\n\n", "[a]" }, { "[a]: b '", "&amp;", "'\n\n", "[a]" }, { "[a]: ", "/&amp;", "\n\n", "![a]\n" },
		{ "", "- ", "a\n", "\n" }, { "", "1. ", "a\n", "\n" }, { "", "- ", "```\n", "\n" }, { "", "- ", "a\n", "- a\n" },
		{ "", ">", "a\n", "a\n" }, { "", "> - ", "a\n", "\n" }, { "", ">", "a\n", ">\n" }, { "", "*", "a", "*" }, { "", "*a ", "", "b* " },
		{ "", "|a", "\n", "|---" }, { "x\n\n", "|a", "|\n|---|\n", "|\n" }, { "", "<b>", "", "</b>" }, { "", "<div>\n\n", "", "</div>\n\n" },
		{ "", "# a\n", "", "[a](#a)" }, { "", "# a\n", "", "[a](#a)\n\n" },
		{ "", "<b id=a>", "", "[a](#a)" }, { "", "<a id=&amp;b>", "\n\n", "[a](#b)" },
	};
	for (size_t i = 0; i < ROWS(twos); i++)
		assert_linear_time(twos[i].second, time_two, &twos[i], SIZE);
}

/* A head as wide as half the text, and short rows. */
static double time_wide_table(const void *name, size_t bytes)
{
	AUTO_SBUF struct sbuf b = sbuf_make(4 * SIZE);
	put_repeated(&b, "|a", bytes / 4);
	sbuf_puts(&b, "|\n");
	put_repeated(&b, "|---", bytes / 2);
	sbuf_puts(&b, "|\n");
	put_repeated(&b, "|\n", bytes / 4);
	return time_text(name, &b);
}

/* Lists in lists, a line each, with empty lines between. */
static double time_nested_lists(const void *name, size_t bytes)
{
	AUTO_SBUF struct sbuf b = sbuf_make(4 * SIZE);
	for (size_t depth = 0; b.n + 2 * depth + 8 < bytes; depth++) {
		put_repeated(&b, "  ", 2 * depth);
		sbuf_puts(&b, "- a\n\n");
	}
	return time_text(name, &b);
}

static void t_web_03_wide_and_deep(void **state)
{
	(void)state;
	assert_linear_time("wide table", time_wide_table, "wide table", SIZE);
	assert_linear_time("nested lists", time_nested_lists, "nested lists", SIZE);
}

/* ---- limits ---- */

static void t_text_is_cut_at_a_line(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(4 * MIB);
	struct markdown m;
	put_repeated(&b, "a b c d\n\n", MARKDOWN_MAX_BYTES + 100);
	render(sbuf_str(&b), &m);
	assert_true(m.cut && str_ends(m.body.text, STR("<p>a b c d</p>\n")));
	render(str_first(sbuf_str(&b), MARKDOWN_MAX_BYTES), &m);
	assert_false(m.cut);
}

/* T-WEB-03: what is shown has 1 MiB at most, whatever the text's elements come to. */
static void t_html_is_cut(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(4 * MIB);
	struct markdown m;
	sbuf_puts(&b, "|a|b|c|\n|---|---|---|\n");
	put_repeated(&b, "|`a`|&|c|\n", MARKDOWN_MAX_BYTES - 100);
	render(sbuf_str(&b), &m);
	assert_true(m.cut && m.body.text.n > MIB / 2 && m.body.text.n <= MIB);
	assert_true(str_ends(m.body.text, STR("</table></div>\n")));
}

static void t_depth_is_cut(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(SIZE);
	struct markdown m;
	put_repeated(&b, ">", MARKDOWN_DEPTH_MAX - 1);
	sbuf_puts(&b, "a");
	render(sbuf_str(&b), &m);
	assert_false(m.cut);
	sbuf_reset(&b);
	sbuf_puts(&b, "before\n\n");
	put_repeated(&b, ">", MARKDOWN_DEPTH_MAX + 1);
	sbuf_puts(&b, "a\n\nafter");
	render(sbuf_str(&b), &m);
	assert_true(m.cut && str_starts(m.body.text, STR("<p>before</p>\n<blockquote>\n")));
	check("depth", m.body.text);
}

/* Wherever the limit falls: at an element, or at one that is implied around it. */
static void t_depth_of_what_is_implied_is_cut(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(SIZE);
	struct markdown m;
	for (size_t before = 0; before < 4; before++) {
		static const char *const nested[] = { "<table>", "<table>a", "<ul>", "<dl><b>", "<table><tbody>" };
		for (size_t i = 0; i < ROWS(nested); i++) {
			sbuf_reset(&b);
			for (size_t n = 0; n < before + MARKDOWN_DEPTH_MAX; n++)
				sbuf_puts(&b, n < before ? "<div>" : nested[i]);
			render(sbuf_str(&b), &m);
			check(nested[i], m.body.text);
			assert_true(m.cut);
		}
	}
}

static void t_headings_are_limited(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(SIZE);
	struct markdown m;
	for (size_t i = 0; i <= MARKDOWN_HEADINGS_MAX; i++)
		sbuf_printf(&b, "# %zu\n", i);
	sbuf_puts(&b, "[a](#499) [b](#500)\n");
	render(sbuf_str(&b), &m);
	assert_int_equal(m.heading_count, MARKDOWN_HEADINGS_MAX);
	assert_true(!m.cut && str_ends(m.body.text, STR("<h2>500</h2>\n<p><a href=\"#h-499\">a</a> b</p>\n")));
}

static void t_names_are_limited(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(SIZE);
	struct markdown m;
	for (size_t i = 0; i <= MARKDOWN_ANCHORS_MAX; i++)
		sbuf_printf(&b, "<b id=\"n%zu\">x</b>\n", i);
	sbuf_puts(&b, "[a](#n499) [b](#n500)\n");
	render(sbuf_str(&b), &m);
	check("names", m.body.text);
	assert_true(!m.cut && str_ends(m.body.text, STR("<b>x</b>\n<a href=\"#h-n499\">a</a> b</p>\n")));
}

static void t_links_are_limited(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(SIZE);
	struct markdown m;
	put_repeated(&b, "[a](b)\n\n", 8 * MARKDOWN_LINKS_MAX);
	sbuf_puts(&b, "[c](d) ![e](f)\n");
	render(sbuf_str(&b), &m);
	assert_true(str_ends(m.body.text, STR("<p><a href=\"/files/b\">a</a></p>\n<p>c e</p>\n")));
}

/* A link to a heading that is in the text and was cut off. */
static void t_no_link_to_what_is_cut_off(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(SIZE);
	struct markdown m;
	sbuf_puts(&b, "[a](#a) [b](#b)\n\n# a\n\n");
	put_repeated(&b, ">", MARKDOWN_DEPTH_MAX + 1);
	sbuf_puts(&b, "x\n\n# b\n");
	render(sbuf_str(&b), &m);
	assert_true(m.cut && str_starts(m.body.text, STR("<p><a href=\"#h-a\">a</a> b</p>\n")));
	assert_int_equal(m.heading_count, 1);
}

/* ---- real charts ---- */

struct real { const struct chart *chart; size_t readmes, files; };

/* As a page does: to the chart's own files alone. */
static struct str resolve_real(void *ctx, struct arena *a, struct str path, bool image)
{
	struct real *real = ctx;
	const struct tar_listing *files = &real->chart->members;
	(void)image;
	for (size_t i = 0; i < files->count; i++)
		if (str_eq(files->members[i].name, path)) {
			real->files++;
			return str_c(arena_printf(a, "/files/%.*s", STR_ARG(path)));
		}
	return STR("");
}

static void render_readmes(const struct chart *c, struct real *real)
{
	struct markdown m;
	AUTO_SBUF struct sbuf words = sbuf_make(MIB);
	const struct markdown_options to_files = { .resolve = resolve_real, .ctx = real };
	real->chart = c;
	if (c->readme.n) {
		arena_done(&arena);
		assert_int_equal(markdown_render(&arena, c->readme, &to_files, &m, &error), OK);
		check(c->meta.name.p, m.body.text);
		markdown_plain(c->readme, &words);
		assert_true(!m.cut && m.body.text.n && words.n && sbuf_ok(&words));
		real->readmes++;
	}
	for (size_t i = 0; i < c->subchart_count; i++)
		render_readmes(&c->subcharts[i], real);
}

static void render_chart(struct arena *a, const struct chart *c, const char *file, void *real)
{
	(void)a, (void)file;
	render_readmes(c, real);
}

static void t_real_readmes(void **state)
{
	(void)state;
	struct real real = { 0 };
	(void)each_real_chart(10, render_chart, &real);
	if (getenv("LONG"))
		assert_int_equal(real.readmes, 1757);      /* with those of subcharts */
	assert_true(real.readmes > 100 && real.files > 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_reader_refuses),
		cmocka_unit_test(t_web_01_t_web_02_payloads),
		cmocka_unit_test(t_nul),
		cmocka_unit_test(t_web_01_t_web_02_payloads_in_places),
		cmocka_unit_test(t_web_03_bombs),
		cmocka_unit_test(t_bombs_of_two),
		cmocka_unit_test(t_web_03_wide_and_deep),
		cmocka_unit_test(t_text_is_cut_at_a_line),
		cmocka_unit_test(t_html_is_cut),
		cmocka_unit_test(t_depth_is_cut),
		cmocka_unit_test(t_depth_of_what_is_implied_is_cut),
		cmocka_unit_test(t_headings_are_limited),
		cmocka_unit_test(t_names_are_limited), cmocka_unit_test(t_links_are_limited),
		cmocka_unit_test(t_no_link_to_what_is_cut_off),
		cmocka_unit_test(t_real_readmes),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, forget);
}
