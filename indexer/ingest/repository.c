/* The repositories in memory.
 *
 * The lists only grow, at their heads, by the writer; everybody else walks them without a lock. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/format/name.h"
#include "indexer/ingest/ingest_impl.h"
#include "indexer/ingest/virtual.h"

static _Atomic(struct repository *) *bucket_of(struct ingest *g, struct str name)
{
	return &g->by_name[str_hash(name, STR_HASH_START) % REPOSITORY_BUCKETS];
}

/* Those that are or were called so, the last one first; NULL: no more. */
static struct repository *called(struct repository *r, struct str name)
{
	while (r && !str_eq_c(name, r->name))
		r = r->next_alike;
	return r;
}

static struct repository *last_called(struct ingest *g, struct str name)
{
	return called(atomic_load_explicit(bucket_of(g, name), memory_order_acquire), name);
}

struct repository *repository_find(struct ingest *g, struct str name)
{
	struct repository *r = last_called(g, name);
	while (r && atomic_load_explicit(&r->gone, memory_order_relaxed))
		r = called(r->next_alike, name);
	return r;
}

bool repository_is_shown(struct repository *r)
{
	return !atomic_load(&r->gone) && atomic_load(&r->visibility) != REPO_ABSENT;
}

/* A try to make it or to rename one to this was taken back: it waits here for the next one. */
static bool never_was(struct repository *r) { return !r->id && !atomic_load(&r->renamed_to); }

struct repository *repository_renamed(struct ingest *g, struct str name)
{
	struct repository *r = last_called(g, name);
	while (r && never_was(r))
		r = called(r->next_alike, name);
	if (!r || !atomic_load(&r->gone))
		return NULL;
	while (r && atomic_load(&r->gone))
		r = atomic_load(&r->renamed_to);
	return r;
}

bool repository_was(struct ingest *g, struct str name)
{
	return last_called(g, name);
}

struct repository *repository_meant(struct ingest *g, struct str name)
{
	struct repository *r = repository_find(g, name);
	return r && !never_was(r) ? r : repository_renamed(g, name);
}

/* Takes the descriptor over. */
static enum err add(struct ingest *g, int64_t id, struct str name, int charts_fd,
                    struct repository **ret, struct errinfo *e)
{
	_Atomic(struct repository *) *bucket = bucket_of(g, name);
	struct repository *r = calloc(1, sizeof *r);
	if (!r) {
		auto_close(&charts_fd);
		return ERR(e, NOMEM, "repository");
	}
	r->charts_fd = charts_fd;
	atomic_store(&r->release_ns, INT64_MAX);
	r->id = id;
	memcpy(r->name, name.p, name.n);
	(void)pthread_mutex_init(&r->lock, NULL);
	r->next = atomic_load(&g->repositories);
	r->next_alike = atomic_load(bucket);
	atomic_store_explicit(&g->repositories, r, memory_order_release);
	atomic_store_explicit(bucket, r, memory_order_release);
	*ret = r;
	return OK;
}

enum err repository_add(struct ingest *g, int64_t id, struct str name, struct str folder,
                        struct repository **ret, struct errinfo *e)
{
	int charts_fd = -1;
	if (name.n > REPO_NAME_MAX_BYTES)
		return ERR(e, CORRUPT, "the catalog has a repository name of %zu bytes", name.n);
	enum err err = datadir_open_charts(g->dir, folder, true, &charts_fd, e);
	return err ? err : add(g, id, name, charts_fd, ret, e);
}

enum err repository_has_place(struct ingest *g, struct str name, struct errinfo *e)
{
	AUTO_FD int charts = -1;
	struct stat here, its;
	const struct repository *r = repository_renamed(g, name);
	if (!r || datadir_open_charts(g->dir, name, false, &charts, NULL))
		return OK;
	if (fstat(charts, &here) != 0 || fstat(r->charts_fd, &its) != 0)
		return ERR_SYS(e, "look at repos/%.*s", STR_ARG(name));
	return fs_is_same(&here, &its) ? ERR(e, BUSY, "repos/%.*s still holds the charts of \"%s\"; the log says why "
	                                     "(ingest.left_behind)", STR_ARG(name), r->name) : OK;
}

