/* sprig's functions that change letters: cases, initials, and names in other styles. */
#include "indexer/template/functions.h"

#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "indexer/template/form.h"

/* ---- letter by letter; `start`: nothing but what separates words stood before ---- */

static bool each(struct tmpl_run *r, const struct tmpl_value *a, struct tmpl_value *ret,
                 void (*put)(struct sbuf *b, uint32_t c, bool *start))
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str s;
	bool start = true;
	if (!tmpl_want_text(r, a, &s) || !tmpl_take(r, s.n / 32))
		return false;
	while (s.n && sbuf_ok(&b))
		put(&b, utf8_next(&s), &start);
	return tmpl_answer_kept(r, &b, ret);
}

static void put_upper(struct sbuf *b, uint32_t c, bool *start) { (void)start, rune_put(b, rune_upper(c)); }
static void put_lower(struct sbuf *b, uint32_t c, bool *start) { (void)start, rune_put(b, rune_lower(c)); }

/* Go's strings.Title: of ASCII, letters, digits and '_' are in words; of the rest, all but spaces. */
static bool is_separator(uint32_t c)
{
	if (c < 0x80)
		return c != '_' && !rune_is_letter(c) && !rune_is_number(c);
	return !rune_is_letter(c) && !rune_is_number(c) && rune_is_space(c);
}

static void put_title(struct sbuf *b, uint32_t c, bool *start)
{
	rune_put(b, *start ? rune_upper(c) : c);
	*start = is_separator(c);
}

static void put_untitle(struct sbuf *b, uint32_t c, bool *start)
{
	bool space = rune_is_space(c);
	rune_put(b, *start && !space ? rune_lower(c) : c);
	*start = space;
}

static void put_swapped(struct sbuf *b, uint32_t c, bool *start)
{
	bool upper = rune_is_upper(c), lower = rune_is_lower(c);
	rune_put(b, upper ? rune_lower(c) : lower ? rune_upper(c) : c);
	*start = !upper && !lower && rune_is_space(c);
}

TMPL_CALL(call_upper) { return each(r, v, ret, put_upper); }
TMPL_CALL(call_lower) { return each(r, v, ret, put_lower); }
TMPL_CALL(call_title) { return each(r, v, ret, put_title); }
TMPL_CALL(call_untitle) { return each(r, v, ret, put_untitle); }
TMPL_CALL(call_swapcase) { return each(r, v, ret, put_swapped); }

/* Whose letters are bytes there: what is not ASCII becomes Latin 1. */
static bool each_byte(struct tmpl_run *r, const struct tmpl_value *a, struct tmpl_value *ret, bool initials)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str s;
	bool gap = true, spaces = false;
	if (!tmpl_want_text(r, a, &s))
		return false;
	for (size_t i = 0; i < s.n && sbuf_ok(&b); i++) {
		bool space = rune_is_space((unsigned char)s.p[i]);
		if (!space && (gap || !initials))
			rune_put(&b, (unsigned char)s.p[i]);
		gap = space;
		spaces = spaces || space;
	}
	if (!spaces && !initials) {
		sbuf_reset(&b);
		sbuf_put(&b, s);
	}
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_initials) { return each_byte(r, v, ret, true); }
TMPL_CALL(call_nospace) { return each_byte(r, v, ret, false); }

/* One order is as good as another. */
TMPL_CALL(call_shuffle)
{
	struct str s;
	return tmpl_want_text(r, v, &s) && tmpl_answer(ret, tmpl_text(s));
}

/* ---- FirstName: first_name, first-name ---- */

static bool is_connector(uint32_t c) { return c == '-' || c == '_' || rune_is_space(c); }

/* Connectors at the start stay; within, each takes one away and makes the next letter a capital. Of capitals
 * at the start of a word, the first stays one.                                                     */
static void put_camel(struct sbuf *b, struct str s)
{
	uint32_t before, c = 0;
	bool capitals = false;
	while (s.n && is_connector(c = utf8_next(&s)))
		rune_put(b, c);
	if (!is_connector(c)) {
		capitals = rune_is_upper(c);
		c = rune_upper(c);
	}
	while (s.n && sbuf_ok(b)) {
		before = c;
		c = utf8_next(&s);
		if (is_connector(before) && !is_connector(c)) {
			capitals = rune_is_upper(c);
			c = rune_upper(c);
			continue;
		}
		capitals = is_connector(before) ? capitals : capitals && rune_is_upper(c);
		c = capitals && !is_connector(before) ? rune_lower(c) : c;
		rune_put(b, before);
	}
	rune_put(b, c);
}

TMPL_CALL(call_camelcase)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str s;
	if (!tmpl_want_text(r, v, &s) || !tmpl_take(r, s.n / 32))
		return false;
	if (s.n)
		put_camel(&b, s);
	return tmpl_answer_kept(r, &b, ret);
}

