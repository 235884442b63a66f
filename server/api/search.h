/* Searching for programs: GET /api/v1/search, and GET /api/v1/suggest while somebody types. What they
 * answer is in static/openapi.yaml.
 *
 * A search is answered with everything in it that was acknowledged before; a suggestion does not
 * wait for that.                                                                             */
#pragma once

#include "server/route/app.h"

NODISCARD enum err search_get(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err suggest_get(struct call *c, struct response *s, struct errinfo *e);
