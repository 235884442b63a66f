/* See rank.h: what lets a chart through, and its points. */
#include "indexer/base/ascii.h"
#include "indexer/hub/rank_parts.h"

enum points {                        /* together less than RANK_STEP */
	POINTS_NAME_CLOSE = 300,         /* the name is no longer than what was typed */
	POINTS_OTHER_CLOSE = 50,         /* the same where not all words are in the name */
	POINTS_WHOLE = 80,               /* no word is only the beginning of one */
	POINTS_PLACES = 150,             /* all words but one are in the name */
	POINTS_SIGNED = 50,
	POINTS_RECENT = 120,             /* released today */
	POINTS_PULLED = 140,             /* downloaded 16,000 times in a month */
	POINTS_USED = 140,               /* as many charts depend on it */
	POINTS_HOSTED = 40,              /* it is this server's own, no upstream's */
	POINTS_STABLE = 600              /* it has a version that is no pre-release */
};
#define DOUBLINGS 14u                /* of downloads and dependents that count */

/* ---- what lets a chart through ---- */

static bool is_version_of(struct str version, struct str wanted)
{
	struct str v = version.n && version.p[0] == 'v' ? str_from(version, 1) : version;
	if (!str_starts(v, wanted))
		return false;
	char next = v.n > wanted.n ? v.p[wanted.n] : '.';
	return !ascii_is_lower_or_digit(next);
}

static bool has_flag(const struct hub_chart *c, enum query_flag flag)
{
	switch (flag) {
	case FLAG_SIGNED:      return verdict_is_signed(c->signature);
	case FLAG_DEPRECATED:  return c->entry.meta.deprecated;
	case FLAG_PRERELEASE:  return c->prerelease;
	case FLAG_LIBRARY:     return c->library;
	case FLAG_APPLICATION: return !c->library;
	case FLAG_SCHEMA:      return c->has_schema;
	case FLAG_CRDS:        return c->has_crds;
	case FLAG_README:      return c->has_readme;
	case FLAG_CHANGELOG:   return c->has_changelog;
	case FLAG_HOSTED:      return c->origin == ORIGIN_HOSTED;
	case FLAG_CACHED:      return c->origin == ORIGIN_CACHED;
	case FLAG_REMOTE:      return c->origin == ORIGIN_REMOTE;
	}
	return false;
}

static bool is_true(const struct ranker *r, const struct wanted_term *t, uint32_t id)
{
	const struct query_term *q = t->query;
	const struct hub_chart *c = r->table->rows[id].chart;
	int64_t created = c->entry.created_ns;
	switch (q->kind) {
	case QUERY_WORDS:    return ranker_find(r, t, id);
	case QUERY_REPO:     return repo_name_means(c->repo, q->value) || views_show(r->views, q->value, c);
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
		mark now = ranker_find(r, &r->terms[i], id);
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
	return points + (row->signed_well ? POINTS_SIGNED : 0) + (row->prerelease ? 0 : POINTS_STABLE) +
	       (row->hosted ? POINTS_HOSTED : 0);
}

static unsigned closeness(const struct query *q, const struct hub_row *row, enum place place)
{
	unsigned points = place >= PLACE_NAME ? POINTS_NAME_CLOSE : POINTS_OTHER_CLOSE;
	size_t a = q->joined.n, b = row->name_bytes;
	return share(points, a < b ? a : b, a < b ? b : a);
}

enum address { ADDRESS_NONE, ADDRESS_BEGINNING, ADDRESS_NAME, ADDRESS_WHOLE };

/* The chart itself is not in the processor's cache, and most queries are no address. */
static enum address address_of(const struct ranker *r, const struct hub_chart *c)
{
	if (!r->name.n)
		return ADDRESS_NONE;
	bool whole = str_eq_nocase(c->name, r->name);
	if (!whole && !(r->name_begins && str_eq_nocase(str_first(c->name, r->name.n), r->name)))
		return ADDRESS_NONE;
	if (!repo_name_means(c->repo, r->repo))
		return whole ? ADDRESS_NAME : ADDRESS_NONE;
	return whole ? ADDRESS_WHOLE : ADDRESS_BEGINNING;
}

static enum place place_of(const struct ranker *r, uint32_t id, enum address address, const struct tally *t)
{
	enum place by_name = (enum place)r->names[id], by_address = address >= ADDRESS_NAME ? PLACE_EXACT :
	                     address ? PLACE_BEGINNING : PLACE_TEXT;
	if (!t->groups)
		return PLACE_TEXT;
	if (by_address || by_name)
		return by_name > by_address ? by_name : by_address;
	return t->worst;
}

struct rank ranker_rank(const struct ranker *r, uint32_t id, uint64_t used_by)
{
	const struct hub_row *row = &r->table->rows[id];
	struct tally t = tally_terms(r, id);
	enum address address = address_of(r, row->chart);
	enum place place = place_of(r, id, address, &t);
	unsigned points = merits(row, r->today, used_by);
	if (t.groups)
		points += closeness(r->query, row, place) + share(POINTS_WHOLE, t.whole, t.groups) +
		          share(POINTS_PLACES, t.places, (uint64_t)PLACE_MAX * t.groups);
	return (struct rank){
		.points = place * RANK_STEP + points + (row->deprecated ? 0 : 1u << 30) +
		          (address == ADDRESS_WHOLE ? 1u << 31 : 0),
		.near = t.groups && place >= PLACE_KEYWORD,
		.where = !t.groups || place >= PLACE_NAME ? IN_NAME : place > PLACE_TEXT ? IN_METADATA : IN_TEXT,
	};
}
