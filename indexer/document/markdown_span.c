/* Spans: emphasis, code, links, images, and the text itself. Within an image there is but text,
 * which stands for it where it is not shown.                                                   */
#include "indexer/base/auto.h"
#include "indexer/document/entity.h"
#include "indexer/document/markdown_parts.h"

static struct str attribute(struct sbuf *b, const MD_ATTRIBUTE *from)
{
	b->n = 0;
	for (size_t i = 0; from->size && from->substr_offsets[i] < from->size; i++) {
		struct str part = str_make(from->text + from->substr_offsets[i],
		                           from->substr_offsets[i + 1] - from->substr_offsets[i]);
		if (from->substr_types[i] == MD_TEXT_ENTITY)
			entity_put(b, part);
		else
			sbuf_put(b, part);
	}
	return sbuf_str(b);
}

static void enter_link(struct render *r, const MD_SPAN_A_DETAIL *link)
{
	AUTO_SBUF struct sbuf title = sbuf_make(r->value.limit);
	if (!r->dropped)
		markdown_link(r, attribute(&r->value, &link->href), attribute(&title, &link->title), NULL);
	markdown_mark(r, MD_SPAN_A);
	r->marks[r->mark_count - 1].depth -= !r->dropped && !r->m.full;
	r->value.failed |= title.failed;
}

static void leave_image(struct render *r, const MD_SPAN_IMG_DETAIL *detail)
{
	AUTO_SBUF struct sbuf title = sbuf_make(r->value.limit);
	struct image image = {
		.address = attribute(&r->value, &detail->src), .alt = sbuf_str(&r->alt),
		.title = attribute(&title, &detail->title),
	};
	if (!r->dropped)
		markdown_image(r, &image);
	r->alt.n = 0;
	r->value.failed |= title.failed;
}

int markdown_enter_span(MD_SPANTYPE type, void *detail, void *userdata)
{
	static const char *const starts[][2] = {
		[MD_SPAN_EM] = { "<em>", "</em>" }, [MD_SPAN_STRONG] = { "<strong>", "</strong>" },
		[MD_SPAN_CODE] = { "<code>", "</code>" }, [MD_SPAN_DEL] = { "<del>", "</del>" },
	};
	struct render *r = userdata;
	bool link = type == MD_SPAN_A || type == MD_SPAN_IMG;
	const MD_SPAN_A_DETAIL *to = link ? detail : NULL;    /* an image's is the same */
	markdown_flush(r);
	r->m.full |= !budget_step(&r->budget) ||
	             (link && !budget_link(&r->budget, to->href.size + to->title.size));
	if (type == MD_SPAN_IMG) {
		markdown_mark(r, MD_SPAN_IMG);
		r->images++;
	} else if (link && !r->images) {
		enter_link(r, to);
	} else if (!r->images) {             /* what stands for an image has no markup */
		markdown_open(r, (int)type, MARKUP_PHRASE, starts[type][0], starts[type][1]);
	}
	return markdown_verdict(r);
}

int markdown_leave_span(MD_SPANTYPE type, void *detail, void *userdata)
{
	struct render *r = userdata;
	size_t depth;
	markdown_flush(r);
	bool ends = (type == MD_SPAN_IMG || !r->images) && markdown_unmark(r, (int)type, &depth);
	if (ends && type != MD_SPAN_IMG)
		markup_back(&r->m, depth);
	else if (ends && --r->images == 0)
		leave_image(r, detail);
	return markdown_verdict(r);
}

static void line_end(struct render *r, const char *end)
{
	if (markdown_alert(r))
		sbuf_puts(&r->m.out, PARAGRAPH_START);
	else if (markup_place(&r->m, MARKUP_PHRASE))
		sbuf_puts(&r->m.out, end);
}

/* In a table "\|" is a bar, in code too. */
static void put_code(struct render *r, struct str s)
{
	for (const char *at; r->in_cell && s.n && (at = memmem(s.p, s.n, "\\|", 2));) {
		markup_text(&r->m, str_first(s, (size_t)(at - s.p)));
		s = str_from(s, (size_t)(at - s.p) + 1);
	}
	markup_text(&r->m, s);
}

static void put_text(struct render *r, MD_TEXTTYPE type, struct str s)
{
	switch (type) {
	case MD_TEXT_CODE:   put_code(r, s); break;
	case MD_TEXT_BR:     line_end(r, "<br>\n"); break;
	case MD_TEXT_SOFTBR: line_end(r, "\n"); break;
	case MD_TEXT_ENTITY:
		r->value.n = 0;
		entity_put(&r->value, s);
		markup_text(&r->m, sbuf_str(&r->value));
		break;
	default:
		markup_text(&r->m, s);
	}
}

int markdown_put_text(MD_TEXTTYPE type, const char *p, MD_SIZE n, void *userdata)
{
	struct render *r = userdata;
	if (type == MD_TEXT_HTML && !r->images) {
		sbuf_put(&r->html, str_make(p, n));
		return markdown_verdict(r);
	}
	markdown_flush(r);
	r->m.full |= !budget_step(&r->budget);
	if (r->images)
		markdown_put_words(&r->alt, type, str_make(p, n));
	else if (!r->dropped && !r->m.full)
		put_text(r, type, str_make(p, n));
	return markdown_verdict(r);
}
