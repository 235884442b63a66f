/* Archives. Who wants one that is being fetched waits for that: there is one request for it, however
 * many want it. An upstream has UPSTREAM_FETCHES_MAX places, and so has a host, which may have the
 * archives of many upstreams; who finds none waits without a thread, so that a slow one is waited for by
 * those alone who want something of it. What arrives is judged like an upload (CHANGE_KEEP), and what is
 * not what the index promised is never handed out. A failure of the upstream is remembered for a moment,
 * so that a crowd does not become one of requests; one of our own, such as a full disk, may be over by
 * the next one.                                                                                */
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/upstream/fetch.h"

struct fetching {
	struct fetching *next;
	struct upstreams *of;
	struct pool_job job;
	struct upstream_want *wants;
	int64_t failed_ns;               /* monotonic; 0: it runs */
	struct ingest_source source;     /* what `repo` is */
	char host[FETCH_HOST_BYTES];
	enum err err;
	struct errinfo error;
	struct str repo, file, via;      /* behind it, in the same block */
};

static struct fetching **bucket(struct upstreams *u, struct str repo, struct str file)
{
	return &u->fetching[str_hash(file, str_hash(repo, STR_HASH_START)) % FETCHING_BUCKETS];
}

/* ---- who waits ---- */

static void answer(struct upstream_want *wants, enum err err, const struct errinfo *e)
{
	while (wants) {
		struct upstream_want *w = wants;
		wants = w->next;
		w->err = err;
		if (err)
			w->error = *e;
		w->done(w);
	}
}

/* With the lock. */
static void unlink_fetching(struct upstreams *u, struct fetching *g)
{
	struct fetching **at = bucket(u, g->repo, g->file);
	while (*at != g)
		at = &(*at)->next;
	*at = g->next;
}

/* Another one fetched it since it was looked for. A provenance file that is here may be wanted once more. */
static bool has_come(const struct fetching *g)
{
	if (str_ends(g->file, STR(".prov")))
		return false;
	struct stored_file f;
	struct errinfo ignored;
	if (ingest_file(g->of->ingest, g->repo, g->file, &f, &ignored))
		return false;
	(void)close(f.fd);
	return true;
}

bool fetch_failed_here(enum err err)
{
	static const enum err ours[] = {
		ERR_DISK_FULL, ERR_READ_ONLY, ERR_READ_ONLY_MODE, ERR_IO, ERR_DB, ERR_NO_FILES, ERR_NOMEM,
		ERR_BUSY, ERR_DRAINING,
	};
	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (err == ours[i])
			return true;
	return false;
}

static void finish(struct fetching *g, enum err err, struct errinfo e)
{
	struct upstreams *u = g->of;
	bool remember = err && !fetch_failed_here(err);
	if (err)
		LOG(LOG_WARN, "upstream.fetch", KV("repo", g->repo), KV("file", g->file),
		    KV("reason", (const char *)e.detail));
	lane_leave(u->shares, g->repo);
	(void)pthread_mutex_lock(&u->lock);
	struct upstream_want *wants = g->wants;
	g->wants = NULL;
	if (remember) {
		g->err = err;
		g->error = e;
		g->failed_ns = clock_monotonic();
	} else {
		unlink_fetching(u, g);
	}
	(void)pthread_mutex_unlock(&u->lock);
	if (!remember)
		free(g);
	answer(wants, err, &e);
}

static struct fetching *fetching_of(struct pool_job *job)
{
	return (struct fetching *)((char *)job - offsetof(struct fetching, job));
}

/* With a place at the host. */
static void fetch(struct pool_job *job)
{
	struct fetching *g = fetching_of(job);
	struct errinfo e = { 0 };
	enum err err = has_come(g) ? OK : fetch_and_keep(g->of, g->repo, g->file, g->via, &e);
	lane_leave(g->of->hosts, str_c(g->host));
	finish(g, err, e);
}

/* With a place of the upstream, which is kept. */
static void find_place(struct pool_job *job)
{
	struct fetching *g = fetching_of(job);
	struct errinfo e = { 0 };
	g->job.run = fetch;
	fetch_host(g->of, g->repo, g->file, g->host);
	enum err err = lane_enter(g->of->hosts, str_c(g->host), &g->job, &e);
	if (err)
		finish(g, err, e);
}

