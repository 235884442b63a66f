/* log.jsonl: the history of what came, from the trip before it on. The root is computed from every line, and
 * is compared with the last trip's where a line ends with that one's event; one that stands for other events
 * may pass over it.                                                                           */
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/history.h"
#include "indexer/bundle/lines.h"
#include "indexer/bundle/stage_impl.h"
#include "indexer/format/node.h"

static enum err first_edge(const struct bundle_staged *s, struct merkle_edge *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct trip_row parent;
	*ret = (struct merkle_edge){ .size = 0 };
	if (!s->head.parent.event)
		return OK;
	enum err err = catalog_trip(s->catalog, &a, s->head.repo, s->head.parent.event, &parent, e);
	return err ? err : merkle_edge_parse(parent.event, parent.edge, ret, e);
}

/* Where the log passes the last trip, it has to be what it was then. */
static enum err check_last(const struct merkle_edge *edge, const struct trip_row *last, struct errinfo *e)
{
	const struct str repo = last->bundle;
	struct sha256 root;
	if (edge->size != last->event)
		return OK;
	enum err err = merkle_edge_root(edge, &root, e);
	if (err || sha256_eq(&root, &last->root))
		return err;
	return ERR(e, INVALID, "its log is not the one that trip %llu had: the log there was changed, as by restoring a "
	           "backup. To go on with it delete \"%.*s\" here or rename it (chartlocker repo rename %.*s NEW), "
	           "then import a whole bundle", (unsigned long long)last->event, STR_ARG(repo), STR_ARG(repo));
}

/* Deleted and made anew, it would be mixed with the one that had its name. A renamed one says what it came from. */
static enum err check_beginning(const struct bundle_staged *s, const struct event *ev, const struct trip_row *last,
                                struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct str repo = s->head.repo;
	const struct node *detail = NULL;
	if (!last->event || ev->seq <= last->event || !str_eq_c(ev->kind, "repo.create") || !str_eq(ev->repo, repo))
		return OK;
	enum err err = json_read(&a, ev->detail, "event", &detail, e);
	if (err || node_get(detail, "from"))
		return err;
	return ERR(e, INVALID, "\"%.*s\" was made anew at event %llu, and here is another one that had the name at trip "
	           "%llu: delete that or rename it (chartlocker repo rename %.*s NEW)", STR_ARG(repo),
	           (unsigned long long)ev->seq, (unsigned long long)last->event, STR_ARG(repo));
}

static enum err read_log(const struct bundle_staged *s, struct lines *l, struct merkle_edge *edge,
                         const struct trip_row *last, struct sha256 *ret_leaf, struct errinfo *e)
{
	for (;;) {
		AUTO_ARENA struct arena a = { 0 };
		struct str line;
		struct event ev;
		bool end;
		enum err err = lines_next(l, &line, &end, e);
		if (err || end)
			return err;
		if (edge->size >= s->head.own.event)
			return ERR(e, CORRUPT, BUNDLE_LOG " goes on after event %llu",
			           (unsigned long long)s->head.own.event);
		err = history_read(&a, edge, line, &ev, e);
		if (!err)
			err = check_last(edge, last, e);
		if (!err)
			err = check_beginning(s, &ev, last, e);
		if (err)
			return err;
		*ret_leaf = ev.leaf;
	}
}

static enum err check_end(const struct bundle_staged *s, const struct merkle_edge *edge,
                          const struct sha256 *leaf, struct errinfo *e)
{
	struct sha256 root;
	enum err err = merkle_edge_root(edge, &root, e);
	if (err)
		return err;
	if (edge->size != s->head.own.event || !sha256_eq(leaf, &s->head.own.leaf) ||
	    !sha256_eq(&root, &s->head.root))
		return ERR(e, CORRUPT, BUNDLE_LOG " is not the log that " BUNDLE_HEAD " tells of");
	return OK;
}

enum err staged_check_log(struct bundle_staged *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf text = sbuf_make(MERKLE_LEVELS * (SHA256_HEX_BYTES + 1) + 1);
	struct merkle_edge edge;
	struct trip_row last = { .event = 0 };
	struct sha256 leaf = s->head.parent.leaf;        /* of the last event, if none follows */
	struct lines l = { .name = NULL };
	enum err err = catalog_trip_last(s->catalog, &a, s->head.repo, &last, e);
	if (err == ERR_NOT_FOUND)
		err = OK;
	if (!err)
		err = first_edge(s, &edge, e);
	if (!err)
		err = lines_open(s->dir, &s->log, BUNDLE_LOG, BUNDLE_LOG_LINE_MAX_BYTES, &l, e);
	if (!err)
		err = read_log(s, &l, &edge, &last, &leaf, e);
	lines_close(&l);
	if (!err)
		err = check_end(s, &edge, &leaf, e);
	if (err)
		return err;
	merkle_edge_put(&text, &edge);
	return sbuf_ok(&text) && arena_str(&s->arena, sbuf_str(&text), &s->edge) ? OK : ERR(e, NOMEM, "log");
}
