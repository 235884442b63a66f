/* The Merkle tree over the events (RFC 6962 §2.1); internal to this folder.
 *
 * Node (level, position) covers the 2^level events from position * 2^level on and is stored when
 * the last of them is appended: on average one node per event, at most one per level. A tree of
 * any size is put together from the stored nodes along its right edge.                       */
#pragma once

#include "indexer/base/log_proof.h"
#include "indexer/store/sql.h"

#define MERKLE_LEVELS 64

NODISCARD enum err merkle_leaf(struct str canonical, struct sha256 *ret, struct errinfo *e);

/* The right edge of a tree while it grows: one complete subtree per bit of `size`. */
struct merkle_edge {
	uint64_t size;
	struct sha256 node[MERKLE_LEVELS];
};

/* `made` is called for each node that the leaf completes. */
typedef enum err merkle_made(void *ctx, unsigned level, uint64_t position,
                             const struct sha256 *hash, struct errinfo *e);
NODISCARD enum err merkle_edge_add(struct merkle_edge *edge, const struct sha256 *leaf,
                                   merkle_made *made, void *ctx, struct errinfo *e);
NODISCARD enum err merkle_edge_root(const struct merkle_edge *edge, struct sha256 *ret,
                                    struct errinfo *e);

/* The right edge of the first `size` events, from the stored nodes; CORRUPT: one is missing. */
NODISCARD enum err merkle_edge_load(struct catalog *c, uint64_t size, struct merkle_edge *ret,
                                    struct errinfo *e);
NODISCARD enum err merkle_node_get(struct catalog *c, unsigned level, uint64_t position,
                                   struct sha256 *ret, struct errinfo *e);
merkle_made merkle_node_put;         /* ctx: the catalog */
/* INVALID when the log has fewer events. */
NODISCARD enum err merkle_has(struct catalog *c, uint64_t size, struct errinfo *e);
