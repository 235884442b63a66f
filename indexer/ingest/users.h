/* Who of the charts that are hosted here, in any repository, depends on a version. */
#pragma once

#include "indexer/ingest/ingest.h"

struct version_user {
	struct version_user *next;
	struct str repo, chart, version, range;
	bool locked;                     /* its lock file names this very version */
};

/* In no order, at most USED_BY_MAX; in the arena. Only what the index shows counts as a user. Lock files
 * are read from the archives of those that have a fitting range. May block for long.         */
NODISCARD enum err ingest_users(struct ingest *g, struct arena *a, struct str chart,
                                struct str version, struct version_user **ret, struct errinfo *e);
