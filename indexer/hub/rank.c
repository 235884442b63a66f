/* See rank.h. Words are compared by their first eight bytes, and by the rest where they are longer. */
#include "indexer/hub/rank.h"

#include "indexer/base/clock.h"
#include "indexer/hub/impl.h"
#include "indexer/hub/word.h"

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

struct form { struct str text; uint64_t key, mask; bool prefix; };
struct wanted { struct form forms[2]; size_t count; };      /* either number of a word */

struct wanted_term {
	const struct query_term *query;
	struct wanted *words;
};

struct ranker {
	const struct query *query;
	struct wanted_term *terms;
	int64_t now_ns;
};

static struct form make_form(struct str text, bool prefix)
{
	size_t n = text.n < 8 ? text.n : 8;
	uint64_t all = UINT64_MAX;
	return (struct form){ text, word_key(text), prefix && n < 8 ? all << (64 - 8 * n) : all, prefix };
}

static enum err want_word(struct arena *a, struct str word, bool prefix, struct wanted *w,
                          struct errinfo *e)
{
	char other[SEARCH_WORD_MAX_BYTES + 1];
	size_t n = query_other_number(word, other);
	w->forms[w->count++] = make_form(word, prefix);
	if (n) {
		struct str kept;
		if (!arena_str(a, str_make(other, n), &kept))
			return ERR(e, NOMEM, "search");
		w->forms[w->count++] = make_form(kept, false);
	}
	return OK;
}

static enum err want_term(struct arena *a, const struct query_term *t, struct wanted_term *ret,
                          struct errinfo *e)
{
	enum err err = OK;
	ret->query = t;
	ret->words = arena_array(a, t->word_count, sizeof *ret->words);
	if (!ret->words)
		return ERR(e, NOMEM, "search");
	for (size_t i = 0; i < t->word_count && !err; i++)
		err = want_word(a, t->words[i], t->prefix && i + 1 == t->word_count, &ret->words[i], e);
	return err;
}

enum err ranker_new(struct arena *a, const struct query *q, int64_t now_ns, struct ranker **ret,
                    struct errinfo *e)
{
	struct ranker *r = ARENA_NEW(a, struct ranker);
	enum err err = OK;
	if (r)
		r->terms = arena_array(a, q->count, sizeof *r->terms);
	if (!r || !r->terms)
		return ERR(e, NOMEM, "search");
	r->query = q;
	r->now_ns = now_ns;
	for (size_t i = 0; i < q->count && !err; i++)
		err = want_term(a, &q->terms[i], &r->terms[i], e);
	if (!err)
		*ret = r;
	return err;
}

/* ---- finding them in a chart ---- */

static bool is_form(const struct hub_words *all, const struct hub_word *w, const struct form *f)
{
	if ((w->key & f->mask) != f->key || w->n < f->text.n || (!f->prefix && w->n != f->text.n))
		return false;
	return f->text.n <= 8 || memcmp(all->text + w->at + 8, f->text.p + 8, f->text.n - 8) == 0;
}

/* 0: not there; 1: it begins so; 2: whole. */
static unsigned is_wanted(const struct hub_words *all, const struct hub_word *w,
                          const struct wanted *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		if (is_form(all, w, &wanted->forms[i]))
			return w->n == wanted->forms[i].text.n ? 2 : 1;
	return 0;
}

struct found { enum place place; bool whole; };

/* The best place: words stand in the order of their columns. */
static struct found find_word(const struct hub_words *all, const struct wanted *wanted,
                              unsigned columns)
{
	struct found best = { PLACE_TEXT, false };
	for (size_t i = 0; i < all->count; i++) {
		const struct hub_word *w = &all->list[i];
		if (best.place > places[w->column])
			break;
		unsigned is = columns & COLUMN_BIT(w->column) ? is_wanted(all, w, wanted) : 0;
		if (is)
			best = (struct found){ places[w->column], is == 2 };
		if (best.whole)
			break;
	}
	return best;
}

static bool is_phrase_at(const struct hub_words *all, size_t at, const struct wanted_term *t)
{
	size_t n = t->query->word_count;
	if (all->count - at < n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct hub_word *w = &all->list[at + i];
		if ((i && w->first) || is_wanted(all, w, &t->words[i]) != 2)
			return false;
	}
	return true;
}

static struct found find_phrase(const struct hub_words *all, const struct wanted_term *t)
{
	for (size_t i = 0; i < all->count; i++)
		if (t->query->columns & COLUMN_BIT(all->list[i].column) && is_phrase_at(all, i, t))
			return (struct found){ places[all->list[i].column], true };
	return (struct found){ PLACE_TEXT, false };
}

static bool is_joined(const struct hub_chart *c, const struct query_term *t)
{
	return t->columns & COLUMN_BIT(COLUMN_JOINED) &&
	       (t->prefix ? str_starts(c->joined, t->joined) : str_eq(c->joined, t->joined));
}

