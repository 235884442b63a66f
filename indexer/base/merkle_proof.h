/* Proofs about a log whose entries are the leaves of a Merkle tree (RFC 6962 §2.1), and what checks one
 * that another server gave.                                                                    */
#pragma once

#include "indexer/base/hash.h"

#define MERKLE_PROOF_MAX 64

/* As RFC 6962 §2.1.1 and §2.1.2 have them, the hash next to the leaves first. */
struct merkle_proof {
	size_t count;
	struct sha256 hashes[MERKLE_PROOF_MAX];
};

/* Whether the log of `second` entries, whose root is `new_root`, begins with the one of `first` entries,
 * whose root is `old_root` (RFC 9162 §2.1.4.2). CORRUPT: the proof does not show it. A log that begins
 * with none at all needs no proof.                                                             */
NODISCARD enum err merkle_proof_extends(const struct merkle_proof *p, uint64_t first, uint64_t second,
                                        const struct sha256 *old_root, const struct sha256 *new_root,
                                        struct errinfo *e);
