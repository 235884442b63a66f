/* The index as it was after an event. Nothing about it ever changes (but for a purge), so the last
 * few that were asked for are kept, the least recently used one going first. The number of a repository that
 * was deleted may be another one's, so they are known by what is never removed.               */
#include <stdlib.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/format/name.h"
#include "indexer/ingest/ingest_impl.h"
#include "indexer/ingest/items.h"
#include "indexer/ingest/lineage.h"

struct views {
	pthread_mutex_t lock;
	uint64_t uses, forgotten;        /* forgotten: how often something was */
	struct view { struct snapshot *snapshot; const struct repository *repo; uint64_t at, used; } list[VIEWS_MAX];
};

enum err views_new(struct views **ret, struct errinfo *e)
{
	struct views *v = calloc(1, sizeof *v);
	if (!v)
		return ERR(e, NOMEM, "views");
	(void)pthread_mutex_init(&v->lock, NULL);
	*ret = v;
	return OK;
}

void views_free(struct views *v)
{
	if (!v)
		return;
	for (size_t i = 0; i < VIEWS_MAX; i++)
		snapshot_unref(v->list[i].snapshot);
	(void)pthread_mutex_destroy(&v->lock);
	free(v);
}

/* What a virtual repository showed then follows from what its members, and their settings, were. */
static enum err find_repository(struct ingest *g, struct str name, struct repository **ret,
                                struct errinfo *e)
{
	struct repository *r = repository_find(g, name);
	if (!r || !repository_is_shown(r))
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(name));
	if (repository_kind(r) == REPO_VIRTUAL)
		return ERR(e, NOT_FOUND, "\"%.*s\" is a virtual repository, whose past is not kept; its members' "
		           "is", STR_ARG(name));
	*ret = r;
	return OK;
}

/* *ret_forgotten is for keep. */
static struct snapshot *find(struct views *v, const struct repository *r, uint64_t at, uint64_t *ret_forgotten)
{
	struct snapshot *found = NULL;
	(void)pthread_mutex_lock(&v->lock);
	*ret_forgotten = v->forgotten;
	for (size_t i = 0; i < VIEWS_MAX && !found; i++) {
		struct view *view = &v->list[i];
		if (!view->snapshot || view->repo != r || view->at != at)
			continue;
		view->used = ++v->uses;
		found = view->snapshot;
		(void)__atomic_add_fetch(&found->refs, 1, __ATOMIC_RELAXED);
	}
	(void)pthread_mutex_unlock(&v->lock);
	return found;
}

/* Not when a purge came while the view was made: what it removed may be in there. */
static void keep(struct views *v, const struct repository *r, uint64_t at, struct snapshot *s,
                 uint64_t forgotten)
{
	(void)pthread_mutex_lock(&v->lock);
	if (v->forgotten != forgotten) {
		(void)pthread_mutex_unlock(&v->lock);
		return;
	}
	struct view *oldest = &v->list[0];
	for (size_t i = 1; i < VIEWS_MAX; i++)
		if (v->list[i].used < oldest->used)
			oldest = &v->list[i];
	struct snapshot *old = oldest->snapshot;
	(void)__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	*oldest = (struct view){ s, r, at, ++v->uses };
	(void)pthread_mutex_unlock(&v->lock);
	snapshot_unref(old);
}

void views_forget(struct views *v, const struct repository *r)
{
	(void)pthread_mutex_lock(&v->lock);
	v->forgotten++;
	for (size_t i = 0; i < VIEWS_MAX; i++)
		if (v->list[i].repo == r) {
			snapshot_unref(v->list[i].snapshot);
			v->list[i] = (struct view){ 0 };
		}
	(void)pthread_mutex_unlock(&v->lock);
}

/* ---- making one ---- */

struct wanted {
	struct ingest *g;
	struct repository *repo;
	uint64_t at;
	struct event last;               /* of the repository, by then */
	struct arena arena;
	struct index_items items;
};

/* Of the repository, under the name that it had then. NOT_FOUND: it was not there. */
static enum err last_event(struct catalog *c, struct arena *a, const struct repository *r,
                           uint64_t at, struct event *ret, struct errinfo *e)
{
	struct lineage lineage;
	struct str name;
	uint64_t from;
	enum err err = lineage_read(c, &lineage, e);
	if (!err && !lineage_name_at(&lineage, str_c(r->name), at, &name, &from))
		err = ERR(e, NOT_FOUND, "there was no such repository");
	if (!err)
		err = catalog_event_at(c, a, name, from, at, ret, e);
	lineage_done(&lineage);
	return err;
}

