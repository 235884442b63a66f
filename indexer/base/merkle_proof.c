/* The check of RFC 9162 §2.1.4.2: both roots are put together from the one proof. */
#include "indexer/base/merkle_proof.h"

#include "indexer/base/merkle_edge.h"

struct extending {
	uint64_t at, last;               /* the place of the old log's last node, and of the new one's */
	struct sha256 old, new;          /* as far as they are put together */
};

/* The next hash of the proof, one or more levels up. */
static enum err climb(struct extending *x, const struct sha256 *hash, struct errinfo *e)
{
	bool is_left = x->at & 1 || x->at == x->last;        /* of what we have */
	enum err err = is_left ? merkle_node(hash, &x->old, &x->old, e) : OK;
	if (!err)
		err = is_left ? merkle_node(hash, &x->new, &x->new, e)
		              : merkle_node(&x->new, hash, &x->new, e);
	while (is_left && x->at && !(x->at & 1)) {
		x->at >>= 1;
		x->last >>= 1;
	}
	x->at >>= 1;
	x->last >>= 1;
	return err;
}

static enum err no_proof(struct errinfo *e) { return ERR(e, CORRUPT, "the proof does not hold"); }

enum err merkle_proof_extends(const struct merkle_proof *p, uint64_t first, uint64_t second,
                              const struct sha256 *old_root, const struct sha256 *new_root,
                              struct errinfo *e)
{
	if (first > second)
		return no_proof(e);
	if (!first)
		return p->count ? no_proof(e) : OK;
	if (first == second)
		return p->count || !sha256_eq(old_root, new_root) ? no_proof(e) : OK;
	bool whole = !(first & (first - 1));         /* a complete tree: its root is the first hash */
	if (!whole && !p->count)
		return no_proof(e);
	struct extending x = { .at = first - 1, .last = second - 1 };
	x.old = x.new = whole ? *old_root : p->hashes[0];
	for (; x.at & 1; x.at >>= 1)
		x.last >>= 1;
	enum err err = OK;
	for (size_t i = whole ? 0 : 1; i < p->count && !err; i++)
		err = x.last ? climb(&x, &p->hashes[i], e) : no_proof(e);
	if (err)
		return err;
	return !x.last && sha256_eq(&x.old, old_root) && sha256_eq(&x.new, new_root) ? OK : no_proof(e);
}
