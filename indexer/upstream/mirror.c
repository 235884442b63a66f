/* A mirror: every archive that is taken and not here is wanted, some at a time, unless this server cannot
 * take any or the upstream asks for a pause, which ends it. What failed is told in one sentence, with the
 * commonest reason; which versions are not to be had for good, the catalog has (fetch_keep.c).  */
#include <stdio.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/ingest/lookup.h"
#include "indexer/upstream/fetch.h"

struct missing {
	struct arena arena;
	struct str *files;
	size_t count, capacity;
};

static enum err add_missing(void *ctx, const struct remote_row *row, bool held, struct errinfo *e)
{
	struct missing *m = ctx;
	if (held || row->state != REMOTE_TAKEN || row->gone_ns)
		return OK;
	struct str *list = arena_room(&m->arena, m->files, m->count, &m->capacity, sizeof *list);
	const char *file = arena_printf(&m->arena, "%.*s-%.*s.tgz", STR_ARG(row->chart),
	                                STR_ARG(row->version));
	if (!list || !file)
		return ERR(e, NOMEM, "archives");
	m->files = list;
	list[m->count++] = str_c(file);
	return OK;
}

#define REASONS_MAX 16u              /* that are told apart */

struct reason { uint64_t count; char text[ERR_DETAIL_MAX_BYTES]; };

struct window {
	pthread_mutex_t lock;
	pthread_cond_t room;
	size_t running;
	uint64_t fetched, failed;
	struct reason reasons[REASONS_MAX];
	struct errinfo here;             /* what kept one from being taken here, if it has a code */
	struct errinfo pause;            /* why the others are not asked for, if it has a code */
	struct follow *follow;
};

/* With the lock. */
static void add_failed(struct window *x, const struct errinfo *why, uint64_t count)
{
	const char *text = err_public_text(why);
	struct reason *r = x->reasons;
	x->failed += count;
	while (r < x->reasons + REASONS_MAX && r->count && strcmp(r->text, text) != 0)
		r++;
	if (r == x->reasons + REASONS_MAX)
		return;
	r->count += count;
	(void)snprintf(r->text, sizeof r->text, "%s", text);
}

static void one_is_done(struct upstream_want *w)
{
	struct window *x = w->ctx;
	(void)pthread_mutex_lock(&x->lock);
	x->running--;
	x->fetched += !w->err;
	if (w->err)
		add_failed(x, &w->error, 1);
	if (fetch_failed_here(w->err) && !x->here.code)
		x->here = w->error;
	atomic_store(&x->follow->done, x->fetched + x->failed);
	(void)pthread_cond_signal(&x->room);
	(void)pthread_mutex_unlock(&x->lock);
}

/* Until no more than that run. */
static void wait_for_room(struct window *x, size_t most)
{
	(void)pthread_mutex_lock(&x->lock);
	while (x->running > most)
		(void)pthread_cond_wait(&x->room, &x->lock);
	(void)pthread_mutex_unlock(&x->lock);
}

/* A place for another one. False: there is no use in that. */
static bool enter(struct window *x)
{
	wait_for_room(x, UPSTREAM_FETCHES_MAX - 1);
	(void)pthread_mutex_lock(&x->lock);
	bool goes_on = !x->here.code && !fetch_pause(x->follow, &x->follow->source, &x->pause);
	x->running += goes_on;
	(void)pthread_mutex_unlock(&x->lock);
	return goes_on;
}

/* ---- what is told of it ---- */

static enum err count_listed(void *ctx, const struct remote_row *row, bool held, struct errinfo *e)
{
	uint64_t *listed = ctx;
	(void)e;
	*listed += !held && row->state == REMOTE_TAKEN && !row->gone_ns && row->unfetched.n;
	return OK;
}

static enum err tell(const struct window *x, struct arena *a, struct str *ret, struct errinfo *e)
{
	const struct reason *most = x->reasons;
	const char *repo = x->follow->repo;
	uint64_t listed = 0;
	AUTO_SBUF struct sbuf b = sbuf_make(4 * KIB);
	for (size_t i = 1; i < REASONS_MAX; i++)
		if (x->reasons[i].count > most->count)
			most = &x->reasons[i];
	enum err err = ingest_remotes(x->follow->of->ingest, str_c(repo), (struct str){ 0 }, count_listed, &listed, e);
	if (err)
		return err;
	sbuf_printf(&b, "%llu of its archives could not be had", (unsigned long long)x->failed);
	if (most->count < x->failed)
		sbuf_printf(&b, ", %llu of them", (unsigned long long)most->count);
	sbuf_printf(&b, ": %s", most->text);
	if (listed && listed < x->failed)
		sbuf_printf(&b, "; for %llu see: chartlocker upstream skipped %s", (unsigned long long)listed, repo);
	else if (listed)
		sbuf_printf(&b, "; see: chartlocker upstream skipped %s", repo);
	return sbuf_ok(&b) && arena_str(a, sbuf_str(&b), ret) ? OK : ERR(e, NOMEM, "archives");
}

/* ---- all of it ---- */

enum err fetch_missing(struct follow *f, struct arena *a, struct upstream_report *ret,
                       struct errinfo *e)
{
	struct missing m = { .count = 0 };
	struct window x = { .lock = PTHREAD_MUTEX_INITIALIZER, .room = PTHREAD_COND_INITIALIZER,
	                    .follow = f };
	struct str repo = str_c(f->repo);
	enum err err = ingest_remotes(f->of->ingest, repo, (struct str){ 0 }, add_missing, &m, e);
	struct upstream_want *wants = err ? NULL : arena_array(&m.arena, m.count + 1, sizeof *wants);
	atomic_store(&f->total, m.count);
	size_t i = 0;
	for (; wants && i < m.count && !upstreams_is_stopping(f->of) && enter(&x); i++) {
		wants[i] = (struct upstream_want){ .repo = repo, .file = m.files[i], .done = one_is_done,
		                                   .ctx = &x };
		fetch_want(f->of, &wants[i]);
	}
	wait_for_room(&x, 0);
	if (x.pause.code)
		add_failed(&x, &x.pause, m.count - i);
	ret->fetched = x.fetched;
	ret->failed = x.failed;
	if (!err && x.failed && !x.here.code)
		err = tell(&x, a, &ret->missing, e);
	if (!err && !wants)
		err = ERR(e, NOMEM, "archives");
	if (!err && x.here.code) {
		*e = x.here;
		err = x.here.code;
	}
	arena_done(&m.arena);
	return err;
}
