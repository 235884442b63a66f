/* The follower: a thread that brings search.db and the charts in memory to where the log is.
 *
 * It reads the events after the one that search.db says it has, and looks at every version they
 * name: what is in the index now gets its rows, what is not loses them. So it does not matter in
 * which order things happened, and doing it twice does no harm.                               */
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/hub/follow.h"

#define RETRY_SECONDS 10
#define GATHER_NS (NS_PER_SECOND / 50)

/* ---- where search.db is ---- */

enum err follow_note_place(struct hub *h, uint64_t event, const char *leaf, struct errinfo *e)
{
	char number[24];
	(void)snprintf(number, sizeof number, "%llu", (unsigned long long)event);
	enum err err = catalog_meta_set(h->writer, "event", str_c(number), e);
	return err ? err : catalog_meta_set(h->writer, "leaf", str_c(leaf), e);
}

/* In memory it is there before anybody is told that it is. */
enum err follow_arrive(struct hub *h, struct sync *s, uint64_t event, struct errinfo *e)
{
	enum err err = sync_publish(s, e);
	(void)pthread_mutex_lock(&h->lock);
	if (event > h->event)
		h->event = event;
	h->unread += s->unread;
	h->stopped = false;
	h->look_at_all |= err != OK;
	h->round++;
	(void)pthread_cond_broadcast(&h->caught_up);
	(void)pthread_mutex_unlock(&h->lock);
	return err;
}

enum err follow_end(struct hub *h, struct sync *s, enum err err, struct errinfo *e)
{
	if (!err)
		err = catalog_commit(h->writer, e);
	if (err)
		catalog_rollback(h->writer);
	else
		err = follow_arrive(h, s, 0, e);
	sync_done(s);
	return err;
}

/* ---- what is to be done beside following ---- */

/* Somebody asked for another search.db. */
static enum err remake(struct hub *h, struct errinfo *e)
{
	(void)pthread_mutex_lock(&h->lock);
	h->event = 0;                    /* nothing of it is there */
	(void)pthread_mutex_unlock(&h->lock);
	enum err err = follow_begin_anew(h, e);
	(void)pthread_mutex_lock(&h->lock);
	h->remake = err != OK;
	(void)pthread_mutex_unlock(&h->lock);
	return err;
}

static bool is_to_be_remade(struct hub *h)
{
	(void)pthread_mutex_lock(&h->lock);
	bool remake = h->remake;
	(void)pthread_mutex_unlock(&h->lock);
	return remake;
}

/* Charts of which the index shows something else, though no event says so. */
static enum err look_again(struct hub *h, struct errinfo *e)
{
	(void)pthread_mutex_lock(&h->lock);
	struct hub_look *list = h->looks;
	uint64_t asked = h->looks_asked;
	bool all = h->look_at_all;
	h->unrendered |= list || all;
	h->looks = NULL;
	h->look_count = 0;
	h->look_at_all = false;
	(void)pthread_mutex_unlock(&h->lock);
	enum err err = all ? follow_look_over(h, e) : OK;
	while (list) {
		struct hub_look *x = list;
		list = x->next;
		if (!err && !all)
			err = follow_look_at(h, x->repo, &x->chart, 1, e);
		free(x);
	}
	(void)pthread_mutex_lock(&h->lock);
	if (err)
		h->look_at_all = true;           /* at the next try */
	else
		h->looks_done = asked;
	(void)pthread_cond_broadcast(&h->caught_up);
	(void)pthread_mutex_unlock(&h->lock);
	return err;
}

/* ---- the thread ---- */

/* With the lock. */
static bool has_work(const struct hub *h)
{
	return h->ending || h->wanted > h->event || h->remake || h->looks || h->look_at_all || h->unrendered;
}

static bool is_idle(struct hub *h)
{
	(void)pthread_mutex_lock(&h->lock);
	bool idle = !has_work(h);
	(void)pthread_mutex_unlock(&h->lock);
	return idle;
}

/* With the lock. What comes together is looked at together, unless somebody waits for it: publishing
 * goes first.                                                                                */
static void gather(struct hub *h)
{
	int64_t until = clock_monotonic() + GATHER_NS;
	struct timespec at = { until / NS_PER_SECOND, until % NS_PER_SECOND };
	while (!h->ending && !h->waiting &&
	       pthread_cond_clockwait(&h->wake, &h->lock, CLOCK_MONOTONIC, &at) == 0)
		;
}

/* Until there is something to do; false at the end. Who has nothing to do begins his WAL anew: the disk
 * may be small.                                                                              */
