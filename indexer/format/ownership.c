/* The rules one after the other, for every member that has the name. */
#include "indexer/format/ownership.h"

#include <stdlib.h>

#include "indexer/base/limits.h"
#include "indexer/format/glob.h"
#include "indexer/format/name.h"

struct pin { struct str chart; size_t member; };

struct ownership {
	struct str *members, *own;       /* own: patterns */
	struct pin *pins;                /* by chart */
	size_t member_count, own_count, pin_count;
	bool private, first_keeps;
};

const char *ownership_word(enum ownership_verdict v)
{
	static const char *const words[] = {
#define X(name, word) word,
		OWNERSHIP_VERDICTS(X)
#undef X
	};
	return words[v];
}

const struct str *ownership_members(const struct ownership *o, size_t *ret_count)
{
	*ret_count = o->member_count;
	return o->members;
}

/* ---- settings ---- */

static bool find_member(const struct ownership *o, size_t among, struct str repo, size_t *ret)
{
	for (size_t i = 0; i < among; i++)
		if (str_eq(o->members[i], repo)) {
			*ret = i;
			return true;
		}
	return false;
}

static enum err read_members(struct arena *a, struct str repo, const struct repo_settings *s,
                             struct ownership *o, struct errinfo *e)
{
	size_t before;
	enum err err = repo_setting_words(a, REPO_SETTING_members, s->members, VIRTUAL_MEMBERS_MAX,
	                                  &o->members, &o->member_count, e);
	for (size_t i = 0; i < o->member_count && !err; i++) {
		err = repo_old_name_check(o->members[i], e);
		if (err)
			err_prefix(e, "members");
		else if (str_eq(o->members[i], repo))
			err = ERR(e, INVALID, "members: \"%.*s\" is the repository itself", STR_ARG(repo));
		else if (find_member(o, i, o->members[i], &before))
			err = ERR(e, INVALID, "members: \"%.*s\" stands there twice", STR_ARG(o->members[i]));
	}
	return err;
}

static int pin_cmp(const void *left, const void *right)
{
	const struct pin *a = left, *b = right;
	return str_cmp(a->chart, b->chart);
}

static enum err read_pin(const struct ownership *o, struct str word, struct pin *ret, struct errinfo *e)
{
	struct str repo = word;
	ret->chart = str_cut(&repo, '=', NULL);
	if (!ret->chart.n || !repo.n)
		return ERR(e, INVALID, "pins: \"%.*s\": NAME=REPOSITORY is expected", STR_ARG(word));
	if (!find_member(o, o->member_count, repo, &ret->member))
		return ERR(e, INVALID, "pins: \"%.*s\": \"%.*s\" is no member", STR_ARG(word), STR_ARG(repo));
	return OK;
}

static enum err read_pins(struct arena *a, const struct repo_settings *s, struct ownership *o,
                          struct errinfo *e)
{
	struct str *words;
	enum err err = repo_setting_words(a, REPO_SETTING_pins, s->pins, REPO_SETTING_WORDS_MAX, &words,
	                                  &o->pin_count, e);
	if (err)
		return err;
	if (!(o->pins = arena_array(a, o->pin_count + 1, sizeof *o->pins)))
		return ERR(e, NOMEM, "ownership");
	for (size_t i = 0; i < o->pin_count && !err; i++)
		err = read_pin(o, words[i], &o->pins[i], e);
	if (err)
		return err;
	qsort(o->pins, o->pin_count, sizeof *o->pins, pin_cmp);
	for (size_t i = 1; i < o->pin_count; i++)
		if (!pin_cmp(&o->pins[i - 1], &o->pins[i]))
			return ERR(e, INVALID, "pins: \"%.*s\" is pinned twice", STR_ARG(o->pins[i].chart));
	return OK;
}

static enum err read_own(struct arena *a, const struct repo_settings *s, struct ownership *o,
                         struct errinfo *e)
{
	enum err err = repo_setting_words(a, REPO_SETTING_own_names, s->own_names, REPO_SETTING_WORDS_MAX,
	                                  &o->own, &o->own_count, e);
	for (size_t i = 0; i < o->own_count && !err; i++) {
		err = glob_check(o->own[i], e);
		if (err)
			err_prefix(e, "own_names");
	}
	return err;
}

