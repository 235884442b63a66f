/* Opening and closing, submitting, and the small things that readers ask for. */
#include "indexer/ingest/ingest.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/format/name.h"
#include "indexer/ingest/ingest_impl.h"

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

static void queue(struct ingest *g, struct change *c)
{
	(void)pthread_mutex_lock(&g->lock);
	c->next = NULL;
	*g->last = c;
	g->last = &c->next;
	g->queued++;
	g->bulk_pending -= c->bulk;
	if (writer_has_work(g) || !g->bulk_pending)
		(void)pthread_cond_signal(&g->wake);
	(void)pthread_mutex_unlock(&g->lock);
}

static void refuse_early(struct ingest *g, struct change *c)
{
	(void)pthread_mutex_lock(&g->lock);
	g->bulk_pending -= c->bulk;
	if (writer_has_work(g) || !g->bulk_pending)
		(void)pthread_cond_signal(&g->wake);
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
		err = ERR(&c->error, BUSY, "%u changes are waiting; try again in a moment", PUBLISH_QUEUE_MAX);
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
	if (!c->err && atomic_load(&g->stopped))
		c->err = ERR(&c->error, READ_ONLY, "ingest stopped after a storage error");
	if (c->err)
		refuse_early(g, c);
	else
		pool_give(g->pool, &c->job);
}

struct waiter {
	pthread_mutex_t lock;
	pthread_cond_t done;
	bool finished;
};

static void wake_waiter(struct change *c)
{
	struct waiter *w = c->ctx;
	(void)pthread_mutex_lock(&w->lock);
	w->finished = true;
	(void)pthread_cond_signal(&w->done);
	(void)pthread_mutex_unlock(&w->lock);
}

enum err ingest_apply(struct ingest *g, struct change *c)
{
	struct waiter w = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false };
	c->done = wake_waiter;
	c->ctx = &w;
	ingest_submit(g, c);
	(void)pthread_mutex_lock(&w.lock);
	while (!w.finished)
		(void)pthread_cond_wait(&w.done, &w.lock);
	(void)pthread_mutex_unlock(&w.lock);
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

static enum err mark_running(struct ingest *g, bool *ret_was_clean, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str clean = { 0 };
	enum err err = catalog_meta_get(g->catalog, &a, "clean_shutdown", &clean, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	*ret_was_clean = err == ERR_NOT_FOUND || str_eq(clean, STR("1"));
	err = catalog_begin(g->catalog, e);
	if (!err)
		err = catalog_meta_set(g->catalog, "clean_shutdown", STR("0"), e);
	return err ? err : catalog_commit(g->catalog, e);
}

static void mark_clean(struct ingest *g)
{
	if (atomic_load(&g->stopped) || catalog_begin(g->catalog, NULL))
		return;
	if (catalog_meta_set(g->catalog, "clean_shutdown", STR("1"), NULL) || catalog_commit(g->catalog, NULL))
		catalog_rollback(g->catalog);
}

static enum err start_threads(struct ingest *g, struct errinfo *e)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned workers = g->options.workers ? g->options.workers : cores > 0 ? (unsigned)cores : 1;
	enum err err = pool_new(workers, "worker", &g->pool, e);
	if (!err)
		err = pool_new(workers, "reader", &g->readers_pool, e);
	if (err)
		return err;
	if (pthread_create(&g->writer, NULL, writer_main, g) != 0)
		return ERR(e, NOMEM, "a thread for the writer");
	g->writer_runs = true;
	(void)pthread_setname_np(g->writer, "writer");
	if (!g->options.index_files)
		return OK;
	if (pthread_create(&g->flusher, NULL, flusher_main, g) != 0)
		return ERR(e, NOMEM, "a thread for the index files");
	g->flusher_runs = true;
	(void)pthread_setname_np(g->flusher, "flusher");
	return OK;
}

