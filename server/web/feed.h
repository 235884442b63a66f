/* Atom feeds (RFC 4287): what was published, the newest first, with what changed in it.
 *
 *     /feed                  everywhere; with the parameters of a search, the charts that it finds
 *     /feed/{repo~}          in a repository
 *     /feed/{repo~}/{name}   of a chart
 *
 * An entry is a version and keeps its id. At most FEED_ENTRIES_MAX of them; everything answers from
 * a worker.                                                                                  */
#pragma once

#include "server/route/app.h"

NODISCARD enum err feed_get(struct call *c, struct response *s, struct errinfo *e);
