/* Which hosts a server answers for besides its own: the setting shadow_hosts and its like. */
#pragma once

#include "server/cmd/serve_parts.h"

/* Sets s->app.shadow where the settings want one. */
NODISCARD enum err serve_shadow_open(struct serve *s, struct errinfo *e);
/* Whose certificates the listeners show for them, with `app` as the one who knows the hosts; `dir` is the data
 * directory. Borrows all of it.                                                               */
void serve_shadow_certificates(const struct config *c, struct app *app, int dir, struct http_shadow *ret);
