/* See correct.h. One pass over the charts for every word that is asked for. */
#include "indexer/hub/correct.h"

#include "indexer/base/auto.h"
#include "indexer/hub/nearest.h"

enum { KIND_NAME, KIND_PART, KIND_OTHER };

void nearest_offer_chart(struct nearest *n, const struct hub_chart *c)
{
	uint32_t letters = 0;
	for (size_t i = 0; i < c->words->count; i++) {
		const struct hub_word *w = &c->words->list[i];
		struct str word = str_make(c->words->text + w->at, w->n);
		if (w->column > COLUMN_KEYWORDS)
			break;
		nearest_offer(n, word, w->letters, word, w->column == COLUMN_NAME ? KIND_PART : KIND_OTHER);
		if (w->column == COLUMN_NAME)
			letters |= w->letters;
	}
	nearest_offer(n, c->joined, letters, c->name, KIND_NAME);
}

static bool may_be_wrong(const struct query_term *t)
{
	return query_is_name(t) && !t->phrase && !t->optional;
}

/* Empty: the word is right, or nobody knows better. */
static struct str nearest_word(const struct hub_table *t, const struct hub_viewer *v,
                               const struct ranker *r, const struct query *q, size_t term)
{
	struct nearest n = nearest_of(q->terms[term].joined, q->terms[term].prefix);
	bool sees = false;
	for (size_t i = 0; i < t->count; i++) {
		const struct hub_chart *c = t->charts[i];
		if (!i || !str_eq(c->repo, t->charts[i - 1]->repo))
			sees = hub_sees(v, c->repo);
		if (!sees)
			continue;
		if (ranker_knows(r, term, c))
			return STR("");
		nearest_offer_chart(&n, c);
	}
	return n.best;
}

enum err correct_text(struct arena *a, const struct hub_table *t, const struct hub_viewer *v,
                      struct str text, const struct query *q, const struct ranker *r,
                      struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SEARCH_TEXT_MAX_BYTES + SEARCH_TERMS_MAX * CHART_NAME_MAX_BYTES);
	const char *done = text.p;
	bool changed = false;
	for (size_t i = 0; i < q->count; i++) {
		const struct query_term *term = &q->terms[i];
		struct str word = may_be_wrong(term) ? nearest_word(t, v, r, q, i) : STR("");
		if (!word.n)
			continue;
		sbuf_put(&b, str_make(done, (size_t)(term->typed.p - done)));
		sbuf_put(&b, word);
		done = term->typed.p + term->typed.n;
		changed = true;
	}
	if (changed)
		sbuf_put(&b, str_make(done, (size_t)(text.p + text.n - done)));
	return sbuf_ok(&b) && arena_str(a, str_trim(sbuf_str(&b)), ret) ? OK : ERR(e, NOMEM, "search");
}
