/* A mirror: every archive that is taken and not here is wanted, some at a time, unless this server cannot
 * take any, which ends it.                                                                     */
#include "indexer/base/array.h"
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

struct window {
	pthread_mutex_t lock;
	pthread_cond_t room;
	size_t running;
	uint64_t fetched, failed;
	struct errinfo here;             /* what kept one from being taken here, if it has a code */
	struct follow *follow;
};

static void one_is_done(struct upstream_want *w)
{
	struct window *x = w->ctx;
	(void)pthread_mutex_lock(&x->lock);
	x->running--;
	x->fetched += !w->err;
	x->failed += w->err != OK;
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
	bool goes_on = !x->here.code;
	x->running += goes_on;
	(void)pthread_mutex_unlock(&x->lock);
	return goes_on;
}

enum err fetch_missing(struct follow *f, uint64_t *ret_fetched, uint64_t *ret_failed,
                       struct errinfo *e)
{
	struct missing m = { .count = 0 };
	struct window x = { .lock = PTHREAD_MUTEX_INITIALIZER, .room = PTHREAD_COND_INITIALIZER,
	                    .follow = f };
	struct str repo = str_c(f->repo);
	enum err err = ingest_remotes(f->of->ingest, repo, (struct str){ 0 }, add_missing, &m, e);
	struct upstream_want *wants = err ? NULL : arena_array(&m.arena, m.count + 1, sizeof *wants);
	atomic_store(&f->total, m.count);
	for (size_t i = 0; wants && i < m.count && !upstreams_is_stopping(f->of) && enter(&x); i++) {
		wants[i] = (struct upstream_want){ .repo = repo, .file = m.files[i], .done = one_is_done,
		                                   .ctx = &x };
		fetch_want(f->of, &wants[i]);
	}
	wait_for_room(&x, 0);
	*ret_fetched = x.fetched;
	*ret_failed = x.failed;
	if (!err && !wants)
		err = ERR(e, NOMEM, "archives");
	if (!err && x.here.code) {
		*e = x.here;
		err = x.here.code;
	}
	arena_done(&m.arena);
	return err;
}
