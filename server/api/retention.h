/* Retention on request; chores.h applies it once a day. */
#pragma once

#include "server/route/app.h"

/* POST …/retention?dry_run: every version with the rule that keeps it, or that it is taken. */
NODISCARD enum err retention_post(struct call *c, struct response *s, struct errinfo *e);
