/* The words: what separates them is remembered and written before the next word, so nothing is at
 * an end or twice.                                                                             */
#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "indexer/document/entity.h"
#include "indexer/document/markdown_parts.h"

enum gap { GAP_NONE, GAP_SPACE, GAP_CELL, GAP_LINE };     /* the greater one wins */

struct words {
	struct sbuf *to;
	size_t begin;                /* of what is written here */
	enum gap gap;
	struct sbuf html, decoded;
	const struct tag *dropped;
	unsigned badges;             /* images around, of which the outermost is a badge */
	struct budget budget;
	bool quote;                  /* its first words come next */
	bool in_cell;                /* of a table */
	bool full;
};

static void put_gap(struct words *w, enum gap gap) { w->gap = gap > w->gap ? gap : w->gap; }

static size_t first_character(struct str s)
{
	size_t n = 1;
	while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static void put(struct words *w, struct str word)
{
	static const char *const gaps[] = { "", " ", " \xc2\xb7 ", "\n" };
	struct str gap = str_c(w->to->n > w->begin ? gaps[w->gap] : "");
	w->gap = GAP_NONE;
	w->full = gap.n + first_character(word) > w->to->limit - w->to->n;
	if (w->full)
		return;
	sbuf_put(w->to, gap);
	w->full = !markdown_put(w->to, word);
}

static void put_words(struct words *w, struct str s)
{
	while (s.n && !w->full) {
		size_t n = 0;
		while (n < s.n && !ascii_is_space(s.p[n]))
			n++;
		if (n)
			put(w, str_first(s, n));
		if (n < s.n)
			put_gap(w, GAP_SPACE);
		s = str_from(s, n + 1);
	}
}

/* In a table "\|" is a bar, in code too. */
static void put_code(struct words *w, struct str s)
{
	for (const char *at; w->in_cell && s.n && (at = memmem(s.p, s.n, "\\|", 2));) {
		put_words(w, str_first(s, (size_t)(at - s.p)));
		s = str_from(s, (size_t)(at - s.p) + 1);
	}
	put_words(w, s);
}

static void put_decoded(struct words *w, struct str s)
{
	w->decoded.n = 0;
	entity_decode(&w->decoded, s);
	put_words(w, sbuf_str(&w->decoded));
}

/* ---- HTML ---- */

static enum gap gap_of(const struct tag *tag)
{
	if (tag->kind == MARKUP_CELL)
		return GAP_CELL;
	if (strcmp(tag->name, "br") == 0)
		return GAP_SPACE;
	return tag->kind > MARKUP_LINK ? GAP_LINE : GAP_NONE;
}

static bool is_badge(struct str address)
{
	return address.n && (memmem(address.p, address.n, "badge", 5) ||
	                     memmem(address.p, address.n, "shield", 6));
}

static void put_tag(struct words *w, const struct tag_piece *piece)
{
	struct str attributes[TAG_ATTRIBUTES];
	put_gap(w, gap_of(piece->tag));
	if (piece->kind == TAG_START && piece->tag->use == TAG_DROPPED)
		w->dropped = piece->tag;
	if (piece->kind != TAG_START || piece->tag->use != TAG_IMAGE)
		return;
	tags_attributes(piece, attributes);
	if (!is_badge(attributes[TAG_SRC]))
		put_decoded(w, attributes[TAG_ALT]);
}

static void flush_html(struct words *w)
{
	struct str rest = sbuf_str(&w->html);
	struct tag_piece piece;
	while (!w->full && !w->badges) {
		if (w->dropped && tags_skip(&rest, w->dropped))
			w->dropped = NULL;
		if (!tags_next(&rest, &piece))
			break;
		if (piece.kind == TAG_TEXT)
			put_decoded(w, piece.text);
		else
			put_tag(w, &piece);
	}
	w->html.n = 0;
}

/* ---- what the parser calls ---- */

static int verdict(const struct words *w)
{
	bool failed = !sbuf_ok(w->to) || !sbuf_ok(&w->html) || !sbuf_ok(&w->decoded);
	return w->full || failed ? PARSER_STOP : 0;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *userdata)
{
	struct words *w = userdata;
	(void)detail;
	flush_html(w);
	w->dropped = NULL;
	w->badges = 0;               /* spans may be out of balance */
	w->full |= !budget_step(&w->budget);
	w->quote = type == MD_BLOCK_QUOTE || (w->quote && type == MD_BLOCK_P);
	w->in_cell = type == MD_BLOCK_TH || type == MD_BLOCK_TD;
	put_gap(w, w->in_cell ? GAP_CELL : GAP_LINE);
	return verdict(w);
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *userdata)
{
	struct words *w = userdata;
	(void)detail;
	flush_html(w);
	w->dropped = NULL;
	if (type != MD_BLOCK_TH && type != MD_BLOCK_TD)
		put_gap(w, GAP_LINE);
	return verdict(w);
}

static int enter_span(MD_SPANTYPE type, void *detail, void *userdata)
{
	struct words *w = userdata;
	bool link = type == MD_SPAN_A || type == MD_SPAN_IMG;
	const MD_SPAN_A_DETAIL *to = link ? detail : NULL;    /* an image's is the same */
	flush_html(w);
	w->full |= link && !budget_link(&w->budget, to->href.size + to->title.size);
	if (type == MD_SPAN_IMG && (w->badges || is_badge(str_make(to->href.text, to->href.size))))
		w->badges++;
	return verdict(w);
}

static int leave_span(MD_SPANTYPE type, void *detail, void *userdata)
{
	struct words *w = userdata;
	(void)detail;
	flush_html(w);
	if (type == MD_SPAN_IMG && w->badges)
		w->badges--;
	return verdict(w);
}

static int text(MD_TEXTTYPE type, const char *p, MD_SIZE n, void *userdata)
{
	struct words *w = userdata;
	if (type == MD_TEXT_HTML) {
		sbuf_put(&w->html, str_make(p, n));
		return verdict(w);
	}
	flush_html(w);
	bool alert = w->quote && markdown_alert_find(str_make(p, n));
	w->quote = false;
	if (w->dropped || w->badges || alert)
		return verdict(w);
	if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
		put_gap(w, GAP_SPACE);
	else if (type == MD_TEXT_ENTITY)
		put_decoded(w, str_make(p, n));
	else if (type == MD_TEXT_CODE)
		put_code(w, str_make(p, n));
	else
		put_words(w, str_make(p, n));
	return verdict(w);
}

void markdown_plain(struct str from, struct sbuf *to)
{
	static const MD_PARSER parser = {
		0, MD_DIALECT_GITHUB, enter_block, leave_block, enter_span, leave_span, text, NULL, NULL
	};
	AUTO_SBUF struct sbuf clean = sbuf_make(MARKDOWN_TEXT_MAX_BYTES);
	struct words w = { .to = to, .begin = to->n, .html = sbuf_make(MARKDOWN_TEXT_MAX_BYTES),
	                   .decoded = sbuf_make(MARKDOWN_TEXT_MAX_BYTES) };
	bool cut;
	markdown_text(from, &clean, &cut);
	bool failed = !sbuf_ok(&clean) ||
	              (md_parse(clean.p, (MD_SIZE)clean.n, &parser, &w) && !w.full);
	to->failed |= failed || !sbuf_ok(&w.html) || !sbuf_ok(&w.decoded);
	sbuf_done(&w.html);
	sbuf_done(&w.decoded);
}