enum err repository_add_renamed(struct ingest *g, struct repository *old, struct str name,
                                struct repository **ret, struct errinfo *e)
{
	int charts_fd = fcntl(old->charts_fd, F_DUPFD_CLOEXEC, 0);
	return charts_fd < 0 ? ERR_SYS(e, "dup") : add(g, 0, name, charts_fd, ret, e);
}

struct snapshot *repository_shown(struct repository *r)
{
	struct snapshot *s = repository_snapshot(r);
	if (s && s->event && repository_is_shown(r))
		return s;
	snapshot_unref(s);
	return NULL;
}

/* The list is not shown to anybody yet (start-up). */
enum err repository_add_alias(struct ingest *g, struct str name, struct repository *to,
                              struct errinfo *e)
{
	struct repository *r;
	enum err err = add(g, 0, name, -1, &r, e);
	if (!err) {
		atomic_store(&r->gone, true);
		atomic_store(&r->renamed_to, to);
	}
	return err;
}

static enum err add_old_name(void *ingest, const struct event *ev, struct errinfo *e)
{
	struct ingest *g = ingest;
	bool is_old = repo_name_check(ev->repo, NULL) && !repo_old_name_check(ev->repo, NULL);
	return is_old && !repository_was(g, ev->repo) ? repository_add_alias(g, ev->repo, NULL, e) : OK;
}

enum err repository_add_old_names(struct ingest *g, struct errinfo *e)
{
	return catalog_ends_each(g->catalog, add_old_name, g, e);
}

bool repository_enter(struct repository *r)
{
	(void)pthread_mutex_lock(&r->lock);
	bool is_open = r->charts_fd >= 0;
	r->users += is_open;
	(void)pthread_mutex_unlock(&r->lock);
	return is_open;
}

/* Under the lock. */
static void close_unused(struct repository *r)
{
	if (r->users || !atomic_load(&r->gone))
		return;
	auto_close(&r->charts_fd);
	r->charts_fd = -1;
}

void repository_leave(struct repository *r)
{
	(void)pthread_mutex_lock(&r->lock);
	r->users--;
	close_unused(r);
	(void)pthread_mutex_unlock(&r->lock);
}

void repository_close(struct repository *r)
{
	repository_empty(r);
	(void)pthread_mutex_lock(&r->lock);
	close_unused(r);
	(void)pthread_mutex_unlock(&r->lock);
}

bool repository_is_homeless(const struct repository *r)
{
	struct stat st;
	return fstat(r->charts_fd, &st) == 0 && st.st_nlink == 0;
}

enum err repository_rehouse(struct ingest *g, struct repository *r, struct errinfo *e)
{
	AUTO_FD int fd = -1;
	enum err err = datadir_open_charts(g->dir, str_c(r->name), true, &fd, e);
	if (err)
		return err;
	return dup3(fd, r->charts_fd, O_CLOEXEC) < 0 ? ERR_SYS(e, "dup") : OK;
}

enum err repository_is_lost(struct ingest *g, struct catalog *catalog, struct str name, bool *ret,
                            struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event last;
	enum err err = repository_find(g, name) ? ERR_NOT_FOUND
	               : catalog_last_event(catalog, &a, name, &last, e);
	*ret = !err && !str_eq(last.kind, STR("repo.delete")) && !str_eq(last.kind, STR("repo.rename"));
	return err == ERR_NOT_FOUND ? OK : err;
}

void repository_free(struct repository *r)
{
	virtual_report_unref(r->report);
	snapshot_unref(r->now);
	if (r->charts_fd >= 0)
		(void)close(r->charts_fd);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}
