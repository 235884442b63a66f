/* The icon of a chart as an answer. */
#pragma once

#include "server/artifacthub/answer.h"

/* Of the version that is shown; NOT_FOUND when its archive brings none. */
NODISCARD enum err icon_send(struct answer *x, const struct hub_chart *chart, struct response *s,
                             struct errinfo *e);
