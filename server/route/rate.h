/* How often one address may ask for what costs much, the rows with `costly`. */
#pragma once

#include "server/route/route.h"

/* TOO_MANY for who is not signed in and asked more than app->reads_per_second lately; never for this
 * machine, on which a proxy may stand that tells nothing of its clients. Sets c->hurried.    */
NODISCARD enum err rate_check(struct call *c, struct errinfo *e);
/* The same before something is fetched for the caller, whatever the row. */
NODISCARD enum err rate_of_fetches(struct call *c, struct errinfo *e);
