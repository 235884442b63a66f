/* What readers ask for, on any thread and beside the writer. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/format/name.h"
#include "indexer/ingest/ingest_impl.h"

/* ---- what is kept for the next user ---- */

enum err reader_take(struct ingest *g, struct reader **ret, struct errinfo *e)
{
	(void)pthread_mutex_lock(&g->lock);
	struct reader *r = g->readers;
	if (r)
		g->readers = r->next;
	(void)pthread_mutex_unlock(&g->lock);
	if (!r) {
		r = calloc(1, sizeof *r);
		enum err err = r ? catalog_in_place(g->catalog, e) : ERR(e, NOMEM, "reader");
		if (!err)
			err = catalog_open_reader(g->dir, &r->catalog, e);
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

enum err ingest_read(struct ingest *g,
                     enum err (*read)(void *ctx, struct catalog *c, struct errinfo *e), void *ctx,
                     struct errinfo *e)
{
	struct reader *reader;
	enum err err = reader_take(g, &reader, e);
	if (err)
		return err;
	err = read(ctx, reader->catalog, e);
	reader_give(g, reader);
	return err;
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

/* ---- repositories ---- */

struct snapshot *ingest_snapshot(struct ingest *g, struct str name)
{
	struct repository *r = repository_find(g, name);
	return r ? repository_shown(r) : NULL;
}

struct ingest_source ingest_source(struct ingest *g, struct str name)
{
	struct ingest_source source = { 0 };
	struct repository *r = repository_find(g, name);
	struct snapshot *s = r ? repository_shown(r) : NULL;
	if (s && repo_kind(s->settings) == REPO_UPSTREAM)
		source = repository_source(r, s->settings);
	snapshot_unref(s);
	return source;
}

uint64_t ingest_last_event(struct ingest *g) { return atomic_load(&g->shown); }

struct str ingest_renamed(struct ingest *g, struct str name)
{
	struct repository *r = repository_renamed(g, name);
	return r ? str_c(r->name) : (struct str){ 0 };
}

enum err ingest_check_name(struct ingest *g, struct str name, struct errinfo *e)
{
	if (g && repo_name_check(name, NULL) && !repo_old_name_check(name, NULL) && repository_was(g, name))
		return OK;
	return repo_name_check(name, e);
}

bool ingest_has_repo(struct ingest *g, struct str name)
{
	struct snapshot *s = ingest_snapshot(g, name);
	snapshot_unref(s);
	return s != NULL;
}

enum visibility ingest_visibility(struct ingest *g, struct str name)
{
	struct repository *r = repository_find(g, name);
	return r ? atomic_load_explicit(&r->visibility, memory_order_relaxed) : REPO_ABSENT;
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
		struct snapshot *s = repository_shown(r);
		if (s)
			list[n++] = (struct repo_info){ str_c(r->name), repo_kind(s->settings),
			                                rope_charts(s->json), rope_versions(s->json),
			                                rope_bytes(s->json) };
		snapshot_unref(s);
	}
	qsort(list, n, sizeof *list, by_name);
	*ret = list;
	*ret_count = n;
	return OK;
}

/* ---- stored files ---- */

enum err reader_row(struct ingest *g, const struct repository *r, struct arena *a,
                    struct str chart_file, struct version_row *ret, struct errinfo *e)
{
	struct reader *reader;
	enum err err = reader_take(g, &reader, e);
	if (err)
		return err;
	err = catalog_version_by_file(reader->catalog, a, r->id, chart_file, ret, e);
	reader_give(g, reader);
	return err;
}

static enum err find_file(struct ingest *g, struct repository *r, struct str file,
                          struct stored_file *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct version_row row;
	bool prov;
	enum err err = reader_row(g, r, &a, chart_file_archive(file, &prov), &row, e);
	if (err)
		return err;
	bool remote = repository_kind(r) == REPO_UPSTREAM;
	if (row.state == VERSION_DELETED || (prov && !row.has_prov && !remote))
		return ERR(e, NOT_FOUND, "there is no %.*s", STR_ARG(file));
	if (prov ? !row.has_prov : row.absent)
		return ERR(e, ABSENT, "%.*s is not kept here yet", STR_ARG(file));
	ret->digest = prov ? row.prov_digest : row.digest;
	ret->bytes = prov ? 0 : row.bytes;   /* of a provenance file the row does not say */
	return OK;
}

static enum err open_file(struct repository *r, const char *name, struct stored_file *ret,
                          struct errinfo *e)
{
	AUTO_FD int fd = -1;
	if (!repository_enter(r))
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%s\"", r->name);
	enum err err = fs_open_regular(r->charts_fd, name, &fd, &ret->st, e);
	repository_leave(r);
	if (err == ERR_NOT_FOUND || err == ERR_INVALID)
		return ERR(e, DAMAGED, "%s is in the catalog but its file is missing", name);
	if (err)
		return err;
	uint64_t bytes = (uint64_t)ret->st.st_size;
	if (ret->bytes && bytes != ret->bytes)
		return ERR(e, DAMAGED, "%s has %llu bytes, the catalog says %llu", name,
		           (unsigned long long)bytes, (unsigned long long)ret->bytes);
	ret->bytes = bytes;
	ret->fd = fd_take(&fd);
	return OK;
}

enum err ingest_file(struct ingest *g, struct str repo, struct str file, struct stored_file *ret,
                     struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct stored_file found = { .fd = -1 };
	struct repository *r = repository_find(g, repo);
	if (!r)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	if (!chart_file_name_is_safe(file))
		return ERR(e, NOT_FOUND, "there is no such file");
	const char *name = arena_dup(&a, file);
	if (!name)
		return ERR(e, NOMEM, "file name");
	enum err err = find_file(g, r, file, &found, e);
	if (!err)
		err = open_file(r, name, &found, e);
	if (!err)
		*ret = found;
	return err;
}

/* ---- reports ---- */

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
#define X(name) .name = atomic_load(&g->name),
		INGEST_COUNTS(X)
#undef X
		.stopped = atomic_load(&g->stopped), .storage = (enum err)atomic_load(&g->storage),
		.free_bytes = atomic_load(&g->free_bytes), .total_bytes = atomic_load(&g->total_bytes),
	};
}
