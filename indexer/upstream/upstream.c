/* Opening and closing, and how it is with an upstream. */
#include "indexer/upstream/upstream.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/ingest/lookup.h"
#include "indexer/upstream/impl.h"

/* ---- which there are ---- */

bool upstreams_is_stopping(struct upstreams *u)
{
	(void)pthread_mutex_lock(&u->lock);
	bool stopping = u->stopping;
	(void)pthread_mutex_unlock(&u->lock);
	return stopping;
}

bool follow_is_over(struct follow *f)
{
	struct ingest_source is = ingest_source(f->of->ingest, str_c(f->repo));
	return upstreams_is_stopping(f->of) || !ingest_source_eq(&is, &f->source);
}

struct follow *follow_of(struct upstreams *u, struct str repo)
{
	(void)pthread_mutex_lock(&u->lock);
	struct follow *f = u->list;
	while (f && !str_eq_c(repo, f->repo))
		f = f->next;
	if (!f && repo.n <= REPO_NAME_MAX_BYTES && (f = calloc(1, sizeof *f))) {
		memcpy(f->repo, repo.p, repo.n);
		(void)pthread_mutex_init(&f->running, NULL);
		f->of = u;
		f->next = u->list;
		u->list = f;
	}
	(void)pthread_mutex_unlock(&u->lock);
	return f;
}

enum err upstream_settings(struct upstreams *u, struct str repo, struct snapshot **ret,
                           struct errinfo *e)
{
	struct snapshot *s = ingest_snapshot(u->ingest, repo);
	if (!s)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	if (repo_kind(s->settings) == REPO_UPSTREAM) {
		*ret = s;
		return OK;
	}
	snapshot_unref(s);
	return ERR(e, INVALID, "\"%.*s\" follows no other server", STR_ARG(repo));
}

enum err follow_open(struct upstreams *u, struct str repo, struct follow **ret, struct errinfo *e)
{
	struct snapshot *s;
	enum err err = upstream_settings(u, repo, &s, e);
	if (err)
		return err;
	snapshot_unref(s);
	struct follow *f = follow_of(u, repo);
	if (!f)
		return ERR(e, NOMEM, "upstream");
	*ret = f;
	return OK;
}

enum err upstream_access(struct upstreams *u, struct arena *a, const struct repo_settings *s,
                         struct outgoing_access *ret, struct errinfo *e)
{
	const struct upstreams_options *o = &u->options;
	struct outgoing_access access = { .allow_private = false };
	enum err err = OK;
	if (s->credentials.n)
		err = o->credentials ? o->credentials(o->credentials_ctx, a, s->credentials, &access, e)
		      : ERR(e, NOT_FOUND, "the settings file has no credentials \"%.*s\"",
		            STR_ARG(s->credentials));
	access.allow_private = s->allow_private;
	if (!err)
		*ret = access;
	return err;
}

/* ---- opening and closing ---- */

static enum err start(struct upstreams *u, struct errinfo *e)
{
	enum err err = pool_new(UPSTREAM_THREADS, "upstream", &u->pool, e);
	if (!err)
		err = pool_new(UPSTREAM_FETCH_THREADS, "fetch", &u->fetchers, e);
	if (!err)
		err = pool_new(UPSTREAM_TESTS_MAX, "test", &u->testers, e);
	if (!err)
		err = lanes_new(NULL, UPSTREAM_TESTS_MAX, UINT_MAX, &u->tests, e);
	if (!err)
		err = lanes_new(u->pool, 1, UINT_MAX, &u->refreshes, e);
	if (!err)
		err = lanes_new(u->fetchers, UPSTREAM_FETCHES_MAX, UINT_MAX, &u->shares, e);
	if (!err)
		err = lanes_new(u->fetchers, UPSTREAM_FETCHES_MAX, UPSTREAM_FETCH_THREADS / 2, &u->hosts, e);
	if (!err)
		err = lanes_new(NULL, UPSTREAM_LOOKS_MAX, UINT_MAX, &u->looks, e);
	if (!err)
		err = lanes_new(NULL, UPSTREAM_LOOKS_MAX, HUB_FETCHES_MAX / 2, &u->looked_at, e);
	return err ? err : thread_start(&u->scheduler, "upstreams", scheduler_main, u, e);
}

enum err upstreams_open(const struct upstreams_options *o, struct upstreams **ret, struct errinfo *e)
{
	struct upstreams *u = calloc(1, sizeof *u);
	if (!u)
		return ERR(e, NOMEM, "upstreams");
	u->options = *o;
	u->ingest = o->ingest;
	(void)pthread_mutex_init(&u->lock, NULL);
	(void)pthread_cond_init(&u->wake, NULL);
	enum err err = start(u, e);
	if (err)
		upstreams_close(u);
	else
		*ret = u;
	return err;
}

