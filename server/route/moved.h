/* Addresses of a repository under a name it had. */
#pragma once

#include "server/route/route.h"

/* Answers with 308 and the address under the repository's present name. False: nothing to answer,
 * because it was never renamed or the caller may not see what it became.                     */
bool moved_answers(struct call *c);
