/* What this server is called from outside, for answers that need an absolute address: public_url
 * where it is set, else what the client, or a trusted proxy, calls it, with the base path. */
#pragma once

#include "indexer/base/sbuf.h"
#include "server/route/route.h"

/* "https://charts.example.org/hub": scheme, host and base path, no slash at the end. */
void address_of(const struct call *c, struct sbuf *b);
/* What `helm repo add` takes for a repository: the default one is at the address itself. */
void address_of_repo(const struct call *c, struct str repo, struct sbuf *b);
