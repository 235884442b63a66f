/* Kinds of events: one row each of the table in event_kind.c, which says all that follows from a kind and
 * from nothing else: the words for people, what `rebuild` does with it, what webhooks and views ask. Only
 * kinds of the table are logged; a log may have others, which a newer version wrote.          */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "indexer/base/str.h"

/* What replaying an event does to its version (ingest/replay.c). */
enum event_does {
	MAKES = 1 << 0,                  /* its archive came */
	DELETES = 1 << 1,
	PURGES = 1 << 2,
	YANKS = 1 << 3,
	UNYANKS = 1 << 4,
	PROV = 1 << 5,                   /* its provenance file came */
	NO_PROV = 1 << 6,
	IMAGES = 1 << 7,                 /* its list of images came */
	NO_IMAGES = 1 << 8,
	LINE_ADDED = 1 << 9,             /* in the index of an upstream */
	LINE_CHANGED = 1 << 10,
	LINE_GONE = 1 << 11
};

struct event_kind {
	const char *name;
	const char *sentence;            /* "was published": after the name of its chart or repository */
	unsigned does;                   /* enum event_does; 0: nothing to a version */
	bool push;                       /* there is something new to fetch */
	bool many;                       /* comes in thousands: webhooks tell it to who asks for it */
	bool of_view;                    /* of a version that a virtual repository shows */
};

extern const struct event_kind event_kinds[];
extern const size_t event_kind_count;
/* NULL: none of this version. */
const struct event_kind *event_kind_find(struct str name);
