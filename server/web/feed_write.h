/* A feed as XML, once it is known what is in it. */
#pragma once

#include "indexer/format/index.h"
#include "server/route/ids.h"
#include "server/web/links.h"

struct feed_entry {
	struct str repo;
	struct index_entry of;
	uint64_t bytes;                  /* of the archive; 0: unknown */
};

struct feed {
	struct links *links;
	struct ids ids;
	struct str repo, name;           /* what it is about; empty: everything */
	struct str query;                /* of a search, as it was asked for */
	struct str title, page;          /* page: a link to the same for people */
	const struct feed_entry *entries;
	size_t count;
};

/* False: there is no memory; the buffer tells the same. */
NODISCARD bool feed_write(struct sbuf *b, struct arena *a, const struct feed *f);
