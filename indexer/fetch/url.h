/* URLs of a repository as Helm puts them together (clients.md §1.6). */
#pragma once

#include "indexer/base/arena.h"

/* Where `ref` ("index.yaml", "charts/x-1.0.0.tgz") is for a repository at `base`: relative to it as
 * to a folder, with the base's query; an absolute `ref` is returned as it is. INVALID when either
 * is not a URL, or the result is neither http nor https. In the arena.                       */
NODISCARD enum err url_join(struct arena *a, const char *base, const char *ref, const char **ret,
                            struct errinfo *e);
