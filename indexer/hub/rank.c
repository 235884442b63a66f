/* See rank.h. What a query asks for is marked in tables by chart, before the first chart is looked at. */
#include "indexer/hub/rank.h"

#include "indexer/base/clock.h"
#include "indexer/hub/impl.h"
#include "indexer/hub/word.h"
#include "indexer/hub/words.h"

enum points {                        /* together less than RANK_STEP */
	POINTS_NAME_CLOSE = 300,         /* the name is no longer than what was typed */
	POINTS_OTHER_CLOSE = 50,         /* the same where not all words are in the name */
	POINTS_WHOLE = 80,               /* no word is only the beginning of one */
	POINTS_PLACES = 150,             /* all words but one are in the name */
	POINTS_SIGNED = 50,
	POINTS_RECENT = 120,             /* released today */
	POINTS_PULLED = 140,             /* downloaded 16,000 times in a month */
	POINTS_USED = 140,               /* as many charts depend on it */
	POINTS_STABLE = 600              /* it has a version that is no pre-release */
};
#define DOUBLINGS 14u                /* of downloads and dependents that count */

/* Steps of where the worst word stands. */
enum place { PLACE_TEXT, PLACE_OTHER, PLACE_DESCRIPTION, PLACE_KEYWORD, PLACE_NAME, PLACE_BEGINNING,
             PLACE_EXACT };
#define PLACE_MAX PLACE_NAME         /* of one word */

static const enum place places[COLUMN_COUNT] = {
	[COLUMN_NAME] = PLACE_NAME, [COLUMN_JOINED] = PLACE_NAME,
	[COLUMN_ALTERNATIVE] = PLACE_KEYWORD, [COLUMN_KEYWORDS] = PLACE_KEYWORD,
	[COLUMN_DESCRIPTION] = PLACE_DESCRIPTION,
	[COLUMN_PEOPLE] = PLACE_OTHER, [COLUMN_REPO] = PLACE_OTHER, [COLUMN_USES] = PLACE_OTHER,
	[COLUMN_IMAGES] = PLACE_OTHER, [COLUMN_KINDS] = PLACE_OTHER,
};

/* ---- the words of a query ---- */

/* Of every chart, by its id: 0, or where the best match is, and whether it is a whole word. */
typedef uint8_t mark;
#define MARK(place, whole) (mark)((place) * 2u + ((whole) ? 1u : 0u))
#define MARK_PLACE(m) ((enum place)((m) / 2u))

#define FORMS 2u                     /* either number of a word */

struct wanted_word {
	mark *marks;
	const struct word *forms[FORMS]; /* whole; NULL: nobody has it */
};

struct wanted_term {
	const struct query_term *query;
	struct wanted_word *words;
	mark *joined;                    /* of the whole term as a name; NULL: its one word tells */
};

struct ranker {
	struct arena *arena;
	const struct hub_table *table;
	const struct query *query;
	struct wanted_term *terms;
	mark *names;                     /* PLACE_EXACT or PLACE_BEGINNING, of all words of a name */
	struct str repo, name;           /* typed as "stable/redis"; empty: nothing was */
	bool conditions;                 /* there are terms that the index of words knows nothing of */
	int32_t today;
};

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
	for (size_t i = 0; i < 2 && q->joined.n; i++) {
		struct str text = cut_word(texts[i].text);
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
	}
}

