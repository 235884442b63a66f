/* A chart of an upstream that is not kept here: fetched when it is asked for, or asked for elsewhere. */
#pragma once

#include "server/route/app.h"

/* On a worker, when the file is ABSENT. What the mode says: with proxy and mirror it is fetched, and
 * `again` makes the answer; with catalog the answer leads to the origin. LOOP: this server has asked
 * for it itself.                                                                              */
NODISCARD enum err fetched_answer(struct call *c, struct str repo, struct str file,
                                  call_answer *again, struct response *s, struct errinfo *e);
