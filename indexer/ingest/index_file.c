/* repos/<repo>/index.yaml: the served bytes on disk, so that any static web server over repos/ is
 * a working Helm repository. A convenience, never read back: written after changes, at most
 * every FLUSH_EVERY_NS and at most 1/FLUSH_SHARE of the time.                                 */
#include <errno.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/ingest/ingest_impl.h"

#define FLUSH_EVERY_NS (5 * NS_PER_SECOND)
#define FLUSH_SHARE 50

/* ---- in which form ---- */

#define FORM "index_form"            /* in meta: "yaml {…}": the format, or "none", and serverInfo */

static void put_form(const struct ingest_options *o, struct sbuf *b)
{
	sbuf_puts(b, !o->index_files ? "none" : o->yaml ? "yaml" : "json");
	if (o->server_info)
		sbuf_printf(b, " %s", o->server_info);
}

static void take_form(struct ingest *g, struct str form)
{
	bool has_info;
	struct str format = str_cut(&form, ' ', &has_info);
	g->options.index_files = !str_eq(format, STR("none"));
	g->options.yaml = str_eq(format, STR("yaml"));
	if (!has_info || form.n >= sizeof g->server_info)
		return;
	memcpy(g->server_info, form.p, form.n);
	g->options.server_info = g->server_info;
}

enum err index_form_settle(struct ingest *g, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf form = sbuf_make(KIB);
	struct str last = STR("json");
	enum err err = catalog_meta_get(g->catalog, &a, FORM, &last, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	if (g->options.as_served) {
		take_form(g, last);
		return OK;
	}
	put_form(&g->options, &form);
	if (!sbuf_ok(&form))
		return ERR(e, NOMEM, "index files");
	g->index_form_is_new = !str_eq(sbuf_str(&form), last);
	return g->index_form_is_new ? catalog_meta_set(g->catalog, FORM, sbuf_str(&form), e) : OK;
}

/* ---- one file ---- */

static enum err write_pieces(int fd, const struct rope *rope, struct errinfo *e)
{
	unsigned count;
	const struct iovec *iov = rope_iov(rope, &count);
	enum err err = OK;
	for (unsigned i = 0; i < count && !err; i++)
		err = fs_write(fd, str_make(iov[i].iov_base, iov[i].iov_len), e);
	return err;
}

/* One that nobody writes any more says what it said long ago. */
static enum err remove_index_file(struct ingest *g, const struct repository *r, struct errinfo *e)
{
	AUTO_FD int dir = -1;
	enum err err = datadir_open_repo(g->dir, str_c(r->name), &dir, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	if (unlinkat(dir, "index.yaml", 0) != 0 && errno != ENOENT)
		return ERR_SYS(e, "remove index.yaml");
	return OK;
}

static enum err write_index_file(struct ingest *g, const struct repository *r, const struct snapshot *s,
                                 struct errinfo *e)
{
	AUTO_FD int dir = -1;
	struct fs_tmp t = { .fd = -1 };
	enum err err = datadir_open_repo(g->dir, str_c(r->name), &dir, e);
	if (!err)
		err = datadir_tmp(g->dir, &t, e);
	if (!err)
		err = g->options.unread ? index_unread_write(g, r, s, t.fd, e)
		                        : write_pieces(t.fd, s->yaml ? s->yaml : s->json, e);
	if (!err)
		err = fs_sync(t.fd, e);
	if (!err)
		err = fs_tmp_replace(&t, dir, "index.yaml", e);
	fs_tmp_close(&t);
	return err;
}

/* The folder of a virtual repository has no charts: its links would lead nowhere there. */
static enum err flush_repository(struct ingest *g, struct repository *r, struct errinfo *e)
{
	struct snapshot *s = repository_snapshot(r);
	enum err err = repo_kind(s->settings) == REPO_VIRTUAL ? remove_index_file(g, r, e)
	                                                      : write_index_file(g, r, s, e);
	snapshot_unref(s);
	return err;
}

void flush_index_files(struct ingest *g)
{
	if (!g->options.index_files)
		return;
	(void)pthread_mutex_lock(&g->flush_lock);
	for (struct repository *r = atomic_load(&g->repositories); r; r = r->next) {
		struct errinfo e = { 0 };
		if (atomic_load(&r->gone) || !atomic_exchange(&r->index_dirty, false))
			continue;
		if (flush_repository(g, r, &e)) {
			atomic_store(&r->index_dirty, true);
			LOG(LOG_WARN, "index_file.failed", KV("repo", (const char *)r->name), KV("code", err_code(e.code)),
			    KV("detail", (const char *)e.detail));
		}
	}
	(void)pthread_mutex_unlock(&g->flush_lock);
}

enum err flush_now(struct ingest *g, struct errinfo *e)
{
	enum err err = OK;
	flush_index_files(g);
	for (struct repository *r = atomic_load(&g->repositories); r && !err; r = r->next)
		if (repository_is_shown(r) && (!g->options.index_files || atomic_load(&r->index_dirty)))
			err = remove_index_file(g, r, e);
	return err;
}

/* Sleeps until `until` or until the program ends; true when it ends. */
static bool sleep_until(struct ingest *g, int64_t until_ns)
{
	struct timespec t = { until_ns / NS_PER_SECOND, until_ns % NS_PER_SECOND };
	(void)pthread_mutex_lock(&g->lock);
	while (!g->ending && pthread_cond_clockwait(&g->flush_wake, &g->lock, CLOCK_MONOTONIC, &t) != ETIMEDOUT)
		;
	bool ending = g->ending;
	(void)pthread_mutex_unlock(&g->lock);
	return ending;
}

void *flusher_main(void *arg)
{
	struct ingest *g = arg;
	struct errinfo e = { 0 };
	bool ending = false;
	while (!ending) {
		int64_t began = clock_monotonic();
		flush_index_files(g);
		int64_t took = clock_monotonic() - began;
		int64_t pause = took * FLUSH_SHARE > FLUSH_EVERY_NS ? took * FLUSH_SHARE : FLUSH_EVERY_NS;
		ending = sleep_until(g, began + pause);
		if (!ending && catalog_in_place(g->catalog, &e))
			ingest_stop(g, &e);
		if (!ending)
			space_check(g);
	}
	flush_index_files(g);
	return NULL;
}
