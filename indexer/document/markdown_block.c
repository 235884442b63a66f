/* Blocks: paragraphs, headings, lists, tables, code and quotes, which may be alerts. */
#include <stdarg.h>
#include <stdio.h>

#include "indexer/base/ascii.h"
#include "indexer/document/markdown_parts.h"

#define QUOTE_START "<blockquote>\n"

/* What is written without a look at the details. */
static const struct block { enum markup_kind kind; const char *start, *close; } blocks[] = {
	[MD_BLOCK_UL]    = { MARKUP_LIST, "<ul>\n", "</ul>\n" },
	[MD_BLOCK_TABLE] = { MARKUP_TABLE, "<div class=\"scroll\" tabindex=\"0\"><table>\n",
	                     "</table></div>\n" },
	[MD_BLOCK_THEAD] = { MARKUP_GROUP, "<thead>\n", "</thead>\n" },
	[MD_BLOCK_TBODY] = { MARKUP_GROUP, "<tbody>\n", "</tbody>\n" },
	[MD_BLOCK_TR]    = { MARKUP_ROW, "<tr>\n", "</tr>\n" },
};

static const struct alert alerts[] = {
	{ "[!NOTE]", "note", "Note" }, { "[!TIP]", "tip", "Tip" },
	{ "[!IMPORTANT]", "important", "Important" }, { "[!WARNING]", "warning", "Warning" },
	{ "[!CAUTION]", "caution", "Caution" },
};

const struct alert *markdown_alert_find(struct str line)
{
	for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++)
		if (str_eq_nocase(line, str_c(alerts[i].line)))
			return &alerts[i];
	return NULL;
}

static void open_with(struct render *r, enum markup_kind kind, const char *close, const char *fmt, ...)
	PRINTF_LIKE(4, 5);
static void open_with(struct render *r, enum markup_kind kind, const char *close, const char *fmt, ...)
{
	char start[128];
	va_list ap;
	va_start(ap, fmt);
	(void)vsnprintf(start, sizeof start, fmt, ap);
	va_end(ap);
	markdown_open(r, RENDER_BLOCK, kind, start, close);
}

static void open_plain(struct render *r, const struct block *b)
{
	markdown_open(r, RENDER_BLOCK, b->kind, b->start, b->close);
}

static void open_quote(struct render *r)
{
	markdown_open(r, RENDER_BLOCK, MARKUP_BLOCK, QUOTE_START, "</blockquote>\n");
	r->quote_at = r->m.out.n;
	r->quote_depth = r->m.depth;
}

static void open_paragraph(struct render *r)
{
	bool first = r->quote_at && r->m.out.n == r->quote_at;
	markdown_open(r, RENDER_BLOCK, MARKUP_PARAGRAPH, PARAGRAPH_START, "</p>\n");
	r->quote_text_at = first ? r->m.out.n : 0;
}

static void open_item(struct render *r, const MD_BLOCK_LI_DETAIL *item)
{
	if (!item->is_task)
		markdown_open(r, RENDER_BLOCK, MARKUP_ITEM, "<li>", "</li>\n");
	else
		open_with(r, MARKUP_ITEM, "</li>\n",
		          "<li class=\"task\"><input type=\"checkbox\" disabled aria-label=\"%s> ",
		          item->task_mark == ' ' ? "To do\"" : "Done\" checked");
}

static void open_list(struct render *r, const MD_BLOCK_OL_DETAIL *list)
{
	if (list->start == 1)
		markdown_open(r, RENDER_BLOCK, MARKUP_LIST, "<ol>\n", "</ol>\n");
	else
		open_with(r, MARKUP_LIST, "</ol>\n", "<ol start=\"%u\">\n", list->start);
}

static void open_cell(struct render *r, const MD_BLOCK_TD_DETAIL *cell, const char *name)
{
	static const char *const classes[] = {
		[MD_ALIGN_DEFAULT] = "", [MD_ALIGN_LEFT] = " class=\"left\"",
		[MD_ALIGN_CENTER] = " class=\"center\"", [MD_ALIGN_RIGHT] = " class=\"right\"",
	};
	open_with(r, MARKUP_CELL, name[1] == 'h' ? "</th>\n" : "</td>\n", "<%s%s>", name,
	          classes[cell->align]);
}

static void open_code(struct render *r, const MD_BLOCK_CODE_DETAIL *code)
{
	char language[MARKDOWN_LANGUAGE_MAX_BYTES + 1] = "";
	for (size_t i = 0; i < code->lang.size && i < MARKDOWN_LANGUAGE_MAX_BYTES; i++) {
		char c = code->lang.text[i];
		if (!ascii_is_alnum(c) && !strchr("+-#._", c))
			break;
		language[i] = ascii_lower(c);
	}
	open_with(r, MARKUP_BLOCK, "</code></pre>\n", "<pre class=\"code\"%s%s%s tabindex=\"0\"><code>",
	          language[0] ? " data-lang=\"" : "", language, language[0] ? "\"" : "");
}

