/* Scrubbing: every stored byte is read again, at a set pace, so that what rots is noticed while a
 * backup still has it.                                                                       */
#pragma once

#include "indexer/store/catalog.h"

struct scrub_options {
	struct datadir *dir;
	struct catalog *catalog;         /* a reader; of the thread that scrubs */
	uint64_t rate;                   /* bytes a second; 0: as fast as they come */
	/* Sleeps until a moment of clock_monotonic; false: end now. */
	bool (*sleep_until)(void *ctx, int64_t until_ns);
	/* A file is missing, unreadable or has other bytes. "x-1.0.0.tgz" or its ".prov". */
	void (*problem)(void *ctx, struct str repo, struct str file, const char *text);
	void (*progress)(void *ctx, uint64_t files, uint64_t bytes);     /* since the last call */
	void *ctx;
};

struct scrub_report { uint64_t files, bytes, problems; };

/* OK also when there are problems. DRAINING when sleep_until ended it; the report tells how far it
 * came. Changes may go on: what looks wrong is looked at twice.                              */
NODISCARD enum err scrub(const struct scrub_options *o, struct scrub_report *ret,
                         struct errinfo *e);
