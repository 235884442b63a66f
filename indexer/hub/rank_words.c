/* What a query asks for is marked in tables by chart, before the first chart is looked at. */
#include "indexer/hub/rank_parts.h"

#include "indexer/base/clock.h"
#include "indexer/hub/word.h"

static const enum place places[COLUMN_COUNT] = {
	[COLUMN_NAME] = PLACE_NAME, [COLUMN_JOINED] = PLACE_NAME,
	[COLUMN_ALTERNATIVE] = PLACE_KEYWORD, [COLUMN_KEYWORDS] = PLACE_KEYWORD,
	[COLUMN_DESCRIPTION] = PLACE_DESCRIPTION,
	[COLUMN_PEOPLE] = PLACE_OTHER, [COLUMN_REPO] = PLACE_OTHER, [COLUMN_USES] = PLACE_OTHER,
	[COLUMN_IMAGES] = PLACE_OTHER, [COLUMN_KINDS] = PLACE_OTHER,
};

/* ---- the words of a query ---- */

static mark *new_marks(const struct ranker *r)
{
	return arena_array(r->arena, r->table->row_count, sizeof(mark));
}

static void add_mark(mark *marks, uint32_t use, unsigned columns, bool whole)
{
	enum column column = word_use_column(use);
	mark *at = &marks[word_use_chart(use)], now = MARK(places[column], whole);
	if (columns & COLUMN_BIT(column) && now > *at)
		*at = now;
}

/* All words that are it, or begin so; the one that is it, if there is one. */
static const struct word *mark_words(const struct ranker *r, struct str text, bool prefix,
                                     unsigned columns, mark *marks)
{
	struct word_cursor at = words_from(r->table->words, text);
	const struct word *word, *is = NULL;
	while ((word = words_next(r->table->words, &at)) && str_starts(word->text, text)) {
		bool whole = word->text.n == text.n;
		if (!whole && !prefix)
			break;
		is = whole ? word : is;
		for (uint32_t i = 0; i < word->count; i++)
			add_mark(marks, word->uses[i], columns, whole);
	}
	return is;
}

static bool want_word(const struct ranker *r, const struct query_term *t, size_t at,
                      struct wanted_word *w)
{
	char other[SEARCH_WORD_MAX_BYTES + 1];
	size_t n = query_other_number(t->words[at], other);
	w->marks = new_marks(r);
	if (!w->marks)
		return false;
	w->forms[0] = mark_words(r, t->words[at], t->prefix && at + 1 == t->word_count, t->columns, w->marks);
	if (n)
		w->forms[1] = mark_words(r, str_make(other, n), false, t->columns, w->marks);
	return true;
}

static struct str cut_word(struct str joined) { return str_first(joined, SEARCH_WORD_MAX_BYTES); }

static bool want_term(const struct ranker *r, const struct query_term *t, struct wanted_term *ret)
{
	ret->query = t;
	ret->words = arena_array(r->arena, t->word_count, sizeof *ret->words);
	if (!ret->words)
		return false;
	for (size_t i = 0; i < t->word_count; i++)
		if (!want_word(r, t, i, &ret->words[i]))
			return false;
	if (t->word_count < 2 || !(t->columns & COLUMN_BIT(COLUMN_JOINED)))
		return true;
	ret->joined = new_marks(r);
	if (ret->joined)
		(void)mark_words(r, cut_word(t->joined), t->prefix, COLUMN_BIT(COLUMN_JOINED), ret->joined);
	return ret->joined;
}

/* Names that are what was typed, with or without the optional words, or begin so. */
static bool want_names(struct ranker *r)
{
	const struct query *q = r->query;
	struct { struct str text; bool prefix; } texts[] = { { q->core, true }, { q->joined, false } };
	r->names = new_marks(r);
	if (!r->names)
		return false;
	for (size_t i = 0; i < 2; i++) {
		struct str text = cut_word(texts[i].text);
		if (!text.n)
			continue;                    /* every name begins with nothing */
		struct word_cursor at = words_from(r->table->words, text);
		const struct word *word;
		while ((word = words_next(r->table->words, &at)) && str_starts(word->text, text) &&
		       (texts[i].prefix || word->text.n == text.n))
			for (uint32_t k = 0; k < word->count; k++)
				if (word_use_column(word->uses[k]) == COLUMN_JOINED) {
					mark *m = &r->names[word_use_chart(word->uses[k])];
					mark now = word->text.n == text.n ? PLACE_EXACT : PLACE_BEGINNING;
					*m = now > *m ? now : *m;
				}
	}
	return true;
}

