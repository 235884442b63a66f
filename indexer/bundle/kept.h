/* DATA/outgoing/<seal>/: bundles that were made for others to fetch (bundle_created.seal). Each is a folder
 * with the tar and a text that tells of it, which is written last: without it the bundle is being made, or
 * was when the program ended.
 *
 * Which of them go is the caller's to say. A tar that somebody reads stays readable for him.  */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/hash.h"
#include "indexer/store/datadir.h"

/* An empty folder; what was in it goes. Caller closes. */
NODISCARD enum err kept_begin(struct datadir *d, const struct sha256 *id, int *ret_dir, struct errinfo *e);
/* `file` in the folder is the tar. Durable. BUSY: a purge threw the folder away. */
NODISCARD enum err kept_end(int dir, const char *file, struct str about, struct errinfo *e);

struct kept_bundle {
	struct sha256 id;
	struct str about;                /* in the arena; empty: it is not whole */
	int64_t used_ns;                 /* by the wall clock: made, or asked for last */
	uint64_t bytes;                  /* of the tar; 0: it is not whole */
};
/* ret_fd: the tar, which the caller closes; may be NULL. NOT_FOUND: not a whole one. */
NODISCARD enum err kept_open(struct datadir *d, struct arena *a, const struct sha256 *id,
                             struct kept_bundle *ret, int *ret_fd, struct errinfo *e);
/* It is used now. */
void kept_touch(struct datadir *d, const struct sha256 *id);
/* The one that was used last comes first. In the arena. */
NODISCARD enum err kept_list(struct datadir *d, struct arena *a, struct kept_bundle **ret,
                             size_t *ret_count, struct errinfo *e);
/* One that is not there is fine. */
NODISCARD enum err kept_remove(struct datadir *d, const struct sha256 *id, struct errinfo *e);
