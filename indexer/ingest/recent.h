/* What came lately, for feeds: versions of several repositories, the newest first. */
#pragma once

#include "indexer/ingest/ingest.h"

struct recent {
	struct str repo, line;           /* line: of the index */
	int64_t created_ns;
	uint64_t bytes;                  /* of the archive */
};

/* At most `limit` versions in the index of the repositories that `sees` lets through, by the time
 * they were created. Of each repository the RECENT_LOOKED_AT that came last are looked at. In the
 * arena. May block.                                                                          */
NODISCARD enum err ingest_recent(struct ingest *g, struct arena *a,
                                 bool (*sees)(void *ctx, struct str repo), void *ctx, size_t limit,
                                 struct recent **ret, size_t *ret_count, struct errinfo *e);
