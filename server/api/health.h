/* What operators ask for: health, readiness, version, metrics. */
#pragma once

#include "server/route/app.h"

NODISCARD enum err health_live(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err health_ready(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err health_info(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err health_openapi(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err health_metrics(struct call *c, struct response *s, struct errinfo *e);
