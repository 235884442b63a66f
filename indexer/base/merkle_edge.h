/* The right edge of a Merkle tree over a log (RFC 6962 §2.1): all that is needed to append to it, and its
 * root. One complete subtree for each bit of `size`; node[level] has 2^level leaves below it.
 *
 * Who has the edge at one size and the hashes of what follows, leaves or complete subtrees, has the root at
 * the next size, and needs nothing else of the log.                                            */
#pragma once

#include "indexer/base/hash.h"
#include "indexer/base/sbuf.h"

#define MERKLE_LEVELS 64

struct merkle_edge {
	uint64_t size;
	struct sha256 node[MERKLE_LEVELS];
};

/* The hash of an entry's bytes. */
NODISCARD enum err merkle_leaf(struct str canonical, struct sha256 *ret, struct errinfo *e);
/* A node from its two halves. */
NODISCARD enum err merkle_node(const struct sha256 *left, const struct sha256 *right,
                               struct sha256 *ret, struct errinfo *e);

/* `made` is called for each node that the leaf completes; NULL: nobody asks. */
typedef enum err merkle_made(void *ctx, unsigned level, uint64_t position,
                             const struct sha256 *hash, struct errinfo *e);
NODISCARD enum err merkle_edge_add(struct merkle_edge *edge, const struct sha256 *leaf,
                                   merkle_made *made, void *ctx, struct errinfo *e);
/* A complete subtree of 2^level leaves at once. INVALID: it cannot begin here, or there would be too many. */
NODISCARD enum err merkle_edge_add_tree(struct merkle_edge *edge, unsigned level,
                                        const struct sha256 *hash, struct errinfo *e);
NODISCARD enum err merkle_edge_root(const struct merkle_edge *edge, struct sha256 *ret,
                                    struct errinfo *e);
/* The level of the largest complete subtree that begins at `from` and ends at `to` or before: from < to. */
unsigned merkle_largest(uint64_t from, uint64_t to);

/* The hashes as text, the largest subtree first, with spaces between them; and back. INVALID: not the edge
 * of so many leaves.                                                                           */
void merkle_edge_put(struct sbuf *b, const struct merkle_edge *edge);
NODISCARD enum err merkle_edge_parse(uint64_t size, struct str text, struct merkle_edge *ret,
                                     struct errinfo *e);
