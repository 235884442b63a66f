/* Names while they are typed, and names near to one that is not there: one pass over the charts,
 * under the table's lock, which keeps the best few.                                          */
#include "indexer/base/arena.h"
#include "indexer/hub/correct.h"
#include "indexer/hub/impl.h"
#include "indexer/hub/nearest.h"
#include "indexer/hub/word.h"

/* What a name has to do with what was typed; better ones first. */
enum nearness {
	NEAR_WHOLE, NEAR_BEGINNING, NEAR_PART, NEAR_INSIDE, NEAR_OTHER,      /* suggestions */
	NEAR_TYPO                        /* and so many edits */
};
#define NEAR_NOT UINT32_MAX
#define CONTAINED_BYTES_MIN 4u       /* shorter names are in too many others */

struct candidate { struct hub_chart *chart; uint32_t nearness; };

struct search_names {
	const struct hub_table *table;
	const struct hub_viewer *viewer;
	struct str typed;                /* as hub_chart.joined */
	struct candidate *best;
	size_t count, limit;
};

static bool comes_before(const struct candidate *a, const struct candidate *b)
{
	const struct hub_chart *x = a->chart, *y = b->chart;
	if (x->entry.meta.deprecated != y->entry.meta.deprecated)
		return y->entry.meta.deprecated;
	if (a->nearness != b->nearness)
		return a->nearness < b->nearness;
	if (x->joined.n != y->joined.n)
		return x->joined.n < y->joined.n;
	int by_name = str_cmp(x->name, y->name);
	return by_name ? by_name < 0 : str_cmp(x->repo, y->repo) < 0;
}

static void offer(struct search_names *s, struct hub_chart *c, uint32_t nearness)
{
	struct candidate now = { c, nearness };
	if (s->count == s->limit && !comes_before(&now, &s->best[s->count - 1]))
		return;
	size_t at = s->count < s->limit ? s->count++ : s->count - 1;
	for (; at && comes_before(&now, &s->best[at - 1]); at--)
		s->best[at] = s->best[at - 1];
	s->best[at] = now;
}

typedef uint32_t nearness_of(const struct search_names *s, const struct hub_chart *c);

static void look(struct search_names *s, nearness_of *judge)
{
	bool sees = false;
	for (size_t i = 0; i < s->table->count && s->limit; i++) {
		struct hub_chart *c = s->table->charts[i];
		uint32_t nearness;
		if (!i || !str_eq(c->repo, s->table->charts[i - 1]->repo))
			sees = hub_sees(s->viewer, c->repo);
		if (sees && (nearness = judge(s, c)) != NEAR_NOT)
			offer(s, c, nearness);
	}
}

/* ---- suggestions ---- */

static bool is_inside(struct str text, struct str part)
{
	return text.n >= part.n && memmem(text.p, text.n, part.p, part.n);
}

static bool is_part(const struct hub_chart *c, struct str typed)
{
	size_t at = 0;
	for (size_t i = 0; i < c->words->count && c->words->list[i].column == COLUMN_NAME; i++) {
		if (str_starts(str_from(c->joined, at), typed))
			return true;
		at += c->words->list[i].n;
	}
	return false;
}

static uint32_t judge_name(const struct search_names *s, const struct hub_chart *c)
{
	if (!is_inside(c->joined, s->typed))
		return NEAR_NOT;
	if (str_starts(c->joined, s->typed))
		return c->joined.n == s->typed.n ? NEAR_WHOLE : NEAR_BEGINNING;
	return is_part(c, s->typed) ? NEAR_PART : NEAR_INSIDE;
}

/* Another name, or a keyword, begins so. */
static uint32_t judge_others(const struct search_names *s, const struct hub_chart *c)
{
	const struct hub_words *w = c->words;
	struct str text = w->count ? str_make(w->text, w->list[w->count - 1].at + w->list[w->count - 1].n)
	                           : STR("");
	if (is_inside(c->joined, s->typed))
		return NEAR_NOT;                 /* it is there already */
	for (size_t i = 0; i < w->count && w->list[i].column <= COLUMN_KEYWORDS; i++)
		if (w->list[i].column != COLUMN_NAME && str_starts(str_from(text, w->list[i].at), s->typed))
			return NEAR_OTHER;
	return NEAR_NOT;
}

