/* What is done now and then while the server runs: what has cooled down is released, counted downloads are
 * written, people are read whom auth_refresh could not read, deleted versions and bundles whose time is over go,
 * and once a day, an hour after the start at first, each repository's retention is applied and the audit log
 * trimmed. One thread.                                                                        */
#pragma once

#include "server/route/app.h"

struct chores;
NODISCARD enum err chores_start(const struct app *app, struct chores **ret, struct errinfo *e);
/* Does what cannot wait; before ingest is drained. NULL is fine. */
void chores_stop(struct chores *c);