void upstreams_stop(struct upstreams *u)
{
	(void)pthread_mutex_lock(&u->lock);
	u->stopping = true;
	(void)pthread_cond_broadcast(&u->wake);
	(void)pthread_mutex_unlock(&u->lock);
	outgoing_stop(u->options.outgoing);
	thread_join(&u->scheduler);
	peer_stop(u);
}

void upstreams_close(struct upstreams *u)
{
	if (!u)
		return;
	upstreams_stop(u);
	pool_free(u->pool);                  /* what waits in them is told so by its own steps */
	pool_free(u->fetchers);
	pool_free(u->testers);
	lanes_free(u->tests);
	lanes_free(u->refreshes);
	lanes_free(u->shares);
	lanes_free(u->hosts);
	lanes_free(u->looks);
	lanes_free(u->looked_at);
	fetch_forget(u);
	for (struct follow *f = u->list, *next; f; f = next) {
		next = f->next;
		(void)pthread_mutex_destroy(&f->running);
		free(f);
	}
	(void)pthread_cond_destroy(&u->wake);
	(void)pthread_mutex_destroy(&u->lock);
	free(u);
}

void upstreams_wake(struct upstreams *u)
{
	(void)pthread_mutex_lock(&u->lock);
	u->looked = false;
	(void)pthread_cond_broadcast(&u->wake);
	(void)pthread_mutex_unlock(&u->lock);
}

enum err upstreams_enter(struct upstreams *u, struct str repo, struct pool_job *job, struct errinfo *e)
{
	return lane_enter(u->refreshes, repo, job, e);
}

void upstreams_leave(struct upstreams *u, struct str repo) { lane_leave(u->refreshes, repo); }

/* ---- refreshing ---- */

static bool has_other_settings(struct upstreams *u, struct str repo, const struct snapshot *before)
{
	struct snapshot *s = ingest_snapshot(u->ingest, repo);
	bool other = s && s->own_settings != before->own_settings;
	snapshot_unref(s);
	return other;
}

/* With `running`. What came of the last one, if that is enough; NULL where it is not. */
static const struct upstream_row *done_already(struct follow *f, struct arena *a,
                                               const struct upstream_refresh_options *o,
                                               struct upstream_row *row)
{
	struct errinfo ignored;
	(void)pthread_mutex_lock(&f->of->lock);
	bool wanted = f->wanted;
	(void)pthread_mutex_unlock(&f->of->lock);
	if (!o->first && (!o->queued || o->whole || wanted))
		return NULL;
	return ingest_upstream_row(f->of->ingest, a, str_c(f->repo), row, &ignored) ||
	       row->state == UPSTREAM_IS_NEVER ? NULL : row;
}

static enum err tell_done(struct follow *f, const struct upstream_row *row, struct upstream_report *ret,
                          struct errinfo *e)
{
	bool fails = row->state == UPSTREAM_IS_HELD || row->state == UPSTREAM_IS_FAILING;
	*ret = (struct upstream_report){ .row = *row, .skipped = row->skipped,
	                                 .missing = fails ? (struct str){ 0 } : row->reason };
	atomic_store(&f->phase, (int)UPSTREAM_IDLE);
	if (row->state == UPSTREAM_IS_HELD)
		return ERR(e, BUSY, "%.*s", STR_ARG(row->reason));
	return row->state == UPSTREAM_IS_FAILING ? ERR(e, UPSTREAM, "%.*s", STR_ARG(row->reason)) : OK;
}

/* With `running`. */
static enum err refresh_now(struct follow *f, struct arena *a, const struct upstream_refresh_options *o,
                            struct upstream_report *ret, struct errinfo *e)
{
	struct upstream_row row;
	if (upstreams_is_stopping(f->of))
		return ERR(e, DRAINING, "the server is shutting down");
	const struct upstream_row *done = done_already(f, a, o, &row);
	if (done)
		return tell_done(f, done, ret, e);
	if (!o->dry_run) {
		(void)pthread_mutex_lock(&f->of->lock);
		f->wanted = false;
		(void)pthread_mutex_unlock(&f->of->lock);
	}
	enum err err = follow_refresh(f, a, (struct str){ 0 }, o, ret, e);
	if (!o->dry_run) {
		atomic_fetch_add(&f->refreshes, 1);
		atomic_fetch_add(&f->refreshes_failed, err != OK);
	}
	return err;
}

