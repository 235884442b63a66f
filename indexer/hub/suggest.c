/* Names while they are typed, and names near to one that is not there: what each chart has to do with
 * it is noted by words, and the best few of those that are seen are kept.                    */
#include "indexer/base/arena.h"
#include "indexer/hub/facet.h"
#include "indexer/hub/nearest.h"
#include "indexer/hub/query.h"
#include "indexer/hub/word.h"
#include "indexer/hub/words.h"

/* What a name has to do with what was typed; better ones first. */
enum nearness {
	NEAR_NOT,
	NEAR_ADDRESS,                    /* repository and name: before all others, also deprecated */
	NEAR_ADDRESS_BEGINNING,
	NEAR_WHOLE, NEAR_BEGINNING, NEAR_PART, NEAR_OTHER, NEAR_INSIDE,
	NEAR_TYPO                        /* and so many halves of an edit */
};
#define INSIDE_BYTES_MIN 2u          /* one letter is inside of too many names */

/* The words of a name as one, and where each of them begins; the end counts as well. */
struct joined {
	char bytes[SEARCH_WORD_MAX_BYTES];
	size_t n, count;
	bool begins[SEARCH_WORD_MAX_BYTES + 1];
};

struct candidate { const struct hub_row *row; uint8_t nearness; };

struct search_names {
	const struct hub_table *table;
	struct joined words;
	struct str typed;                /* those, as hub_chart.joined */
	struct str text;                 /* as it was typed */
	uint8_t *near;                   /* of each chart, by its id: enum nearness … */
	uint8_t *reached;                /* … and how many of the words, from the first on, it has */
	struct facet_count *seen;
	struct candidate *best;
	size_t count, limit;
};

static void join(struct str text, struct joined *ret)
{
	char word[SEARCH_WORD_MAX_BYTES];
	*ret = (struct joined){ 0 };
	for (size_t n; (n = word_next(&text, word)); ret->n += n, ret->count++) {
		ret->begins[ret->n] = true;
		n = n < SEARCH_WORD_MAX_BYTES - ret->n ? n : SEARCH_WORD_MAX_BYTES - ret->n;
		memcpy(ret->bytes + ret->n, word, n);
	}
	ret->begins[ret->n] = true;
}

/* ---- the best few ---- */

static bool comes_before(const struct candidate *a, const struct candidate *b)
{
	bool addressed = a->nearness == NEAR_ADDRESS || b->nearness == NEAR_ADDRESS;
	if (!addressed && a->row->deprecated != b->row->deprecated)
		return b->row->deprecated;
	if (a->nearness != b->nearness)
		return a->nearness < b->nearness;
	if (a->row->name_bytes != b->row->name_bytes)
		return a->row->name_bytes < b->row->name_bytes;
	const struct hub_chart *x = a->row->chart, *y = b->row->chart;
	int by_name = str_cmp(x->name, y->name);
	if (!by_name && a->row->hosted != b->row->hosted)    /* ours goes before another server's */
		return a->row->hosted;
	return by_name ? by_name < 0 : str_cmp(x->repo, y->repo) < 0;
}

static void offer(struct search_names *s, const struct candidate *c)
{
	if (s->count == s->limit && !comes_before(c, &s->best[s->count - 1]))
		return;
	size_t at = s->count < s->limit ? s->count++ : s->count - 1;
	for (; at && comes_before(c, &s->best[at - 1]); at--)
		s->best[at] = s->best[at - 1];
	s->best[at] = *c;
}

static void keep_best(struct search_names *s)
{
	s->count = 0;
	for (size_t i = 0; i < s->table->row_count && s->limit; i++) {
		const struct candidate c = { &s->table->rows[i], s->near[i] };
		if (c.nearness && facet_count_sees(s->seen, c.row))
			offer(s, &c);
	}
}

/* ---- what words say ---- */

static void note_chart(struct search_names *s, size_t id, unsigned nearness)
{
	uint8_t *at = &s->near[id];
	if (!*at || nearness < *at)
		*at = (uint8_t)nearness;
}

static void note(struct search_names *s, uint32_t use, unsigned nearness)
{
	note_chart(s, word_use_chart(use), nearness);
}

static enum nearness of_beginning(enum column column, bool whole)
{
	switch (column) {
	case COLUMN_JOINED:      return whole ? NEAR_WHOLE : NEAR_BEGINNING;
	case COLUMN_NAME:
	case COLUMN_PART:        return NEAR_PART;
	case COLUMN_ALTERNATIVE:
	case COLUMN_KEYWORDS:    return NEAR_OTHER;
	default:                 return NEAR_NOT;
	}
}

