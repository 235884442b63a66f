/* Whether the caller of a request may do what its row of the route table is for. */
#pragma once

#include "server/route/app.h"

/* Sets c->personal. A repository that the caller may not read is answered exactly as one that
 * does not exist: REPO_NOT_FOUND. Else UNAUTHORIZED where nobody in particular asks, FORBIDDEN by
 * the rules of a server without people, DENIED where the roles do not suffice; DRAINING for
 * changes while the server ends.                                                             */
NODISCARD enum err call_permit(struct call *c, struct errinfo *e);

/* A browser says that a page of this server made it send this. */
bool call_is_own_page(const struct call *c);
