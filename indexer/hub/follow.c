/* The follower: a thread that brings search.db and the charts in memory to where the log is.
 *
 * It reads the events after the one that search.db says it has, and looks at every version they
 * name: what is in the index now gets its rows, what is not loses them. So it does not matter in
 * which order things happened, and doing it twice does no harm. Without a place to begin from (a
 * new search.db, one of another log) it looks at all versions of all repositories instead.    */
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/hub/follow.h"

#define BATCH_CHARTS 32u             /* of a repository that is looked at as a whole */
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

/* ---- from the beginning ---- */

static enum err look_at_repos(struct hub *h, struct arena *a, struct str **ret, size_t *ret_count,
                              struct errinfo *e)
{
	struct repo_info *infos;
	struct str *kept, *all;
	size_t info_count, kept_count;
	enum err err = ingest_repos(h->ingest, a, &infos, &info_count, e);
	if (!err)
		err = search_repos(h->writer, a, &kept, &kept_count, e);
	if (err)
		return err;
	all = arena_array(a, info_count + kept_count + 1, sizeof *all);
	if (!all)
		return ERR(e, NOMEM, "repositories");
	for (size_t i = 0; i < info_count; i++)
		all[i] = infos[i].name;
	if (kept_count)
		memcpy(all + info_count, kept, kept_count * sizeof *kept);
	*ret = all;
	*ret_count = info_count + kept_count;
	return OK;
}

static bool is_ending(struct hub *h)
{
	(void)pthread_mutex_lock(&h->lock);
	bool ending = h->ending;
	(void)pthread_mutex_unlock(&h->lock);
	return ending;
}

static enum err look_at_some(struct hub *h, struct str repo, const struct str *names, size_t count,
                             struct errinfo *e)
{
	struct sync s = { .h = h };
	enum err err = catalog_begin(h->writer, e);
	if (err)
		return err;
	for (size_t i = 0; i < count && !err; i++)
		err = sync_whole_chart(&s, repo, names[i], e);
	if (!err)
		err = catalog_commit(h->writer, e);
	if (err)
		catalog_rollback(h->writer);
	else
		err = follow_arrive(h, &s, 0, e);
	sync_done(&s);
	return err;
}

static enum err look_over(struct hub *h, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str *repos;
	size_t count = 0;
	enum err err = look_at_repos(h, &a, &repos, &count, e);
	for (size_t i = 0; !err && i < count; i++) {
		AUTO_ARENA struct arena names_arena = { 0 };
		struct str *names;
		size_t n;
		err = sync_names(h, &names_arena, repos[i], &names, &n, e);
		for (size_t at = 0; !err && at < n && !is_ending(h); at += BATCH_CHARTS)
			err = look_at_some(h, repos[i], names + at,
			                   n - at < BATCH_CHARTS ? n - at : BATCH_CHARTS, e);
	}
	return err;
}

static enum err look_at_all(struct hub *h, uint64_t event, const char *leaf, struct errinfo *e)
{
	enum err err = look_over(h, e);
	if (err || is_ending(h))
		return err;
	err = catalog_begin(h->writer, e);
	if (!err)
		err = follow_note_place(h, event, leaf, e);
	if (!err)
		err = catalog_commit(h->writer, e);
	if (err)
		catalog_rollback(h->writer);
	return err;
}

/* ---- where to begin ---- */

struct place {
	uint64_t event;
	char leaf[SHA256_HEX_BYTES + 1];
};

static enum err note_event(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct place *p = ctx;
	(void)e;
	p->event = ev->seq;
	sha256_hex(&ev->leaf, p->leaf);
	return OK;
}

/* The event itself, or the last one with 0. */
static enum err read_place(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct place *p = ctx;
	uint64_t at = p->event;
	enum err err = at ? OK : catalog_log_size(c, &at, e);
	p->event = 0;
	return err || !at ? err : catalog_events_between(c, at - 1, at, note_event, p, e);
}

static bool kept_place(struct hub *h, struct arena *a, struct place *ret)
{
	struct errinfo ignored = { 0 };
	struct str event, leaf, reader;
	struct place there = { 0 };
	if (catalog_meta_get(h->writer, a, "reader", &reader, &ignored) ||
	    !str_eq_c(reader, EXTRACT_VERSION) ||
	    catalog_meta_get(h->writer, a, "event", &event, &ignored) ||
	    catalog_meta_get(h->writer, a, "leaf", &leaf, &ignored) ||
	    !str_to_u64(event, &there.event) || !there.event)
		return false;
	*ret = there;
	return !ingest_read(h->ingest, read_place, ret, &ignored) && ret->event == there.event &&
	       str_eq_c(leaf, ret->leaf);
}

