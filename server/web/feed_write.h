/* A feed as XML, once it is known what is in it. */
#pragma once

#include "indexer/format/index.h"
#include "server/route/ids.h"
#include "server/web/links.h"

struct feed_entry {
	struct str repo;
	struct index_entry of;
	uint64_t bytes;                  /* of the archive; 0: unknown */
	const char *news;                /* "drift", "promoted"; of the entry, names and time count. NULL: a
	                                    version was published                               */
	struct str text;                 /* of news */
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

/* feed_news.c: tells what an upstream did lately; nothing of other repositories. `add` takes over what is in
 * the arena.                                                                                  */
typedef enum err feed_add(void *ctx, const struct feed_entry *new, struct errinfo *e);
NODISCARD enum err feed_news(const struct call *c, struct arena *a, struct str repo, struct str chart,
                             feed_add *add, void *ctx, struct errinfo *e);

/* feed_view.c: the same of a virtual repository: what was promoted there, and released. */
NODISCARD enum err feed_view(const struct call *c, struct arena *a, struct str repo, struct str chart,
                             feed_add *add, void *ctx, struct errinfo *e);

/* False: there is no memory; the buffer tells the same. */
NODISCARD bool feed_write(struct sbuf *b, struct arena *a, const struct feed *f);
