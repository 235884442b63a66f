/* See snippet.h. The text is read until a place has all of the words, then once more up to its end. */
#include "indexer/hub/snippet.h"

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/hub/word.h"

#define SNIPPET_PIECE_BYTES 100u     /* of a word, or of what is between two; longer ones are cut */
#define MARK_BEGINS '\x02'
#define MARK_ENDS '\x03'

struct form { struct str text; bool prefix; unsigned word; };

struct snippet_words {
	struct form *forms;
	size_t count, capacity;
	unsigned words;
};

/* ---- the words of a query ---- */

static bool add_form(struct arena *a, struct snippet_words *w, struct str text, bool prefix,
                     unsigned word)
{
	struct form *forms = arena_room(a, w->forms, w->count, &w->capacity, sizeof *forms);
	struct form now = { .prefix = prefix, .word = word };
	if (!forms || !arena_str(a, text, &now.text))
		return false;
	w->forms = forms;
	forms[w->count++] = now;
	return true;
}

static bool add_term(struct arena *a, struct snippet_words *w, const struct query_term *t)
{
	for (size_t i = 0; i < t->word_count; i++, w->words++) {
		char other[SEARCH_WORD_MAX_BYTES + 1];
		size_t n = query_other_number(t->words[i], other);
		if (!add_form(a, w, t->words[i], t->prefix && i + 1 == t->word_count, w->words) ||
		    (n && !add_form(a, w, str_make(other, n), false, w->words)))
			return false;
	}
	return t->word_count < 2 || add_form(a, w, t->joined, t->prefix, w->words - 1);
}

enum err snippet_words_of(struct arena *a, const struct query *q, struct snippet_words **ret,
                          struct errinfo *e)
{
	struct snippet_words *w = ARENA_NEW(a, struct snippet_words);
	bool ok = w;
	for (size_t i = 0; i < q->count && ok; i++)
		if (query_is_indexed(&q->terms[i]) && !q->terms[i].optional)
			ok = add_term(a, w, &q->terms[i]);
	if (!ok)
		return ERR(e, NOMEM, "search");
	*ret = w;
	return OK;
}

/* Which of them it is; negative: none. */
static int find_word(const struct snippet_words *w, struct str word)
{
	for (size_t i = 0; i < w->count; i++) {
		const struct form *f = &w->forms[i];
		if (f->prefix ? str_starts(word, f->text) : str_eq(word, f->text))
			return (int)f->word;
	}
	return -1;
}

static uint64_t bit(unsigned word) { return UINT64_C(1) << (word & 63u); }

enum err snippet_words_left(struct arena *a, const struct snippet_words *w, const struct str *texts,
                            size_t count, struct snippet_words **ret, struct errinfo *e)
{
	char word[SEARCH_WORD_MAX_BYTES];
	struct snippet_words *left = ARENA_NEW(a, struct snippet_words);
	uint64_t had = 0;
	if (!left)
		return ERR(e, NOMEM, "search");
	for (size_t i = 0; i < count; i++) {
		struct str text = texts[i];
		for (size_t n; (n = word_next(&text, word));) {
			int which = find_word(w, str_make(word, n));
			had |= which < 0 ? 0 : bit((unsigned)which);
		}
	}
	left->words = w->words;
	for (size_t i = 0; i < w->count; i++) {
		const struct form *f = &w->forms[i];
		if (!(had & bit(f->word)) && !add_form(a, left, f->text, f->prefix, f->word))
			return ERR(e, NOMEM, "search");
	}
	*ret = left->count ? left : NULL;
	return OK;
}

/* ---- the best place ---- */

struct hit { size_t at; unsigned word; };    /* the number of the word in the text */

/* The last hits, as far as a snippet goes. */
struct window { struct hit hits[SNIPPET_WORDS]; size_t count; };

static void slide(struct window *x, size_t at, unsigned word)
{
	size_t gone = 0;
	while (gone < x->count && x->hits[gone].at + SNIPPET_WORDS - SNIPPET_BEFORE_WORDS <= at)
		gone++;
	x->count -= gone;
	memmove(x->hits, x->hits + gone, x->count * sizeof *x->hits);
	x->hits[x->count++] = (struct hit){ at, word };
}

