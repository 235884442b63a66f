/* GET of a chart or its provenance file. */
#pragma once

#include "server/route/app.h"

NODISCARD enum err chart_get(struct call *c, struct response *s, struct errinfo *e);