/* A chart as Helm, and links here, name it: the first piece with a slash in it. */
static void want_address(struct ranker *r)
{
	for (size_t i = 0; i < r->query->count && !r->name.n; i++) {
		const struct query_term *t = &r->query->terms[i];
		const char *slash = query_is_indexed(t) && !t->phrase && t->typed.n
		                    ? memrchr(t->typed.p, '/', t->typed.n) : NULL;
		if (!slash)
			continue;
		r->repo = str_first(t->typed, (size_t)(slash - t->typed.p));
		r->name = str_from(t->typed, r->repo.n + 1);
		r->name_begins = t->prefix;
	}
}

enum err ranker_new(struct arena *a, const struct hub_table *t, const struct query *q,
                    const struct views *views, int64_t now_ns, struct ranker **ret, struct errinfo *e)
{
	struct ranker *r = ARENA_NEW(a, struct ranker);
	if (!r)
		return ERR(e, NOMEM, "search");
	*r = (struct ranker){ .arena = a, .table = t, .query = q, .views = views, .today = (int32_t)(now_ns / NS_PER_DAY),
	                      .terms = arena_array(a, q->count, sizeof *r->terms) };
	bool ok = r->terms && want_names(r);
	want_address(r);
	for (size_t i = 0; i < q->count && ok; i++) {
		ok = want_term(r, &q->terms[i], &r->terms[i]);
		r->conditions |= !query_is_indexed(&q->terms[i]);
	}
	if (!ok)
		return ERR(e, NOMEM, "search");
	*ret = r;
	return OK;
}

/* ---- finding them in a chart ---- */

static bool is_form(const struct ranker *r, const struct hub_word *w, const struct wanted_word *wanted)
{
	size_t count;
	const struct word *word = &words_all(r->table->words, &count)[w->word];
	return word == wanted->forms[0] || word == wanted->forms[1];
}

static bool is_phrase_at(const struct ranker *r, const struct hub_words *all, size_t at,
                         const struct wanted_term *t)
{
	if (all->count - at < t->query->word_count)
		return false;
	for (size_t i = 0; i < t->query->word_count; i++)
		if ((i && all->list[at + i].first) || !is_form(r, &all->list[at + i], &t->words[i]))
			return false;
	return true;
}

static mark find_phrase(const struct ranker *r, const struct hub_words *all,
                        const struct wanted_term *t)
{
	mark best = 0;
	for (size_t i = 0; i < all->count; i++) {
		enum column column = (enum column)all->list[i].column;
		mark now = MARK(places[column], true);
		if (t->query->columns & COLUMN_BIT(column) && now > best && is_phrase_at(r, all, i, t))
			best = now;
	}
	return best;
}

mark ranker_find(const struct ranker *r, const struct wanted_term *t, uint32_t id)
{
	mark worst = MARK(PLACE_MAX, true);
	if (t->joined && t->joined[id])
		return t->joined[id];
	for (size_t i = 0; i < t->query->word_count && worst; i++) {
		mark m = t->words[i].marks[id];
		bool whole = m & worst & 1;
		enum place place = MARK_PLACE(m) < MARK_PLACE(worst) ? MARK_PLACE(m) : MARK_PLACE(worst);
		worst = m ? MARK(place, whole) : 0;
	}
	return worst && t->query->phrase && t->query->word_count > 1
	       ? find_phrase(r, r->table->rows[id].chart->words, t) : worst;
}

bool ranker_knows(const struct ranker *r, size_t term, uint32_t id)
{
	return ranker_find(r, &r->terms[term], id) != 0;
}