enum err ownership_new(struct arena *a, struct str repo, const struct repo_settings *s,
                       struct ownership **ret, struct errinfo *e)
{
	struct ownership *o = ARENA_NEW(a, struct ownership);
	enum err err = o ? read_members(a, repo, s, o, e) : ERR(e, NOMEM, "ownership");
	if (!err)
		err = read_pins(a, s, o, e);
	if (!err)
		err = read_own(a, s, o, e);
	if (err)
		return err;
	o->private = s->private;
	o->first_keeps = s->first_keeps;
	*ret = o;
	return OK;
}

/* ---- a name ---- */

static bool is_own(const struct ownership *o, struct str chart)
{
	for (size_t i = 0; i < o->own_count; i++)
		if (glob_match(o->own[i], chart))
			return true;
	return false;
}

/* What keeps it from winning; SHADOWED: nothing but one that goes before it. */
static enum ownership_verdict obstacle(const struct ownership *o, const struct pin *pin, bool own,
                                       const struct ownership_candidate *c)
{
	if (c->hidden || (c->private && !o->private))
		return OWNERSHIP_PRIVATE;
	if (pin && pin->member != c->member)
		return OWNERSHIP_ELSEWHERE;
	return own && !pin && !c->hosted ? OWNERSHIP_HELD : OWNERSHIP_SHADOWED;
}

static bool goes_before(const struct ownership *o, const struct ownership_candidate *a,
                        const struct ownership_candidate *b)
{
	if (a->hosted != b->hosted)
		return a->hosted;
	return o->first_keeps && !a->hosted && a->since != b->since ? a->since < b->since
	                                                            : a->member < b->member;
}

bool ownership_asks_since(const struct ownership *o, const struct ownership_candidate *candidates,
                          size_t count)
{
	size_t first = 0, shadowed = 0;
	for (size_t i = 0; i < count; i++) {
		first += candidates[i].verdict == OWNERSHIP_FIRST;
		shadowed += candidates[i].verdict == OWNERSHIP_SHADOWED;
	}
	return o->first_keeps && first && shadowed;
}

/* Among upstreams; the order would have given the name to one that came later. */
static void tell_later(struct ownership_candidate *best, struct ownership_candidate *candidates, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (candidates[i].verdict == OWNERSHIP_SHADOWED && candidates[i].member < best->member) {
			candidates[i].verdict = OWNERSHIP_LATER;
			best->verdict = OWNERSHIP_KEPT;
		}
}

/* Who may not see ours does not get somebody else's for it. An operator who pins the name says so. */
static void reserve(struct ownership_candidate *candidates, size_t count)
{
	bool ours = false, won = false;
	for (size_t i = 0; i < count; i++) {
		ours |= candidates[i].hosted && candidates[i].verdict == OWNERSHIP_PRIVATE;
		won |= candidates[i].hosted && candidates[i].verdict == OWNERSHIP_SHADOWED;
	}
	for (size_t i = 0; i < count; i++)
		if (ours && !won && !candidates[i].hosted && candidates[i].verdict == OWNERSHIP_SHADOWED)
			candidates[i].verdict = OWNERSHIP_RESERVED;
}

ssize_t ownership_judge(const struct ownership *o, struct str chart,
                        struct ownership_candidate *candidates, size_t count)
{
	const struct pin wanted = { .chart = chart };
	const struct pin *pin = bsearch(&wanted, o->pins, o->pin_count, sizeof *o->pins, pin_cmp);
	bool own = is_own(o, chart);
	ssize_t best = -1;
	for (size_t i = 0; i < count; i++)
		candidates[i].verdict = obstacle(o, pin, own, &candidates[i]);
	if (!pin)
		reserve(candidates, count);
	for (size_t i = 0; i < count; i++) {
		const struct ownership_candidate *c = &candidates[i];
		if (c->verdict == OWNERSHIP_SHADOWED && (best < 0 || goes_before(o, c, &candidates[best])))
			best = (ssize_t)i;
	}
	if (best >= 0)
		candidates[best].verdict = pin ? OWNERSHIP_PINNED
		                           : candidates[best].hosted ? OWNERSHIP_HOSTED : OWNERSHIP_FIRST;
	if (best >= 0 && candidates[best].verdict == OWNERSHIP_FIRST)
		tell_later(&candidates[best], candidates, count);
	return best;
}