static unsigned different(const struct window *x)
{
	uint64_t seen = 0;
	for (size_t i = 0; i < x->count; i++)
		seen |= bit(x->hits[i].word);
	return (unsigned)__builtin_popcountll(seen);
}

/* The number of the first word that is shown. False: there is nothing to show. */
static bool find_place(const struct snippet_words *w, struct str text, size_t *ret)
{
	char word[SEARCH_WORD_MAX_BYTES];
	struct window x = { .count = 0 };
	unsigned best = 0;
	for (size_t n, at = 0; best < w->words && (n = word_next(&text, word)); at++) {
		int which = find_word(w, str_make(word, n));
		if (which < 0)
			continue;
		slide(&x, at, (unsigned)which);
		unsigned now = different(&x);
		if (now > best) {
			best = now;
			*ret = x.hits[0].at > SNIPPET_BEFORE_WORDS ? x.hits[0].at - SNIPPET_BEFORE_WORDS : 0;
		}
	}
	return best > 0;
}

bool snippet_has(const struct snippet_words *w, struct str text)
{
	size_t first;
	return find_place(w, text, &first);
}

/* ---- writing it ---- */

/* Not within a character. */
static struct str cut_piece(struct str text)
{
	struct str s = str_first(text, SNIPPET_PIECE_BYTES);
	while (s.n && s.n < text.n && ((unsigned char)text.p[s.n] & 0xc0) == 0x80)
		s.n--;
	return s;
}

static void put_between(struct sbuf *b, struct str between)
{
	struct str text = cut_piece(between);
	for (size_t i = 0; i < text.n; i++) {
		bool blank = (unsigned char)text.p[i] <= ' ' || text.p[i] == 0x7f;
		if (!blank)
			sbuf_putc(b, text.p[i]);
		else if (b->n && b->p[b->n - 1] != ' ')
			sbuf_putc(b, ' ');
	}
	if (text.n < between.n)
		sbuf_puts(b, "… ");
}

static void put_word(struct sbuf *b, struct str text, bool marked)
{
	if (marked)
		sbuf_putc(b, MARK_BEGINS);
	sbuf_put(b, cut_piece(text));
	if (marked)
		sbuf_putc(b, MARK_ENDS);
}

static void put_from(struct sbuf *b, const struct snippet_words *w, struct str text, size_t first)
{
	char word[SEARCH_WORD_MAX_BYTES];
	size_t n = 1;
	for (size_t i = 0; i < first; i++)
		n = word_next(&text, word);
	sbuf_puts(b, first ? "… " : "");
	for (size_t i = 0; i < SNIPPET_WORDS; i++) {
		struct str at = text, where;
		n = word_next_at(&text, word, &where);
		if (!n)
			break;
		if (i)
			put_between(b, str_first(at, (size_t)(where.p - at.p)));
		put_word(b, where, find_word(w, str_make(word, n)) >= 0);
	}
	if (n && word_next(&text, word))
		sbuf_puts(b, " …");
}

enum err snippet_make(struct arena *a, const struct snippet_words *w, struct str text,
                      struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SNIPPET_WORDS * (2 * SNIPPET_PIECE_BYTES + 8) + 16);
	size_t first;
	*ret = STR("");
	if (!find_place(w, text, &first))
		return OK;
	put_from(&b, w, text, first);
	return arena_str(a, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "search");
}

enum err snippet_mark(struct arena *a, const struct snippet_words *w, struct str text,
                      struct str *ret, struct errinfo *e)
{
	char word[SEARCH_WORD_MAX_BYTES];
	AUTO_SBUF struct sbuf b = sbuf_make(text.n * 3 + 16);    /* "a" may become "\x02a\x03" */
	for (size_t n = 1; n;) {
		struct str at = text, where;
		n = word_next_at(&text, word, &where);
		put_between(&b, n ? str_first(at, (size_t)(where.p - at.p)) : at);
		if (n)
			put_word(&b, where, find_word(w, str_make(word, n)) >= 0);
	}
	return arena_str(a, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "search");
}
