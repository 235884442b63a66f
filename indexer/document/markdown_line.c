/* A line is rendered as a document is, and is fine when that gave one paragraph. */
#include "indexer/base/auto.h"
#include "indexer/document/markdown.h"

/* What stands in the only paragraph; p NULL: there is something else. */
static struct str only_paragraph(struct str body)
{
	static const char begins[] = "<p>", ends[] = "</p>\n";
	const size_t n = sizeof begins - 1, m = sizeof ends - 1;
	if (body.n < n + m || !str_starts(body, STR("<p>")) || !str_ends(body, STR("</p>\n")))
		return (struct str){ 0 };
	struct str inner = str_make(body.p + n, body.n - n - m);
	return memmem(inner.p, inner.n, "</p>", 4) ? (struct str){ 0 } : inner;
}

static enum err words_of(struct arena *a, struct str text, struct html *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf words = sbuf_make(text.n + 1), b = sbuf_make(8 * text.n + 1);
	markdown_plain(text, &words);
	html_escape(&b, sbuf_str(&words));
	bool fits = sbuf_ok(&words) && sbuf_ok(&b) && arena_str(a, sbuf_str(&b), &ret->text);
	return fits ? OK : ERR(e, NOMEM, "a line");
}

enum err markdown_line(struct arena *a, struct str text, struct html *ret, struct errinfo *e)
{
	const struct markdown_options o = { 0 };
	struct markdown m;
	enum err err = markdown_render(a, text, &o, &m, e);
	if (err)
		return err;
	struct str inner = only_paragraph(m.body.text);
	if (!inner.p)
		return words_of(a, text, ret, e);
	*ret = (struct html){ inner };
	return OK;
}
