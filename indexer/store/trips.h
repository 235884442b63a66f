/* Rows of table `trip` in catalog.db: the bundles that were brought into a repository. As catalog.h:
 * changes need catalog_begin; rows live in the caller's arena.                                */
#pragma once

#include "indexer/store/catalog.h"

struct trip_row {
	struct str bundle;               /* whose bundle; of what came along, not the repository itself */
	uint64_t event;                  /* the trip's number */
	struct sha256 leaf, root;        /* of that event, and of the log there up to it */
	struct str edge;                 /* hashes of the log's complete subtrees, the largest first, with
	                                    spaces between them; empty for what came along      */
	struct str instance;             /* of which data directory */
	uint64_t parent;                 /* 0: it was whole */
	int64_t at_ns, imported_ns;
	struct str filter, signers;      /* signers: names of keys, with spaces between them */
	struct sha256 manifest;
	uint64_t versions, bytes;
};

/* One of the same bundle and event is replaced. */
NODISCARD enum err catalog_trip_put(struct catalog *c, int64_t repo_id, const struct trip_row *row,
                                    struct errinfo *e);
/* The newest trip first; of those with one number, by the bundle. At most `limit`. */
NODISCARD enum err catalog_trips(struct catalog *c, struct arena *a, int64_t repo_id, uint64_t limit,
                                 struct trip_row **ret, size_t *ret_count, struct errinfo *e);
/* The last one of the repository's own bundles. NOT_FOUND: there was none. */
NODISCARD enum err catalog_trip_last(struct catalog *c, struct arena *a, struct str repo,
                                     struct trip_row *ret, struct errinfo *e);
/* The one of any repository's own bundles that left the same data directory at the same event. NOT_FOUND. */
NODISCARD enum err catalog_trip_like(struct catalog *c, struct arena *a, const struct trip_row *like,
                                     struct trip_row *ret, struct errinfo *e);
/* What was brought in as `old` goes on under the new name of the repository. */
NODISCARD enum err catalog_trips_rename(struct catalog *c, struct str old, struct str name,
                                        struct errinfo *e);
/* The one with a number. NOT_FOUND. */
NODISCARD enum err catalog_trip(struct catalog *c, struct arena *a, struct str repo, uint64_t event,
                                struct trip_row *ret, struct errinfo *e);
