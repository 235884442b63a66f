/* See query.h. A piece of text becomes a term in three steps: its sign, its field, its value. */
#include "indexer/hub/query.h"

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/hub/query_field.h"
#include "indexer/hub/word.h"

struct reader {
	struct arena *arena;
	struct str rest;
	int64_t now_ns;
	size_t words_left;
	struct query q;
	size_t term_capacity, note_capacity;
	bool or_pending;
	struct errinfo *e;
};

/* One piece: -field:"value" with all that is optional. */
struct piece {
	struct str whole;
	bool negated, quoted;
	struct str field, value;         /* field empty: none that we know */
	bool looks_like_field;
};

/* ---- words ---- */

/* Of no use for telling charts apart. */
static const char *const everywhere[] = {
	"a", "an", "and", "chart", "charts", "for", "helm", "in", "k8s", "kubernetes", "of", "on",
	"the", "to", "with",
};

static bool is_everywhere(struct str word)
{
	return str_is_one_of(word, everywhere, sizeof everywhere / sizeof *everywhere);
}

static enum err join(struct reader *r, struct query_term *t)
{
	size_t n = 0;
	for (size_t i = 0; i < t->word_count; i++)
		n += t->words[i].n;
	char *to = arena_alloc(r->arena, n + 1);
	if (!to)
		return ERR(r->e, NOMEM, "search");
	t->joined = str_make(to, n);
	for (size_t i = 0; i < t->word_count; to += t->words[i++].n)
		memcpy(to, t->words[i].p, t->words[i].n);
	return OK;
}

static enum err read_words(struct reader *r, struct str text, struct query_term *t)
{
	char word[SEARCH_WORD_MAX_BYTES];
	size_t capacity = 0;
	for (size_t n; r->words_left && (n = word_next(&text, word)); r->words_left--) {
		struct str *words = arena_room(r->arena, t->words, t->word_count, &capacity, sizeof *words);
		if (!words || !arena_str(r->arena, str_make(word, n), &words[t->word_count]))
			return ERR(r->e, NOMEM, "search");
		t->words = words;
		t->word_count++;
	}
	return join(r, t);
}

/* ---- pieces ---- */

static bool is_blank(char c) { return (unsigned char)c <= ' ' || c == 0x7f; }

/* Until the closing quote, or the end. */
static struct str take_quoted(struct str *rest)
{
	*rest = str_from(*rest, 1);
	return str_cut(rest, '"', NULL);
}

static void take_plain(struct str *rest, struct piece *ret)
{
	size_t n = 0;
	while (n < rest->n && !is_blank(rest->p[n]) && rest->p[n] != '"')
		n++;
	struct str after = str_first(*rest, n);
	bool colon;
	struct str before = str_cut(&after, ':', &colon);
	ret->value = str_first(*rest, n);
	*rest = str_from(*rest, n);
	ret->looks_like_field = colon && before.n && after.n;
	if (!colon || !query_field_find(before))
		return;
	ret->field = before;
	ret->value = after;
	ret->quoted = !after.n && rest->n && rest->p[0] == '"';
	if (ret->quoted)
		ret->value = take_quoted(rest);
}

/* False: the text is over. */
static bool take_piece(struct str *rest, struct piece *ret)
{
	*ret = (struct piece){ 0 };
	while (rest->n && is_blank(rest->p[0]))
		*rest = str_from(*rest, 1);
	if (!rest->n)
		return false;
	struct str whole = *rest;
	while (rest->n && rest->p[0] == '-') {
		ret->negated = true;
		*rest = str_from(*rest, 1);
	}
	if (rest->n && rest->p[0] == '"') {
		ret->quoted = true;
		ret->value = take_quoted(rest);
	} else {
		take_plain(rest, ret);
	}
	ret->whole = str_first(whole, whole.n - rest->n);
	return true;
}

/* ---- terms ---- */

/* Once, whatever is wrong with it. */
static enum err note(struct reader *r, struct str piece)
{
	if (r->q.note_count && r->q.notes[r->q.note_count - 1].p == piece.p)
		return OK;
	struct str *notes = arena_room(r->arena, r->q.notes, r->q.note_count, &r->note_capacity,
	                               sizeof *notes);
	if (!notes)
		return ERR(r->e, NOMEM, "search");
	r->q.notes = notes;
	notes[r->q.note_count++] = piece;
	return OK;
}

/* A term in memory is compared with memory, and one in the index with the index. */
static enum err join_or(struct reader *r, const struct query_term *t, struct str piece)
{
	struct query_term *before = r->q.count ? &r->q.terms[r->q.count - 1] : NULL;
	bool pending = r->or_pending;
	r->or_pending = false;
	if (!pending || !before)
		return OK;
	before->or_next = query_is_indexed(before) == query_is_indexed(t);
	return before->or_next ? OK : note(r, piece);
}

