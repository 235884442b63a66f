/* A bundle that a command has staged is taken over by the server that runs. */
#pragma once

#include "server/route/app.h"

/* ?manifest=<its digest>[&force_older]: {"kept":…,"added":…, …}, a number for each fate. */
NODISCARD enum err control_bundle(struct call *c, struct response *s, struct errinfo *e);
