/* The repository as it was: /<repo>/@<event>/index.yaml and the charts of that index. */
#pragma once

#include "server/route/app.h"

/* "@1234" is the index after event 1234. A time, "@2026-11-01T00:00:00Z", is answered with a
 * redirect to the number.                                                                    */
NODISCARD enum err past_index(struct call *c, struct response *s, struct errinfo *e);
/* 410 when the bytes are there no more, or are other ones now. */
NODISCARD enum err past_chart(struct call *c, struct response *s, struct errinfo *e);
