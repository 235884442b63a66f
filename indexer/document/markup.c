/* The rules are HTML's content models and optional end tags, as far as they decide what tree a
 * browser makes: https://html.spec.whatwg.org/multipage/parsing.html, "in body" to "in cell".  */
#include "indexer/document/markup.h"

/* Kept back for ends, and for what is written in one go: an address, a title, a piece of text. */
#define MARKUP_RESERVE_BYTES (128u * KIB)
#define MARKUP_PIECE_BYTES   (4u * KIB)

#define BIT(kind) (1u << MARKUP_##kind)

static const struct rule {
	unsigned rank;               /* its end tag passes over open elements of this rank or lower */
	unsigned parents;            /* it stands in one of these alone; 0: anywhere */
	unsigned ends;               /* its start ends these, as far as its parent */
	enum markup_kind implied;    /* in which other content is put that may not stand in it */
	const char *start, *end;     /* of the implied one */
} rules[MARKUP_KINDS] = {
	[MARKUP_PHRASE]    = { .rank = 0 },
	[MARKUP_LINK]      = { .rank = 0 },
	[MARKUP_PARAGRAPH] = { .rank = 1 },
	[MARKUP_BLOCK]     = { .rank = 2 },
	[MARKUP_DETAILS]   = { .rank = 2 },
	[MARKUP_SUMMARY]   = { .rank = 2, .parents = BIT(DETAILS) },
	[MARKUP_LIST]      = { 2, 0, 0, MARKUP_ITEM, "<li>", "</li>\n" },
	[MARKUP_ITEM]      = { .rank = 2, .parents = BIT(LIST), .ends = BIT(ITEM) },
	[MARKUP_TERMS]     = { 2, 0, 0, MARKUP_TERM, "<dd>", "</dd>\n" },
	[MARKUP_TERM]      = { .rank = 2, .parents = BIT(TERMS), .ends = BIT(TERM) },
	[MARKUP_CELL]      = { .rank = 3, .parents = BIT(ROW), .ends = BIT(CELL) },
	[MARKUP_ROW]       = { 4, BIT(GROUP) | BIT(TABLE), BIT(ROW), MARKUP_CELL, "<td>", "</td>\n" },
	[MARKUP_GROUP]     = { 5, BIT(TABLE), BIT(GROUP) | BIT(ROW), MARKUP_ROW, "<tr>\n", "</tr>\n" },
	[MARKUP_TABLE]     = { 6, 0, 0, MARKUP_ROW, "<tr>\n", "</tr>\n" },
};

static const struct markup_open *top(const struct markup *m)
{
	return m->depth ? &m->open[m->depth - 1] : NULL;
}

static bool is_at_limit(struct markup *m)
{
	m->full |= m->out.n > MARKDOWN_HTML_MAX_BYTES - MARKUP_RESERVE_BYTES;
	return m->full;
}

void markup_back(struct markup *m, size_t depth)
{
	while (m->depth > depth)
		sbuf_puts(&m->out, m->open[--m->depth].close);
}

void markup_push(struct markup *m, enum markup_kind kind, const char *name, const char *close)
{
	if (m->depth < MARKDOWN_DEPTH_MAX)
		m->open[m->depth++] = (struct markup_open){ kind, name, close };
}

bool markup_in_link(const struct markup *m)
{
	for (size_t i = 0; i < m->depth; i++)
		if (m->open[i].kind == MARKUP_LINK && m->open[i].close[0])
			return true;
	return false;
}

/* A link begins in one that a stranger's tag began: that one ends, as it does in browsers. */
static bool end_link(struct markup *m)
{
	size_t at = m->depth;
	while (at && m->open[at - 1].kind != MARKUP_LINK &&
	       (m->open[at - 1].name || m->open[at - 1].kind == MARKUP_PARAGRAPH))
		at--;
	if (!at || m->open[at - 1].kind != MARKUP_LINK || !m->open[at - 1].name)
		return false;
	markup_back(m, at - 1);
	return !markup_in_link(m);
}

/* A paragraph holds phrases alone, so it ends before anything else begins. */
static void end_paragraph(struct markup *m)
{
	size_t at = m->depth;
	while (at && rules[m->open[at - 1].kind].rank == 0)
		at--;
	if (at && m->open[at - 1].kind == MARKUP_PARAGRAPH)
		markup_back(m, at - 1);
}

/* The element that a new one of this kind takes the place of; m->depth: none. */
static size_t ended_by(const struct markup *m, enum markup_kind kind)
{
	const struct rule *rule = &rules[kind];
	for (size_t i = rule->ends ? m->depth : 0; i-- > 0;) {
		unsigned bit = 1u << m->open[i].kind;
		if (!m->open[i].name || (rule->parents & bit) || rules[m->open[i].kind].rank > rule->rank)
			break;
		if (rule->ends & bit)
			return i;
	}
	return m->depth;
}

static bool may_stand(const struct markup *m, enum markup_kind kind)
{
	if (rules[kind].parents)
		return m->depth && (rules[kind].parents & 1u << top(m)->kind);
	return !m->depth || !rules[top(m)->kind].start;
}

static bool place(struct markup *m, enum markup_kind kind)
{
	if (rules[kind].rank)
		end_paragraph(m);
	for (size_t at; (at = ended_by(m, kind)) < m->depth;)
		markup_back(m, at);
	while (!may_stand(m, kind)) {
		const struct rule *around = m->depth ? &rules[top(m)->kind] : NULL;
		if (!around || !around->start || m->depth == MARKDOWN_DEPTH_MAX)
			break;
		sbuf_puts(&m->out, around->start);
		markup_push(m, around->implied, "", around->end);
	}
	return may_stand(m, kind);
}

bool markup_place(struct markup *m, enum markup_kind kind)
{
	m->full |= m->depth == MARKDOWN_DEPTH_MAX;
	if (is_at_limit(m) || (kind == MARKUP_LINK && markup_in_link(m) && !end_link(m)) || !place(m, kind))
		return false;
	m->full |= m->depth == MARKDOWN_DEPTH_MAX;           /* by what is implied around it */
	return !m->full;
}

void markup_end(struct markup *m, enum markup_kind kind, const char *name)
{
	for (size_t i = m->depth; i-- > 0;) {
		const struct markup_open *open = &m->open[i];
		if (open->name && strcmp(open->name, name) == 0) {
			markup_back(m, i);
			return;
		}
		bool passed = open->name || open->kind == MARKUP_PARAGRAPH;
		if (!passed || rules[open->kind].rank > rules[kind].rank)
			return;
	}
}

static bool is_blank(struct str s)
{
	while (s.n && strchr(" \t\r\n", s.p[s.n - 1]))
		s.n--;
	return !s.n;
}

/* How many bytes to write at once, whole characters. */
static size_t piece(struct str s)
{
	size_t n = s.n < MARKUP_PIECE_BYTES ? s.n : MARKUP_PIECE_BYTES;
	while (n < s.n && n > MARKUP_PIECE_BYTES - 4 && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void markup_text(struct markup *m, struct str s)
{
	if (m->depth && rules[top(m)->kind].start && is_blank(s))
		return;
	while (s.n && !is_at_limit(m) && place(m, MARKUP_PHRASE)) {
		size_t n = piece(s);
		html_escape(&m->out, str_first(s, n));
		s = str_from(s, n);
	}
}
