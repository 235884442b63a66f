/* Which hosts a server answers for besides its own: the setting shadow_hosts and its like. */
#pragma once

#include "server/cmd/serve_parts.h"

/* Sets s->app.shadow where the settings want one. */
NODISCARD enum err serve_shadow_open(struct serve *s, struct errinfo *e);
/* Whose certificates the listeners show for them; borrows what *s has, and the directory. */
void serve_shadow_certificates(struct serve *s, const struct datadir *d, struct http_shadow *ret);
