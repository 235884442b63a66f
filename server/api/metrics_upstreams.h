/* How upstreams are, in Prometheus' text format. */
#pragma once

#include "server/route/app.h"

/* May block. What cannot be asked is left out: the other metrics are still worth having. */
void put_upstream_metrics(struct sbuf *b, const struct app *app);
