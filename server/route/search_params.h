/* A search as an address has it: ?q=…&repo=a&repo=b&kube=1.31&sort=released, the same for pages, feeds
 * and the API. Parameters that are facets (hub_facet_names) may repeat.                       */
#pragma once

#include "indexer/hub/search.h"
#include "server/route/route.h"

/* Text, filters, sort and time; the rest is as it was. Texts live as long as the request. INVALID: an
 * unknown sort.                                                                              */
NODISCARD enum err search_params(struct call *c, struct hub_search *ret, struct errinfo *e);
