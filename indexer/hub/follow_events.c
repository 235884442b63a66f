/* What events are about, and bringing its rows to where the index is, in one transaction. */
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/hub/follow.h"

#define BATCH_EVENTS 256u
#define BATCH_EVENTS_MAX 8192u       /* nobody waits: a chart of many versions is opened less often */
#define SWEEP_NS NS_PER_SECOND       /* and what SQLite waits for a lock */
#define SWEEP_PAUSE_US 20000u
#define SWEEP_AGAIN_NS (60 * NS_PER_SECOND)
#define PURGING "purging"            /* of meta: "1" until nothing is left of what was purged */

/* ---- what events are about ---- */

struct batch {
	struct hub *h;
	struct arena arena;
	struct touched *list;
	size_t count, capacity;
	struct repo_change { struct repo_change *next; struct str repo, to; } *repos;
	uint64_t last;
	bool purged;                     /* something is to leave no trace */
	char leaf[SHA256_HEX_BYTES + 1];
};

static enum err touch(struct batch *b, const struct event *ev, struct errinfo *e)
{
	struct touched t;
	struct touched *list = arena_room(&b->arena, b->list, b->count, &b->capacity, sizeof *list);
	if (list)
		b->list = list;
	if (!list || !arena_str(&b->arena, ev->repo, &t.repo) ||
	    !arena_str(&b->arena, ev->chart, &t.chart) || !arena_str(&b->arena, ev->version, &t.version))
		return ERR(e, NOMEM, "events");
	list[b->count++] = t;
	return OK;
}

/* Made, renamed, deleted, purged: with what is there under each name the rest is told. */
static enum err touch_repo(struct batch *b, const struct event *ev, struct errinfo *e)
{
	const struct node *detail = NULL;
	struct repo_change *c = ARENA_NEW(&b->arena, struct repo_change);
	if (!c || !arena_str(&b->arena, ev->repo, &c->repo))
		return ERR(e, NOMEM, "events");
	enum err err = json_read(&b->arena, ev->detail, "event", &detail, e);
	if (err)
		return err;
	if (str_eq(ev->kind, STR("repo.rename")))
		c->to = node_text(node_get(detail, "to"));
	struct repo_change **end = &b->repos;
	while (*end)
		end = &(*end)->next;
	*end = c;
	return OK;
}

static enum err take_event(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct batch *b = ctx;
	b->last = ev->seq;
	b->purged |= str_eq(ev->kind, STR("purge")) || str_eq(ev->kind, STR("repo.purge"));
	sha256_hex(&ev->leaf, b->leaf);
	if (ev->chart.n)
		return touch(b, ev, e);
	return str_starts(ev->kind, STR("repo.")) ? touch_repo(b, ev, e) : OK;
}

struct range { uint64_t since, until; struct batch *batch; };

static enum err read_events(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct range *r = ctx;
	return catalog_events_between(c, r->since, r->until, take_event, r->batch, e);
}

static int by_name(const void *left, const void *right)
{
	const struct touched *a = left, *b = right;
	int order = str_cmp(a->repo, b->repo);
	if (!order)
		order = str_cmp(a->chart, b->chart);
	return order ? order : str_cmp(a->version, b->version);
}

/* ---- bringing rows to where the index is ---- */

static enum err apply_repos(struct batch *b, struct sync *s, struct errinfo *e)
{
	enum err err = OK;
	for (const struct repo_change *c = b->repos; c && !err; c = c->next) {
		if (c->to.n)
			err = search_rename(b->h->writer, c->repo, c->to, e);
		if (!err)
			err = sync_repo(s, c->repo, e);
		if (!err && c->to.n)
			err = sync_repo(s, c->to, e);
	}
	return err;
}

static enum err apply_charts(struct batch *b, struct sync *s, struct errinfo *e)
{
	enum err err = OK;
	if (b->count)
		qsort(b->list, b->count, sizeof *b->list, by_name);
	for (size_t i = 0, end; i < b->count && !err; i = end) {
		for (end = i + 1; end < b->count; end++)
			if (!str_eq(b->list[end].repo, b->list[i].repo) ||
			    !str_eq(b->list[end].chart, b->list[i].chart))
				break;
		err = sync_chart(s, b->list + i, end - i, e);
	}
	return err;
}

/* ---- after a purge ---- */

/* Rows that went are still in the index of words, and in free pages. A reader in the middle of a
 * search is in the way of it: then it is tried again.                                         */
static enum err sweep(struct hub *h, struct errinfo *e)
{
	int64_t until = clock_monotonic() + SWEEP_NS;
	enum err err = catalog_begin(h->writer, e);
	if (!err)
		err = search_optimize(h->writer, e);
	if (!err)
		err = catalog_commit(h->writer, e);
	catalog_rollback(h->writer);
	if (err)
		return err;
	while ((err = catalog_vacuum(h->writer, e)) && clock_monotonic() < until)
		(void)usleep(SWEEP_PAUSE_US);
	return err ? err : catalog_meta_set(h->writer, PURGING, STR("0"), e);
}

void follow_sweep(struct hub *h)
{
	struct errinfo e = { 0 };
	contents_clear(h->contents);
	enum err err = sweep(h, &e);
	atomic_store(&h->sweep_ns, err ? clock_monotonic() + SWEEP_AGAIN_NS : 0);
	if (err)
		LOG(LOG_WARN, "catalog.unswept", KV("reason", e.detail));
}

bool follow_is_unswept(struct hub *h)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str state;
	return !catalog_meta_get(h->writer, &a, PURGING, &state, NULL) && str_eq(state, STR("1"));
}

/* ---- a batch ---- */

static enum err apply(struct batch *b, struct errinfo *e)
{
	struct hub *h = b->h;
	struct sync s = { .h = h };
	enum err err = catalog_begin(h->writer, e);
	if (err)
		return err;
	err = apply_repos(b, &s, e);
	if (!err)
		err = apply_charts(b, &s, e);
	if (!err)
		err = follow_note_place(h, b->last, b->leaf, e);
	if (!err && b->purged)
		err = catalog_meta_set(h->writer, PURGING, STR("1"), e);
	if (!err && b->repos)
		err = table_settings(&h->table, &h->options, e);
	if (!err)
		err = catalog_commit(h->writer, e);
	if (err)
		catalog_rollback(h->writer);
	if (!err && b->purged)
		follow_sweep(h);
	if (!err)
		err = follow_arrive(h, &s, b->last, e);
	sync_done(&s);
	return err;
}

static uint64_t batch_end(uint64_t since, uint64_t until)
{
	uint64_t most = until - since > HUB_WAIT_EVENTS ? BATCH_EVENTS_MAX : BATCH_EVENTS;
	return until - since > most ? since + most : until;
}

/* The next events; up to `until` at most. */
enum err follow_events(struct hub *h, uint64_t since, uint64_t until, struct errinfo *e)
{
	struct batch b = { .h = h };
	struct range r = { since, batch_end(since, until), &b };
	enum err err = ingest_read(h->ingest, read_events, &r, e);
	if (!err && b.last != r.until)
		err = ERR(e, BUG, "the log ends with event %llu", (unsigned long long)b.last);
	if (!err)
		err = apply(&b, e);
	arena_done(&b.arena);
	return err;
}
