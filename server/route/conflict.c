/* See conflict.h. Claims of members that the caller does not see are left out by who shows them. */
#include "server/route/conflict.h"

#include "server/route/members.h"

bool call_sees_conflict(const struct call *c, const struct virtual_conflict *x)
{
	size_t seen = 0, losing = 0;
	bool pinned_away = false;
	for (size_t i = 0; i < x->count; i++) {
		pinned_away |= x->winner < 0 && x->claims[i].verdict == OWNERSHIP_ELSEWHERE;
		if (!call_sees(c, x->claims[i].repo))
			continue;
		seen++;
		losing += x->winner != (ssize_t)i;
	}
	if (pinned_away && !call_sees_pin(c, c->repo, x->chart))
		return false;
	return seen == x->count ? seen > 0 : x->winner >= 0 && seen > 1 && losing > 0;
}

const struct virtual_claim *call_sees_winner(const struct call *c, const struct virtual_conflict *x)
{
	const struct virtual_claim *winner = x->winner < 0 ? NULL : &x->claims[x->winner];
	return winner && call_sees(c, winner->repo) ? winner : NULL;
}

/* ---- cool-downs ---- */

static bool has_cooldown(const struct call *c, struct str repo)
{
	struct snapshot *s = ingest_snapshot(c->app->ingest, repo);
	bool has = s && repo_kind(s->settings) == REPO_VIRTUAL && s->settings->cooldown_days;
	snapshot_unref(s);
	return has;
}

static void add_waiting(struct virtual_waiting *to, const struct virtual_waiting *x)
{
	struct virtual_waiting sum = x->versions && (!to->versions || x->next_ns < to->next_ns) ? *x : *to;
	sum.versions = to->versions + x->versions;
	sum.unpinned = to->unpinned + x->unpinned;
	*to = sum;
}

enum err call_waiting(const struct call *c, struct arena *a, struct str repo, struct virtual_waiting *ret,
                      struct errinfo *e)
{
	struct virtual_waiting sum = { 0 };
	struct virtual_report *r;
	*ret = sum;
	if (!has_cooldown(c, repo))
		return OK;
	enum err err = ingest_conflicts(c->app->ingest, repo, &r, e);
	if (err)
		return err;
	for (size_t i = 0; i < r->waiting_count; i++)
		if (call_sees(c, r->waiting[i].repo))
			add_waiting(&sum, &r->waiting[i]);
	*ret = sum;
	bool ok = arena_str(a, sum.repo, &ret->repo) && arena_str(a, sum.chart, &ret->chart) &&
	          arena_str(a, sum.version, &ret->version);
	virtual_report_unref(r);
	return ok ? OK : ERR(e, NOMEM, "cool-downs");
}

/* ---- signatures ---- */

#define VERIFYING "give it a keyring and provenance=check; of an upstream the mode is proxy or mirror"

enum err call_unverified(const struct call *c, struct arena *a, struct str repo, struct str **ret,
                         size_t *ret_count, bool *ret_all, struct errinfo *e)
{
	struct snapshot *s = ingest_snapshot(c->app->ingest, repo);
	bool signed_alone = s && s->settings->take_signed;
	size_t count, seen = 0;
	snapshot_unref(s);
	*ret = NULL;
	*ret_count = 0;
	*ret_all = false;
	enum err err = signed_alone ? ingest_unverified(c->app->ingest, a, repo, ret, &count, ret_all, e) : OK;
	for (size_t i = 0; signed_alone && !err && i < count; i++)
		if (call_sees(c, (*ret)[i]))
			(*ret)[seen++] = (*ret)[i];
	*ret_count = seen;
	return err;
}

enum err call_view_warnings(const struct call *c, struct arena *a, struct str repo, struct str **ret,
                            size_t *ret_count, struct errinfo *e)
{
	struct str *list;
	size_t count, n = 0;
	bool all;
	enum err err = call_unverified(c, a, repo, &list, &count, &all, e);
	if (err)
		return err;
	struct str *told = arena_array(a, count + 2, sizeof *told);
	if (!told)
		return ERR(e, NOMEM, "warnings");
	if (all)
		told[n++] = STR("take_signed: no keyring: only what was promoted is shown");
	for (size_t i = 0; i < count; i++) {
		const char *text = arena_printf(a, "take_signed: nothing of \"%.*s\" is shown: " VERIFYING,
		                                STR_ARG(list[i]));
		if (!text)
			return ERR(e, NOMEM, "warnings");
		told[n++] = str_c(text);
	}
	*ret = told;
	*ret_count = n;
	return OK;
}