static uint32_t judge_typo(const struct search_names *s, const struct hub_chart *c)
{
	struct nearest n = nearest_of(s->typed, true);
	nearest_offer_chart(&n, c);
	return n.best.n ? NEAR_TYPO + n.distance : NEAR_NOT;
}

/* ---- near names ---- */

static uint32_t judge_near(const struct search_names *s, const struct hub_chart *c)
{
	unsigned max = nearest_edits(s->typed.n);
	unsigned edits = nearest_distance(s->typed, c->joined, max, false);
	bool contains = (c->joined.n >= CONTAINED_BYTES_MIN && is_inside(s->typed, c->joined)) ||
	                (s->typed.n >= CONTAINED_BYTES_MIN && is_inside(c->joined, s->typed));
	if (edits <= max)
		return edits;
	return contains ? max + 1 : NEAR_NOT;
}

/* ---- both ---- */

static enum err read_typed(struct arena *a, struct str text, struct str *ret, struct errinfo *e)
{
	char word[SEARCH_WORD_MAX_BYTES];
	struct str rest = str_first(text, SEARCH_TEXT_MAX_BYTES);
	char *joined = arena_alloc(a, 2 * rest.n + 1);
	size_t bytes = 0;
	if (!joined)
		return ERR(e, NOMEM, "suggestions");
	for (size_t n; (n = word_next(&rest, word)); bytes += n)
		memcpy(joined + bytes, word, n);
	*ret = str_make(joined, bytes);
	return OK;
}

static enum err take(struct search_names *s, struct arena *a, struct hub_suggestions *ret,
                     struct errinfo *e)
{
	struct hub_suggestions found = { .list = arena_array(a, s->count, sizeof *found.list) };
	if (!found.list)
		return ERR(e, NOMEM, "suggestions");
	for (size_t i = 0; i < s->count; i++)
		found.list[found.count++].chart = chart_ref(s->best[i].chart);
	*ret = found;
	return OK;
}

static enum err find(struct hub *h, struct arena *a, const struct hub_viewer *v, struct str text,
                     size_t limit, nearness_of *const *judges, struct hub_suggestions *ret,
                     struct errinfo *e)
{
	struct search_names s = {
		.table = &h->table, .viewer = v, .limit = limit < SUGGESTIONS_MAX ? limit : SUGGESTIONS_MAX,
		.best = arena_array(a, SUGGESTIONS_MAX, sizeof *s.best),
	};
	enum err err = s.best ? read_typed(a, text, &s.typed, e) : ERR(e, NOMEM, "suggestions");
	if (err)
		return err;
	(void)pthread_rwlock_rdlock(&h->table.lock);
	for (; *judges && s.typed.n && s.count < s.limit; judges++)
		if (*judges != judge_typo || !s.count)
			look(&s, *judges);
	err = take(&s, a, ret, e);
	(void)pthread_rwlock_unlock(&h->table.lock);
	return err;
}

enum err hub_suggest(struct hub *h, struct arena *a, const struct hub_viewer *v, struct str typed,
                     size_t limit, struct hub_suggestions *ret, struct errinfo *e)
{
	static nearness_of *const judges[] = { judge_name, judge_others, judge_typo, NULL };
	return find(h, a, v, typed, limit, judges, ret, e);
}

enum err hub_near(struct hub *h, struct arena *a, const struct hub_viewer *v, struct str name,
                  size_t limit, struct hub_suggestions *ret, struct errinfo *e)
{
	static nearness_of *const judges[] = { judge_near, NULL };
	return find(h, a, v, name, limit, judges, ret, e);
}

void hub_suggestions_done(struct hub_suggestions *s)
{
	for (size_t i = 0; i < s->count; i++)
		hub_chart_unref(s->list[i].chart);
	*s = (struct hub_suggestions){ 0 };
}
