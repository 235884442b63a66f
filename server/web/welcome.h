/* The page at /: what this is and the commands to use it. */
#pragma once

#include "server/route/app.h"

NODISCARD enum err welcome_page(struct call *c, struct response *s, struct errinfo *e);