static enum err read_view(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct wanted *w = ctx;
	uint64_t size;
	enum err err = catalog_log_size(c, &size, e);
	if (!err && w->at > size)
		return ERR(e, NOT_FOUND, "the log has %llu events, not %llu", (unsigned long long)size,
		           (unsigned long long)w->at);
	if (!err)
		err = last_event(c, &w->arena, w->repo, w->at, &w->last, e);
	if (err == ERR_NOT_FOUND)
		return ERR(e, NOT_FOUND, "there was no such repository at event %llu",
		           (unsigned long long)w->at);
	return err ? err : catalog_index_at(c, w->repo->id, w->at, index_items_add, &w->items, e);
}

static enum err make_view(struct wanted *w, struct snapshot **ret, struct errinfo *e)
{
	static const struct sha256 nothing;
	struct snapshot *now = repository_snapshot(w->repo);
	struct rope *json = NULL, *yaml = NULL;
	enum err err = index_items_rope(&w->items, ROPE_JSON, w->last.at_ns, &json, e);
	if (!err && now->yaml)
		err = index_items_rope(&w->items, ROPE_YAML, w->last.at_ns, &yaml, e);
	if (err)
		rope_unref(json);
	else
		err = snapshot_new(json, yaml, settings_ref(now->own_settings), &w->last, &nothing, ret, e);
	snapshot_unref(now);
	return err;
}

enum err ingest_view(struct ingest *g, struct str repo, uint64_t at, struct snapshot **ret,
                     struct errinfo *e)
{
	struct wanted w = { .g = g, .at = at };
	uint64_t forgotten;
	enum err err = find_repository(g, repo, &w.repo, e);
	if (err)
		return err;
	*ret = find(g->views, w.repo, at, &forgotten);
	if (*ret)
		return OK;
	err = ingest_read(g, read_view, &w, e);
	if (!err)
		err = make_view(&w, ret, e);
	if (!err)
		keep(g->views, w.repo, at, *ret, forgotten);
	index_items_done(&w.items);
	arena_done(&w.arena);
	return err;
}

/* ---- its files ---- */

struct file_wanted { struct repository *repo; uint64_t at; struct str archive; };

/* Withdrawn, from the past too, and to be had again. */
static enum err was_deleted(const struct file_wanted *w, struct errinfo *e)
{
	struct snapshot *now = repository_snapshot(w->repo);
	uint64_t days = now->settings->undelete_days;
	snapshot_unref(now);
	if (!days)
		return ERR(e, GONE, "%.*s was deleted since", STR_ARG(w->archive));
	return ERR(e, GONE, "%.*s was deleted since, and is not served; for %llu %s after that it can be undeleted",
	           STR_ARG(w->archive), (unsigned long long)days, days == 1 ? "day" : "days");
}

static enum err read_file(void *ctx, struct catalog *c, struct errinfo *e)
{
	const struct file_wanted *w = ctx;
	AUTO_ARENA struct arena a = { 0 };
	struct sha256 then;
	struct version_row now;
	enum err err = catalog_file_at(c, w->repo->id, w->archive, w->at, &then, e);
	if (err)
		return err;
	err = catalog_version_by_file(c, &a, w->repo->id, w->archive, &now, e);
	bool same = !err && !now.purged && sha256_eq(&now.digest, &then);
	if (same && now.state == VERSION_DELETED)
		return was_deleted(w, e);
	if (err == ERR_NOT_FOUND || (!err && !same))
		return ERR(e, GONE, "the bytes that %.*s had at event %llu are gone", STR_ARG(w->archive),
		           (unsigned long long)w->at);
	return err;
}

enum err ingest_view_file(struct ingest *g, struct str repo, uint64_t at, struct str file,
                          struct errinfo *e)
{
	struct file_wanted w = { .at = at, .archive = chart_file_archive(file, NULL) };
	enum err err = find_repository(g, repo, &w.repo, e);
	return err ? err : ingest_read(g, read_file, &w, e);
}

/* ---- by time ---- */

struct time_wanted { struct repository *repo; int64_t time_ns; uint64_t event; };

static enum err read_time(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct time_wanted *w = ctx;
	AUTO_ARENA struct arena a = { 0 };
	struct event last;
	enum err err = catalog_event_at_time(c, w->time_ns, &w->event, e);
	if (!err)
		err = last_event(c, &a, w->repo, w->event, &last, e);
	if (!err)
		w->event = last.seq;
	return err == ERR_NOT_FOUND ? ERR(e, NOT_FOUND, "there was no such repository then") : err;
}

enum err ingest_view_time(struct ingest *g, struct str repo, int64_t time_ns, uint64_t *ret,
                          struct errinfo *e)
{
	struct time_wanted w = { .time_ns = time_ns };
	enum err err = find_repository(g, repo, &w.repo, e);
	if (!err)
		err = ingest_read(g, read_time, &w, e);
	if (!err)
		*ret = w.event;
	return err;
}
