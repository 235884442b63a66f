/* Proofs about a log whose entries are the leaves of a Merkle tree (RFC 6962 §2.1), and what checks one
 * that another server gave.                                                                    */
#pragma once

#include "indexer/base/hash.h"

#define LOG_PROOF_MAX 64

/* As RFC 6962 §2.1.1 and §2.1.2 have them, the hash next to the leaves first. */
struct log_proof {
	size_t count;
	struct sha256 hashes[LOG_PROOF_MAX];
};

/* A node from its two halves. */
NODISCARD enum err merkle_node(const struct sha256 *left, const struct sha256 *right,
                               struct sha256 *ret, struct errinfo *e);
/* Whether the log of `second` entries, whose root is `new_root`, begins with the one of `first` entries,
 * whose root is `old_root` (RFC 9162 §2.1.4.2). CORRUPT: the proof does not show it. A log that begins
 * with none at all needs no proof.                                                             */
NODISCARD enum err log_proof_extends(const struct log_proof *p, uint64_t first, uint64_t second,
                                     const struct sha256 *old_root, const struct sha256 *new_root,
                                     struct errinfo *e);
