/* Addresses of repositories, as charts and settings have them, without what does not matter. */
#pragma once

#include "indexer/base/arena.h"

/* Without scheme and its port, case of the host, slashes that are doubled or last, /index.yaml, user and
 * query. All names of this machine's own are "localhost". */
struct address { struct str host, path; bool oci; };       /* "h:8080", "a/b" */
/* `text` may lack a scheme: "127.0.0.1:8879". In the arena. INVALID: it is none. */
NODISCARD enum err address_read(struct arena *a, struct str text, struct address *ret,
                                struct errinfo *e);
int address_cmp(const struct address *a, const struct address *b);
