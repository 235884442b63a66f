/* Hashing and storing the nodes of the Merkle tree. */
#include "indexer/store/merkle.h"

#include "indexer/store/catalog.h"

enum err merkle_edge_load(struct catalog *c, uint64_t size, struct merkle_edge *ret,
                          struct errinfo *e)
{
	struct merkle_edge edge = { .size = size };
	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		if (!(size >> level & 1))
			continue;
		enum err err = merkle_node_get(c, level, (size >> level) - 1, &edge.node[level], e);
		if (err)
			return err;
	}
	*ret = edge;
	return OK;
}

enum err merkle_node_get(struct catalog *c, unsigned level, uint64_t position, struct sha256 *ret,
                         struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql q = sql_start(c, level ? QUERY_NODE_GET : QUERY_EVENT_LEAF);
	if (level) {
		sql_bind_int(&q, "@level", level);
		sql_bind_int(&q, "@position", (int64_t)position);
	} else {
		sql_bind_int(&q, "@seq", (int64_t)position + 1);
	}
	enum err err = sql_step(&q, &row, e);
	if (err)
		return err;
	if (!row)
		return ERR(e, CORRUPT, "the log: node %llu of level %u is missing; run chartlocker fsck",
		           (unsigned long long)position, level);
	return sql_hash(&q, 0, ret, e);
}

enum err merkle_node_put(void *ctx, unsigned level, uint64_t position, const struct sha256 *hash,
                         struct errinfo *e)
{
	AUTO_SQL struct sql q = sql_start(ctx, QUERY_NODE_PUT);
	sql_bind_int(&q, "@level", level);
	sql_bind_int(&q, "@position", (int64_t)position);
	sql_bind_hash(&q, "@hash", hash);
	return sql_run(&q, e);
}

enum err merkle_has(struct catalog *c, uint64_t size, struct errinfo *e)
{
	uint64_t have;
	enum err err = catalog_log_size(c, &have, e);
	if (!err && size > have)
		err = ERR(e, INVALID, "the log has %llu events, not %llu", (unsigned long long)have,
		          (unsigned long long)size);
	return err;
}
