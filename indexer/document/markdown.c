/* From the parser's callbacks to markup. Each block and span of the parser remembers how many
 * elements were open around it, so what a stranger's HTML opened in it ends with it, whatever that
 * was.                                                                                         */
#include "indexer/document/markdown.h"

#include "indexer/base/auto.h"
#include "indexer/document/markdown_parts.h"

void markdown_mark(struct render *r, int what)
{
	if (r->mark_count < sizeof r->marks / sizeof *r->marks)
		r->marks[r->mark_count++] = (struct render_mark){ what, r->m.depth };
	else
		r->m.full = true;
}

bool markdown_unmark(struct render *r, int what, size_t *ret_depth)
{
	for (size_t i = r->mark_count; i-- > 0;) {
		if (r->marks[i].what == what) {
			r->mark_count = i;
			*ret_depth = r->marks[i].depth;
			return true;
		}
		if (r->marks[i].what == RENDER_BLOCK)
			break;
	}
	return false;
}

void markdown_open(struct render *r, int what, enum markup_kind kind, const char *start,
                   const char *close)
{
	bool placed = !r->dropped && markup_place(&r->m, kind);
	markdown_mark(r, what);
	if (placed && !r->m.full) {
		sbuf_puts(&r->m.out, start);
		markup_push(&r->m, kind, NULL, close);
	}
}

void markdown_flush(struct render *r)
{
	if (r->html.n && !r->images)
		markdown_html(r, sbuf_str(&r->html));
	r->html.n = 0;
}

int markdown_verdict(const struct render *r)
{
	return r->m.full || !sbuf_ok(&r->m.out) || !sbuf_ok(&r->html) ? PARSER_STOP : 0;
}

static enum err parse(struct render *r, struct str text, struct markdown *ret, struct errinfo *e)
{
	static const MD_PARSER parser = {
		0, MD_DIALECT_GITHUB, markdown_enter_block, markdown_leave_block, markdown_enter_span,
		markdown_leave_span, markdown_put_text, NULL, NULL
	};
	const struct outline *outline = r->links.outline;
	for (size_t i = 0; i < outline->anchor_count; i++)
		outline->anchors[i].written = false;
	bool failed = md_parse(text.p, (MD_SIZE)text.n, &parser, r) && !r->m.full;
	markup_back(&r->m, 0);
	bool whole = sbuf_ok(&r->m.out) && sbuf_ok(&r->html) && sbuf_ok(&r->alt) && sbuf_ok(&r->value) &&
	             sbuf_ok(&r->links.to) && sbuf_ok(&r->links.decoded);
	if (failed || !whole || !arena_str(r->links.arena, sbuf_str(&r->m.out), &ret->body.text))
		return ERR(e, NOMEM, "Markdown");
	ret->headings = outline->headings;
	ret->heading_count = r->heading_at < outline->count ? r->heading_at : outline->count;
	ret->cut |= r->m.full;
	return OK;
}

static enum err render(struct arena *a, struct str text, const struct outline *outline,
                       const struct markdown_options *o, struct markdown *ret, struct errinfo *e)
{
	struct render *r = calloc(1, sizeof *r);
	if (!r)
		return ERR(e, NOMEM, "Markdown");
	r->m.out = sbuf_make(MARKDOWN_HTML_MAX_BYTES);
	r->html = r->value = sbuf_make(MARKDOWN_TEXT_MAX_BYTES);
	r->alt = sbuf_make(MARKDOWN_TITLE_MAX_BYTES);
	r->links = (struct link_finder){ .options = o, .outline = outline, .arena = a,
	                                 .to = sbuf_make(4 * MARKDOWN_LINK_MAX_BYTES),
	                                 .decoded = sbuf_make(MARKDOWN_LINK_MAX_BYTES) };
	enum err err = parse(r, text, ret, e);
	struct sbuf *buffers[] = { &r->m.out, &r->html, &r->value, &r->alt, &r->links.to,
	                           &r->links.decoded };
	for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
		sbuf_done(buffers[i]);
	free(r);
	return err;
}

/* What a link would lead to and is not there: headings that were cut off, anchors in what was dropped. */
static bool leave_out(struct outline *o, size_t headings)
{
	size_t anchors = 0;
	bool some = headings < o->count;
	for (size_t i = 0; i < o->anchor_count; i++)
		if (o->anchors[i].written)
			o->anchors[anchors++] = o->anchors[i];
	some |= anchors < o->anchor_count;
	o->count = headings;
	o->anchor_count = anchors;
	return some;
}

enum err markdown_render(struct arena *a, struct str from, const struct markdown_options *o,
                         struct markdown *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf text = sbuf_make(MARKDOWN_TEXT_MAX_BYTES);
	struct outline outline;
	struct markdown made = { 0 };
	markdown_text(from, &text, &made.cut);
	if (!sbuf_ok(&text))
		return ERR(e, NOMEM, "Markdown");
	enum err err = markdown_outline(a, sbuf_str(&text), &outline, e);
	err = err ? err : render(a, sbuf_str(&text), &outline, o, &made, e);
	if (!err && leave_out(&outline, made.heading_count))
		err = render(a, sbuf_str(&text), &outline, o, &made, e);
	if (!err)
		*ret = made;
	return err;
}
