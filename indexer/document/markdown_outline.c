/* The headings of a document, with addresses as GitHub makes them: lower case, words joined by
 * "-", a number behind what was there before. They get "h-" in front, so that none is an id of the
 * page, or a name that scripts know. What authors call their own tags is written the same way, and
 * gives way to a heading that is called so.                                                    */
#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/utf8.h"
#include "indexer/document/entity.h"
#include "indexer/document/markdown_parts.h"

#define ID_PREFIX "h-"

struct reader {
	struct arena *arena;
	struct outline *outline;
	size_t capacity, anchor_capacity;
	struct sbuf text;            /* of the heading that is being read */
	struct sbuf html, name;      /* HTML that was not read yet; the name of a tag, for a moment */
	bool within, failed, full;
	unsigned images;
	struct budget budget;
};

/* ---- addresses ---- */

struct points { uint32_t first, last; };

/* Beyond ASCII: signs and symbols, which GitHub leaves out of addresses. */
static const struct points signs[] = {
	{ 0x80, 0xa9 }, { 0xab, 0xb4 }, { 0xb6, 0xb9 }, { 0xbb, 0xbf }, { 0xd7, 0xd7 }, { 0xf7, 0xf7 },
	{ 0x2000, 0x206f }, { 0x20a0, 0x20cf }, { 0x2100, 0x2bff }, { 0x3000, 0x3004 },
	{ 0x3008, 0x3020 }, { 0xe000, 0xf8ff }, { 0xfe10, 0xfe1f }, { 0xfe30, 0xfe6f },
	{ 0xff01, 0xff0f }, { 0xff1a, 0xff20 }, { 0xfff0, 0xffff }, { 0x1f000, 0x1faff },
};

/* Capital letters of Latin 1, Greek and Cyrillic, and how far their small ones are. */
static const struct { struct points capitals; uint32_t distance; } small_ones[] = {
	{ { 0xc0, 0xde }, 0x20 }, { { 0x391, 0x3a9 }, 0x20 },
	{ { 0x400, 0x40f }, 0x50 }, { { 0x410, 0x42f }, 0x20 },
};

static bool is_in(uint32_t c, struct points p) { return c >= p.first && c <= p.last; }

