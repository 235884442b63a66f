/* What is in a version: its archive, unpacked and parsed on demand, and kept within a limit.
 *
 *     err = contents_get(hub, repo, name, version, &c, e);
 *     … c->chart.readme, c->chart.subcharts, c->chart.members …
 *     contents_unref(c);
 *
 * Immutable and reference-counted; any thread. Getting one blocks when it is not kept: the file
 * is read, its digest compared, and the strict reader of a publish reads it again. An archive
 * whose bytes are no longer the catalog's is reported, as every reader does. One that only an upstream
 * has is asked for there (hub_options.fetch), and kept here alone.                            */
#pragma once

#include <pthread.h>

#include "indexer/hub/hub.h"

enum contents_part { PART_CHART, PART_VALUES, PART_FILES, PART_ALL_FILES, PART_BRINGS,
                     PART_COUNT };

struct contents {
	struct str repo, name, version, file;
	struct sha256 digest;
	uint64_t packed_bytes, unpacked_bytes;
	struct chart chart;

	bool absent;                     /* the archive is not here: it was fetched to be looked at */

	/* contents.c's own */
	struct str says_name, says_version;      /* what Chart.yaml has to say; of an upstream what its index does */
	bool of_upstream, promised;      /* promised: the digest is the archive's, else of what tells it */
	struct contents *next, *newer, *older;
	unsigned refs;
	uint64_t cost;                   /* bytes it counts for */
	struct arena arena;
	struct chart_scratch scratch;
	pthread_mutex_t lock;            /* of what pages made of it */
	struct arena made_arena;
	void *made[PART_COUNT];
};

/* Of a version in the index, or a yanked one. NOT_FOUND, REPO_NOT_FOUND, DAMAGED; of an upstream's that
 * cannot be had: ABSENT, BUSY, DIGEST, or what the fetch failed with.                         */
NODISCARD enum err contents_get(struct hub *h, struct str repo, struct str name,
                                struct str version, struct contents **ret, struct errinfo *e);
/* The same of what is here, or still kept: nothing is fetched, ABSENT. */
NODISCARD enum err contents_here(struct hub *h, struct str repo, struct str name,
                                 struct str version, struct contents **ret, struct errinfo *e);
/* What its index line says alone, for who cannot have the archive: a chart of nothing but metadata. */
struct rope_version;
NODISCARD enum err contents_of_line(struct str repo, struct str name, const struct rope_version *v,
                                    struct contents **ret, struct errinfo *e);
void contents_unref(struct contents *c);         /* NULL is fine */

/* What a page makes of the contents, made once and kept with them: `make` puts it into the arena, and
 * may not borrow from anything that does not live as long as the contents.                   */
typedef enum err contents_make(const struct contents *c, void *ctx, struct arena *a, void **ret,
                               struct errinfo *e);
NODISCARD enum err contents_made(struct hub *h, struct contents *c, enum contents_part part,
                                 contents_make *make, void *ctx, void **ret, struct errinfo *e);

struct contents_stats { uint64_t hits, misses, bytes, kept; };
void contents_stats(struct hub *h, struct contents_stats *ret);
