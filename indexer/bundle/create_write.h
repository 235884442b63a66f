/* Private to bundle_create: the members of a bundle, once it is known what they are, and the tar. */
#pragma once

#include "indexer/bundle/create_impl.h"

struct member {
	struct str path;
	uint64_t bytes;
	struct sha256 digest;
	const struct spool *spool;       /* else a file: */
	struct source *source;
	struct str file;
};

struct writing {
	struct making making;
	struct spool versions, log, images;
	struct spool *indexes;           /* one a repository */
	struct source **order;           /* of those that are included, the own one first */
	size_t source_count;
	struct member *members;
	size_t count, capacity;
	struct sbuf manifest, head, signatures;
	bool vanished;                   /* a file is not there any more */
};

/* A stored file; `st` may be NULL. Sets w->vanished when it is not there. */
NODISCARD enum err writing_open(struct writing *w, struct source *s, struct str file, int *ret_fd,
                                struct stat *st, struct errinfo *e);
/* All members behind the manifest, in their order; the texts are written by then. */
NODISCARD enum err writing_add_members(struct writing *w, struct errinfo *e);
/* Manifest, head and signatures: from here on everything is known. */
NODISCARD enum err writing_seal(struct writing *w, struct errinfo *e);
NODISCARD enum err writing_tar(struct writing *w, struct errinfo *e);
