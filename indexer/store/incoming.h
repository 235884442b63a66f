/* DATA/incoming/<SHA-256 of the manifest>/<SHA-256 of a file>: bundles on their way in. What is in there
 * is linked into charts folders, so it is on the same filesystem; it outlives a restart, and nothing
 * looks at it but who brings the same bundle again.                                           */
#pragma once

#include "indexer/base/hash.h"
#include "indexer/store/datadir.h"

/* The folder of a bundle, 0700. NOT_FOUND. */
NODISCARD enum err incoming_open(struct datadir *d, const struct sha256 *bundle, bool create, int *ret_fd,
                                 struct errinfo *e);
/* Each bundle's folder, whatever is in it. */
typedef enum err incoming_visit(void *ctx, const struct sha256 *bundle, int dir, struct errinfo *e);
NODISCARD enum err incoming_each(struct datadir *d, incoming_visit *each, void *ctx, struct errinfo *e);
/* With all in it; nothing to do where there is none. */
NODISCARD enum err incoming_remove(struct datadir *d, const struct sha256 *bundle, struct errinfo *e);

/* What a removal that was broken off has left. */
NODISCARD enum err incoming_sweep(struct datadir *d, struct errinfo *e);

/* The files there that have another name too. */
struct incoming_files {
	bool read;
	ino_t *inodes;
	size_t count, capacity;
	dev_t device;
};
NODISCARD enum err incoming_files_read(struct datadir *d, struct incoming_files *ret, struct errinfo *e);
bool incoming_has(const struct incoming_files *f, const struct stat *st);
void incoming_files_done(struct incoming_files *f);      /* zeroes are fine */