static void note_beginnings(struct search_names *s)
{
	struct word_cursor at = words_from(s->table->words, s->typed);
	const struct word *word;
	while ((word = words_next(s->table->words, &at)) && str_starts(word->text, s->typed))
		for (uint32_t i = 0; i < word->count; i++) {
			enum nearness n = of_beginning(word_use_column(word->uses[i]), word->text.n == s->typed.n);
			if (n)
				note(s, word->uses[i], n);
		}
}

/* Charts with words that begin as the words that were typed do, each of them: "prom op". */
static void note_each_word(struct search_names *s)
{
	char typed[SEARCH_WORD_MAX_BYTES];
	struct str rest = s->text;
	uint8_t count = 0;
	memset(s->reached, 0, s->table->row_count);
	for (size_t n; count < SEARCH_TERMS_MAX && (n = word_next(&rest, typed)); count++) {
		struct str begin = str_make(typed, n);
		struct word_cursor at = words_from(s->table->words, begin);
		const struct word *word;
		while ((word = words_next(s->table->words, &at)) && str_starts(word->text, begin))
			for (uint32_t i = 0; i < word->count; i++) {
				uint8_t *of = &s->reached[word_use_chart(word->uses[i])];
				bool next = *of == count && of_beginning(word_use_column(word->uses[i]), false);
				*of = next ? count + 1 : *of;
			}
	}
	for (size_t i = 0; i < s->table->row_count; i++)
		if (s->reached[i] == count)
			note_chart(s, i, NEAR_OTHER);
}

/* Of words that are whole names. */
static void note_names(struct search_names *s, const struct word *word, unsigned nearness)
{
	for (uint32_t i = 0; i < word->count; i++)
		if (word_use_column(word->uses[i]) == COLUMN_JOINED)
			note(s, word->uses[i], nearness);
}

static bool is_inside(struct str text, struct str part)
{
	return text.n >= part.n && memmem(text.p, text.n, part.p, part.n);
}

static void note_insides(struct search_names *s)
{
	size_t count;
	const struct word *all = words_all(s->table->words, &count);
	uint32_t letters = word_letters(s->typed);
	for (size_t i = 0; i < count; i++)
		if (all[i].count && !(letters & ~all[i].letters) && is_inside(all[i].text, s->typed))
			note_names(s, &all[i], NEAR_INSIDE);
}

static void note_typos(struct search_names *s)
{
	const struct nearest n = nearest_of(s->typed, true);
	size_t count;
	const struct word *all = words_all(s->table->words, &count);
	for (size_t i = 0; i < count; i++) {
		unsigned halves = all[i].named && nearest_may_be(&n, all[i].text.n, all[i].letters)
		                  ? nearest_halves(&n, all[i].text) : UINT32_MAX;
		for (uint32_t k = 0; halves <= 2 * n.max + 1 && k < all[i].count; k++)
			if (of_beginning(word_use_column(all[i].uses[k]), true))
				note(s, all[i].uses[k], NEAR_TYPO + halves);
	}
}

/* ---- near to a whole name ---- */

/* Whether some of its words in a row are `part`. */
static bool has_words(const struct joined *whole, const struct joined *part)
{
	for (size_t i = 0; part->n >= INSIDE_BYTES_MIN && i + part->n <= whole->n; i++)
		if (whole->begins[i] && whole->begins[i + part->n] &&
		    !memcmp(whole->bytes + i, part->bytes, part->n))
			return true;
	return false;
}

/* Names that have all of its words, or all of whose words it has. */
static void note_words(struct search_names *s, unsigned nearness)
{
	for (size_t i = 0; i < s->table->row_count; i++) {
		const struct hub_chart *chart = s->table->rows[i].chart;
		struct joined name;
		if (!chart)
			continue;
		join(chart->name, &name);
		if (has_words(&name, &s->words) || has_words(&s->words, &name))
			note_chart(s, i, nearness);
	}
}

static void note_near(struct search_names *s)
{
	unsigned max = nearest_edits(s->typed.n);
	size_t count;
	const struct word *all = words_all(s->table->words, &count);
	for (size_t i = 0; i < count; i++) {
		unsigned edits = all[i].named ? nearest_distance(s->typed, all[i].text, max, false) : max + 1;
		if (edits <= max)
			note_names(s, &all[i], NEAR_WHOLE + edits);
	}
	note_words(s, NEAR_WHOLE + max + 1);
}

/* ---- repository and name ---- */