enum word { NO_WORD, NUMBER, CAPITALS, SMALL, CONNECTOR, PUNCTUATION, OTHER };

static enum word word_of(uint32_t c)
{
	return is_connector(c) ? CONNECTOR : rune_is_punct(c) ? PUNCTUATION : rune_is_upper(c) ? CAPITALS :
	       rune_is_letter(c) ? SMALL : rune_is_number(c) ? NUMBER : OTHER;
}

struct words { struct str word, rest; enum word kind; };

static uint32_t peek(struct str s) { return s.n ? utf8_next(&s) : 0; }

/* A word and all that is like it. "HTTPStatus" is HTTP and Status; "Status" begins with a capital. */
static void next_word(struct words *w)
{
	struct str start = w->rest, s = start, before = start;
	w->kind = NO_WORD;
	w->word = STR("");
	if (!s.n)
		return;
	enum word kind = w->kind = word_of(utf8_next(&s));
	size_t capitals = 1;
	for (; kind == CAPITALS && s.n && word_of(peek(s)) == CAPITALS; capitals++) {
		before = s;
		(void)utf8_next(&s);
	}
	bool small = s.n && word_of(peek(s)) == SMALL;
	if (kind == CAPITALS && capitals > 1 && small)
		s = before;
	while (s.n && (kind == CAPITALS ? capitals == 1 && small && word_of(peek(s)) == SMALL
	                                : word_of(peek(s)) == kind))
		(void)utf8_next(&s);
	w->word = str_first(start, start.n - s.n);
	w->rest = s;
}

static void put_word(struct sbuf *b, enum word kind, struct str word, char connector)
{
	bool change = kind == CAPITALS || kind == CONNECTOR;
	while (change && word.n && sbuf_ok(b)) {
		uint32_t c = utf8_next(&word);
		rune_put(b, is_connector(c) ? (unsigned char)connector : rune_is_upper(c) ? rune_lower(c) : c);
	}
	sbuf_put(b, word);
}

/* Whether a connector belongs before a word of this kind. */
static bool wants_connector(enum word kind)
{
	return kind != CONNECTOR && kind != PUNCTUATION;
}

/* Small letters and numbers that go on with what stood before. */
static void put_run(struct sbuf *b, struct words *w, char connector)
{
	while ((w->kind == SMALL || w->kind == NUMBER) && sbuf_ok(b)) {
		put_word(b, w->kind, w->word, connector);
		next_word(w);
	}
	if (w->kind != NO_WORD && wants_connector(w->kind))
		sbuf_putc(b, connector);
}

/* A number after letters belongs to them ("bld4_floor"), unless small letters follow ("http_2xx"). */
static void put_number_after(struct sbuf *b, struct words *w, char connector)
{
	struct str number = w->word;
	if (!w->rest.n)
		return;
	next_word(w);
	if (w->kind == SMALL) {
		sbuf_putc(b, connector);
		put_word(b, NUMBER, number, connector);
		put_run(b, w, connector);
		return;
	}
	put_word(b, NUMBER, number, connector);
	if (wants_connector(w->kind))
		sbuf_putc(b, connector);
}

static bool join_words(struct tmpl_run *r, const struct tmpl_value *a, char connector, struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct words w = { .kind = NO_WORD };
	if (!tmpl_want_text(r, a, &w.rest) || !tmpl_take(r, w.rest.n / 8))
		return false;
	next_word(&w);
	while (w.rest.n && sbuf_ok(&b)) {
		enum word before = w.kind;
		struct str last = w.word;
		if (before != CONNECTOR)
			put_word(&b, before, last, connector);
		next_word(&w);
		if (before == NUMBER)
			put_run(&b, &w, connector);
		else if (before == CONNECTOR)
			put_word(&b, before, last, connector);
		else if (before != PUNCTUATION && w.kind == NUMBER)
			put_number_after(&b, &w, connector);
		else if (before != PUNCTUATION && wants_connector(w.kind))
			sbuf_putc(&b, connector);
	}
	put_word(&b, w.kind, w.word, connector);
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_snakecase) { return join_words(r, v, '_', ret); }
TMPL_CALL(call_kebabcase) { return join_words(r, v, '-', ret); }

const struct tmpl_function tmpl_functions_case[] = {
	{ "upper", 1, 1, call_upper }, { "lower", 1, 1, call_lower },
	{ "title", 1, 1, call_title }, { "untitle", 1, 1, call_untitle },
	{ "swapcase", 1, 1, call_swapcase }, { "initials", 1, 1, call_initials },
	{ "nospace", 1, 1, call_nospace }, { "shuffle", 1, 1, call_shuffle },
	{ "camelcase", 1, 1, call_camelcase }, { "snakecase", 1, 1, call_snakecase },
	{ "kebabcase", 1, 1, call_kebabcase },
};
const size_t tmpl_functions_case_count = sizeof tmpl_functions_case / sizeof *tmpl_functions_case;
