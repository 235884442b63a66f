/* ChartMuseum's API for changes that have no body. */
#pragma once

#include "server/route/app.h"

NODISCARD enum err charts_delete(struct call *c, struct response *s, struct errinfo *e);
void charts_delete_end(struct call *c);
