/* Raw HTML: what tags.h lets through, its attributes judged one by one. A paragraph that is
 * aligned becomes a <div>, because Markdown's own paragraphs are meant to stand in it.         */
#include "indexer/base/auto.h"
#include "indexer/document/entity.h"
#include "indexer/document/markdown_parts.h"

static struct str decoded(struct sbuf *b, struct str value)
{
	b->n = 0;
	entity_decode(b, value);
	return sbuf_str(b);
}

static const char *alignment(struct str value)
{
	static const char *const words[] = { "left", "center", "right" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_nocase(value, str_c(words[i])))
			return words[i];
	return NULL;
}

/* 0: it is none, or too large. */
static unsigned number(struct str value, unsigned max)
{
	uint64_t n;
	if (str_ends(value, STR("px")))
		value.n -= 2;
	return str_to_u64(value, &n) && n <= max ? (unsigned)n : 0;
}

static void put_span(struct sbuf *b, const char *name, struct str value)
{
	unsigned n = number(value, MARKDOWN_SPAN_MAX);
	if (n)
		sbuf_printf(b, " %s=\"%u\"", name, n);
}

/* For its tag, once; NULL: it gets none. */
static struct anchor *take_anchor(struct render *r, const struct str *attributes)
{
	struct str name = markdown_anchor_name(attributes);
	if (!name.n || r->anchors++ >= MARKDOWN_ANCHORS_MAX)
		return NULL;
	struct anchor *anchor = markdown_anchor_find(r->links.outline, decoded(&r->value, name), &r->links.to);
	return anchor && !anchor->written ? anchor : NULL;
}

static void put_anchor(struct sbuf *b, struct anchor *anchor)
{
	if (!anchor)
		return;
	anchor->written = true;
	sbuf_puts(b, " id=\"");
	html_escape(b, anchor->id);
	sbuf_putc(b, '"');
}

static void start_link(struct render *r, const struct tag *tag, const struct str *attributes)
{
	AUTO_SBUF struct sbuf title = sbuf_make(r->value.limit);
	struct anchor *anchor = take_anchor(r, attributes);
	if (anchor && markup_place(&r->m, MARKUP_PHRASE)) {      /* also of what leads nowhere */
		sbuf_puts(&r->m.out, "<span");
		put_anchor(&r->m.out, anchor);
		sbuf_puts(&r->m.out, "></span>");
	}
	struct str address = decoded(&r->value, attributes[TAG_HREF]);
	markdown_link(r, address, decoded(&title, attributes[TAG_TITLE]), tag->name);
	r->value.failed |= title.failed;
}

static void start_image(struct render *r, const struct str *attributes)
{
	AUTO_SBUF struct sbuf alt = sbuf_make(r->value.limit), title = sbuf_make(r->value.limit);
	struct image image = {
		.address = decoded(&r->value, attributes[TAG_SRC]),
		.alt = decoded(&alt, attributes[TAG_ALT]),
		.title = decoded(&title, attributes[TAG_TITLE]),
		.width = number(attributes[TAG_WIDTH], MARKDOWN_IMAGE_MAX_PIXELS),
		.height = number(attributes[TAG_HEIGHT], MARKDOWN_IMAGE_MAX_PIXELS),
	};
	markdown_image(r, &image);
	r->value.failed |= alt.failed || title.failed;
}

static void start_element(struct render *r, const struct tag *tag, const struct str *attributes)
{
	struct sbuf *b = &r->m.out;
	const char *align = alignment(attributes[TAG_ALIGN]);
	struct anchor *anchor = take_anchor(r, attributes);
	bool paragraph = strcmp(tag->name, "p") == 0, as_div = align && paragraph;
	if (paragraph)
		markup_end(&r->m, MARKUP_PARAGRAPH, tag->name);
	if (!markup_place(&r->m, tag->kind))
		return;
	sbuf_printf(b, "<%s", as_div ? "div" : tag->start);
	put_anchor(b, anchor);
	if (align)
		sbuf_printf(b, " class=\"%s\"", align);
	if (attributes[TAG_OPEN].p)
		sbuf_puts(b, " open");
	put_span(b, "colspan", attributes[TAG_COLSPAN]);
	put_span(b, "rowspan", attributes[TAG_ROWSPAN]);
	sbuf_putc(b, '>');
	if (tag->use == TAG_SHOWN)
		markup_push(&r->m, as_div ? MARKUP_BLOCK : tag->kind, tag->name, as_div ? "</div>" : tag->close);
}

static void start_tag(struct render *r, const struct tag_piece *piece)
{
	struct str attributes[TAG_ATTRIBUTES];
	tags_attributes(piece, attributes);
	if (piece->tag->use == TAG_IMAGE)
		start_image(r, attributes);
	else if (piece->tag->kind == MARKUP_LINK)
		start_link(r, piece->tag, attributes);
	else if (piece->tag->start)
		start_element(r, piece->tag, attributes);
}

static void render_piece(struct render *r, const struct tag_piece *piece)
{
	if (piece->kind == TAG_TEXT)
		markup_text(&r->m, decoded(&r->value, piece->text));
	else if (piece->kind == TAG_END)
		markup_end(&r->m, piece->tag->kind, piece->tag->name);
	else
		start_tag(r, piece);
}

void markdown_html(struct render *r, struct str html)
{
	struct tag_piece piece;
	while (!r->m.full) {
		if (r->dropped && tags_skip(&html, r->dropped))
			r->dropped = NULL;
		if (!tags_next(&html, &piece))
			break;
		if (piece.kind == TAG_START && piece.tag->use == TAG_DROPPED)
			r->dropped = piece.tag;
		else
			render_piece(r, &piece);
	}
}
