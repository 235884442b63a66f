/* What a reader is told of why an upstream fails. The words of a connection name hosts, ports and what
 * answers there; of an upstream with allow_private they are those of a network that strangers cannot see
 * themselves. Who administers the repository reads them whole.                                */
#pragma once

#include "indexer/store/upstreams.h"
#include "server/route/app.h"

/* `reason`, or a general one. Borrowed from it, or static. */
struct str call_sees_reason(const struct call *c, struct str repo, struct str reason);
/* The same of one in that state: held, or never asked, it tells nothing of a connection. */
struct str call_sees_reason_of(const struct call *c, struct str repo, enum upstream_state state,
                               struct str reason);
/* The same of an error that goes to the caller. */
void call_sees_error(const struct call *c, struct str repo, struct errinfo *e);
