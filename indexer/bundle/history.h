/* log.jsonl: the events of what is in a bundle, and hashes that stand for all others, so that who reads it
 * computes the root of the log himself.
 *
 *     {"actor":"…","at":"…", …,"seq":41,"version":"1.0.0"}     an event, as it is hashed (store/catalog.h)
 *     {"hash":"…","leaves":8,"level":3}                         8 events that concern others
 *
 * The lines follow each other without a gap from the event after the parent to the last one. A subtree is
 * as large as its place allows, so that n events that concern nobody take O(log n) lines. Who has the
 * right edge of the log at the parent (base/merkle_edge.h) gets the root at the end.           */
#pragma once

#include "indexer/base/merkle_edge.h"
#include "indexer/store/catalog.h"

/* ---- writing ---- */
struct history {
	struct catalog *catalog;
	struct sbuf *to;
	enum err (*flush)(void *ctx, struct errinfo *e);     /* after each line */
	void *ctx;
	uint64_t next;                   /* begin with the parent + 1 */
};
/* In ascending order; what is between them is told by hashes. */
NODISCARD enum err history_event(struct history *h, const struct event *ev, struct errinfo *e);
/* The rest up to `last`, which has a line of its own: the head of the bundle names its leaf. */
NODISCARD enum err history_end(struct history *h, uint64_t last, struct errinfo *e);

/* ---- reading ---- */
/* Adds a line (without its newline) to the edge. An event's seq is set and its text is borrowed from the
 * arena; kind empty: the line stands for others, the last of which is seq (the leaf of one, or zeros).
 * CORRUPT: it is none, or not the next one.                                                    */
NODISCARD enum err history_read(struct arena *a, struct merkle_edge *edge, struct str line,
                                struct event *ret, struct errinfo *e);
