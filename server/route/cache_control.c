/* For how long who has an answer may keep it: not at all, for as long as it is the same (which an ETag
 * tells), or for good, because its bytes never change.                                         */
#include "server/route/cache_control.h"

#include "server/route/app.h"

/* Of a chart the bytes never change where nobody may replace them: not in an upstream, which may have others one
 * day, nor at an address of a virtual repository, whose names may go to another member. Its provenance file may be
 * another one where it was deleted and is published again: so it is signed anew.             */
static bool has_one_meaning(const struct call *c)
{
	if (c->app->overwrite || c->app->chartmuseum || c->of_member || str_ends(c->file, STR(".prov")))
		return false;
	if (!c->repo.n)                      /* of the pages */
		return true;
	struct snapshot *s = ingest_snapshot(c->app->ingest, c->repo);
	bool has = s && repo_kind(s->settings) == REPO_HOSTED && !s->settings->overwrite;
	snapshot_unref(s);
	return has;
}

/* Where a redirect leads may change: a name may be given to another repository. */
const char *cache_control(const struct call *c, int status)
{
	bool fixed = c->route->cache == CACHE_IMMUTABLE && status != 302 && status != 308 && has_one_meaning(c);
	if (c->route->cache != CACHE_IMMUTABLE && c->route->cache != CACHE_REVALIDATE)
		return "no-store";
	if (c->personal)
		return fixed ? "private, max-age=31536000, immutable" : "private, no-cache";
	return fixed ? "public, max-age=31536000, immutable" : "no-cache";
}
