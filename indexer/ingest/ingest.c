/* Opening and closing, and submitting. */
#include "indexer/ingest/ingest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/ingest/virtual_impl.h"

/* ---- changes ---- */

void change_init(struct change *c, enum change_kind kind)
{
	*c = (struct change){ .kind = kind, .tgz.fd = -1, .prov_tmp.fd = -1 };
}

void change_done(struct change *c)
{
	fs_tmp_close(&c->tgz);
	fs_tmp_close(&c->prov_tmp);
	arena_done(&c->arena);
}

/* Under the lock. */
static void leave_workers(struct ingest *g, const struct change *c)
{
	g->bulk_pending -= c->bulk;
	if (writer_has_work(g) || !g->bulk_pending)
		(void)pthread_cond_signal(&g->wake);
}

static void queue(struct ingest *g, struct change *c)
{
	(void)pthread_mutex_lock(&g->lock);
	c->next = NULL;
	*g->last = c;
	g->last = &c->next;
	g->queued++;
	leave_workers(g, c);
	(void)pthread_mutex_unlock(&g->lock);
}

static void refuse_early(struct ingest *g, struct change *c)
{
	(void)pthread_mutex_lock(&g->lock);
	leave_workers(g, c);
	(void)pthread_mutex_unlock(&g->lock);
	ingest_finish(g, c);
}

static void judge_job(struct pool_job *job)
{
	struct change *c = (struct change *)((char *)job - offsetof(struct change, job));
	c->err = judge(c->ingest, c);
	if (c->err)
		refuse_early(c->ingest, c);
	else
		queue(c->ingest, c);
}

/* OK when the change may enter; counts it then. */
static enum err enter(struct ingest *g, struct change *c)
{
	enum err err = OK;
	(void)pthread_mutex_lock(&g->lock);
	if (g->draining)
		err = ERR(&c->error, DRAINING, "the server is shutting down");
	else if (!c->bulk && g->pending >= PUBLISH_QUEUE_MAX)
		err = ERR(&c->error, BUSY, "%u changes are waiting; try again in a moment",
		          PUBLISH_QUEUE_MAX);
	g->pending++;
	g->bulk_pending += c->bulk;
	(void)pthread_mutex_unlock(&g->lock);
	return err;
}

void ingest_submit(struct ingest *g, struct change *c)
{
	c->ingest = g;
	c->job.run = judge_job;
	atomic_fetch_add(&g->waiting, 1);
	c->err = enter(g, c);
	if (!c->err)
		c->err = ingest_stopped(g, &c->error);
	if (c->err)
		refuse_early(g, c);
	else
		pool_give(g->pool, &c->job);
}

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t done;
	size_t left;
};

static void wake_waiter(struct change *c)
{
	struct waiter *w = c->ctx;
	(void)pthread_mutex_lock(&w->lock);
	if (--w->left == 0)
		(void)pthread_cond_signal(&w->done);
	(void)pthread_mutex_unlock(&w->lock);
}

void ingest_apply_all(struct ingest *g, struct change *c, size_t n)
{
	struct waiter w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, n };
	for (size_t i = 0; i < n; i++) {
		c[i].done = wake_waiter;
		c[i].ctx = &w;
		ingest_submit(g, &c[i]);
	}
	(void)pthread_mutex_lock(&w.lock);
	while (w.left)
		(void)pthread_cond_wait(&w.done, &w.lock);
	(void)pthread_mutex_unlock(&w.lock);
}

enum err ingest_apply(struct ingest *g, struct change *c)
{
	ingest_apply_all(g, c, 1);
	return c->err;
}

/* ---- opening and closing ---- */

static enum err default_repository(struct ingest *g, struct errinfo *e)
{
	if (atomic_load(&g->repositories))
		return OK;
	struct change c;
	bool lost;
	struct str name = str_c(g->options.default_repo);
	enum err err = repository_is_lost(g, g->catalog, name, &lost, e);
	if (err)
		return err;
	change_init(&c, lost ? CHANGE_REBUILD : CHANGE_REPO);
	c.repo = name;
	c.actor = STR("system");
	c.create_repo = true;
	err = ingest_apply(g, &c);
	if (err && e)
		*e = c.error;
	change_done(&c);
	return err;
}

