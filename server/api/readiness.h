/* Whether charts work without a network, as JSON. */
#pragma once

#include "server/route/app.h"

/* GET …/{version}/readiness?inside=HOST,… */
NODISCARD enum err readiness_get(struct call *c, struct response *s, struct errinfo *e);
/* GET /api/v1/repos/{repo}/readiness?inside=&limit=&after=: of each chart the version that is shown. */
NODISCARD enum err readiness_list(struct call *c, struct response *s, struct errinfo *e);
