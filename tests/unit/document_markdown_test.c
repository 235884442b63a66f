/* Markdown → markup, whole outputs compared; what strangers try is in document_markdown_hostile_test.c. */
#include "markdown_fixture.h"

#define REL " rel=\"nofollow noopener noreferrer\""
#define SELF(id, words) "<a class=\"anchor\" href=\"#" id "\" aria-label=\"Link to " words "\">#</a>"
#define TABLE "<div class=\"scroll\" tabindex=\"0\"><table"

struct row { const char *name, *text, *wanted; };

static const struct row rows[] = {
	{ "nothing", "", "" },
	{ "a paragraph", "a *b* **c** ~~d~~ `e<f>`\ng  \nh",
	  "<p>a <em>b</em> <strong>c</strong> <del>d</del> <code>e&lt;f&gt;</code>\ng<br>\nh</p>\n" },
	{ "entities", "&amp; &copy; &#x41; &#0; &nosuch; &lt;b&gt;",
	  "<p>&amp; © A \xef\xbf\xbd &amp;nosuch; &lt;b&gt;</p>\n" },
	{ "a rule", "---", "<hr>\n" },
	{ "a quote", "> a\n>\n> b", "<blockquote>\n<p>a</p>\n<p>b</p>\n</blockquote>\n" },
	{ "lists", "- a\n- b\n  1. c\n\n7. d", "<ul>\n<li>a</li>\n<li>b<ol>\n<li>c</li>\n</ol>\n</li>\n</ul>\n"
	  "<ol start=\"7\">\n<li>d</li>\n</ol>\n" },
	{ "a loose list", "- a\n\n- b", "<ul>\n<li><p>a</p>\n</li>\n<li><p>b</p>\n</li>\n</ul>\n" },
	{ "tasks", "- [ ] a\n- [x] b", "<ul>\n"
	  "<li class=\"task\"><input type=\"checkbox\" disabled aria-label=\"To do\"> a</li>\n"
	  "<li class=\"task\"><input type=\"checkbox\" disabled aria-label=\"Done\" checked> b</li>\n</ul>\n" },
	{ "fenced code", "```YAML title\na: <b>\n  c\n```",
	  "<pre class=\"code\" data-lang=\"yaml\" tabindex=\"0\"><code>a: &lt;b&gt;\n  c\n</code></pre>\n" },
	{ "code of no known language", "```\" onload=x\na\n```",
	  "<pre class=\"code\" tabindex=\"0\"><code>a\n</code></pre>\n" },
	{ "indented code", "    a\n    b", "<pre class=\"code\" tabindex=\"0\"><code>a\nb\n</code></pre>\n" },
	{ "a table", "a|b|c|d\n:-|:-:|-:|-\n1|`2`|3\n",
	  TABLE ">\n<thead>\n<tr>\n<th class=\"left\">a</th>\n<th class=\"center\">b</th>\n"
	  "<th class=\"right\">c</th>\n<th>d</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td class=\"left\">1</td>\n"
	  "<td class=\"center\"><code>2</code></td>\n<td class=\"right\">3</td>\n<td></td>\n</tr>\n"
	  "</tbody>\n</table></div>\n" },
	{ "what only looks like a line of a table", "```\na|b\n  - |\n    c\n- |-\n```\n\n- |\n\n|-",
	  "<pre class=\"code\" tabindex=\"0\"><code>a|b\n  - |\n    c\n- |-\n</code></pre>\n"
	  "<ul>\n<li>|</li>\n</ul>\n<p>|-</p>\n" },
	{ "a bar in a table", "|`a\\|b`|c\\|d|\n|-|-|\n|``\\|`` `\\\\`|`\\|\\|`|\n\n`e\\|f`",
	  TABLE ">\n<thead>\n<tr>\n<th><code>a|b</code></th>\n<th>c|d</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n"
	  "<td><code>|</code> <code>\\\\</code></td>\n<td><code>||</code></td>\n</tr>\n</tbody>\n</table></div>\n"
	  "<p><code>e\\|f</code></p>\n" },
	{ "front matter is dropped", "\xef\xbb\xbf---\ntitle: x\n---\na", "<p>a</p>\n" },
	{ "a rule is not front matter", "---\na\n\n---\n", "<hr>\n<p>a</p>\n<hr>\n" },
	{ "ends of lines", "a\r\nb\rc\r\n\r\nd", "<p>a\nb\nc</p>\n<p>d</p>\n" },
	{ "controls and bytes that are no text", "a\x01\x1b" "b\xff", "<p>ab\xef\xbf\xbd</p>\n" },

	{ "headings", "# A b\n## A b\n###### *C*", "<h2 id=\"h-a-b\">A b" SELF("h-a-b", "A b") "</h2>\n"
	  "<h3 id=\"h-a-b-1\">A b" SELF("h-a-b-1", "A b") "</h3>\n"
	  "<h6 id=\"h-c\"><em>C</em>" SELF("h-c", "C") "</h6>\n" },
	{ "addresses of headings", "# `a.b` & Ünï_c, x-1!\n# 日本。語",
	  "<h2 id=\"h-ab--ünï_c-x-1\"><code>a.b</code> &amp; Ünï_c, x-1!"
	  SELF("h-ab--ünï_c-x-1", "a.b &amp; Ünï_c, x-1!") "</h2>\n"
	  "<h2 id=\"h-日本語\">日本。語" SELF("h-日本語", "日本。語") "</h2>\n" },
	{ "a taken address", "# a-1\n# a\n# a", "<h2 id=\"h-a-1\">a-1" SELF("h-a-1", "a-1") "</h2>\n"
	  "<h2 id=\"h-a\">a" SELF("h-a", "a") "</h2>\n<h2 id=\"h-a-2\">a" SELF("h-a-2", "a") "</h2>\n" },
	{ "a heading without words", "#", "<h2 id=\"h-\">" SELF("h-", "this heading") "</h2>\n" },
	{ "links to headings", "[a](#x-y) [b](#X%2dY) [c](#z) [d](#)\n\nX y\n---",
	  "<p><a href=\"#h-x-y\">a</a> <a href=\"#h-x-y\">b</a> c <a href=\"#\">d</a></p>\n"
	  "<h3 id=\"h-x-y\">X y" SELF("h-x-y", "X y") "</h3>\n" },

	{ "the top of the page", "[a](#Top) [b](#tops)", "<p><a href=\"#\">a</a> b</p>\n" },
	{ "a heading that is called top", "[a](#top)\n\n# Top", "<p><a href=\"#h-top\">a</a></p>\n"
	  "<h2 id=\"h-top\">Top" SELF("h-top", "Top") "</h2>\n" },
	{ "links to names of tags", "[a](#Na.med) [b](#custom) [c](#sec) [d](#none)\n\n<a id=\"na&#46;med\"></a>\nx\n\n"
	  "<h2 id='custom'>y</h2>\n\n<p id=sec align=center>z</p>",
	  "<p><a href=\"#h-named\">a</a> <a href=\"#h-custom\">b</a> <a href=\"#h-sec\">c</a> d</p>\n"
	  "<p><span id=\"h-named\"></span>\nx</p>\n<p></p>\n<h3 id=\"h-custom\">y</h3><div id=\"h-sec\" class=\"center\">z</div>\n" },
	{ "a name that a heading has", "<a name=\"x\"></a>\n\n# X\n\n[a](#x)", "<p></p>\n"
	  "<h2 id=\"h-x\">X" SELF("h-x", "X") "</h2>\n<p><a href=\"#h-x\">a</a></p>\n" },
	{ "a name twice, and one that a heading would get", "<b id=\"x\">1</b> <b id=\"x\">2</b> <b id=\"y-1\">3</b>\n\n# Y\n# Y",
	  "<p><b id=\"h-x\">1</b> <b>2</b> <b>3</b></p>\n<h2 id=\"h-y\">Y" SELF("h-y", "Y") "</h2>\n"
	  "<h2 id=\"h-y-1\">Y" SELF("h-y-1", "Y") "</h2>\n" },
	{ "names that are not shown", "[a](#a) [b](#b) [c](#c) [d](#d)\n\n<!-- <a id=\"a\"> -->\n<script><a id=\"b\"></script>\n<u id=\"c\">e</u>\n"
	  "<b id=\"\" name=\"d\">f</b>",
	  "<p>a b c d</p>\n\n\n<p>e\n<b>f</b></p>\n" },
	{ "a name of signs", "<a id=\"' onclick=&quot;x&quot;&gt;&lt;\"></a>[a](#-onclickx)",
	  "<p><span id=\"h--onclickx\"></span><a href=\"#h--onclickx\">a</a></p>\n" },
	{ "a link with a name", "<a name=\"n\" href=\"https://b\">c</a> [d](docs/self.md#n)",
	  "<p><span id=\"h-n\"></span><a href=\"https://b\"" REL ">c</a> <a href=\"#h-n\">d</a></p>\n" },
	{ "links to other hosts", "[a](https://b/c?d=e&f 'g \"h') <http://i> www.j.k l@m.n [o](//p/q) [r](MAILTO:s)",
	  "<p><a href=\"https://b/c?d=e&amp;f\"" REL " title=\"g &quot;h\">a</a> "
	  "<a href=\"http://i\"" REL ">http://i</a> <a href=\"http://www.j.k\"" REL ">www.j.k</a> "
	  "<a href=\"mailto:l@m.n\"" REL ">l@m.n</a> <a href=\"https://p/q\"" REL ">o</a> "
	  "<a href=\"mailto:s\"" REL ">r</a></p>\n" },
	{ "an address is written anew", "[a](<https://b/c d\"e`f{ä\\g>)",
	  "<p><a href=\"https://b/c%20d%22e%60f%7B%C3%A4%5Cg\"" REL ">a</a></p>\n" },
	{ "links to files", "[a](b/c.md) [d](./e/../f%20g?h#i) [j](/k) [l](../m) [n](.) [o](missing/p) [q](<r s>)",
	  "<p><a href=\"/files/b/c.md\">a</a> <a href=\"/files/f g\">d</a> <a href=\"/files/k\">j</a> l n o "
	  "<a href=\"/files/r s\">q</a></p>\n" },
	{ "references", "[a][b] [b] [c][d]\n\n[b]: https://e 'f'",
	  "<p><a href=\"https://e\"" REL " title=\"f\">a</a> <a href=\"https://e\"" REL " title=\"f\">b</a> "
	  "[c][d]</p>\n" },
	{ "images of the chart", "![a *b* <b>](c/d.png \"e\")![](f.png) ![g](missing.png)",
	  "<p><img src=\"/files/c/d.png?raw\" alt=\"a b \" title=\"e\" loading=\"lazy\">"
	  "<img src=\"/files/f.png?raw\" alt=\"\" loading=\"lazy\"> g</p>\n" },
	{ "images of other hosts", "![a](https://b/c.svg) ![](//d/e.png) ![f](data:image/png;base64,AA)",
	  "<p><a class=\"image-link\" href=\"https://b/c.svg\"" REL ">a</a> "
	  "<a class=\"image-link\" href=\"https://d/e.png\"" REL ">image</a> f</p>\n" },
	{ "images in links", "[![a](https://b/c.svg)](https://d) [![](https://e/f)](g) [![h](i.png)](j)",
	  "<p><a href=\"https://d\"" REL ">a</a> <a href=\"/files/g\">image</a> "
	  "<a href=\"/files/j\"><img src=\"/files/i.png?raw\" alt=\"h\" loading=\"lazy\"></a></p>\n" },

	{ "a link that ends and did not begin", "*![a](b[c)](d)* [![](e[f)](g)",
	  "<p><em><img src=\"/files/b[c?raw\" alt=\"a\" loading=\"lazy\"></em> "
	  "[<img src=\"/files/e[f?raw\" alt=\"\" loading=\"lazy\"></p>\n" },

	{ "an alert", "> [!NOTE]\n> a\n> b", "<div class=\"alert alert-note\">\n"
	  "<p class=\"alert-title\">Note</p>\n<p>a\nb</p>\n</div>\n" },
	{ "an alert of blocks", "> [!tip]\n>\n> - a", "<div class=\"alert alert-tip\">\n"
	  "<p class=\"alert-title\">Tip</p>\n<ul>\n<li>a</li>\n</ul>\n</div>\n" },
	{ "the other alerts", "> [!IMPORTANT]\n> a\n\n> [!WARNING]  \n> b\n\n- > [!CAUTION]\n  > c",
	  "<div class=\"alert alert-important\">\n<p class=\"alert-title\">Important</p>\n<p>a</p>\n</div>\n"
	  "<div class=\"alert alert-warning\">\n<p class=\"alert-title\">Warning</p>\n<p>b</p>\n</div>\n"
	  "<ul>\n<li><div class=\"alert alert-caution\">\n<p class=\"alert-title\">Caution</p>\n<p>c</p>\n"
	  "</div>\n</li>\n</ul>\n" },
	{ "no alerts", "> [!NOTE] a\n\n> a\n> [!NOTE]\n\n> [!OTHER]\n> a\n\n[!NOTE]\na\n\n> `[!NOTE]`\n> a",
	  "<blockquote>\n<p>[!NOTE] a</p>\n</blockquote>\n<blockquote>\n<p>a\n[!NOTE]</p>\n</blockquote>\n"
	  "<blockquote>\n<p>[!OTHER]\na</p>\n</blockquote>\n<p>[!NOTE]\na</p>\n"
	  "<blockquote>\n<p><code>[!NOTE]</code>\na</p>\n</blockquote>\n" },

	{ "HTML in a line", "<b>a</b> <I>b</I> <kbd>c</kbd><br/>d<sub>e</sub> <s>f</s> <u>g</u>",
	  "<p><b>a</b> <i>b</i> <kbd>c</kbd><br>d<sub>e</sub> <del>f</del> g</p>\n" },
	{ "HTML in blocks", "<h1 align=\"Center\">a</h1>\n<p align=right>b <img src='c.png' width=\"40px\" height=9999>"
	  "</p>\n<hr><center>d</center>", "<h2 class=\"center\">a</h2>\n"
	  "<div class=\"right\">b <img src=\"/files/c.png?raw\" alt=\"\" width=\"40\" loading=\"lazy\"></div>\n"
	  "<hr><div class=\"center\">d</div>\n" },
	{ "Markdown in HTML", "<p align=center>\n\n*a*\n\n</p>\n\n<details open><summary>b</summary>\n\n- c\n\n</details>",
	  "<div class=\"center\">\n<p><em>a</em></p>\n</div>\n<details open><summary>b</summary>\n"
	  "<ul>\n<li>c</li>\n</ul>\n</details>\n" },
	{ "links and images in HTML", "<a href=\"https://b\" title=c><img src=https://d alt=e></a> "
	  "<a href=f>g</a> <a name=h>i</a> <picture><source srcset=j><img src=\"k.png\" alt=l></picture>",
	  "<p><a href=\"https://b\"" REL " title=\"c\">e</a> <a href=\"/files/f\">g</a> <span id=\"h-h\"></span>i "
	  "<img src=\"/files/k.png?raw\" alt=\"l\" loading=\"lazy\"></p>\n" },
	{ "a place in a file", "[a](b#L12) [c](./d.yaml#L3-L9) [e](f#top) [g](h?i#L1) [j](k#L) ![l](m.png#L1)",
	  "<p><a href=\"/files/b#L12\">a</a> <a href=\"/files/d.yaml#L3\">c</a> <a href=\"/files/f\">e</a> "
	  "<a href=\"/files/h#L1\">g</a> <a href=\"/files/k\">j</a> "
	  "<img src=\"/files/m.png?raw\" alt=\"l\" loading=\"lazy\"></p>\n" },
	{ "a heading of the document by its name", "# A\n\n[b](docs/self.md#a) [c](./docs/self.md#none) [d](docs/self.md)",
	  "<h2 id=\"h-a\">A" SELF("h-a", "A") "</h2>\n<p><a href=\"#h-a\">b</a> c <a href=\"/files/docs/self.md\">d</a></p>\n" },
	{ "HTML's tables", "<table><tr><td align=right colspan=2>a<td>b<tr><td>c</table>",
	  TABLE "><tr><td class=\"right\" colspan=\"2\">a</td><td>b</td></tr><tr><td>c</td></tr></table></div>\n" },
	{ "HTML's lists", "<ul><li>a<li>b<ol><li>c</ol></ul><dl><dt>d<dd>e</dl>",
	  "<ul><li>a</li><li>b<ol><li>c</li></ol></li></ul><dl><dt>d</dt><dd>e</dd></dl>\n" },
	{ "placeholders", "helm install <name> --set a=<my-value>, a < b", "<p>helm install &lt;name&gt; "
	  "--set a=&lt;my-value&gt;, a &lt; b</p>\n" },
	{ "comments", "a <!-- b --> c\n\n<!--\nd\n\ne -->\n\nf", "<p>a  c</p>\n\n<p>f</p>\n" },

	{ "what is not ended", "<div><b>a\n\nb", "<div><b>a\n<p>b</p>\n</b></div>" },
	{ "what is ended twice", "a</p></div></b>\n\n</div></blockquote>b", "<p>a</p>\nb\n" },
	{ "crossing tags", "<b>a<i>b</b>c</i>", "<p><b>a<i>b</i></b>c</p>\n" },
	{ "tags across emphasis", "*a<b>b*c</b>d", "<p><em>a<b>b</b></em>cd</p>\n" },
	{ "a block in a paragraph", "a <div>b</div> c", "<p>a </p>\n<div>b</div> c" },
	{ "a list item's HTML ends with it", "- <div><b>a\n- b", "<ul>\n<li><div><b>a\n</b></div></li>\n<li>b</li>\n</ul>\n" },
	{ "a tag does not end Markdown's", "> a\n>\n> </blockquote></div>\n\n- b</li></ul>c",
	  "<blockquote>\n<p>a</p>\n\n</blockquote>\n<ul>\n<li>bc</li>\n</ul>\n" },
	{ "cells without a table", "<td>a</td><li>b</li><summary>c</summary>", "abc\n" },
	{ "content that has no cell", "<table>a<tr>b</table><ul>c</ul>",
	  TABLE "><tr>\n<td>a</td>\n</tr>\n<tr><td>b</td>\n</tr></table></div><ul><li>c</li>\n</ul>\n" },
	{ "a link in a link", "<a href=b>c [d](e) f</a> [g <a href=h>i</a>](j)",
	  "<p><a href=\"/files/b\">c </a><a href=\"/files/e\">d</a> f <a href=\"/files/j\">g i</a></p>\n" },
	{ "a heading in a heading", "<h1>a\n\n# b", "<h2>a\n</h2><h2 id=\"h-b\">b" SELF("h-b", "b") "</h2>\n" },
	{ "a heading in a link", "<a href=b>\n\n# c\n\n</a>", "<a href=\"/files/b\">\n<h2 id=\"h-c\">c</h2>\n</a>\n" },
	{ "a heading that a tag ends", "# a <div>b", "<h2 id=\"h-a-b\">a </h2>\n<div>b</div>" },
};

