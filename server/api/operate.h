/* What operators ask for: health, readiness, version, metrics. */
#pragma once

#include "server/route/app.h"

NODISCARD enum err operate_live(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err operate_ready(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err operate_info(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err operate_openapi(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err operate_metrics(struct call *c, struct response *s, struct errinfo *e);
