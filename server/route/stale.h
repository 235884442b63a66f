/* What is served is as it was: Age and Warning (RFC 7234 5.5.1) beside the same bytes. */
#pragma once

#include "server/route/app.h"

/* Since when something that a repository shows is as it was then: wall clock; 0: it is as it is now.
 * Does not block.                                                                             */
int64_t call_stale_since(const struct call *c, struct str repo);
/* Of the call's repository, an upstream or one that shows upstreams; nothing where all are fresh. */
void stale_headers(struct call *c, struct response *s);
