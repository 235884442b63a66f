/* What upstreams do beside publishing, as entries of a feed: they fail, wait for an operator and recover,
 * promise other bytes for a version, and withdraw one.                                         */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/limits.h"
#include "indexer/ingest/lookup.h"
#include "indexer/upstream/upstream.h"
#include "server/route/reason.h"
#include "server/web/feed_write.h"

struct drifted { struct str chart, version; int64_t since_ns; };

struct news {
	struct arena *arena;
	struct str repo;
	feed_add *add;
	void *ctx;
	struct drifted *drifted;         /* told when the walk is over: the digest here is in another table */
	size_t drifted_count, room;
};

static enum err tell(struct news *n, int64_t at_ns, const char *kind, struct str chart,
                     struct str version, const char *text, struct errinfo *e)
{
	struct feed_entry new = { .news = kind, .text = str_c(text) };
	if (!text || !arena_str(n->arena, n->repo, &new.repo) ||
	    !arena_str(n->arena, chart, &new.of.meta.name) ||
	    !arena_str(n->arena, version, &new.of.meta.version))
		return ERR(e, NOMEM, "feed");
	new.of.created_ns = at_ns;
	return n->add(n->ctx, &new, e);
}

/* ---- versions ---- */

static enum err note_drift(struct news *n, const struct remote_row *row, struct errinfo *e)
{
	struct drifted *list = arena_room(n->arena, n->drifted, n->drifted_count, &n->room, sizeof *list);
	struct drifted *new = list ? &list[n->drifted_count] : NULL;
	if (!new || !arena_str(n->arena, row->chart, &new->chart) ||
	    !arena_str(n->arena, row->version, &new->version))
		return ERR(e, NOMEM, "feed");
	new->since_ns = row->drift_ns;
	n->drifted = list;
	n->drifted_count++;
	return OK;
}

static enum err look(void *ctx, const struct remote_row *row, bool held, struct errinfo *e)
{
	struct news *n = ctx;
	enum err err = remote_drifts(row) ? note_drift(n, row, e) : OK;
	if (!err && row->gone_ns)
		err = tell(n, row->gone_ns, "gone", row->chart, row->version, held ?
		           "It is not in the upstream's index any more. Its archive is kept here." :
		           "It is not in the upstream's index any more, and was not kept here.", e);
	return err;
}

static int last_first(const void *a, const void *b)
{
	int64_t x = ((const struct drifted *)a)->since_ns, y = ((const struct drifted *)b)->since_ns;
	return x > y ? -1 : x < y;
}

static enum err tell_drift(struct news *n, struct ingest *g, const struct drifted *d, struct errinfo *e)
{
	char here[SHA256_HEX_BYTES + 1], there[SHA256_HEX_BYTES + 1];
	struct remote_version v;
	const char *file = arena_printf(n->arena, "%.*s-%.*s.tgz", STR_ARG(d->chart), STR_ARG(d->version));
	enum err err = file ? ingest_remote_version(g, n->arena, n->repo, str_c(file), &v, e)
	                    : ERR(e, NOMEM, "feed");
	if (err || !v.remote.has_drift)      /* accepted since */
		return err;
	sha256_hex(&v.row.digest, here);
	sha256_hex(&v.remote.drift, there);
	return tell(n, d->since_ns, "drift", d->chart, d->version,
	            arena_printf(n->arena, "The upstream promises other bytes by now: sha256:%s. What was "
	                         "promised first stays: sha256:%s.", there, here), e);
}

static enum err tell_drifts(struct news *n, struct ingest *g, struct errinfo *e)
{
	enum err err = OK;
	if (n->drifted_count)
		qsort(n->drifted, n->drifted_count, sizeof *n->drifted, last_first);
	for (size_t i = 0; i < n->drifted_count && i < FEED_ENTRIES_MAX && !err; i++)
		err = tell_drift(n, g, &n->drifted[i], e);
	return err;
}

/* ---- refreshes ---- */

enum how { HOW_WELL, HOW_FAILING, HOW_HELD, HOW_FORK };

static enum how how_was(const struct upstream_run_row *run)
{
	if (run->held_for == UPSTREAM_HELD_FOR_FORK)
		return HOW_FORK;
	return run->state == UPSTREAM_IS_HELD ? HOW_HELD : run->state == UPSTREAM_IS_FAILING ? HOW_FAILING
	                                                                                     : HOW_WELL;
}

/* Where its refreshes begin to fail or to wait, and succeed again; the last one is the first of the list. */
static enum err tell_runs(struct news *n, const struct upstream_run_row *runs, size_t count,
                          struct errinfo *e)
{
	static const struct { const char *kind, *text; } words[] = {
		[HOW_WELL] = { "recovered", "The upstream is there again." },
		[HOW_FAILING] = { "failing", "The upstream fails: " },
		[HOW_HELD] = { "held", "A refresh waits for an operator: " },
		[HOW_FORK] = { "fork", "A refresh waits for an operator: " },
	};
	struct str none = { 0 };
	enum err err = OK;
	enum how was = HOW_WELL;
	for (size_t i = count; i-- > 0 && !err;) {
		enum how is = how_was(&runs[i]);
		if (is != was)
			err = tell(n, runs[i].at_ns, words[is].kind, none, none,
			           arena_printf(n->arena, "%s%.*s", words[is].text,
			                        STR_ARG(is == HOW_WELL ? none : runs[i].reason)), e);
		was = is;
	}
	return err;
}

enum err feed_news(const struct call *c, struct arena *a, struct str repo, struct str chart,
                   feed_add *add, void *ctx, struct errinfo *e)
{
	struct news n = { .arena = a, .repo = repo, .add = add, .ctx = ctx };
	struct upstream_run_row *runs;
	size_t count;
	struct snapshot *s = ingest_snapshot(c->app->ingest, repo);
	bool upstream = s && repo_kind(s->settings) == REPO_UPSTREAM;
	snapshot_unref(s);
	if (!upstream)
		return OK;
	enum err err = ingest_remotes_told(c->app->ingest, repo, chart, look, &n, e);
	if (!err)
		err = tell_drifts(&n, c->app->ingest, e);
	if (err || chart.n)
		return err;
	err = ingest_upstream_runs(c->app->ingest, a, repo, &runs, &count, e);
	for (size_t i = 0; i < count && !err; i++)
		if (runs[i].state == UPSTREAM_IS_FAILING)
			runs[i].reason = call_sees_reason(c, repo, runs[i].reason);
	return err ? err : tell_runs(&n, runs, count, e);
}