enum err upstreams_refresh(struct upstreams *u, struct arena *a, struct str repo,
                           const struct upstream_refresh_options *o, struct upstream_report *ret,
                           struct errinfo *e)
{
	struct snapshot *s;
	*ret = (struct upstream_report){ 0 };
	enum err err = upstream_settings(u, repo, &s, e);
	if (err)
		return err;
	struct follow *f = follow_of(u, repo);
	if (!f) {
		snapshot_unref(s);
		return ERR(e, NOMEM, "upstream");
	}
	(void)pthread_mutex_lock(&u->lock);
	f->busy++;
	(void)pthread_mutex_unlock(&u->lock);
	(void)pthread_mutex_lock(&f->running);
	err = refresh_now(f, a, o, ret, e);
	(void)pthread_mutex_unlock(&f->running);
	bool changed = has_other_settings(u, repo, s);
	int64_t next_ns = upstream_next_ns(u, s->settings, &ret->row, err);
	snapshot_unref(s);
	(void)pthread_mutex_lock(&u->lock);
	f->busy--;
	/* It is due again, or is another one; or who looked meanwhile left it to us to say when it is due. */
	u->looked &= !changed && err != ERR_DRAINING && !o->dry_run;
	if (!o->dry_run && err != ERR_DRAINING)
		f->next_ns = next_ns;
	if (!o->dry_run && ret->row.checked_ns)
		f->stale_ns = upstream_stale_ns(&ret->row);
	(void)pthread_cond_broadcast(&u->wake);
	(void)pthread_mutex_unlock(&u->lock);
	return err;
}

/* ---- looking ---- */

void upstream_hold(struct upstream_row *row, enum upstream_hold why)
{
	if (row->state != UPSTREAM_IS_HELD)
		row->failing_ns = 0;         /* what failed before is another matter */
	row->state = UPSTREAM_IS_HELD;
	row->held_for = why;
	row->has_body = false;
	row->etag = row->last_modified = row->reason = (struct str){ 0 };
}

int64_t upstream_stale_ns(const struct upstream_row *row)
{
	bool moved = row->state == UPSTREAM_IS_NEVER && row->reason.n;       /* it is of another address */
	if (row->state != UPSTREAM_IS_FAILING && row->state != UPSTREAM_IS_HELD && !moved)
		return 0;
	return row->fresh_ns ? row->fresh_ns : row->failing_ns;
}

int64_t upstreams_stale_since(struct upstreams *u, struct str repo)
{
	int64_t since = 0;
	(void)pthread_mutex_lock(&u->lock);
	for (const struct follow *f = u->list; f; f = f->next)
		if (str_eq_c(repo, f->repo))
			since = f->stale_ns;
	(void)pthread_mutex_unlock(&u->lock);
	return since;
}

const char *upstream_phase_word(enum upstream_phase phase)
{
	static const char *const words[] = { "idle", "waiting for a thread", "asking for the index",
		                                 "reading the index", "storing", "fetching archives", "asking for sizes" };
	return words[phase];
}

enum err upstreams_status(struct upstreams *u, struct arena *a, struct str repo,
                          struct upstream_status *ret, struct errinfo *e)
{
	struct snapshot *s;
	struct upstream_status status = { .phase = UPSTREAM_IDLE };
	struct remote_counts counts;
	struct remote_behind behind = { .versions = 0 };
	enum err err = upstream_settings(u, repo, &s, e);
	if (err)
		return err;
	bool mirror = upstream_mode(s->settings) == UPSTREAM_MIRROR;
	struct follow *f = follow_of(u, repo);
	err = f ? ingest_upstream_row(u->ingest, a, repo, &status.row, e) : ERR(e, NOMEM, "upstream");
	enum upstream_state shown = upstream_state_shown(&status.row, s->settings);
	if (shown == UPSTREAM_IS_FROZEN)
		status.frozen_ns = upstream_frozen_since(&status.row, s->settings);
	status.row.state = shown;
	status.row.next_ns = s->settings->paused ? 0 : status.row.next_ns;
	snapshot_unref(s);
	if (err && err != ERR_NOT_FOUND)
		return err;
	err = ingest_remote_counts(u->ingest, repo, &counts, e);
	if (!err && mirror)
		err = ingest_remote_behind(u->ingest, repo, &behind, e);
	if (err)
		return err;
	status.phase = (enum upstream_phase)atomic_load(&f->phase);
	status.done = atomic_load(&f->done);
	status.total = atomic_load(&f->total);
	status.refreshes = atomic_load(&f->refreshes);
	status.refreshes_failed = atomic_load(&f->refreshes_failed);
	status.forks = atomic_load(&f->forks);
	status.followed = peer_is_followed(f);
	status.fetched = atomic_load(&f->fetched);
	status.fetches_failed = atomic_load(&f->fetches_failed);
	status.held = counts.held;
	status.drifted = counts.drifted;
	status.gone = counts.gone;
	status.unpinned = counts.unpinned;
	status.behind = behind.versions;
	status.oldest_behind_ns = behind.oldest_ns;
	*ret = status;
	return OK;
}
