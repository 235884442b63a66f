/* The writer: the one thread that changes anything.
 *
 * It takes all changes that wait, applies them in one transaction, makes their names durable,
 * commits, shows the new index and answers everyone (group commit). If something in a batch
 * cannot be written, the batch is taken back and each change tried alone, so that one change
 * cannot fail another.                                                                        */
#include <string.h>

#include "indexer/base/log.h"
#include "indexer/ingest/batch.h"
#include "indexer/ingest/bundle_change.h"

#define BULK_BATCH_MAX 4096u
#define BULK_STEP 32u                /* bulk changes that are worth waking up for */

static void count(struct ingest *g, const struct change *c)
{
	if (c->err)
		atomic_fetch_add(&g->refused, 1);
	else if (c->result.existing)
		atomic_fetch_add(&g->existing, 1);
	else if (!c->dry_run && c->kind == CHANGE_DELETE)
		atomic_fetch_add(&g->deleted, 1);
	else if (!c->dry_run && (c->kind == CHANGE_PUBLISH || c->kind == CHANGE_PROV))
		atomic_fetch_add(&g->published, 1);
}

void ingest_finish(struct ingest *g, struct change *c)
{
	count(g, c);
	if (c->err)
		ingest_write_failed(g, &c->error);
	atomic_fetch_sub(&g->waiting, 1);
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

/* The outcome of a commit or an fsync is unknown, or nobody would find it: nothing may be written on top of it. */
void ingest_stop(struct ingest *g, const struct errinfo *e)
{
	(void)pthread_mutex_lock(&g->lock);
	bool before = atomic_load(&g->stopped);
	if (!before)
		g->why_stopped = *e;
	atomic_store(&g->stopped, true);
	(void)pthread_mutex_unlock(&g->lock);
	if (!before)
		LOG(LOG_ERROR, "ingest.stopped", KV("code", err_code(e->code)), KV("detail", (const char *)e->detail),
		    KV("advice", e->code == ERR_CORRUPT ? "see the detail"
		                                        : "restart the program; recovery decides what was stored"));
}

enum err ingest_stopped(const struct ingest *g, struct errinfo *e)
{
	if (!atomic_load(&g->stopped))
		return OK;
	if (g->why_stopped.code == ERR_CORRUPT)
		return ERR(e, CORRUPT, "%s", g->why_stopped.detail);
	return ERR(e, READ_ONLY, "ingest stopped after a storage error");
}

bool writer_has_work(const struct ingest *g)
{
	return g->first && (!g->first->bulk || g->bulk_pending == 0 || g->queued >= BULK_STEP);
}

/* Under the lock. */
static struct change *take_queue(struct ingest *g)
{
	struct change *list = g->first;
	g->first = NULL;
	g->last = &g->first;
	g->queued = 0;
	return list;
}

/* What the workers have judged meanwhile; NULL when they have nothing more of an import. */
static struct change *more_bulk(struct ingest *g)
{
	(void)pthread_mutex_lock(&g->lock);
	while (!writer_has_work(g) && g->bulk_pending)
		(void)pthread_cond_wait(&g->wake, &g->lock);
	struct change *list = take_queue(g);
	(void)pthread_mutex_unlock(&g->lock);
	return list;
}

/* An import's batch grows while workers still judge, so that a thousand charts are one syncfs and
 * one commit, and most of them are linked and in their rows when the last one is judged.     */
static enum err write_all(struct batch *b, struct change *list, size_t more, struct errinfo *e)
{
	enum err err = catalog_begin(b->g->catalog, e);
	for (struct change *c = list; c && !err; c = c->next) {
		if (!c->next && c->bulk && more)
			c->next = more_bulk(b->g);
		more -= more > 0;
		if (c->err)
			continue;
		c->err = apply(b, c);
		if (b->failed) {
			*e = c->error;
			err = c->err;
			c->err = OK;             /* the batch fails, not yet this change */
		}
	}
	return err ? err : batch_snapshots(b, e);
}

static void after_commit(struct batch *b, struct change *list,
                         enum err (*step)(struct batch *, struct change *, struct errinfo *))
{
	struct errinfo e = { 0 };
	for (struct change *c = list; c; c = c->next)
		if (!c->err && step(b, c, &e))
			ingest_stop(b->g, &e);
}

/* The next sync would succeed and say nothing of what this one lost: who has a name by now is not tried again. */
static void give_up(struct change *list, const struct errinfo *e)
{
	for (struct change *c = list; c; c = c->next) {
		if (c->step == STEP_NONE && c->prov_step == STEP_NONE && c->kind != CHANGE_BUNDLE)
			continue;
		c->unsynced = true;
		c->error = *e;
	}
}

/* True when everything is committed and visible. On false nothing of it is, and *e says why.
 * `more`: how many bulk changes may be added to the list.                                    */
static bool try_batch(struct ingest *g, struct change *list, size_t more, struct errinfo *e)
{
	struct batch b = { .g = g, .alone = !list->next && !more };
	bool sure = true;
	enum err err = write_all(&b, list, more, e);
	if (!err) {
		err = batch_sync(&b, e);
		sure = !err || err == ERR_DISK_FULL;
		if (err)
			give_up(list, e);
	}
	if (!err) {
		err = catalog_commit(g->catalog, e);
		sure = !err || !catalog_is_doubtful(g->catalog);
	}
	if (err)
		catalog_rollback(g->catalog);
	if (!sure)
		ingest_stop(g, e);
	if (!err) {
		after_commit(&b, list, finish_replace);
		batch_swap(&b);
		after_commit(&b, list, finish_remove);
		batch_tell(&b);
		atomic_fetch_add(&g->commits, 1);
	}
	batch_done(&b);
	return !err;
}

static void undo(struct ingest *g, struct change *c)
{
	struct batch b = { .g = g };
	struct errinfo e = { 0 };
	if (!atomic_load(&g->stopped) && finish_undo(&b, c, &e))
		ingest_stop(g, &e);          /* recovery puts away what stayed */
}

/* The log in front of the catalog may hold the space that is missing, and gives it back; the reserve is
 * for what makes room.                                                                       */
static bool try_alone(struct ingest *g, struct change *c, struct errinfo *e)
{
	if (try_batch(g, c, 0, e))
		return true;
	if (e->code != ERR_DISK_FULL || c->unsynced || atomic_load(&g->stopped))
		return false;
	catalog_checkpoint(g->catalog, CHECKPOINT_TRUNCATE);
	if (try_batch(g, c, 0, e))
		return true;
	return e->code == ERR_DISK_FULL && !c->unsynced && !atomic_load(&g->stopped) && change_removes(c) &&
	       space_release(g) && try_batch(g, c, 0, e);
}

/* One change alone; the last word on it. What is refused now may have its name from a try before. */
static void write_alone(struct ingest *g, struct change *c)
{
	struct errinfo e = { 0 };
	struct change *next = c->next;
	c->next = NULL;
	if (ingest_stopped(g, &e)) {
		fail(c, &e);
	} else if (c->unsynced) {
		c->err = c->error.code;
	} else if (!c->err && !try_alone(g, c, &e)) {
		fail(c, &e);
		audit_forget(c);
	}
	if (c->err)
		undo(g, c);
	c->next = next;
}

static bool purges(const struct change *c)
{
	return !c->err && !c->dry_run && (c->kind == CHANGE_PURGE || c->kind == CHANGE_REPO_PURGE ||
	       c->kind == CHANGE_PURGE_REST || (c->kind == CHANGE_BUNDLE && c->bundle->fates[FATE_PURGED]));
}

/* They are in the log already; who asked for them has to know that something is left. */
static void end_purges(struct ingest *g, struct change *list)
{
	struct errinfo e = { 0 };
	enum err err = ingest_stopped(g, &e);
	if (!err)
		err = purge_clean(g, &e);
	if (!err)
		return;
	for (struct change *c = list; c; c = c->next)
		c->err = ERR(&c->error, BUSY, "%s, but not everything of it could be removed yet; purge it again",
		             c->kind == CHANGE_BUNDLE ? "the bundle is taken, and what it purges is out of the index"
		                                      : "it is out of the repository");
}

static void finish_all(struct ingest *g, struct change *list)
{
	while (list) {
		struct change *next = list->next;
		ingest_finish(g, list);
		list = next;
	}
}

/* Takes the purges out of the list, whose order stays. */
static struct change *take_purges(struct change **list)
{
	struct change *taken = NULL, **last = &taken;
	while (*list) {
		struct change *c = *list;
		if (purges(c)) {
			*list = c->next;
			c->next = NULL;
			*last = c;
			last = &c->next;
		} else {
			list = &c->next;
		}
	}
	return taken;
}

/* Only who purges waits until nothing is left. */
static void write_batch(struct ingest *g, struct change *list)
{
	struct errinfo e = { 0 };
	if (atomic_load(&g->stopped) || !list->next || !try_batch(g, list, BULK_BATCH_MAX, &e)) {
		for (struct change *c = list; c; c = c->next) {
			c->err = OK;             /* a verdict over rows that are gone again */
			audit_forget(c);
		}
		for (struct change *c = list; c; c = c->next)
			write_alone(g, c);
	}
	struct change *purging = take_purges(&list);
	finish_all(g, list);
	if (purging)
		end_purges(g, purging);
	finish_all(g, purging);
	catalog_checkpoint(g->catalog, CHECKPOINT_MANY);
}

void *writer_main(void *arg)
{
	struct ingest *g = arg;
	(void)pthread_mutex_lock(&g->lock);
	for (;;) {
		while (!writer_has_work(g) && !(g->ending && !g->first))
			(void)pthread_cond_wait(&g->wake, &g->lock);
		struct change *list = take_queue(g);
		if (!list)
			break;
		(void)pthread_mutex_unlock(&g->lock);
		write_batch(g, list);
		(void)pthread_mutex_lock(&g->lock);
	}
	(void)pthread_mutex_unlock(&g->lock);
	return NULL;
}