static void t_render(void **state)
{
	const struct row *row = *state;
	struct markdown m;
	render(str_c(row->text), &m);
	assert_string_equal(arena_dup(&arena, m.body.text), row->wanted);
	assert_false(m.cut);
	check(row->name, m.body.text);
}

static void t_headings(void **state)
{
	(void)state;
	AUTO_SBUF struct sbuf b = sbuf_make(KIB);
	struct markdown m;
	render(STR("# A  *b* & `<c>` ![d](e) <f>\n###### G\n\n<h1>no</h1>\n"), &m);
	for (size_t i = 0; i < m.heading_count; i++)
		sbuf_printf(&b, "%u %.*s %.*s\n", m.headings[i].level, STR_ARG(m.headings[i].id),
		            STR_ARG(m.headings[i].text));
	assert_string_equal(b.p, "2 h-a--b--c A b & <c>\n6 h-g G\n");
}

/* Without a resolver no relative link leads anywhere. */
static void t_no_files(void **state)
{
	(void)state;
	const struct markdown_options none = { 0 };
	struct markdown m;
	arena_done(&arena);
	assert_int_equal(markdown_render(&arena, STR("[a](b) ![c](d)"), &none, &m, &error), OK);
	assert_string_equal(arena_dup(&arena, m.body.text), "<p>a c</p>\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t_headings),
		cmocka_unit_test(t_no_files),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	int failed = cmocka_run_group_tests(tests, NULL, forget);
	failed += RUN_TABLE("Markdown", t_render, rows);
	arena_done(&arena);
	return failed;
}
