/* The repositories in memory and their snapshots.
 *
 * The list only grows, at its head, by the writer; everybody else walks it without a lock.   */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/ingest/ingest_impl.h"

struct repository *repository_find(struct ingest *g, struct str name)
{
	struct repository *r = atomic_load_explicit(&g->repositories, memory_order_acquire);
	while (r && !str_eq_c(name, r->name))
		r = r->next;
	return r;
}

enum err repository_add(struct ingest *g, int64_t id, struct str name, struct repository **ret,
                        struct errinfo *e)
{
	if (name.n > REPO_NAME_MAX_BYTES)
		return ERR(e, CORRUPT, "the catalog has a repository name of %zu bytes", name.n);
	struct repository *r = calloc(1, sizeof *r);
	if (!r)
		return ERR(e, NOMEM, "repository");
	enum err err = datadir_open_charts(g->dir, name, true, &r->charts_fd, e);
	if (err) {
		free(r);
		return err;
	}
	r->id = id;
	memcpy(r->name, name.p, name.n);
	(void)pthread_mutex_init(&r->lock, NULL);
	r->next = atomic_load(&g->repositories);
	atomic_store_explicit(&g->repositories, r, memory_order_release);
	*ret = r;
	return OK;
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
	if (dup3(fd, r->charts_fd, O_CLOEXEC) < 0)
		return ERR_SYS(e, "dup");
	LOG(LOG_WARN, "repository.folder_was_removed", KV("repo", (const char *)r->name),
	    KV("advice", "its charts are gone; publish them again"));
	return OK;
}

enum err repository_is_lost(struct ingest *g, struct catalog *catalog, struct str name, bool *ret,
                            struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event last;
	enum err err = repository_find(g, name) ? ERR_NOT_FOUND
	               : catalog_last_event(catalog, &a, name, &last, e);
	*ret = !err;
	return err == ERR_NOT_FOUND ? OK : err;
}

void repository_free(struct repository *r)
{
	snapshot_unref(r->now);
	(void)close(r->charts_fd);
	(void)pthread_mutex_destroy(&r->lock);
	free(r);
}

void toggle_left_out(struct sha256 *left_out, const struct sha256 *digest)
{
	for (size_t i = 0; i < SHA256_BYTES; i++)
		left_out->bytes[i] ^= digest->bytes[i];
}

void tell_server(const struct ingest *g, struct rope *json, struct rope *yaml)
{
	rope_tell_server(json, g->options.server_info);
	if (yaml)
		rope_tell_server(yaml, g->options.server_info);
}

enum err empty_ropes(const struct ingest *g, struct rope **ret_json, struct rope **ret_yaml,
                     struct errinfo *e)
{
	enum err err = rope_empty(ROPE_JSON, 0, ret_json, e);
	if (!err && g->options.yaml)
		err = rope_empty(ROPE_YAML, 0, ret_yaml, e);
	if (!err)
		tell_server(g, *ret_json, *ret_yaml);
	return err;
}

enum err snapshot_new(struct rope *json, struct rope *yaml, const struct event *last,
                      const struct sha256 *left_out, struct snapshot **ret, struct errinfo *e)
{
	struct { struct sha256 leaf, left_out; } about = { last->leaf, *left_out };
	struct snapshot *s = calloc(1, sizeof *s);
	enum err err = s ? OK : ERR(e, NOMEM, "snapshot");
	if (!err)
		err = sha256_of(str_make(&about, sizeof about), &s->identity, e);
	if (err) {
		free(s);
		rope_unref(json);
		rope_unref(yaml);
		return err;
	}
	s->json = json;
	s->yaml = yaml;
	s->event = last->seq;
	s->leaf = last->leaf;
	s->generated_ns = last->at_ns;
	s->refs = 1;
	*ret = s;
	return OK;
}

void snapshot_unref(struct snapshot *s)
{
	if (!s || __atomic_sub_fetch(&s->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	rope_unref(s->json);
	rope_unref(s->yaml);
	free(s);
}

struct snapshot *repository_snapshot(struct repository *r)
{
	(void)pthread_mutex_lock(&r->lock);
	struct snapshot *s = r->now;
	if (s)
		(void)__atomic_add_fetch(&s->refs, 1, __ATOMIC_RELAXED);
	(void)pthread_mutex_unlock(&r->lock);
	return s;
}

void repository_swap(struct repository *r, struct snapshot *s)
{
	(void)pthread_mutex_lock(&r->lock);
	struct snapshot *old = r->now;
	r->now = s;
	(void)pthread_mutex_unlock(&r->lock);
	snapshot_unref(old);
}
