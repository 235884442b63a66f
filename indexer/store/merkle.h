/* The Merkle tree over the events (RFC 6962 §2.1); internal to this folder.
 *
 * Node (level, position) covers the 2^level events from position * 2^level on and is stored when
 * the last of them is appended: on average one node per event, at most one per level. A tree of
 * any size is put together from the stored nodes along its right edge.                       */
#pragma once

#include "indexer/base/merkle_edge.h"
#include "indexer/store/sql.h"

/* The right edge of the first `size` events, from the stored nodes; CORRUPT: one is missing. */
NODISCARD enum err merkle_edge_load(struct catalog *c, uint64_t size, struct merkle_edge *ret,
                                    struct errinfo *e);
NODISCARD enum err merkle_node_get(struct catalog *c, unsigned level, uint64_t position,
                                   struct sha256 *ret, struct errinfo *e);
merkle_made merkle_node_put;         /* ctx: the catalog */
/* INVALID when the log has fewer events. */
NODISCARD enum err merkle_has(struct catalog *c, uint64_t size, struct errinfo *e);
