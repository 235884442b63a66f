/* Whether a version works without a network, as the caller sees the catalog: for its page and for the API
 * alike. What the archive needs is read once and kept with it; what of that is here is asked each time. */
#pragma once

#include "indexer/document/readiness.h"
#include "indexer/hub/contents.h"
#include "server/route/app.h"

/* `inside`: patterns of hosts, with commas between them, besides this server's own. For answers of a worker;
 * INVALID: a pattern. Lives as long as the arena and the contents.                            */
NODISCARD enum err call_readiness(struct call *c, struct arena *a, struct hub *h, struct contents *of,
                                  struct str inside, struct readiness *ret, struct errinfo *e);
