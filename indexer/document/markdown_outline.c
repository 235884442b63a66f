/* The headings of a document, with addresses as GitHub makes them: lower case, words joined by
 * "-", a number behind what was there before. They get "h-" in front, so that none is an id of the
 * page, or a name that scripts know.                                                           */
#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/utf8.h"
#include "indexer/document/markdown_parts.h"

#define ID_PREFIX "h-"

struct reader {
	struct arena *arena;
	struct outline *outline;
	size_t capacity;
	struct sbuf text;            /* of the heading that is being read */
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

const struct markdown_heading *markdown_outline_find(const struct outline *o, struct str fragment,
                                                     struct sbuf *to)
{
	to->n = 0;
	sbuf_puts(to, ID_PREFIX);
	put_slug(to, fragment);
	return sbuf_ok(to) ? find_id(o, sbuf_str(to)) : NULL;
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

static int verdict(const struct reader *r) { return r->failed || r->full ? PARSER_STOP : 0; }

static int enter_block(MD_BLOCKTYPE type, void *detail, void *userdata)
{
	struct reader *r = userdata;
	(void)detail;
	r->within = type == MD_BLOCK_H;
	r->images = 0;               /* spans may be out of balance */
	r->full |= !budget_step(&r->budget);
	return verdict(r);
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *userdata)
{
	struct reader *r = userdata;
	if (type != MD_BLOCK_H)
		return 0;
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
	r->images += type == MD_SPAN_IMG;
	r->full |= link && !budget_link(&r->budget, to->href.size + to->title.size);
	return verdict(r);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *userdata)
{
	struct reader *r = userdata;
	(void)detail;
	r->images -= r->images && type == MD_SPAN_IMG;
	return 0;
}

static int text(MD_TEXTTYPE type, const char *p, MD_SIZE n, void *userdata)
{
	struct reader *r = userdata;
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
	                    .text = sbuf_make(MARKDOWN_HEADING_MAX_BYTES) };
	bool stopped = md_parse(from.p, (MD_SIZE)from.n, &parser, &r);
	sbuf_done(&r.text);
	if (r.failed || (stopped && !r.full))
		return ERR(e, NOMEM, "headings");
	*ret = outline;
	return OK;
}