static bool is_sign(uint32_t c)
{
	if (c < 0x80)
		return !((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		         c == '-' || c == '_' || c == ' ');
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (is_in(c, signs[i]))
			return true;
	return false;
}

static uint32_t small(uint32_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c + 0x20;
	for (size_t i = 0; i < sizeof small_ones / sizeof *small_ones; i++)
		if (is_in(c, small_ones[i].capitals))
			return c + small_ones[i].distance;
	return c;
}

static void put_slug(struct sbuf *b, struct str text)
{
	while (text.n) {
		struct str from = text;
		uint32_t c = utf8_next(&text), to = small(c);
		if (is_sign(c))
			continue;
		if (c == ' ')
			sbuf_putc(b, '-');
		else if (to < 0x80)
			sbuf_putc(b, (char)to);
		else if (to != c)                /* all of them are two bytes */
			sbuf_put(b, str_make((const char[]){ (char)(0xc0 | to >> 6), (char)(0x80 | (to & 0x3f)) }, 2));
		else
			sbuf_put(b, str_first(from, from.n - text.n));
	}
}

static const struct markdown_heading *find_id(const struct outline *o, struct str id)
{
	for (size_t i = 0; i < o->count; i++)
		if (str_eq(o->headings[i].id, id))
			return &o->headings[i];
	return NULL;
}

static struct anchor *find_anchor(const struct outline *o, struct str id)
{
	for (size_t i = 0; i < o->anchor_count; i++)
		if (str_eq(o->anchors[i].id, id))
			return &o->anchors[i];
	return NULL;
}

static bool make_id(struct sbuf *to, struct str name)
{
	to->n = 0;
	sbuf_puts(to, ID_PREFIX);
	put_slug(to, name);
	return sbuf_ok(to);
}

struct str markdown_outline_find(const struct outline *o, struct str fragment, struct sbuf *to)
{
	if (!make_id(to, fragment))
		return STR("");
	const struct markdown_heading *heading = find_id(o, sbuf_str(to));
	const struct anchor *anchor = heading ? NULL : find_anchor(o, sbuf_str(to));
	return heading ? heading->id : anchor ? anchor->id : STR("");
}

struct anchor *markdown_anchor_find(const struct outline *o, struct str name, struct sbuf *to)
{
	return make_id(to, name) && !find_id(o, sbuf_str(to)) ? find_anchor(o, sbuf_str(to)) : NULL;
}

struct str markdown_anchor_name(const struct str attributes[TAG_ATTRIBUTES])
{
	struct str name = attributes[TAG_ID].n ? attributes[TAG_ID] : attributes[TAG_NAME];
	return str_first(name, name.n <= MARKDOWN_HEADING_MAX_BYTES ? name.n : 0);
}

/* "h-usage", or "h-usage-1" if that is taken, … */
static void put_id(struct sbuf *b, const struct outline *o, struct str text)
{
	sbuf_puts(b, ID_PREFIX);
	put_slug(b, text);
	size_t bytes = b->n;
	for (size_t i = 1; sbuf_ok(b) && find_id(o, sbuf_str(b)); i++) {
		b->n = bytes;
		sbuf_printf(b, "-%zu", i);
	}
}

/* ---- reading ---- */

/* Words with one space between them. */
static bool copy_words(struct arena *a, struct str text, struct str *ret)
{
	char *to = arena_alloc(a, text.n + 1);
	size_t n = 0;
	for (size_t i = 0; to && i < text.n; i++)
		if (text.p[i] != ' ' || (n && to[n - 1] != ' '))
			to[n++] = text.p[i];
	*ret = str_trim(str_make(to, n));
	return to;
}

static bool add_heading(struct reader *r, unsigned level)
{
	struct outline *o = r->outline;
	AUTO_SBUF struct sbuf id = sbuf_make(4 * MARKDOWN_HEADING_MAX_BYTES);
	struct markdown_heading *headings = arena_room(r->arena, o->headings, o->count, &r->capacity,
	                                               sizeof *headings);
	if (!headings)
		return false;
	o->headings = headings;
	struct markdown_heading *h = &headings[o->count];
	struct str text = str_trim(sbuf_str(&r->text));
	h->level = level < 6 ? level + 1 : 6;
	put_id(&id, o, text);
	if (!sbuf_ok(&id) || !arena_str(r->arena, sbuf_str(&id), &h->id) ||
	    !copy_words(r->arena, text, &h->text))
		return false;
	o->count++;
	return true;
}

static bool add_anchor(struct reader *r, struct str name)
{
	struct outline *o = r->outline;
	AUTO_SBUF struct sbuf id = sbuf_make(4 * MARKDOWN_HEADING_MAX_BYTES);
	struct anchor *anchors = arena_room(r->arena, o->anchors, o->anchor_count, &r->anchor_capacity, sizeof *anchors);
	r->name.n = 0;
	entity_decode(&r->name, name);
	if (!anchors || r->name.failed)
		return false;
	o->anchors = anchors;
	anchors[o->anchor_count] = (struct anchor){ 0 };
	if (!make_id(&id, sbuf_str(&r->name)))
		return false;
	return id.n == sizeof ID_PREFIX - 1 ||       /* nothing of the name is left */
	       arena_str(r->arena, sbuf_str(&id), &anchors[o->anchor_count++].id);
}

/* What is not shown in the end is left out later: see markdown_render. */
static void read_html(struct reader *r)
{
	struct str rest = sbuf_str(&r->html), attributes[TAG_ATTRIBUTES];
	struct tag_piece piece;
	while (r->outline->anchor_count < MARKDOWN_ANCHORS_MAX && !r->failed && tags_next(&rest, &piece)) {
		if (piece.kind != TAG_START)
			continue;
		tags_attributes(&piece, attributes);
		struct str name = markdown_anchor_name(attributes);
		r->failed |= name.n && !add_anchor(r, name);
	}
	r->failed |= !sbuf_ok(&r->html);
	r->html.n = 0;
}

static int verdict(const struct reader *r) { return r->failed || r->full ? PARSER_STOP : 0; }

static int enter_block(MD_BLOCKTYPE type, void *detail, void *userdata)
{
	struct reader *r = userdata;
	(void)detail;
	read_html(r);
	r->within = type == MD_BLOCK_H;
	r->images = 0;               /* spans may be out of balance */
	r->full |= !budget_step(&r->budget);
	return verdict(r);
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *userdata)
{
	struct reader *r = userdata;
	read_html(r);
	if (type != MD_BLOCK_H)
		return verdict(r);
	r->failed |= !sbuf_ok(&r->text) || !add_heading(r, ((MD_BLOCK_H_DETAIL *)detail)->level);
	r->text.n = 0;
	r->within = false;
	r->full |= r->outline->count == MARKDOWN_HEADINGS_MAX;
	return verdict(r);
}

static int enter_span(MD_SPANTYPE type, void *detail, void *userdata)
{
	struct reader *r = userdata;
	bool link = type == MD_SPAN_A || type == MD_SPAN_IMG;
	const MD_SPAN_A_DETAIL *to = link ? detail : NULL;    /* an image's is the same */
	read_html(r);
	r->images += type == MD_SPAN_IMG;
	r->full |= link && !budget_link(&r->budget, to->href.size + to->title.size);
	return verdict(r);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *userdata)
{
	struct reader *r = userdata;
	(void)detail;
	read_html(r);
	r->images -= r->images && type == MD_SPAN_IMG;
	return 0;
}

static int text(MD_TEXTTYPE type, const char *p, MD_SIZE n, void *userdata)
{
	struct reader *r = userdata;
	if (type == MD_TEXT_HTML)
		sbuf_put(&r->html, str_make(p, n));
	else if (r->html.n)
		read_html(r);
	if (r->within && !r->images)
		markdown_put_words(&r->text, type, str_make(p, n));
	return 0;
}

enum err markdown_outline(struct arena *a, struct str from, struct outline *ret, struct errinfo *e)
{
	static const MD_PARSER parser = {
		0, MD_DIALECT_GITHUB, enter_block, leave_block, enter_span, leave_span, text, NULL, NULL
	};
	struct outline outline = { 0 };
	struct reader r = { .arena = a, .outline = &outline,
	                    .text = sbuf_make(MARKDOWN_HEADING_MAX_BYTES),
	                    .html = sbuf_make(MARKDOWN_TEXT_MAX_BYTES),
	                    .name = sbuf_make(4 * MARKDOWN_HEADING_MAX_BYTES) };
	bool stopped = md_parse(from.p, (MD_SIZE)from.n, &parser, &r);
	sbuf_done(&r.text);
	sbuf_done(&r.html);
	sbuf_done(&r.name);
	if (r.failed || (stopped && !r.full))
		return ERR(e, NOMEM, "headings");
	*ret = outline;
	return OK;
}
