/* Who may do what. As long as there are no users, the question is only who may write. */
#pragma once

#include "server/http/http.h"

/* The control socket's caller always may. On a loopback listener anyone on this machine may, but
 * not through a browser or a proxy: Host and Origin must name this listener and no Forwarded or
 * X-Forwarded-* header may be there (architecture.md §3). FORBIDDEN, with what to do.         */
NODISCARD enum err auth_may_write(const struct request *r, struct errinfo *e);

/* The id that the log keeps of who made a request; static. */
struct str auth_actor(const struct request *r);

/* "127.0.0.1:8879", "localhost:8879", "[::1]:8879" for a listener's own address. */
bool auth_names_listener(struct str host, struct str listen);
