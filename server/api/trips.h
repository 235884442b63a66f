/* The bundles that were brought into a repository. */
#pragma once

#include "indexer/store/trips.h"
#include "server/route/app.h"

/* {"repo":…,"bundle":…,"trip":…,"as_of":…,"signed_by":…, …}: also for chartlocker bundle list. */
void put_trip(struct sbuf *b, struct str repo, const struct trip_row *t);
/* Member "trip" of a repository: the newest one; nothing where none was brought in. May block. */
NODISCARD enum err put_newest_trip(const struct call *c, struct sbuf *b, struct str repo,
                                   struct errinfo *e);

/* Prometheus' text format, of each repository that came in bundles. May block; what cannot be asked is
 * left out.                                                                                  */
void put_trip_metrics(struct sbuf *b, const struct app *app);

/* {"trips":[…]}, the newest first. */
NODISCARD enum err trips_list(struct call *c, struct response *s, struct errinfo *e);
