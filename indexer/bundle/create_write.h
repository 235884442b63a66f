/* Private to bundle_create: the members of a bundle, once it is known what they are, and the tar. */
#pragma once

#include "indexer/bundle/create_impl.h"

struct carried { struct item *item; bool prov; };     /* a file */

struct writing {
	struct making making;
	struct spool versions, log, images, manifest;
	struct spool *indexes;           /* one a repository */
	struct source **order;           /* of those that are included, the own one first */
	size_t source_count;
	struct carried *files;           /* in that order, and each repository's by name */
	size_t count;
	struct sbuf head, signatures;
	bool vanished;                   /* a file is not there any more, or another one is */
};

/* A stored file; `st` may be NULL. Sets w->vanished when it is not there. */
NODISCARD enum err writing_open(struct writing *w, const struct carried *file, int *ret_fd, struct stat *st,
                                struct errinfo *e);
/* The order of the files. */
NODISCARD enum err writing_sort(struct writing *w, struct errinfo *e);
/* Manifest, head and signatures: from here on everything is known. */
NODISCARD enum err writing_seal(struct writing *w, struct errinfo *e);
NODISCARD enum err writing_tar(struct writing *w, struct errinfo *e);
