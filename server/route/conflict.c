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

/* ---- signatures ---- */

#define VERIFYING "give it a keyring and provenance=check; of an upstream the mode is proxy or mirror"

static enum err tell_unverified(const struct call *c, struct arena *a, struct str repo, struct str **ret,
                                size_t *ret_count, struct errinfo *e)
{
	struct str *list;
	size_t count, n = 0;
	bool all;
	enum err err = ingest_unverified(c->app->ingest, a, repo, &list, &count, &all, e);
	if (err)
		return err;
	struct str *told = arena_array(a, count + 2, sizeof *told);
	if (!told)
		return ERR(e, NOMEM, "warnings");
	if (all)
		told[n++] = STR("take_signed: no keyring: the view is empty");
	for (size_t i = 0; i < count; i++) {
		if (!call_sees(c, list[i]))
			continue;
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

enum err call_view_warnings(const struct call *c, struct arena *a, struct str repo, struct str **ret,
                            size_t *ret_count, struct errinfo *e)
{
	struct snapshot *s = ingest_snapshot(c->app->ingest, repo);
	bool signed_alone = s && s->settings->take_signed;
	snapshot_unref(s);
	*ret = NULL;
	*ret_count = 0;
	return signed_alone ? tell_unverified(c, a, repo, ret, ret_count, e) : OK;
}
