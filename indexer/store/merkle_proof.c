/* Proofs about the log, from the stored nodes (RFC 6962 §2.1.1, §2.1.2).
 *
 * The recursion is the RFC's, over the `n` leaves from `first` on; at each step the half that is
 * not entered gives one hash. A left half is one stored node. A right half at the tree's edge is
 * put together from one node per bit of its size, and only the uppermost ones can be at the edge:
 * in all a proof reads at most twice as many nodes as the tree is high.                      */
#include "indexer/store/catalog.h"
#include "indexer/store/merkle.h"

static enum err add(struct catalog *c, uint64_t first, uint64_t n, struct merkle_proof *p,
                    struct errinfo *e)
{
	struct sha256 hash, left;
	bool any = false;
	for (unsigned level = 0; n >> level; level++) {
		if (!(n >> level & 1))
			continue;
		uint64_t position = (first >> level) + (n >> level) - 1;
		enum err err = merkle_node_get(c, level, position, any ? &left : &hash, e);
		if (!err && any)
			err = merkle_node(&left, &hash, &hash, e);
		if (err)
			return err;
		any = true;
	}
	p->hashes[p->count++] = hash;
	return OK;
}

/* The largest power of two below n, which is 2 at least. */
static uint64_t left_half(uint64_t n)
{
	return UINT64_C(1) << (63 - __builtin_clzll(n - 1));
}

/* PATH(at, D[first:first + n]) */
static enum err path(struct catalog *c, uint64_t at, uint64_t first, uint64_t n,
                     struct merkle_proof *p, struct errinfo *e)
{
	if (n == 1)
		return OK;
	uint64_t k = left_half(n);
	if (at < k) {
		enum err err = path(c, at, first, k, p, e);
		return err ? err : add(c, first + k, n - k, p, e);
	}
	enum err err = path(c, at - k, first + k, n - k, p, e);
	return err ? err : add(c, first, k, p, e);
}

enum err catalog_inclusion_proof(struct catalog *c, uint64_t seq, uint64_t size,
                                 struct merkle_proof *ret, struct errinfo *e)
{
	struct merkle_proof p = { .count = 0 };
	enum err err = merkle_has(c, size, e);
	if (err)
		return err;
	if (!seq || seq > size)
		return ERR(e, INVALID, "event %llu is not one of the first %llu", (unsigned long long)seq,
		           (unsigned long long)size);
	err = path(c, seq - 1, 0, size, &p, e);
	if (!err)
		*ret = p;
	return err;
}

/* SUBPROOF(old, D[first:first + n], known): `known` while the old tree's root is what the caller
 * has, which is as long as no right half was entered.                                        */
static enum err subproof(struct catalog *c, uint64_t old, uint64_t first, uint64_t n, bool known,
                         struct merkle_proof *p, struct errinfo *e)
{
	if (old == n)
		return known ? OK : add(c, first, n, p, e);
	uint64_t k = left_half(n);
	if (old <= k) {
		enum err err = subproof(c, old, first, k, known, p, e);
		return err ? err : add(c, first + k, n - k, p, e);
	}
	enum err err = subproof(c, old - k, first + k, n - k, false, p, e);
	return err ? err : add(c, first, k, p, e);
}

enum err catalog_consistency_proof(struct catalog *c, uint64_t first, uint64_t second,
                                   struct merkle_proof *ret, struct errinfo *e)
{
	struct merkle_proof p = { .count = 0 };
	enum err err = merkle_has(c, second, e);
	if (err)
		return err;
	if (first > second)
		return ERR(e, INVALID, "a log of %llu events does not begin with %llu",
		           (unsigned long long)second, (unsigned long long)first);
	err = first ? subproof(c, first, 0, second, true, &p, e) : OK;
	if (!err)
		*ret = p;
	return err;
}
