/* Roots of the log, and whether its events are still what was written.
 *
 * An edge of the tree grows from the stored nodes on its left while the events are read: every node
 * it completes must be the stored one.                                                       */
#include "indexer/store/catalog.h"
#include "indexer/store/merkle.h"

enum err catalog_root(struct catalog *c, uint64_t size, struct sha256 *ret, struct errinfo *e)
{
	struct merkle_edge edge;
	enum err err = merkle_has(c, size, e);
	if (!err)
		err = merkle_edge_load(c, size, &edge, e);
	return err ? err : merkle_edge_root(&edge, ret, e);
}

enum err catalog_subtree(struct catalog *c, uint64_t first, unsigned level, struct sha256 *ret,
                         struct errinfo *e)
{
	return merkle_node_get(c, level, (first - 1) >> level, ret, e);
}

struct verify {
	struct catalog *c;
	struct merkle_edge edge;
	uint64_t nodes;
};

static enum err compare_node(void *ctx, unsigned level, uint64_t position,
                             const struct sha256 *hash, struct errinfo *e)
{
	struct verify *v = ctx;
	struct sha256 stored;
	enum err err = merkle_node_get(v->c, level, position, &stored, e);
	if (err)
		return err;
	if (!sha256_eq(&stored, hash))
		return ERR(e, CORRUPT, "the log: node %llu of level %u does not fit event %llu",
		           (unsigned long long)position, level, (unsigned long long)v->edge.size + 1);
	v->nodes++;
	return OK;
}

static enum err missing(uint64_t seq, struct errinfo *e)
{
	return ERR(e, CORRUPT, "the log: event %llu is missing", (unsigned long long)seq);
}

static enum err verify_event(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct verify *v = ctx;
	struct sha256 leaf;
	uint64_t expected = v->edge.size + 1;
	if (ev->seq != expected)
		return missing(expected, e);
	enum err err = event_leaf(ev, &leaf, e);
	if (err)
		return err;
	if (!sha256_eq(&leaf, &ev->leaf))
		return ERR(e, CORRUPT, "the log: event %llu was changed after it was written",
		           (unsigned long long)expected);
	return merkle_edge_add(&v->edge, &leaf, compare_node, v, e);
}

/* Every node was met: none stands above the last event, so that the log's end was not cut off. */
static enum err check_count(const struct verify *v, struct errinfo *e)
{
	bool row;
	AUTO_SQL struct sql q = sql_start(v->c, QUERY_NODE_COUNT);
	enum err err = sql_step(&q, &row, e);
	if (!err && (uint64_t)sql_int(&q, 0) != v->nodes)
		return ERR(e, CORRUPT, "the log: there are nodes above event %llu, which is the last one",
		           (unsigned long long)v->edge.size);
	return err;
}

static enum err verify_events(struct verify *v, uint64_t until, bool whole, struct errinfo *e)
{
	enum err err = catalog_events_between(v->c, v->edge.size, until, verify_event, v, e);
	if (err)
		return err;
	if (v->edge.size != until)
		return missing(v->edge.size + 1, e);
	return whole ? check_count(v, e) : OK;
}

static enum err verify_range(struct catalog *c, struct log_range *r, struct errinfo *e)
{
	struct verify v = { .c = c };
	uint64_t size;
	enum err err = catalog_log_size(c, &size, e);
	if (err)
		return err;
	bool whole = !r->since && (!r->until || r->until == size);
	r->until = r->until ? r->until : size;
	if (r->since > r->until || r->until > size)
		return ERR(e, INVALID, "events %llu to %llu are not a range of this log, which has %llu",
		           (unsigned long long)r->since + 1, (unsigned long long)r->until,
		           (unsigned long long)size);
	err = merkle_edge_load(c, r->since, &v.edge, e);
	if (!err)
		err = merkle_edge_root(&v.edge, &r->before, e);
	if (!err)
		err = verify_events(&v, r->until, whole, e);
	return err ? err : merkle_edge_root(&v.edge, &r->root, e);
}

enum err catalog_log_verify_range(struct catalog *c, uint64_t since, uint64_t until,
                                  struct log_range *ret, struct errinfo *e)
{
	struct log_range r = { .since = since, .until = until };
	bool own = !c->begun;
	enum err err = own ? sql_run_plain(c, QUERY_SNAPSHOT, e) : OK;
	if (err)
		return err;
	err = verify_range(c, &r, e);
	if (own)
		sql_roll_back(c);
	if (!err)
		*ret = r;
	return err;
}

enum err catalog_log_verify(struct catalog *c, uint64_t *ret_events, struct sha256 *ret_root,
                            struct errinfo *e)
{
	struct log_range r;
	enum err err = catalog_log_verify_range(c, 0, 0, &r, e);
	if (err)
		return err;
	*ret_events = r.until;
	*ret_root = r.root;
	return OK;
}