static enum err open_parts(struct ingest *g, struct errinfo *e)
{
	struct datadir_options d = { .create = g->options.create, .write = true,
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
	(void)pthread_mutex_init(&g->lock, NULL);
	(void)pthread_cond_init(&g->wake, NULL);
	(void)pthread_cond_init(&g->idle, NULL);
	(void)pthread_cond_init(&g->flush_wake, NULL);
	enum err err = open_parts(g, e);
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

static void end_threads(struct ingest *g)
{
	(void)pthread_mutex_lock(&g->lock);
	g->ending = true;
	(void)pthread_cond_broadcast(&g->wake);
	(void)pthread_cond_broadcast(&g->flush_wake);
	(void)pthread_mutex_unlock(&g->lock);
	if (g->writer_runs)
		(void)pthread_join(g->writer, NULL);
	if (g->flusher_runs)
		(void)pthread_join(g->flusher, NULL);
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
		catalog_checkpoint(g->catalog, true);
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

/* ---- things that are kept for the next user ---- */

enum err reader_take(struct ingest *g, struct reader **ret, struct errinfo *e)
{
	(void)pthread_mutex_lock(&g->lock);
	struct reader *r = g->readers;
	if (r)
		g->readers = r->next;
	(void)pthread_mutex_unlock(&g->lock);
	if (!r) {
		r = calloc(1, sizeof *r);
		enum err err = r ? catalog_open_reader(g->dir, &r->catalog, e) : ERR(e, NOMEM, "reader");
		if (err) {
			free(r);
			return err;
		}
	}
	*ret = r;
	return OK;
}

void reader_give(struct ingest *g, struct reader *r)
{
	(void)pthread_mutex_lock(&g->lock);
	r->next = g->readers;
	g->readers = r;
	(void)pthread_mutex_unlock(&g->lock);
}

struct scratch *scratch_take(struct ingest *g)
{
	(void)pthread_mutex_lock(&g->lock);
	struct scratch *s = g->scratches;
	if (s)
		g->scratches = s->next;
	(void)pthread_mutex_unlock(&g->lock);
	return s ? s : calloc(1, sizeof *s);
}

void scratch_give(struct ingest *g, struct scratch *s)
{
	(void)pthread_mutex_lock(&g->lock);
	s->next = g->scratches;
	g->scratches = s;
	(void)pthread_mutex_unlock(&g->lock);
}

/* ---- reading ---- */

struct snapshot *ingest_snapshot(struct ingest *g, struct str name)
{
	struct repository *r = repository_find(g, name);
	struct snapshot *s = r ? repository_snapshot(r) : NULL;
	if (s && s->event == 0) {            /* being made right now */
		snapshot_unref(s);
		s = NULL;
	}
	return s;
}

bool ingest_has_repo(struct ingest *g, struct str name)
{
	struct snapshot *s = ingest_snapshot(g, name);
	snapshot_unref(s);
	return s != NULL;
}

static int by_name(const void *a, const void *b)
{
	return str_cmp(((const struct repo_info *)a)->name, ((const struct repo_info *)b)->name);
}

enum err ingest_repos(struct ingest *g, struct arena *a, struct repo_info **ret, size_t *ret_count,
                      struct errinfo *e)
{
	size_t count = 0, n = 0;
	struct repository *first = atomic_load_explicit(&g->repositories, memory_order_acquire);
	for (struct repository *r = first; r; r = r->next)
		count++;
	struct repo_info *list = arena_array(a, count + 1, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "list of repositories");
	for (struct repository *r = first; r; r = r->next) {
		struct snapshot *s = repository_snapshot(r);
		if (s && s->event)
			list[n++] = (struct repo_info){ str_c(r->name), rope_charts(s->json), rope_versions(s->json),
			                                rope_bytes(s->json) };
		snapshot_unref(s);
	}
	qsort(list, n, sizeof *list, by_name);
	*ret = list;
	*ret_count = n;
	return OK;
}

static enum err find_file(struct catalog *catalog, struct repository *r, struct str file,
                          struct stored_file *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct version_row row;
	bool prov = str_ends(file, STR(".prov"));
	struct str chart_file = prov ? str_first(file, file.n - 5) : file;
	enum err err = catalog_version_by_file(catalog, &a, r->id, chart_file, &row, e);
	if (err)
		return err;
	if (row.state == VERSION_DELETED || (prov && !row.has_prov))
		return ERR(e, NOT_FOUND, "there is no %.*s", STR_ARG(file));
	ret->digest = prov ? row.prov_digest : row.digest;
	ret->bytes = prov ? 0 : row.bytes;
	return OK;
}

enum err ingest_file(struct ingest *g, struct str repo, struct str file, struct stored_file *ret,
                     struct errinfo *e)
{
	struct repository *r = repository_find(g, repo);
	struct reader *reader = NULL;
	AUTO_ARENA struct arena a = { 0 };
	if (!r)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	if (!chart_file_name_is_safe(file))
		return ERR(e, NOT_FOUND, "there is no such file");
	enum err err = reader_take(g, &reader, e);
	if (err)
		return err;
	err = find_file(reader->catalog, r, file, ret, e);
	reader_give(g, reader);
	const char *name = arena_dup(&a, file);
	if (err || !name)
		return err ? err : ERR(e, NOMEM, "file name");
	err = fs_open_regular(r->charts_fd, name, &ret->fd, &ret->st, e);
	if (err == ERR_NOT_FOUND || err == ERR_INVALID)
		return ERR(e, DAMAGED, "%s is in the catalog but its file is missing", name);
	if (err)
		return err;
	if (ret->bytes && (uint64_t)ret->st.st_size != ret->bytes) {
		(void)close(ret->fd);
		return ERR(e, DAMAGED, "%s has %lld bytes, the catalog says %llu", name, (long long)ret->st.st_size,
		           (unsigned long long)ret->bytes);
	}
	ret->bytes = (uint64_t)ret->st.st_size;
	return OK;
}

static void forget_report(struct change *c)
{
	change_done(c);
	free(c);
}

void ingest_report_damage(struct ingest *g, struct str repo, struct str file)
{
	struct change *c = malloc(sizeof *c);
	if (!c)
		return;                      /* it will be found again */
	change_init(c, CHANGE_DAMAGED);
	if (!arena_str(&c->arena, repo, &c->repo) || !arena_str(&c->arena, file, &c->file)) {
		forget_report(c);
		return;
	}
	c->actor = STR("reader");
	c->done = forget_report;
	ingest_submit(g, c);
}

void ingest_stats(struct ingest *g, struct ingest_stats *ret)
{
	*ret = (struct ingest_stats){
		.published = atomic_load(&g->published), .existing = atomic_load(&g->existing),
		.refused = atomic_load(&g->refused), .deleted = atomic_load(&g->deleted),
		.commits = atomic_load(&g->commits), .events = atomic_load(&g->events),
		.waiting = atomic_load(&g->waiting), .stopped = atomic_load(&g->stopped), .damaged = atomic_load(&g->damaged),
	};
}
