/* Addresses of a repository under a name it had. */
#pragma once

#include "server/route/route.h"

/* RENAMED, with the address under the repository's present name in the request's arena. OK: it was
 * never renamed, or the caller may not see what it became.                                   */
NODISCARD enum err moved_check(struct call *c, const char **ret_to, struct errinfo *e);