/* The worst of its words, unless the name is all of them in one. */
static struct found find_term(const struct hub_chart *c, const struct wanted_term *t)
{
	struct found worst = { PLACE_NAME, true };
	if (is_joined(c, t->query))
		return (struct found){ PLACE_NAME, str_eq(c->joined, t->query->joined) };
	if (t->query->phrase)
		return find_phrase(c->words, t);
	for (size_t i = 0; i < t->query->word_count; i++) {
		struct found f = find_word(c->words, &t->words[i], t->query->columns);
		worst.place = f.place < worst.place ? f.place : worst.place;
		worst.whole &= f.whole;
	}
	return worst;
}

bool ranker_knows(const struct ranker *r, size_t term, const struct hub_chart *c)
{
	return find_term(c, &r->terms[term]).place != PLACE_TEXT;
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
	case FLAG_SIGNED:      return hub_chart_is_signed(c);
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

static bool is_true(const struct hub_chart *c, const struct wanted_term *t)
{
	const struct query_term *q = t->query;
	int64_t created = c->entry.created_ns;
	switch (q->kind) {
	case QUERY_WORDS:    return find_term(c, t).place != PLACE_TEXT;
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

bool ranker_admits(const struct ranker *r, const struct hub_chart *c)
{
	bool so_far = false;
	for (size_t i = 0; i < r->query->count; i++) {
		const struct query_term *t = &r->query->terms[i];
		if (query_is_indexed(t))
			continue;
		so_far = so_far || is_true(c, &r->terms[i]) != t->negated;
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
static struct tally tally_terms(const struct ranker *r, const struct hub_chart *c)
{
	struct tally all = { .worst = PLACE_NAME };
	struct found best = { PLACE_TEXT, false };
	for (size_t i = 0; i < r->query->count; i++) {
		const struct query_term *t = &r->query->terms[i];
		if (t->kind != QUERY_WORDS || t->negated || t->optional)
			continue;
		struct found f = find_term(c, &r->terms[i]);
		if (f.place > best.place || (f.place == best.place && f.whole))
			best = f;
		if (t->or_next)
			continue;
		all.worst = best.place < all.worst ? best.place : all.worst;
		all.groups++;
		all.whole += best.whole;
		all.places += best.place;
		best = (struct found){ PLACE_TEXT, false };
	}
	return all;
}

static enum place place_of(const struct query *q, const struct hub_chart *c, enum place worst)
{
	if (!q->joined.n)
		return worst;
	if (str_eq(c->joined, q->joined) || str_eq(c->joined, q->core))
		return PLACE_EXACT;
	return str_starts(c->joined, q->core) ? PLACE_BEGINNING : worst;
}

static unsigned share(unsigned points, uint64_t part, uint64_t whole)
{
	return whole ? (unsigned)(points * (part < whole ? part : whole) / whole) : 0;
}

static unsigned doublings(unsigned points, uint64_t count)
{
	unsigned n = 63u - (unsigned)__builtin_clzll(count + 1);
	return share(points, n, DOUBLINGS);
}

/* Halved every year, in a straight line between. By the day, so that pages stay what they are. */
static unsigned recent(int64_t created_ns, int64_t now_ns)
{
	int64_t days = now_ns / NS_PER_DAY - created_ns / NS_PER_DAY;
	if (created_ns == INT64_MIN || days > 365 * 16)
		return 0;
	unsigned age = days > 0 ? (unsigned)days : 0;
	unsigned begin = POINTS_RECENT >> (age / 365);
	return begin - begin * (age % 365) / 730;
}

static unsigned merits(const struct hub_chart *c, int64_t now_ns, uint64_t used_by)
{
	unsigned points = doublings(POINTS_PULLED, atomic_load(&c->pulls)) +
	                  doublings(POINTS_USED, used_by) + recent(c->entry.created_ns, now_ns);
	points += str_eq(c->signature, STR("good")) ? POINTS_SIGNED : 0;
	return points + (c->prerelease ? 0 : POINTS_STABLE);
}

static unsigned closeness(const struct query *q, const struct hub_chart *c, enum place place)
{
	unsigned points = place >= PLACE_NAME ? POINTS_NAME_CLOSE : POINTS_OTHER_CLOSE;
	size_t a = q->joined.n, b = c->joined.n;
	return share(points, a < b ? a : b, a < b ? b : a);
}

struct rank ranker_rank(const struct ranker *r, const struct hub_chart *c, uint64_t used_by)
{
	struct tally t = tally_terms(r, c);
	enum place place = t.groups ? place_of(r->query, c, t.worst) : PLACE_TEXT;
	unsigned points = merits(c, r->now_ns, used_by);
	if (t.groups)
		points += closeness(r->query, c, place) + share(POINTS_WHOLE, t.whole, t.groups) +
		          share(POINTS_PLACES, t.places, (uint64_t)PLACE_MAX * t.groups);
	return (struct rank){
		.points = place * RANK_STEP + points + (c->entry.meta.deprecated ? 0 : 1u << 30),
		.near = t.groups && place >= PLACE_KEYWORD,
		.hidden = t.groups && place == PLACE_TEXT,
	};
}