static enum err ended_cleanly(struct ingest *g, bool *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str clean = { 0 };
	enum err err = catalog_meta_get(g->catalog, &a, "clean_shutdown", &clean, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	*ret = err == ERR_NOT_FOUND || str_eq(clean, STR("1"));
	return OK;
}

static enum err mark_running(struct ingest *g, bool *ret_was_clean, struct errinfo *e)
{
	enum err err = ended_cleanly(g, ret_was_clean, e);
	if (!err)
		err = catalog_begin(g->catalog, e);
	if (!err)
		err = catalog_meta_set(g->catalog, "clean_shutdown", STR("0"), e);
	if (!err)
		err = index_form_settle(g, e);
	return err ? err : catalog_commit(g->catalog, e);
}

/* Of those that are written at all: the next start does it, as after an unclean end. */
static bool has_old_index_file(const struct ingest *g)
{
	for (const struct repository *r = atomic_load(&g->repositories); r && g->options.index_files; r = r->next)
		if (!atomic_load(&r->gone) && atomic_load(&r->index_dirty))
			return true;
	return false;
}

static void mark_clean(struct ingest *g)
{
	if (atomic_load(&g->stopped) || atomic_load(&g->left_behind) || has_old_index_file(g) || catalog_begin(g->catalog, NULL))
		return;
	if (catalog_meta_set(g->catalog, "clean_shutdown", STR("1"), NULL) ||
	    catalog_commit(g->catalog, NULL))
		catalog_rollback(g->catalog);
}

/* The first of rescued-1, rescued-2, … that is not there yet. */
static enum err make_rescue_folder(int data, char ret_name[32], int *ret_fd, struct errinfo *e)
{
	for (unsigned i = 1;; i++) {
		(void)snprintf(ret_name, 32, "rescued-%u", i);
		if (mkdirat(data, ret_name, 0700) == 0)
			return fs_open_dir(data, ret_name, ret_fd, e);
		if (errno != EEXIST)
			return ERR_SYS(e, "mkdir %s", ret_name);
	}
}

/* What has no name any more goes with the process. */
static void rescue(struct ingest *g)
{
	char name[32];
	AUTO_FD int fd = -1;
	struct errinfo e = { 0 };
	enum err err = make_rescue_folder(datadir_fd(g->dir), name, &fd, &e);
	if (!err)
		err = catalog_copy(g->catalog, fd, &e);
	if (!err)
		err = fs_sync_filesystem(fd, &e);
	if (err)
		LOG(LOG_ERROR, "catalog.lost", KV("code", err_code(err)), KV("detail", (const char *)e.detail));
	else
		LOG(LOG_WARN, "catalog.rescued", KV("folder", (const char *)name), KV("advice", "what catalog.db had is in "
		    "there; to go on with it, move catalog.db, catalog.db-wal and catalog.db-shm away and put it in their "
		    "place"));
}

static enum err start_threads(struct ingest *g, struct errinfo *e)
{
	unsigned workers = g->options.workers ? g->options.workers : cpu_count();
	enum err err = pool_new(workers, "worker", &g->pool, e);
	if (!err)
		err = pool_new(workers, "reader", &g->readers_pool, e);
	if (!err)
		err = thread_start(&g->writer, "writer", writer_main, g, e);
	if (!err)
		err = thread_start(&g->flusher, "flusher", flusher_main, g, e);
	return err;
}

/* Of what a crash left nothing is ended: index files are not compared with what they would be then. */
static enum err open_to_read(struct ingest *g, struct errinfo *e)
{
	bool was_clean = true;
	const struct datadir_options d = { .allow_network_filesystem = true };
	atomic_store(&g->stopped, true);
	enum err err = datadir_open(g->options.path, &d, &g->dir, e);
	if (!err)
		err = catalog_open_reader(g->dir, &g->catalog, e);
	if (!err)
		err = ended_cleanly(g, &was_clean, e);
	if (!err)
		err = index_form_settle(g, e);
	g->index_form_is_new = !was_clean;
	return err ? err : load_repositories(g, false, e);
}

static enum err open_parts(struct ingest *g, struct errinfo *e)
{
	struct datadir_options d = { .create = g->options.create, .write = true,
	                             .allow_as_before = g->options.as_served,
	                             .allow_network_filesystem = g->options.allow_network_filesystem };
	bool was_clean = true;
	enum err err = datadir_open(g->options.path, &d, &g->dir, e);
	if (!err)
		err = catalog_open_writer(g->dir, &g->catalog, e);
	if (!err)
		err = mark_running(g, &was_clean, e);
	if (!err && g->options.opened)
		err = g->options.opened(g->options.opened_ctx, g->dir, e);
	if (!err)
		err = load_repositories(g, !was_clean, e);
	if (!err)
		err = purge_resume(g, e);
	if (err)
		return err;
	catalog_forget_pages(g->catalog);
	space_check(g);
	err = start_threads(g, e);
	return err ? err : default_repository(g, e);
}

enum err ingest_open(const struct ingest_options *o, struct ingest **ret, struct errinfo *e)
{
	struct ingest *g = calloc(1, sizeof *g);
	if (!g)
		return ERR(e, NOMEM, "ingest");
	g->options = *o;
	g->last = &g->first;
	atomic_store(&g->reserve, -1);
	(void)pthread_mutex_init(&g->lock, NULL);
	(void)pthread_cond_init(&g->wake, NULL);
	(void)pthread_cond_init(&g->idle, NULL);
	(void)pthread_cond_init(&g->flush_wake, NULL);
	(void)pthread_mutex_init(&g->flush_lock, NULL);
	enum err err = views_new(&g->views, e);
	if (!err)
		err = g->options.reads ? open_to_read(g, e) : open_parts(g, e);
	if (err) {
		atomic_store(&g->stopped, true);     /* nothing to finish or to mark */
		ingest_close(g);
		return err;
	}
	*ret = g;
	return OK;
}

void ingest_drain(struct ingest *g)
{
	(void)pthread_mutex_lock(&g->lock);
	g->draining = true;
	while (g->pending)
		(void)pthread_cond_wait(&g->idle, &g->lock);
	(void)pthread_mutex_unlock(&g->lock);
}

bool ingest_is_draining(struct ingest *g)
{
	(void)pthread_mutex_lock(&g->lock);
	bool draining = g->draining;
	(void)pthread_mutex_unlock(&g->lock);
	return draining;
}

static void end_threads(struct ingest *g)
{
	(void)pthread_mutex_lock(&g->lock);
	g->ending = true;
	(void)pthread_cond_broadcast(&g->wake);
	(void)pthread_cond_broadcast(&g->flush_wake);
	(void)pthread_mutex_unlock(&g->lock);
	thread_join(&g->writer);
	thread_join(&g->flusher);
	pool_free(g->pool);
	pool_free(g->readers_pool);
}

void ingest_close(struct ingest *g)
{
	if (!g)
		return;
	ingest_drain(g);
	end_threads(g);
	if (g->catalog) {
		mark_clean(g);
		catalog_checkpoint(g->catalog, CHECKPOINT_TRUNCATE);
		if (catalog_is_displaced(g->catalog))
			rescue(g);
	}
	for (struct reader *r = g->readers; r; r = g->readers) {
		g->readers = r->next;
		catalog_close(r->catalog);
		free(r);
	}
	for (struct scratch *s = g->scratches; s; s = g->scratches) {
		g->scratches = s->next;
		chart_scratch_done(&s->chart);
		free(s);
	}
	(void)space_release(g);
	views_free(g->views);
	virtual_plan_free(g->plan);
	catalog_close(g->catalog);
	for (struct repository *r = atomic_load(&g->repositories), *next; r; r = next) {
		next = r->next;
		repository_free(r);
	}
	datadir_close(g->dir);
	free(g);
}

struct datadir *ingest_datadir(struct ingest *g) { return g->dir; }
struct pool *ingest_pool(struct ingest *g) { return g->readers_pool; }
