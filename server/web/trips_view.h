/* Where a repository is from that came in bundles: as of when it is, by which trip, who signed that. */
#pragma once

#include "indexer/store/trips.h"
#include "server/web/parts.h"

#define TRIPS_SHOWN 20u              /* the API has all of them */

struct trips_view {
	struct trip_row *trips;          /* the newest first */
	size_t count;                    /* 0: nothing was brought in; up to TRIPS_SHOWN + 1 */
	int64_t now_ns;
};
/* In the arena. REPO_NOT_FOUND. May block. */
NODISCARD enum err trips_view_fill(struct call *c, struct arena *a, struct str repo, uint64_t limit,
                                   struct trips_view *ret, struct errinfo *e);
