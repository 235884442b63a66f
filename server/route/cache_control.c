/* For how long who has an answer may keep it: not at all, for as long as it is the same (which an ETag
 * tells), or for good, because its bytes never change.                                         */
#include "server/route/cache_control.h"

#include "server/route/app.h"

/* Where a redirect leads may change: a name may be given to another repository. */
const char *cache_control(const struct call *c, int status)
{
	bool fixed = c->route->cache == CACHE_IMMUTABLE && status != 302 && status != 308 &&
	             !c->app->overwrite && !c->app->chartmuseum;
	if (c->route->cache != CACHE_IMMUTABLE && c->route->cache != CACHE_REVALIDATE)
		return "no-store";
	if (c->personal)
		return fixed ? "private, max-age=31536000, immutable" : "private, no-cache";
	return fixed ? "public, max-age=31536000, immutable" : "no-cache";
}