static enum err load_chart(void *ctx, const struct search_chart *row, struct errinfo *e)
{
	struct hub_table *t = ctx;
	struct hub_chart *c;
	enum err err = chart_new(row, &c, e);
	return err ? err : table_put(t, c, e);
}

static enum err open_file(struct hub *h, struct errinfo *e)
{
	struct datadir *d = ingest_datadir(h->ingest);
	enum err err = search_open_writer(d, &h->writer, e);
	if (err != ERR_CORRUPT && err != ERR_NEWER)
		return err;
	LOG(LOG_WARN, "catalog.dropped", KV("reason", e->detail));
	return hub_new_file(h, e);
}

/* Everything that is there is of no use: other rows, or of another log. */
static enum err begin_anew(struct hub *h, struct errinfo *e)
{
	table_clear(&h->table);
	contents_clear(h->contents);
	enum err err = hub_new_file(h, e);
	return err ? err : catalog_meta_set(h->writer, "reader", STR(EXTRACT_VERSION), e);
}

static enum err begin(struct hub *h, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct place place = { 0 }, end = { 0 };
	struct str reader;
	struct errinfo ignored = { 0 };
	enum err err = h->writer ? OK : open_file(h, e);
	if (err)
		return err;
	if (kept_place(h, &a, &place) && !search_charts_each(h->writer, load_chart, &h->table, e)) {
		struct sync none = { .h = h };
		return follow_arrive(h, &none, place.event, e);
	}
	bool goes_on = !catalog_meta_get(h->writer, &a, "reader", &reader, &ignored) &&
	               str_eq_c(reader, EXTRACT_VERSION) &&
	               catalog_meta_get(h->writer, &a, "event", &reader, &ignored) == ERR_NOT_FOUND &&
	               !search_charts_each(h->writer, load_chart, &h->table, e);
	if (!goes_on && (err = begin_anew(h, e)))
		return err;
	/* Not the log's end: what is committed right now is not visible yet. */
	(void)pthread_mutex_lock(&h->lock);
	end.event = h->wanted;
	(void)pthread_mutex_unlock(&h->lock);
	if (end.event)
		err = ingest_read(h->ingest, read_place, &end, e);
	if (!err)
		err = table_settings(&h->table, &h->options, e);
	if (!err && end.event)
		err = look_at_all(h, end.event, end.leaf, e);
	if (!err && !is_ending(h)) {
		struct sync none = { .h = h };
		err = follow_arrive(h, &none, end.event, e);
	}
	return err;
}

/* ---- what is to be done beside following ---- */

/* Somebody asked for another search.db. */
static enum err remake(struct hub *h, struct errinfo *e)
{
	(void)pthread_mutex_lock(&h->lock);
	h->event = 0;                    /* nothing of it is there */
	(void)pthread_mutex_unlock(&h->lock);
	enum err err = begin_anew(h, e);
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
	h->looks = NULL;
	h->look_count = 0;
	h->look_at_all = false;
	(void)pthread_mutex_unlock(&h->lock);
	enum err err = all ? look_over(h, e) : OK;
	while (list) {
		struct hub_look *x = list;
		list = x->next;
		if (!err && !all)
			err = look_at_some(h, x->repo, &x->chart, 1, e);
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
	return h->ending || h->wanted > h->event || h->remake || h->looks || h->look_at_all;
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
	uint64_t since, until;
	bool begun = false;
	for (;;) {
		enum err err = begun ? OK : begin(h, &e);
		begun |= !err;
		if (!err && !wait_for_events(h, &since, &until))
			return NULL;
		if (!err && is_to_be_remade(h)) {
			err = remake(h, &e);
			begun = false;
			if (!err)
				continue;
		}
		if (!err && until > since)
			err = follow_events(h, since, until, &e);
		if (!err)
			err = look_again(h, &e);
		if (!err)
			sync_pulls(h);
		if (err && !rest(h, &e))
			return NULL;
		if (err && is_to_be_reopened(h))
			begun = false;
	}
}

enum err follow_start(struct hub *h, struct errinfo *e)
{
	struct place end = { 0 };
	enum err err = ingest_read(h->ingest, read_place, &end, e);
	if (err)
		return err;
	h->wanted = end.event;
	if (pthread_create(&h->follower, NULL, follow, h) != 0)
		return ERR_SYS(e, "start the catalog's thread");
	(void)pthread_setname_np(h->follower, "catalog");
	h->follower_runs = true;
	return OK;
}

void follow_stop(struct hub *h)
{
	(void)pthread_mutex_lock(&h->lock);
	h->ending = true;
	(void)pthread_cond_broadcast(&h->wake);
	(void)pthread_cond_broadcast(&h->caught_up);
	(void)pthread_mutex_unlock(&h->lock);
	if (h->follower_runs)
		(void)pthread_join(h->follower, NULL);
	h->follower_runs = false;
}
