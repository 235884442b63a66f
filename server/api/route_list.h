/* The route table as JSON: for tests that walk it, and for the description of the API. */
#pragma once

#include "server/route/app.h"

/* [{"methods":"GET, HEAD","pattern","permission":"read","dialect":"problem","body":false,
 *   "summary"}…] */
NODISCARD enum err control_routes(struct call *c, struct response *s, struct errinfo *e);
