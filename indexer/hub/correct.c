/* See correct.h. The words of all charts are compared, not the charts. */
#include "indexer/hub/correct.h"

#include "indexer/base/auto.h"
#include "indexer/hub/nearest.h"
#include "indexer/hub/words.h"

enum { KIND_NAME, KIND_PART, KIND_OTHER, KIND_NONE };

static unsigned kind_of(enum column column)
{
	switch (column) {
	case COLUMN_JOINED:      return KIND_NAME;
	case COLUMN_NAME:        return KIND_PART;
	case COLUMN_ALTERNATIVE:
	case COLUMN_KEYWORDS:    return KIND_OTHER;
	default:                 return KIND_NONE;
	}
}

/* What the word is to the charts that are seen, at best; *ret is one of those. */
static unsigned kind_of_word(const struct hub_table *t, struct facet_count *seen,
                             const struct word *word, const struct hub_chart **ret)
{
	unsigned best = KIND_NONE;
	for (uint32_t i = 0; i < word->count && best != KIND_NAME; i++) {
		const struct hub_row *row = &t->rows[word_use_chart(word->uses[i])];
		unsigned kind = kind_of(word_use_column(word->uses[i]));
		if (kind < best && facet_count_sees(seen, row)) {
			best = kind;
			*ret = row->chart;
		}
	}
	return best;
}

static void offer(struct nearest *n, const struct hub_table *t, struct facet_count *seen,
                  const struct word *word)
{
	const struct hub_chart *chart = NULL;
	if (!nearest_may_be(n, word->text.n, word->letters) || !nearest_is(n, word->text))
		return;
	unsigned kind = kind_of_word(t, seen, word, &chart);
	if (kind != KIND_NONE)
		nearest_offer(n, word->text, kind == KIND_NAME ? chart->name : word->text, kind);
}

static bool is_known(const struct hub_table *t, struct facet_count *seen, const struct ranker *r,
                     size_t term)
{
	for (size_t i = 0; i < t->row_count; i++)
		if (t->rows[i].chart && ranker_knows(r, term, (uint32_t)i) &&
		    facet_count_sees(seen, &t->rows[i]))
			return true;
	return false;
}

static bool may_be_wrong(const struct query_term *t)
{
	return query_is_name(t) && !t->phrase && !t->optional;
}

/* Empty: the word is right, or nobody knows better. */
static struct str nearest_word(const struct hub_table *t, struct facet_count *seen,
                               const struct ranker *r, const struct query *q, size_t term)
{
	const struct query_term *typed = &q->terms[term];
	struct nearest n = { .max = 0 };
	size_t count;
	const struct word *all = words_all(t->words, &count);
	if (is_known(t, seen, r, term))
		return STR("");
	for (unsigned edits = 1; edits <= NEAREST_EDITS_MAX && !n.best.n; edits++) {
		n = nearest_within(typed->joined, typed->prefix, edits);
		for (size_t i = 0; i < count; i++)
			if (all[i].named)
				offer(&n, t, seen, &all[i]);
	}
	return n.best;
}

enum err correct_text(struct arena *a, const struct hub_table *t, struct facet_count *seen,
                      struct str text, const struct query *q, const struct ranker *r,
                      struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SEARCH_TEXT_MAX_BYTES + SEARCH_TERMS_MAX * CHART_NAME_MAX_BYTES);
	const char *done = text.p;
	bool changed = false;
	for (size_t i = 0; i < q->count; i++) {
		const struct query_term *term = &q->terms[i];
		struct str word = may_be_wrong(term) ? nearest_word(t, seen, r, q, i) : STR("");
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
