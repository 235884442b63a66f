/* The audit log over the API, for the server's administrator.
 *
 *     GET /api/v1/audit?since=N&limit=L
 *     {"audit":[{"id":7,"at":"…","actor":"u3","name":"alice","remote":"192.0.2.7","request":"…",
 *       "action":"publish","object":"stable/redis-17.0.1.tgz","verdict":"ok","event":12}…],"next":7}
 *
 * "next" is the `since` for what follows. What was refused stands there up to a second later.  */
#pragma once

#include "indexer/store/accounts.h"
#include "server/route/app.h"

NODISCARD enum err audit_get(struct call *c, struct response *s, struct errinfo *e);
void audit_json(struct sbuf *b, const struct audit_row *row);    /* one object of the list */