/* As commands print a chart, "team/stable/redis": with the beginning of a name, or none of it yet. */
static void note_address(struct search_names *s)
{
	const char *slash = s->text.n ? memrchr(s->text.p, '/', s->text.n) : NULL;
	struct joined name;
	if (!slash)
		return;
	struct str repo = str_first(s->text, (size_t)(slash - s->text.p));
	join(str_from(s->text, repo.n + 1), &name);
	struct str begin = str_make(name.bytes, name.n);
	for (size_t i = 0; i < s->table->row_count; i++) {
		const struct hub_chart *chart = s->table->rows[i].chart;
		struct joined own;
		if (!chart || !repo_name_means(chart->repo, repo))
			continue;
		join(chart->name, &own);
		if (str_starts(str_make(own.bytes, own.n), begin))
			note_chart(s, i, own.n == begin.n ? NEAR_ADDRESS : NEAR_ADDRESS_BEGINNING);
	}
}

/* The repository has none so, if there is one: the name alone. False: no repository was typed, or no name. */
static bool leave_repo(struct search_names *s)
{
	const char *slash = s->text.n ? memrchr(s->text.p, '/', s->text.n) : NULL;
	if (!slash)
		return false;
	s->text = str_from(s->text, (size_t)(slash - s->text.p) + 1);
	join(s->text, &s->words);
	s->typed = str_make(s->words.bytes, s->words.n);
	return s->typed.n;
}

/* ---- both ---- */

static void find_written(struct search_names *s)
{
	note_beginnings(s);
	if (s->words.count > 1)
		note_each_word(s);
	keep_best(s);
	if (s->count < s->limit && s->typed.n >= INSIDE_BYTES_MIN) {
		note_insides(s);
		keep_best(s);
	}
}

static void find_suggestions(struct search_names *s)
{
	note_address(s);
	keep_best(s);
	if (s->count)
		return;
	find_written(s);
	if (!s->count && leave_repo(s))
		find_written(s);
	if (!s->count && s->typed.n) {
		note_typos(s);
		keep_best(s);
	}
}

static void find_near(struct search_names *s)
{
	note_near(s);
	keep_best(s);
}

static enum err take(const struct search_names *s, struct arena *a, struct hub_suggestions *ret,
                     struct errinfo *e)
{
	struct hub_suggestions found = { .list = arena_array(a, s->count, sizeof *found.list) };
	if (!found.list)
		return ERR(e, NOMEM, "suggestions");
	for (size_t i = 0; i < s->count; i++)
		found.list[found.count++].chart = chart_ref(s->best[i].row->chart);
	*ret = found;
	return OK;
}

static enum err find_with_lock(struct search_names *s, struct arena *a, const struct hub_viewer *v,
                               void (*find)(struct search_names *s), struct hub_suggestions *ret,
                               struct errinfo *e)
{
	s->near = arena_array(a, s->table->row_count, sizeof *s->near);
	s->reached = arena_array(a, s->table->row_count, sizeof *s->reached);
	if (!s->near || !s->reached)
		return ERR(e, NOMEM, "suggestions");
	enum err err = facet_count_new(a, s->table->facets, NULL, 0, NULL, v, &s->seen, e);
	if (!err && s->typed.n)
		find(s);
	return err ? err : take(s, a, ret, e);
}

static enum err find(struct hub *h, struct arena *a, const struct hub_viewer *v, struct str text,
                     size_t limit, void (*how)(struct search_names *s), struct hub_suggestions *ret,
                     struct errinfo *e)
{
	struct search_names s = {
		.table = &h->table, .limit = limit < SUGGESTIONS_MAX ? limit : SUGGESTIONS_MAX,
		.best = arena_array(a, SUGGESTIONS_MAX, sizeof *s.best),
	};
	if (!s.best)
		return ERR(e, NOMEM, "suggestions");
	s.text = str_first(text, SEARCH_TEXT_MAX_BYTES);
	join(s.text, &s.words);
	s.typed = str_make(s.words.bytes, s.words.n);
	(void)pthread_rwlock_rdlock(&h->table.lock);
	enum err err = find_with_lock(&s, a, v, how, ret, e);
	(void)pthread_rwlock_unlock(&h->table.lock);
	return err;
}

enum err hub_suggest(struct hub *h, struct arena *a, const struct hub_viewer *v, struct str typed,
                     size_t limit, struct hub_suggestions *ret, struct errinfo *e)
{
	return find(h, a, v, typed, limit, find_suggestions, ret, e);
}

enum err hub_near(struct hub *h, struct arena *a, const struct hub_viewer *v, struct str name,
                  size_t limit, struct hub_suggestions *ret, struct errinfo *e)
{
	return find(h, a, v, name, limit, find_near, ret, e);
}

void hub_suggestions_done(struct hub_suggestions *s)
{
	for (size_t i = 0; i < s->count; i++)
		hub_chart_unref(s->list[i].chart);
	*s = (struct hub_suggestions){ 0 };
}
