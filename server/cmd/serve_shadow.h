/* Which hosts a server answers for besides its own: the setting shadow_hosts. */
#pragma once

#include "server/cmd/serve_parts.h"

/* Sets s->app.shadow where the settings want one. */
NODISCARD enum err serve_shadow_open(struct serve *s, struct errinfo *e);
