/* Errors as pages: what happened, what to do, how to ask about it. */
#pragma once

#include "server/route/app.h"

/* For app->error_page. False: there is no memory for a page. */
bool error_page(struct call *c, const struct errinfo *why, struct response *s);
