/* GET /api/v1/search: what is found, in the order of relevance.
 *
 *     {"total":n,"results":[{"repo":…,"name":…,"version":…,"app_version":…,"description":…,"origin":…}]}
 */
#pragma once

#include "server/route/app.h"

NODISCARD enum err search_get(struct call *c, struct response *s, struct errinfo *e);