static const struct markdown_heading *this_heading(const struct render *r)
{
	const struct outline *o = r->links.outline;
	return r->heading_at < o->count ? &o->headings[r->heading_at] : NULL;
}

static void open_heading(struct render *r, unsigned level)
{
	static const char *const ends[] = { "</h2>\n", "</h3>\n", "</h4>\n", "</h5>\n", "</h6>\n" };
	const struct markdown_heading *heading = this_heading(r);
	unsigned shown = level < 6 ? level + 1 : 6;
	bool placed = markup_place(&r->m, MARKUP_PARAGRAPH);
	markdown_mark(r, RENDER_BLOCK);
	if (!placed || r->m.full)
		return;
	sbuf_printf(&r->m.out, "<h%u", shown);
	if (heading) {
		sbuf_puts(&r->m.out, " id=\"");
		html_escape(&r->m.out, heading->id);
		sbuf_putc(&r->m.out, '"');
	}
	sbuf_putc(&r->m.out, '>');
	markup_push(&r->m, MARKUP_PARAGRAPH, NULL, ends[shown - 2]);
}

/* The link of a heading to itself; none in a heading that a tag did end, or that is in a link. */
static void close_heading(struct render *r, size_t at)
{
	const struct markdown_heading *heading = this_heading(r);
	bool open = r->m.depth > at && r->m.open[at].kind == MARKUP_PARAGRAPH && !r->m.open[at].name;
	markup_back(&r->m, at + 1);
	r->heading_at++;
	if (!heading || !open || markup_in_link(&r->m))
		return;
	sbuf_puts(&r->m.out, "<a class=\"anchor\" href=\"#");
	html_escape(&r->m.out, heading->id);
	sbuf_puts(&r->m.out, "\" aria-label=\"Link to ");
	html_escape(&r->m.out, heading->text.n ? heading->text : STR("this heading"));
	sbuf_puts(&r->m.out, "\">#</a>");
}

bool markdown_alert(struct render *r)
{
	struct str line = str_from(sbuf_str(&r->m.out), r->quote_text_at);
	const struct alert *alert = r->quote_text_at ? markdown_alert_find(line) : NULL;
	r->quote_text_at = 0;
	if (!alert || r->m.depth != r->quote_depth + 1)       /* the paragraph */
		return false;
	r->m.open[r->quote_depth - 1].close = "</div>\n";
	r->m.out.n = r->quote_at - strlen(QUOTE_START);
	sbuf_printf(&r->m.out, "<div class=\"alert alert-%s\">\n<p class=\"alert-title\">%s</p>\n",
	            alert->name, alert->title);
	return true;
}

static void close_paragraph(struct render *r)
{
	if (markdown_alert(r))
		r->m.depth--;                /* the paragraph was that line alone */
}

/* ---- what the parser calls ---- */

int markdown_enter_block(MD_BLOCKTYPE type, void *detail, void *userdata)
{
	struct render *r = userdata;
	markdown_flush(r);
	r->dropped = NULL;
	r->m.full |= !budget_step(&r->budget);
	r->in_cell = type == MD_BLOCK_TH || type == MD_BLOCK_TD;
	switch (type) {
	case MD_BLOCK_QUOTE: open_quote(r); break;
	case MD_BLOCK_P:     open_paragraph(r); break;
	case MD_BLOCK_OL:    open_list(r, detail); break;
	case MD_BLOCK_LI:    open_item(r, detail); break;
	case MD_BLOCK_H:     open_heading(r, ((MD_BLOCK_H_DETAIL *)detail)->level); break;
	case MD_BLOCK_CODE:  open_code(r, detail); break;
	case MD_BLOCK_TH:    open_cell(r, detail, "th"); break;
	case MD_BLOCK_TD:    open_cell(r, detail, "td"); break;
	case MD_BLOCK_HR:    markdown_open(r, RENDER_BLOCK, MARKUP_BLOCK, "<hr>\n", ""); break;
	case MD_BLOCK_DOC:
	case MD_BLOCK_HTML:  markdown_mark(r, RENDER_BLOCK); break;
	default:             open_plain(r, &blocks[type]);
	}
	return markdown_verdict(r);
}

/* What is left of images that the parser did not end. */
static void forget_images(struct render *r)
{
	if (r->images)
		markup_text(&r->m, sbuf_str(&r->alt));
	r->images = 0;
	r->alt.n = 0;
}

int markdown_leave_block(MD_BLOCKTYPE type, void *detail, void *userdata)
{
	struct render *r = userdata;
	size_t depth;
	(void)detail;
	markdown_flush(r);
	forget_images(r);
	r->dropped = NULL;
	if (!markdown_unmark(r, RENDER_BLOCK, &depth))
		return markdown_verdict(r);
	if (type == MD_BLOCK_H)
		close_heading(r, depth);
	if (type == MD_BLOCK_P)
		close_paragraph(r);
	if (type != MD_BLOCK_HTML && type != MD_BLOCK_DOC)
		markup_back(&r->m, depth);
	return markdown_verdict(r);
}
