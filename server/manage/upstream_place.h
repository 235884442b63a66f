/* Where an upstream or a webhook may be: what can be told of its address before anything is asked for. The
 * door out (fetch/outgoing.h) looks at every connection again.                                 */
#pragma once

#include "indexer/format/repo_settings.h"

/* ADDRESS: the address is none that the door takes, is not public and allow_private is not set, or is one
 * that nothing may be asked of. `resolve`: also what its name stands for, which may block for seconds; a
 * name that nobody knows is let pass. Of oci://, its registry is meant.                        */
NODISCARD enum err address_place_check(struct str address, bool allow_private, bool resolve,
                               struct errinfo *e);
/* The same of a repository's settings; OK for those that are no upstream's. ADDRESS: also that of an index. */
NODISCARD enum err upstream_place_check(const struct repo_settings *s, bool resolve,
                                       struct errinfo *e);
