/* The cookie of who signed in with a browser. */
#pragma once

#include "server/route/app.h"

/* A new session for `who`, instead of the one that the browser has. */
NODISCARD enum err session_enter(struct call *c, const struct caller *who, struct response *s,
                                 struct errinfo *e);
void session_leave(struct call *c, struct response *s);
