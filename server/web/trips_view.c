/* See trips_view.h. */
#include "server/web/trips_view.h"

#include "indexer/base/clock.h"
#include "server/route/members.h"

enum err trips_view_fill(struct call *c, struct arena *a, struct str repo, uint64_t limit,
                         struct trips_view *ret, struct errinfo *e)
{
	ret->now_ns = clock_wall();
	return call_trips(c, a, repo, limit, &ret->trips, &ret->count, e);
}
