/* Virtual repositories over the API: which names several members have, and who wins. */
#pragma once

#include "server/route/app.h"

/* ,"warnings":[sentence…]: why a virtual repository shows less than is meant. */
NODISCARD enum err virtual_put_warnings(const struct call *c, struct sbuf *b, struct str repo, struct errinfo *e);
/* ,"waiting":{"versions","unpinned","next":{"repo","chart","version","at"}}: for its cool-down. No next:
 * nothing waits.                                                                              */
NODISCARD enum err virtual_put_waiting(const struct call *c, struct sbuf *b, struct str repo, struct errinfo *e);
/* {"repo","conflicts":[{"chart","winner","members":[{"member","repo","kind","verdict","wins",
 * "versions"}…]}…],"warnings"}: only members that the caller may read.                        */
NODISCARD enum err virtual_conflicts(struct call *c, struct response *s, struct errinfo *e);