static bool wait_for_events(struct hub *h, uint64_t *ret_since, uint64_t *ret_until)
{
	int64_t until = clock_monotonic() + HUB_PULLS_SECONDS * NS_PER_SECOND;
	struct timespec at = { until / NS_PER_SECOND, until % NS_PER_SECOND };
	if (is_idle(h))
		catalog_checkpoint(h->writer, CHECKPOINT_ALL);
	(void)pthread_mutex_lock(&h->lock);
	while (!has_work(h) &&
	       pthread_cond_clockwait(&h->wake, &h->lock, CLOCK_MONOTONIC, &at) == 0)
		;
	if (h->wanted > h->event)
		gather(h);
	*ret_since = h->event;
	*ret_until = h->wanted;
	bool ending = h->ending;
	(void)pthread_mutex_unlock(&h->lock);
	return !ending;
}

/* A commit of which nobody knows whether it took place: the file is opened again, and tells. */
static bool is_to_be_reopened(struct hub *h)
{
	if (!h->writer || !catalog_is_doubtful(h->writer))
		return false;
	catalog_close(h->writer);
	h->writer = NULL;
	table_clear(&h->table);
	return true;
}

/* Not the log, which has an error of its own for that. */
static bool is_damaged(struct hub *h, const struct errinfo *why)
{
	return h->writer && catalog_is_damaged(h->writer) && hub_drop(h, why->detail);
}

/* Readers are told that it will not come now; it is tried again. */
static bool rest(struct hub *h, const struct errinfo *why)
{
	int64_t until = clock_monotonic() + RETRY_SECONDS * NS_PER_SECOND;
	struct timespec at = { until / NS_PER_SECOND, until % NS_PER_SECOND };
	LOG(LOG_ERROR, "catalog.stopped", KV("reason", why->detail), KV("retry_seconds", RETRY_SECONDS));
	if (h->writer)
		catalog_checkpoint(h->writer, CHECKPOINT_TRUNCATE);
	(void)pthread_mutex_lock(&h->lock);
	h->stopped = true;
	(void)pthread_cond_broadcast(&h->caught_up);
	while (!h->ending && pthread_cond_clockwait(&h->wake, &h->lock, CLOCK_MONOTONIC, &at) == 0)
		;
	bool ending = h->ending;
	(void)pthread_mutex_unlock(&h->lock);
	return !ending;
}

static void *follow(void *ctx)
{
	struct hub *h = ctx;
	struct errinfo e = { 0 };
	uint64_t since = 0, until = 0;
	bool begun = false;
	for (;;) {
		enum err err = begun ? OK : follow_begin(h, &e);
		h->unrendered |= !begun && !err;
		if (!begun && !err)
			atomic_store(&h->sweep_ns, follow_is_unswept(h) ? 1 : 0);
		begun |= !err;
		int64_t sweep_ns = atomic_load(&h->sweep_ns);
		if (!err && sweep_ns && clock_monotonic() >= sweep_ns)
			follow_sweep(h);
		if (!err && !wait_for_events(h, &since, &until))
			return NULL;
		if (!err && is_to_be_remade(h)) {
			err = remake(h, &e);
			begun = false;
			if (!err)
				continue;
		}
		bool news = until > since;
		if (!err && news)
			err = follow_events(h, since, until, &e);
		if (!err)
			err = look_again(h, &e);
		if (!err)
			sync_pulls(h);
		if (!err && !news && h->unrendered)
			err = follow_render(h, &h->unrendered, &e);
		h->unrendered |= news;
		if (err && is_damaged(h, &e)) {
			err = remake(h, &e);
			begun = false;
		}
		if (err && !rest(h, &e))
			return NULL;
		if (err && is_to_be_reopened(h))
			begun = false;
	}
}

static enum err read_end(void *ctx, struct catalog *c, struct errinfo *e)
{
	return catalog_log_size(c, ctx, e);
}

enum err follow_start(struct hub *h, struct errinfo *e)
{
	enum err err = ingest_read(h->ingest, read_end, &h->wanted, e);
	return err ? err : thread_start(&h->follower, "catalog", follow, h, e);
}

void follow_stop(struct hub *h)
{
	(void)pthread_mutex_lock(&h->lock);
	h->ending = true;
	(void)pthread_cond_broadcast(&h->wake);
	(void)pthread_cond_broadcast(&h->caught_up);
	(void)pthread_mutex_unlock(&h->lock);
	thread_join(&h->follower);
}
