/* What a line of the index needs: the dependencies that are fetched from a repository. */
#pragma once

#include "indexer/base/arena.h"

struct index_use { struct str name, range; };    /* "redis", "^1.0.0"; in the arena */

/* *ret is NULL where there are none. A dependency that is part of the archive (without a repository,
 * or file://) needs nothing. METADATA: not a line of ours.                                   */
NODISCARD enum err index_uses(struct arena *a, struct str line, struct index_use **ret,
                              size_t *ret_count, struct errinfo *e);
/* Whether a dependency can be fulfilled by this version; no range, or a wrong one, by none. */
NODISCARD enum err index_use_admits(const struct index_use *use, struct str name,
                                    struct str version, bool *ret, struct errinfo *e);
