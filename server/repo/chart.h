/* GET of a chart or its provenance file. */
#pragma once

#include "server/route/app.h"

/* A GET by a worker: answers with call_reply or call_fail. */
void chart_send(struct call *c);
NODISCARD enum err chart_get(struct call *c, struct response *s, struct errinfo *e);
