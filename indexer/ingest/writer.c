/* The writer: the one thread that changes anything.
 *
 * It takes all changes that wait, applies them in one transaction, makes their names durable,
 * commits, shows the new index and answers everyone (group commit). If something in a batch
 * cannot be written, the batch is taken back and each change tried alone, so that one change
 * cannot fail another.                                                                        */
#include <string.h>

#include "indexer/base/log.h"
#include "indexer/ingest/ingest_impl.h"

#define BULK_BATCH_MAX 4096u

void ingest_finish(struct ingest *g, struct change *c)
{
	if (c->err)
		atomic_fetch_add(&g->refused, 1);
	else if (c->result.existing)
		atomic_fetch_add(&g->existing, 1);
	else if (!c->dry_run)
		atomic_fetch_add(c->kind == CHANGE_DELETE ? &g->deleted : &g->published, 1);
	c->done(c);                          /* c may be gone now */
	(void)pthread_mutex_lock(&g->lock);
	if (--g->pending == 0)
		(void)pthread_cond_broadcast(&g->idle);
	(void)pthread_mutex_unlock(&g->lock);
}

static void fail(struct change *c, const struct errinfo *e)
{
	if (c->err)
		return;
	c->err = e->code;
	c->error = *e;
}

/* The outcome of a commit or an fsync is unknown: nothing may be written on top of it. */
static void stop(struct ingest *g, const struct errinfo *e)
{
	if (atomic_exchange(&g->stopped, true))
		return;
	LOG(LOG_ERROR, "ingest.stopped", KV("code", err_code(e->code)), KV("detail", (const char *)e->detail),
	    KV("advice", "restart the program; recovery decides what was stored"));
}

static enum err write_all(struct batch *b, struct change *list, struct errinfo *e)
{
	enum err err = catalog_begin(b->g->catalog, e);
	for (struct change *c = list; c && !err; c = c->next) {
		if (c->err)
			continue;
		c->err = apply(b, c);
		if (b->failed) {
			*e = c->error;
			err = c->err;
			c->err = OK;             /* the batch fails, not yet this change */
		}
	}
	return err ? err : apply_snapshots(b, e);
}

static void after_commit(struct batch *b, struct change *list,
                         enum err (*step)(struct batch *, struct change *, struct errinfo *))
{
	struct errinfo e = { 0 };
	for (struct change *c = list; c; c = c->next)
		if (!c->err && step(b, c, &e))
			stop(b->g, &e);
}

/* True when everything is committed and visible. On false nothing of it is, and *e says why. */
static bool try_batch(struct ingest *g, struct change *list, struct errinfo *e)
{
	struct batch b = { .g = g };
	bool sure = true;
	enum err err = write_all(&b, list, e);
	if (!err) {
		err = apply_sync(&b, e);
		sure = !err || err == ERR_DISK_FULL;
	}
	if (!err) {
		err = catalog_commit(g->catalog, e);
		sure = !err || !catalog_is_doubtful(g->catalog);
	}
	if (err)
		catalog_rollback(g->catalog);
	if (!sure)
		stop(g, e);
	if (!err) {
		after_commit(&b, list, apply_replace);
		apply_swap(&b);
		after_commit(&b, list, apply_remove);
		atomic_fetch_add(&g->commits, 1);
	}
	batch_done(&b);
	return !err;
}

static void undo(struct ingest *g, struct change *c)
{
	struct batch b = { .g = g };
	struct errinfo e = { 0 };
	if (!atomic_load(&g->stopped) && apply_undo(&b, c, &e))
		stop(g, &e);                 /* recovery puts away what stayed */
}

/* One change alone; the last word on it. */
static void write_alone(struct ingest *g, struct change *c)
{
	struct errinfo e = { 0 };
	struct change *next = c->next;
	c->next = NULL;
	if (atomic_load(&g->stopped)) {
		(void)ERR(&e, READ_ONLY, "ingest stopped after a storage error");
		fail(c, &e);
	} else if (!c->err && !try_batch(g, c, &e)) {
		fail(c, &e);
		undo(g, c);
	}
	c->next = next;
}

static void write_batch(struct ingest *g, struct change *list)
{
	struct errinfo e = { 0 };
	if (atomic_load(&g->stopped) || !list->next || !try_batch(g, list, &e)) {
		for (struct change *c = list; c; c = c->next)
			c->err = OK;             /* a verdict over rows that are gone again */
		for (struct change *c = list; c; c = c->next)
			write_alone(g, c);
	}
	catalog_checkpoint(g->catalog, false);
	while (list) {
		struct change *next = list->next;
		ingest_finish(g, list);
		list = next;
	}
}

/* Bulk changes wait for one another while workers still judge some, so that an import of a
 * thousand charts is one syncfs and one commit.                                              */
static bool batch_is_ready(const struct ingest *g)
{
	if (!g->first)
		return false;
	return !g->first->bulk || g->bulk_pending == 0 || g->queued >= BULK_BATCH_MAX;
}

void *writer_main(void *arg)
{
	struct ingest *g = arg;
	(void)pthread_mutex_lock(&g->lock);
	for (;;) {
		while (!batch_is_ready(g) && !(g->ending && !g->first))
			(void)pthread_cond_wait(&g->wake, &g->lock);
		struct change *list = g->first;
		if (!list)
			break;
		g->first = NULL;
		g->last = &g->first;
		g->queued = 0;
		(void)pthread_mutex_unlock(&g->lock);
		write_batch(g, list);
		(void)pthread_mutex_lock(&g->lock);
	}
	(void)pthread_mutex_unlock(&g->lock);
	return NULL;
}