static bool is_over(const struct fetching *g)
{
	return g->failed_ns &&
	       clock_monotonic() - g->failed_ns > (int64_t)UPSTREAM_FAILURE_SECONDS * NS_PER_SECOND;
}

/* With the lock: also drops what failed long ago. */
static struct fetching *find_fetching(struct upstreams *u, struct str repo, struct str file,
                                      const struct ingest_source *source)
{
	struct fetching *found = NULL;
	for (struct fetching **at = bucket(u, repo, file), *g; (g = *at);) {
		if (is_over(g)) {
			*at = g->next;
			free(g);
			continue;
		}
		if (str_eq(g->repo, repo) && str_eq(g->file, file) && ingest_source_eq(&g->source, source))
			found = g;
		at = &g->next;
	}
	return found;
}

static struct str put(char **to, struct str text)
{
	struct str there = { *to, text.n };
	if (text.n)
		memcpy(*to, text.p, text.n);
	*to += text.n;
	return there;
}

static struct fetching *new_fetching(struct upstreams *u, const struct upstream_want *w,
                                     const struct ingest_source *source)
{
	struct fetching *g = calloc(1, sizeof *g + w->repo.n + w->file.n + w->via.n);
	if (!g)
		return NULL;
	char *text = (char *)(g + 1);
	g->repo = put(&text, w->repo);
	g->file = put(&text, w->file);
	g->via = put(&text, w->via);
	g->of = u;
	g->source = *source;
	g->job.run = find_place;
	struct fetching **at = bucket(u, g->repo, g->file);
	g->next = *at;
	*at = g;
	return g;
}

/* With the lock. True: it is answered now, with w->err. */
static bool join(struct upstreams *u, struct upstream_want *w)
{
	struct ingest_source source = ingest_source(u->ingest, w->repo);
	struct fetching *g = find_fetching(u, w->repo, w->file, &source);
	if (u->stopping) {
		w->err = ERR(&w->error, DRAINING, "the server is shutting down");
		return true;
	}
	if (g && g->failed_ns && w->again) {
		unlink_fetching(u, g);
		free(g);
		g = NULL;
	}
	if (g && g->failed_ns) {
		w->err = g->err;
		w->error = g->error;
		return true;
	}
	bool first = !g;
	if (first && !(g = new_fetching(u, w, &source))) {
		w->err = ERR(&w->error, NOMEM, "fetch");
		return true;
	}
	if (first && (w->err = lane_enter(u->shares, g->repo, &g->job, &w->error))) {
		unlink_fetching(u, g);
		free(g);
		return true;
	}
	w->next = g->wants;
	g->wants = w;
	return false;
}

void fetch_forget(struct upstreams *u)
{
	for (size_t i = 0; i < FETCHING_BUCKETS; i++)
		for (struct fetching *g; (g = u->fetching[i]);) {
			u->fetching[i] = g->next;
			free(g);
		}
}

void fetch_want(struct upstreams *u, struct upstream_want *w)
{
	w->err = OK;
	w->error = (struct errinfo){ 0 };
	w->next = NULL;
	(void)pthread_mutex_lock(&u->lock);
	bool answered = join(u, w);
	(void)pthread_mutex_unlock(&u->lock);
	if (answered)
		w->done(w);
}

enum err fetch_may(struct upstreams *u, struct str repo, struct errinfo *e)
{
	struct snapshot *s = ingest_snapshot(u->ingest, repo);
	bool paused = s && s->settings->paused;
	snapshot_unref(s);
	return paused ? ERR(e, UPSTREAM, "%.*s is paused, and this archive is not here", STR_ARG(repo)) : OK;
}

void upstreams_want(struct upstreams *u, struct upstream_want *w)
{
	w->error = (struct errinfo){ 0 };
	w->err = fetch_may(u, w->repo, &w->error);
	if (w->err)
		w->done(w);
	else
		fetch_want(u, w);
}
