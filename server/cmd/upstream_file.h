/* Lists of repositories that other programs keep, as upstreams to be made: Helm's repositories.yaml, the
 * list of Helm Hub (repositories: with maintainers), and a sync configuration (sync: repos:).   */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"

struct listed_upstream {             /* in the arena */
	struct str name;                 /* that it gets here */
	struct str listed;               /* that it has in the list */
	struct str url, maintainers;     /* maintainers: as the setting has them */
	struct str refused;              /* why it cannot be one; empty: it can */
};

/* What a person should know is added to *notes, a line each: names that were changed, credentials and
 * flags that have to be said elsewhere; never a password. METADATA: it is no such list.      */
NODISCARD enum err upstream_file_read(struct arena *a, struct str text, const char *file,
                                      struct listed_upstream **ret, size_t *ret_count,
                                      struct sbuf *notes, struct errinfo *e);
