/* See history.h. */
#include "indexer/bundle/history.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/limits.h"
#include "indexer/format/node.h"

/* ---- writing ---- */

static enum err end_line(struct history *h, struct errinfo *e)
{
	sbuf_putc(h->to, '\n');
	if (!sbuf_ok(h->to))
		return ERR(e, NOMEM, "log of the bundle");
	return h->flush(h->ctx, e);
}

static enum err put_others(struct history *h, uint64_t before, struct errinfo *e)
{
	enum err err = OK;
	while (h->next < before && !err) {
		char hex[SHA256_HEX_BYTES + 1];
		struct sha256 hash;
		unsigned level = merkle_largest(h->next - 1, before - 1);
		err = catalog_subtree(h->catalog, h->next, level, &hash, e);
		if (err)
			return err;
		sha256_hex(&hash, hex);
		sbuf_printf(h->to, "{\"hash\":\"%s\",\"leaves\":%llu,\"level\":%u}", hex, 1ull << level, level);
		h->next += 1ull << level;
		err = end_line(h, e);
	}
	return err;
}

enum err history_event(struct history *h, const struct event *ev, struct errinfo *e)
{
	enum err err = put_others(h, ev->seq, e);
	if (err)
		return err;
	event_canonical(h->to, ev);
	h->next = ev->seq + 1;
	return end_line(h, e);
}

enum err history_end(struct history *h, uint64_t last, struct errinfo *e)
{
	enum err err = put_others(h, last, e);
	return err ? err : put_others(h, last + 1, e);
}

/* ---- reading ---- */

static struct str text_of(const struct node *root, const char *key)
{
	return node_text(node_get(root, key));
}

static enum err read_others(const struct node *root, struct merkle_edge *edge, struct sha256 *ret_leaf,
                            struct errinfo *e)
{
	struct sha256 hash;
	uint64_t leaves, level;
	if (!sha256_parse(text_of(root, "hash"), &hash) || !str_to_u64(text_of(root, "leaves"), &leaves) ||
	    !str_to_u64(text_of(root, "level"), &level) || level >= MERKLE_LEVELS - 1 ||
	    leaves != 1ull << level || merkle_edge_add_tree(edge, (unsigned)level, &hash, NULL))
		return ERR(e, CORRUPT, "log.jsonl: what stands after event %llu is neither an event nor a "
		           "hash of others", (unsigned long long)edge->size);
	*ret_leaf = level ? (struct sha256){ { 0 } } : hash;
	return OK;
}

/* What stands in the line under "detail", to the byte: between its key and the one that follows. */
static struct str detail_of(struct str line)
{
	const struct str key = STR(",\"detail\":"), after = STR(",\"digest\":");
	const char *from = memmem(line.p, line.n, key.p, key.n), *to = NULL, *found;
	if (!from)
		return (struct str){ 0 };
	from += key.n;
	for (const char *at = from; (found = memmem(at, (size_t)(line.p + line.n - at), after.p, after.n));
	     at = found + after.n)
		to = found;
	return to ? str_make(from, (size_t)(to - from)) : (struct str){ 0 };
}

static enum err read_event(struct str line, const struct node *root, struct merkle_edge *edge,
                           struct event *ret, struct errinfo *e)
{
	struct event ev = {
		.actor = text_of(root, "actor"), .repo = text_of(root, "repo"), .kind = text_of(root, "kind"),
		.chart = text_of(root, "chart"), .version = text_of(root, "version"),
		.digest = text_of(root, "digest"), .detail = detail_of(line), .seq = edge->size + 1,
	};
	AUTO_SBUF struct sbuf again = sbuf_make(BUNDLE_LOG_LINE_MAX_BYTES);
	enum err err = OK;
	bool good = ev.kind.n && ev.detail.n && clock_parse(text_of(root, "at"), &ev.at_ns);
	if (good)
		event_canonical(&again, &ev);
	if (!sbuf_ok(&again))
		return ERR(e, NOMEM, "log of the bundle");
	if (!good || !str_eq(sbuf_str(&again), line))
		return ERR(e, CORRUPT, "log.jsonl: what should be event %llu is none",
		           (unsigned long long)ev.seq);
	err = merkle_leaf(line, &ev.leaf, e);
	if (!err)
		err = merkle_edge_add(edge, &ev.leaf, NULL, NULL, e);
	if (!err)
		*ret = ev;
	return err;
}

enum err history_read(struct arena *a, struct merkle_edge *edge, struct str line, struct event *ret,
                      struct errinfo *e)
{
	const struct node *root = NULL;
	struct event none = { .seq = 0 };
	enum err err = json_read(a, line, "log.jsonl", &root, e);
	if (err)
		return err == ERR_NOMEM ? err : ERR(e, CORRUPT, "log.jsonl: a line is no JSON");
	if (node_get(root, "kind"))
		return read_event(line, root, edge, ret, e);
	err = read_others(root, edge, &none.leaf, e);
	none.seq = edge->size;
	if (!err)
		*ret = none;
	return err;
}