static enum err add_term(struct reader *r, const struct query_term *t, struct str piece)
{
	enum err err = join_or(r, t, piece);
	struct query_term *terms = err ? NULL : arena_room(r->arena, r->q.terms, r->q.count,
	                                                   &r->term_capacity, sizeof *terms);
	if (!terms)
		return err ? err : ERR(r->e, NOMEM, "search");
	r->q.terms = terms;
	terms[r->q.count++] = *t;
	return OK;
}

static enum err add_words(struct reader *r, const struct piece *p, const struct query_field *f)
{
	char more[SEARCH_WORD_MAX_BYTES];
	struct query_term t = { .kind = QUERY_WORDS, .negated = p->negated, .typed = p->value };
	bool name = f && f->columns == COLUMNS_NAME;
	t.columns = f ? f->columns : p->negated ? COLUMNS_ABOUT : COLUMNS_ANY;
	size_t before = r->words_left;
	enum err err = read_words(r, p->value, &t);
	if (err || !t.word_count)
		return err;
	t.phrase = p->quoted || p->negated || (f && !name);
	/* Goes on at the end of the text, and not where it is cut for its length. */
	t.prefix = !p->quoted && !p->negated && (!f || name) && !r->rest.n;
	struct str rest = p->value;
	for (size_t i = 0; i < before - r->words_left; i++)
		(void)word_next(&rest, more);
	err = add_term(r, &t, p->whole);
	return !err && word_next(&rest, more) ? note(r, p->whole) : err;
}

/* As words: all of the piece but its sign. */
static enum err add_unknown(struct reader *r, const struct piece *p)
{
	struct piece words = { .whole = p->whole, .negated = p->negated, .value = p->whole };
	while (words.value.n && words.value.p[0] == '-')
		words.value = str_from(words.value, 1);
	enum err err = note(r, p->whole);
	return err ? err : add_words(r, &words, NULL);
}

static enum err add_piece(struct reader *r, const struct piece *p)
{
	const struct query_field *f = p->field.n ? query_field_find(p->field) : NULL;
	struct query_term t = { .negated = p->negated, .typed = p->value };
	if (!f && !p->negated && !p->quoted && str_eq_nocase(p->value, STR("or"))) {
		r->or_pending = true;
		return OK;
	}
	if (!f)
		return p->looks_like_field && !p->quoted ? add_unknown(r, p) : add_words(r, p, NULL);
	if (!p->value.n)
		return add_unknown(r, p);
	if (!f->read)
		return add_words(r, p, f);
	t.kind = f->kind;
	if (!f->read(r->now_ns, p->value, &t))
		return add_unknown(r, p);
	r->words_left--;
	return add_term(r, &t, p->whole);
}

/* ---- what the terms are together ---- */

static void mark_optional(struct query *q)
{
	bool others = false;
	for (size_t i = 0; i < q->count; i++) {
		struct query_term *t = &q->terms[i];
		bool alone = !t->or_next && (!i || !q->terms[i - 1].or_next);
		t->optional = query_is_indexed(t) && alone && !t->phrase && t->word_count == 1 &&
		              is_everywhere(t->words[0]);
		others |= t->kind == QUERY_WORDS && !t->negated && !t->optional;
	}
	for (size_t i = 0; i < q->count; i++)
		q->terms[i].optional &= others;
}

static enum err join_names(struct reader *r, bool optional, struct str *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(2 * SEARCH_TEXT_MAX_BYTES);
	for (size_t i = 0; i < r->q.count; i++) {
		const struct query_term *t = &r->q.terms[i];
		if (query_is_name(t) && t->or_next)
			return OK;
		if (query_is_name(t) && (optional || !t->optional))
			sbuf_put(&b, t->joined);
	}
	return sbuf_ok(&b) && arena_str(r->arena, sbuf_str(&b), ret) ? OK : ERR(r->e, NOMEM, "search");
}

enum err query_read(struct arena *a, struct str text, int64_t now_ns, struct query *ret,
                    struct errinfo *e)
{
	struct reader r = { .arena = a, .rest = str_first(text, SEARCH_TEXT_MAX_BYTES),
	                    .now_ns = now_ns, .words_left = SEARCH_TERMS_MAX, .e = e };
	struct piece p;
	enum err err = OK;
	while (!err && r.words_left && take_piece(&r.rest, &p))
		err = add_piece(&r, &p);
	if (!err && take_piece(&r.rest, &p))
		err = note(&r, str_make(p.whole.p, p.whole.n + r.rest.n));
	mark_optional(&r.q);
	if (!err)
		err = join_names(&r, true, &r.q.joined);
	if (!err)
		err = join_names(&r, false, &r.q.core);
	if (!err)
		*ret = r.q;
	return err;
}
