/* What a signed note (note.h) says about a log: the text of a checkpoint (C2SP tlog-checkpoint). */
#pragma once

#include "indexer/base/hash.h"
#include "indexer/base/sbuf.h"

/* A line each, the root as base64. */
struct checkpoint {
	struct str origin;               /* whose log: "charts.example.org/log" */
	uint64_t size;                   /* how many events */
	struct sha256 root;              /* of their Merkle tree (RFC 6962) */
};

void checkpoint_put(struct sbuf *b, const struct checkpoint *c);
/* Of a note's text; the origin borrows from it. Lines after the third are passed over. INVALID. */
NODISCARD enum err checkpoint_parse(struct str text, struct checkpoint *ret, struct errinfo *e);
