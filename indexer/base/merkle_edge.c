/* See merkle_edge.h. */
#include "indexer/base/merkle_edge.h"

#include "indexer/base/auto.h"

/* The first byte keeps a leaf from being passed off as a node (RFC 6962 §2.1). */
#define LEAF_PREFIX '\0'
#define NODE_PREFIX '\1'

enum err merkle_leaf(struct str canonical, struct sha256 *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(canonical.n + 1);
	sbuf_putc(&b, LEAF_PREFIX);
	sbuf_put(&b, canonical);
	return sbuf_ok(&b) ? sha256_of(sbuf_str(&b), ret, e) : ERR(e, NOMEM, "event");
}

enum err merkle_node(const struct sha256 *left, const struct sha256 *right, struct sha256 *ret,
                     struct errinfo *e)
{
	char bytes[1 + 2 * SHA256_BYTES] = { NODE_PREFIX };
	memcpy(bytes + 1, left->bytes, SHA256_BYTES);
	memcpy(bytes + 1 + SHA256_BYTES, right->bytes, SHA256_BYTES);
	return sha256_of(str_make(bytes, sizeof bytes), ret, e);
}

/* Adding to a binary number: every carry joins two subtrees into the next larger one. */
static enum err add(struct merkle_edge *edge, unsigned level, const struct sha256 *first,
                    merkle_made *made, void *ctx, struct errinfo *e)
{
	struct sha256 hash = *first;
	uint64_t leaves = 1ull << level;
	for (; edge->size >> level & 1; level++) {
		enum err err = merkle_node(&edge->node[level], &hash, &hash, e);
		if (!err && made)
			err = made(ctx, level + 1, edge->size >> (level + 1), &hash, e);
		if (err)
			return err;
	}
	edge->node[level] = hash;
	edge->size += leaves;
	return OK;
}

enum err merkle_edge_add(struct merkle_edge *edge, const struct sha256 *leaf, merkle_made *made,
                         void *ctx, struct errinfo *e)
{
	return add(edge, 0, leaf, made, ctx, e);
}

enum err merkle_edge_add_tree(struct merkle_edge *edge, unsigned level, const struct sha256 *hash,
                              struct errinfo *e)
{
	if (level >= MERKLE_LEVELS - 1 || edge->size & ((1ull << level) - 1) ||
	    edge->size > INT64_MAX - (1ull << level))
		return ERR(e, INVALID, "no subtree of level %u can follow %llu events", level,
		           (unsigned long long)edge->size);
	return add(edge, level, hash, NULL, NULL, e);
}

enum err merkle_edge_root(const struct merkle_edge *edge, struct sha256 *ret, struct errinfo *e)
{
	struct sha256 root;
	bool any = false;
	if (!edge->size)
		return sha256_of(STR(""), ret, e);
	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		if (!(edge->size >> level & 1))
			continue;
		enum err err = OK;
		if (any)
			err = merkle_node(&edge->node[level], &root, &root, e);
		else
			root = edge->node[level];
		if (err)
			return err;
		any = true;
	}
	*ret = root;
	return OK;
}

unsigned merkle_largest(uint64_t from, uint64_t to)
{
	unsigned level = 0;
	while (level + 1 < MERKLE_LEVELS - 1 && !(from & ((1ull << (level + 1)) - 1)) &&
	       to - from >= 1ull << (level + 1))
		level++;
	return level;
}

void merkle_edge_put(struct sbuf *b, const struct merkle_edge *edge)
{
	char hex[SHA256_HEX_BYTES + 1];
	const char *before = "";
	for (unsigned level = MERKLE_LEVELS; level-- > 0;) {
		if (!(edge->size >> level & 1))
			continue;
		sha256_hex(&edge->node[level], hex);
		sbuf_puts(b, before);
		sbuf_puts(b, hex);
		before = " ";
	}
}

enum err merkle_edge_parse(uint64_t size, struct str text, struct merkle_edge *ret, struct errinfo *e)
{
	struct merkle_edge edge = { .size = size };
	bool good = true;
	for (unsigned level = MERKLE_LEVELS; level-- > 0 && good;)
		if (size >> level & 1)
			good = sha256_parse(str_cut(&text, ' ', NULL), &edge.node[level]);
	if (!good || text.n)
		return ERR(e, INVALID, "these are not the hashes of a log with %llu events",
		           (unsigned long long)size);
	*ret = edge;
	return OK;
}