enum err ranker_new(struct arena *a, const struct hub_table *t, const struct query *q, int64_t now_ns,
                    struct ranker **ret, struct errinfo *e)
{
	struct ranker *r = ARENA_NEW(a, struct ranker);
	if (!r)
		return ERR(e, NOMEM, "search");
	*r = (struct ranker){ .arena = a, .table = t, .query = q, .today = (int32_t)(now_ns / NS_PER_DAY),
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

/* The worst of its words, unless the name is all of them in one. */
static mark find_term(const struct ranker *r, const struct wanted_term *t, uint32_t id)
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
	return find_term(r, &r->terms[term], id) != 0;
}

/* ---- what lets a chart through ---- */

static bool is_version_of(struct str version, struct str wanted)
{
	struct str v = version.n && version.p[0] == 'v' ? str_from(version, 1) : version;
	if (!str_starts(v, wanted))
		return false;
	char next = v.n > wanted.n ? v.p[wanted.n] : '.';
	return !((next >= '0' && next <= '9') || (next >= 'a' && next <= 'z'));
}

/* "team-a~stable" as in addresses, or "team-a/stable". */
static bool is_repo(struct str repo, struct str wanted)
{
	if (repo.n != wanted.n)
		return false;
	for (size_t i = 0; i < repo.n; i++) {
		struct str letter = wanted.p[i] == '~' ? STR("/") : str_first(str_from(wanted, i), 1);
		if (!str_eq_nocase(letter, str_first(str_from(repo, i), 1)))
			return false;
	}
	return true;
}

static bool has_flag(const struct hub_chart *c, enum query_flag flag)
{
	switch (flag) {
	case FLAG_SIGNED:      return hub_is_signed(c->signature);
	case FLAG_DEPRECATED:  return c->entry.meta.deprecated;
	case FLAG_PRERELEASE:  return c->prerelease;
	case FLAG_LIBRARY:     return c->library;
	case FLAG_APPLICATION: return !c->library;
	case FLAG_SCHEMA:      return c->has_schema;
	case FLAG_CRDS:        return c->has_crds;
	case FLAG_README:      return c->has_readme;
	case FLAG_CHANGELOG:   return c->has_changelog;
	}
	return false;
}

static bool is_true(const struct ranker *r, const struct wanted_term *t, uint32_t id)
{
	const struct query_term *q = t->query;
	const struct hub_chart *c = r->table->rows[id].chart;
	int64_t created = c->entry.created_ns;
	switch (q->kind) {
	case QUERY_WORDS:    return find_term(r, t, id);
	case QUERY_REPO:     return is_repo(c->repo, q->value);
	case QUERY_LICENSE:  return str_eq_nocase(c->license, q->value);
	case QUERY_CATEGORY: return str_eq_nocase(c->category, q->value);
	case QUERY_APP:      return is_version_of(c->entry.meta.app_version, q->value);
	case QUERY_KUBE:     return c->kube >> q->number & 1;
	case QUERY_FLAG:     return has_flag(c, q->flag);
	case QUERY_UPDATED:
		return created != INT64_MIN && created >= q->from_ns && created < q->until_ns;
	}
	return false;
}

bool ranker_admits(const struct ranker *r, uint32_t id)
{
	bool so_far = false;
	for (size_t i = 0; r->conditions && i < r->query->count; i++) {
		const struct query_term *t = &r->query->terms[i];
		if (query_is_indexed(t))
			continue;
		so_far = so_far || is_true(r, &r->terms[i], id) != t->negated;
		if (t->or_next)
			continue;
		if (!so_far)
			return false;
		so_far = false;
	}
	return true;
}

/* ---- points ---- */

struct tally {
	enum place worst;
	unsigned groups, whole, places;  /* terms, of which so many are whole; their places together */
};

/* Of terms that `or` joins, the best one. */
static struct tally tally_terms(const struct ranker *r, uint32_t id)
{
	struct tally all = { .worst = PLACE_MAX };
	mark best = 0;
	for (size_t i = 0; i < r->query->count; i++) {
		const struct query_term *t = &r->query->terms[i];
		if (t->kind != QUERY_WORDS || t->negated || t->optional)
			continue;
		mark now = find_term(r, &r->terms[i], id);
		best = now > best ? now : best;
		if (t->or_next)
			continue;
		all.worst = MARK_PLACE(best) < all.worst ? MARK_PLACE(best) : all.worst;
		all.groups++;
		all.whole += best & 1;
		all.places += MARK_PLACE(best);
		best = 0;
	}
	return all;
}

static unsigned share(unsigned points, uint64_t part, uint64_t whole)
{
	return whole ? (unsigned)(points * (part < whole ? part : whole) / whole) : 0;
}

static unsigned doublings(unsigned points, uint64_t count)
{
	return share(points, 63u - (unsigned)__builtin_clzll(count + 1), DOUBLINGS);
}

/* Halved every year, in a straight line between. By the day, so that pages stay what they are. */
static unsigned recent(int32_t day, int32_t today)
{
	if (day == INT32_MIN || today - day > 365 * 16)
		return 0;
	unsigned age = day < today ? (unsigned)(today - day) : 0;
	unsigned begin = POINTS_RECENT >> (age / 365);
	return begin - begin * (age % 365) / 730;
}

static unsigned merits(const struct hub_row *row, int32_t today, uint64_t used_by)
{
	unsigned points = doublings(POINTS_PULLED, atomic_load(&row->pulls)) +
	                  doublings(POINTS_USED, used_by) + recent(row->created_day, today);
	return points + (row->signed_well ? POINTS_SIGNED : 0) + (row->prerelease ? 0 : POINTS_STABLE);
}

static unsigned closeness(const struct query *q, const struct hub_row *row, enum place place)
{
	unsigned points = place >= PLACE_NAME ? POINTS_NAME_CLOSE : POINTS_OTHER_CLOSE;
	size_t a = q->joined.n, b = row->name_bytes;
	return share(points, a < b ? a : b, a < b ? b : a);
}

enum address { ADDRESS_NONE, ADDRESS_NAME, ADDRESS_WHOLE };

static enum address address_of(const struct ranker *r, const struct hub_chart *c)
{
	if (!r->name.n || !str_eq_nocase(c->name, r->name))
		return ADDRESS_NONE;
	return is_repo(c->repo, r->repo) ? ADDRESS_WHOLE : ADDRESS_NAME;
}

struct rank ranker_rank(const struct ranker *r, uint32_t id, uint64_t used_by)
{
	const struct hub_row *row = &r->table->rows[id];
	struct tally t = tally_terms(r, id);
	enum address address = address_of(r, row->chart);
	enum place place = !t.groups ? PLACE_TEXT : address ? PLACE_EXACT :
	                   r->names[id] ? (enum place)r->names[id] : t.worst;
	unsigned points = merits(row, r->today, used_by);
	if (t.groups)
		points += closeness(r->query, row, place) + share(POINTS_WHOLE, t.whole, t.groups) +
		          share(POINTS_PLACES, t.places, (uint64_t)PLACE_MAX * t.groups);
	return (struct rank){
		.points = place * RANK_STEP + points + (row->deprecated ? 0 : 1u << 30) +
		          (address == ADDRESS_WHOLE ? 1u << 31 : 0),
		.near = t.groups && place >= PLACE_KEYWORD,
		.hidden = t.groups && place == PLACE_TEXT,
	};
}
