/* What was adopted before, as the log tells it: it stays when a version or a repository is deleted,
 * renamed or purged.                                                                           */
#pragma once

#include "indexer/ingest/ingest.h"

struct adopt_event {
	const char *file;                /* "x-1.0.0.tgz", or its .prov */
	struct sha256 digest;
	uint64_t bytes;                  /* of an archive */
	int64_t at_ns;
};

struct adopt_known {
	struct adopt_event *events;      /* by file, and of one file in the order of the log */
	size_t count, capacity;
	struct arena arena;
};

/* All that ever came into a repository of that name. adopt_known_done in any case. */
NODISCARD enum err adopt_known(struct ingest *g, struct str repo, struct adopt_known *k, struct errinfo *e);
void adopt_known_done(struct adopt_known *k);

/* The events of a file, the first of *ret_count; NULL: it never came. */
const struct adopt_event *adopt_known_file(const struct adopt_known *k, const char *file, size_t *ret_count);
/* Whether these bytes came once, whatever their file's name is. */
bool adopt_known_digest(const struct adopt_known *k, const struct sha256 *digest);
