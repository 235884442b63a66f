/* GET of a chart or its provenance file. */
#pragma once

#include "server/route/app.h"

NODISCARD enum err chart_get(struct call *c, struct response *s, struct errinfo *e);
/* The same by a worker: reads and verifies the file if need be. */
NODISCARD enum err chart_answer(struct call *c, struct response *s, struct errinfo *e);
