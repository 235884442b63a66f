/* See nearest.h. */
#include "indexer/hub/nearest.h"

#include "indexer/hub/word.h"

#define NEAREST_BEGINNING_BYTES 5u   /* of a shorter one, with an edit, nothing is left to tell */

unsigned nearest_edits(size_t bytes) { return bytes < 3 ? 0 : bytes < 6 ? 1 : NEAREST_EDITS_MAX; }

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

/* Of the table of distances the rows of one letter and of the two before it; what lies further from
 * the diagonal than `max` is never asked for.                                                */
#define ROW (SEARCH_WORD_MAX_BYTES + 2)
struct rows { uint8_t a[ROW], b[ROW], c[ROW]; uint8_t *before, *last, *now; };

static bool is_swapped(struct str a, struct str b, size_t i, size_t j)
{
	return i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1];
}

/* Returns the least of them. */
static unsigned fill_row(struct rows *r, struct str typed, struct str word, size_t i, unsigned max)
{
	size_t from = i > max ? i - max : 1, to = i + max < word.n ? i + max : word.n;
	unsigned best = r->now[from - 1] = (uint8_t)(from == 1 ? least((unsigned)i, max + 1) : max + 1);
	for (size_t j = from; j <= to; j++) {
		unsigned d = r->last[j - 1] + (typed.p[i - 1] == word.p[j - 1] ? 0u : 1u);
		d = least(d, least(r->last[j], r->now[j - 1]) + 1u);
		if (is_swapped(typed, word, i, j))
			d = least(d, r->before[j - 2] + 1u);
		r->now[j] = (uint8_t)least(d, max + 1);
		best = least(best, d);
	}
	r->now[to + 1] = (uint8_t)(max + 1);
	return best;
}

/* False: all are further away than `max`. */
static bool fill_rows(struct rows *r, struct str typed, struct str word, unsigned max)
{
	unsigned best = 0, best_before;
	r->before = r->a, r->last = r->b, r->now = r->c;
	for (size_t j = 0; j <= word.n; j++)
		r->last[j] = (uint8_t)least((unsigned)j, max + 1);
	for (size_t i = 1; i <= typed.n; i++) {
		best_before = best;
		best = fill_row(r, typed, word, i, max);
		if (best > max && best_before > max)
			return false;            /* a swap reaches back by two rows, nothing does by more */
		uint8_t *oldest = r->before;
		r->before = r->last, r->last = r->now, r->now = oldest;
	}
	return true;
}

struct distances { unsigned whole, beginning; };

static struct distances measure(struct str typed, struct str word, unsigned max)
{
	struct rows r = { 0 };
	struct distances d = { max + 1, max + 1 };
	struct str w = str_first(word, typed.n + max);
	if (typed.n > SEARCH_WORD_MAX_BYTES || w.n > SEARCH_WORD_MAX_BYTES || w.n + max < typed.n ||
	    !fill_rows(&r, typed, w, max))
		return d;
	if (w.n == word.n)
		d.whole = r.last[w.n];
	for (size_t j = typed.n > max ? typed.n - max : 0; j <= w.n; j++)
		d.beginning = least(d.beginning, r.last[j]);
	return d;
}

unsigned nearest_distance(struct str typed, struct str word, unsigned max, bool beginning)
{
	struct distances d = measure(typed, word, max);
	return beginning ? d.beginning : d.whole;
}

struct nearest nearest_within(struct str typed, bool beginning, unsigned edits)
{
	return (struct nearest){
		.typed = typed, .letters = word_letters(typed), .max = least(edits, nearest_edits(typed.n)),
		.beginning = beginning && typed.n >= NEAREST_BEGINNING_BYTES, .distance = UINT32_MAX,
	};
}

struct nearest nearest_of(struct str typed, bool beginning)
{
	return nearest_within(typed, beginning, NEAREST_EDITS_MAX);
}

bool nearest_may_be(const struct nearest *n, size_t bytes, uint32_t letters)
{
	return n->max && bytes && bytes + n->max >= n->typed.n &&
	       (n->beginning || bytes <= n->typed.n + n->max) &&
	       (unsigned)__builtin_popcount(n->letters & ~letters) <= n->max;
}

unsigned nearest_halves(const struct nearest *n, struct str word)
{
	struct distances d = measure(n->typed, word, n->max);
	return n->beginning ? least(2 * d.whole, 2 * d.beginning + 1) : 2 * d.whole;
}

bool nearest_is(const struct nearest *n, struct str word)
{
	unsigned distance = nearest_halves(n, word);
	return distance <= 2 * n->max + 1 && distance <= n->distance;
}

static bool is_better(const struct nearest *n, struct str shown, unsigned distance, unsigned kind)
{
	if (distance != n->distance)
		return distance < n->distance;
	if (kind != n->kind)
		return kind < n->kind;
	bool starts = shown.p[0] == n->typed.p[0], started = n->best.p[0] == n->typed.p[0];
	if (starts != started)
		return starts;
	return shown.n != n->best.n ? shown.n < n->best.n : str_cmp(shown, n->best) < 0;
}

void nearest_offer(struct nearest *n, struct str word, struct str shown, unsigned kind)
{
	unsigned distance = nearest_halves(n, word);
	if (!is_better(n, shown, distance, kind))
		return;
	n->best = shown;
	n->distance = distance;
	n->kind = kind;
}
