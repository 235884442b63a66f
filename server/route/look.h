/* What is in a chart, for who looks at it. Of an upstream's chart whose archive is not here that takes
 * a request to the upstream, and time: such answers have threads of their own, so that a slow upstream
 * keeps nobody else waiting, and a robot that follows every link gets none.                   */
#pragma once

#include "indexer/hub/contents.h"
#include "server/route/app.h"

/* The threads for answers about charts of the call's repository. */
struct pool *call_lookers(const struct call *c);
/* contents_get for the caller; TOO_MANY, ABSENT: nothing is fetched for him. */
NODISCARD enum err call_contents(struct call *c, struct hub *h, struct str repo, struct str name,
                                 struct str version, struct contents **ret, struct errinfo *e);
/* The same of the call's chart. Who may read a virtual repository may have what it shows, also of a member that
 * he may not see.                                                                             */
NODISCARD enum err call_shown_contents(struct call *c, struct hub *h, struct str version, struct contents **ret,
                                       struct errinfo *e);
