/* What is in a version: its archive, unpacked and parsed on demand, and kept within a limit.
 *
 *     err = contents_get(hub, repo, name, version, &c, e);
 *     … c->chart.readme, c->chart.subcharts, c->chart.members …
 *     contents_unref(c);
 *
 * Immutable and reference-counted; any thread. Getting one blocks when it is not kept: the file
 * is read, its digest compared, and the strict reader of a publish reads it again. An archive
 * whose bytes are no longer the catalog's is reported, as every reader does.                 */
#pragma once

#include "indexer/hub/hub.h"

struct contents {
	struct str repo, name, version, file;
	struct sha256 digest;
	uint64_t packed_bytes, unpacked_bytes;
	struct chart chart;

	/* contents.c's own */
	struct contents *next, *newer, *older;
	unsigned refs;
	uint64_t cost;                   /* bytes it counts for */
	struct arena arena;
	struct chart_scratch scratch;
};

/* Of a version in the index, or a yanked one. NOT_FOUND, REPO_NOT_FOUND, DAMAGED. */
NODISCARD enum err contents_get(struct hub *h, struct str repo, struct str name,
                                struct str version, struct contents **ret, struct errinfo *e);
void contents_unref(struct contents *c);         /* NULL is fine */

struct contents_stats { uint64_t hits, misses, bytes, kept; };
void contents_stats(struct hub *h, struct contents_stats *ret);
