/* See nearest.h. */
#include "indexer/hub/nearest.h"

#include "indexer/hub/word.h"

#define NEAREST_BEGINNING_BYTES 5u   /* of a shorter one, with an edit, nothing is left to tell */

unsigned nearest_edits(size_t bytes) { return bytes < 3 ? 0 : bytes < 6 ? 1 : 2; }

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

/* Of the table of distances the rows of one letter and of the two before it; what lies further from
 * the diagonal than `max` is never asked for.                                                */
#define ROW (SEARCH_WORD_MAX_BYTES + 2)
struct rows { uint8_t a[ROW], b[ROW], c[ROW]; uint8_t *before, *last, *now; };

static bool is_swapped(struct str a, struct str b, size_t i, size_t j)
{
	return i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1];
}

static void fill_row(struct rows *r, struct str typed, struct str word, size_t i, unsigned max)
{
	size_t from = i > max ? i - max : 1, to = i + max < word.n ? i + max : word.n;
	r->now[from - 1] = (uint8_t)(from == 1 ? least((unsigned)i, max + 1) : max + 1);
	for (size_t j = from; j <= to; j++) {
		unsigned d = r->last[j - 1] + (typed.p[i - 1] == word.p[j - 1] ? 0u : 1u);
		d = least(d, least(r->last[j], r->now[j - 1]) + 1u);
		if (is_swapped(typed, word, i, j))
			d = least(d, r->before[j - 2] + 1u);
		r->now[j] = (uint8_t)least(d, max + 1);
	}
	r->now[to + 1] = (uint8_t)(max + 1);
}

unsigned nearest_distance(struct str typed, struct str word, unsigned max, bool beginning)
{
	struct rows r = { 0 };
	struct str w = beginning ? str_first(word, typed.n + max) : word;
	if (typed.n > SEARCH_WORD_MAX_BYTES || w.n > SEARCH_WORD_MAX_BYTES || w.n + max < typed.n ||
	    typed.n + max < w.n)
		return max + 1;
	r.before = r.a, r.last = r.b, r.now = r.c;
	for (size_t j = 0; j <= w.n; j++)
		r.last[j] = (uint8_t)least((unsigned)j, max + 1);
	for (size_t i = 1; i <= typed.n; i++) {
		fill_row(&r, typed, w, i, max);
		uint8_t *oldest = r.before;
		r.before = r.last, r.last = r.now, r.now = oldest;
	}
	unsigned best = r.last[w.n];
	for (size_t j = typed.n > max ? typed.n - max : 0; beginning && j < w.n; j++)
		best = least(best, r.last[j]);
	return best;
}

struct nearest nearest_of(struct str typed, bool beginning)
{
	return (struct nearest){
		.typed = typed, .letters = word_letters(typed), .max = nearest_edits(typed.n),
		.beginning = beginning && typed.n >= NEAREST_BEGINNING_BYTES, .distance = UINT32_MAX,
	};
}

bool nearest_may_be(const struct nearest *n, size_t bytes, uint32_t letters)
{
	return n->max && bytes && bytes + n->max >= n->typed.n &&
	       (n->beginning || bytes <= n->typed.n + n->max) &&
	       (unsigned)__builtin_popcount(n->letters & ~letters) <= n->max;
}

unsigned nearest_halves(const struct nearest *n, struct str word)
{
	unsigned whole = 2 * nearest_distance(n->typed, word, n->max, false);
	if (!n->beginning || whole <= 1)
		return whole;
	return least(whole, 2 * nearest_distance(n->typed, word, n->max, true) + 1);
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
