/* Refreshes that a person asks for. A refresh may take as long as its upstream likes: a thread
 * of the upstreams does it, one that does nothing else waits for it and answers, and who has waited
 * long enough is told that it goes on.                                                         */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "server/api/body.h"
#include "server/api/json_parts.h"
#include "server/api/upstreams.h"

#define ANSWER_MAX_BYTES (1u * MIB)
#define REFRESH_WAIT_USUAL 30u
#define LOOK_NS (100 * NS_PER_MS)    /* how often whether the server ends is looked at */

/* ---- the report ---- */

static void put_report(struct sbuf *b, struct str repo, const struct upstream_report *r, bool dry_run,
                       enum err err, const struct errinfo *e)
{
	bool held = r->row.state == UPSTREAM_IS_HELD;
	struct str reason = err ? str_c(err_public_text(e)) : r->row.reason;
	sbuf_putc(b, '{');
	json_text(b, "name", repo);
	json_text(b, "state", str_c(upstream_state_word(r->row.state)));
	json_text(b, "held_for", str_c(upstream_hold_word(r->row.held_for)));
	json_text(b, "reason", reason);
	json_bool(b, "ok", !err && !r->missing.n);
	json_bool(b, "held", held);
	json_bool(b, "dry_run", dry_run);
	put_time(b, "checked_at", r->row.checked_ns);
	json_number(b, "added", r->added);
	json_number(b, "changed", r->changed);
	json_number(b, "gone", r->gone);
	json_number(b, "drifted", r->drifted);
	json_number(b, "skipped", r->skipped);
	json_number(b, "fetched", r->fetched);
	json_number(b, "failed", r->failed);
	json_number(b, "wire_bytes", r->wire_bytes);
	json_number(b, "took_ms", (uint64_t)(r->took_ns / NS_PER_MS));
	if (dry_run) {
		put_selection(b, r->rules);
		json_number(b, "sizes_unknown", r->sizes_unknown);
		json_number(b, "left_out", r->left_out);
	}
	sbuf_puts(b, "}\n");
}

/* ---- a refresh, and who waits for it ---- */

struct refreshing {                  /* on the heap: whoever is last frees it */
	struct pool_job job;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool over, left;                 /* left: nobody waits any more */
	struct upstreams *u;
	struct lanes *patience;          /* a place under `repo` is held */
	struct upstream_refresh_options options;
	char repo[REPO_NAME_MAX_BYTES + 1];
	struct arena arena;
	struct upstream_report report;
	enum err err;
	struct errinfo error;
};

static void refreshing_free(struct refreshing *x)
{
	(void)pthread_cond_destroy(&x->changed);
	(void)pthread_mutex_destroy(&x->lock);
	arena_done(&x->arena);
	free(x);
}

static void refresh(struct pool_job *job)
{
	struct refreshing *x = (struct refreshing *)job;
	struct upstreams *u = x->u;
	struct lanes *patience = x->patience;
	char repo[sizeof x->repo];           /* whoever waits may free x */
	memcpy(repo, x->repo, sizeof repo);
	x->err = upstreams_refresh(x->u, &x->arena, str_c(x->repo), &x->options, &x->report, &x->error);
	(void)pthread_mutex_lock(&x->lock);
	x->over = true;
	bool left = x->left;
	(void)pthread_cond_signal(&x->changed);
	(void)pthread_mutex_unlock(&x->lock);
	if (left)
		refreshing_free(x);
	lane_leave(patience, str_c(repo));
	upstreams_leave(u, str_c(repo));
}

/* Also until the server ends, which nobody is to wait for because of an upstream. */
static bool wait_for(struct refreshing *x, int64_t until_ns, const atomic_bool *draining)
{
	int64_t now;
	(void)pthread_mutex_lock(&x->lock);
	while (!x->over && (now = clock_monotonic()) < until_ns && !atomic_load(draining)) {
		int64_t next = now + LOOK_NS < until_ns ? now + LOOK_NS : until_ns;
		const struct timespec t = { next / NS_PER_SECOND, next % NS_PER_SECOND };
		(void)pthread_cond_clockwait(&x->changed, &x->lock, CLOCK_MONOTONIC, &t);
	}
	bool over = x->over;
	x->left = true;
	(void)pthread_mutex_unlock(&x->lock);
	return over;
}

/* One that failed or is held was asked for and done: what came of it is the answer. Only what kept it from
 * being tried is an error.                                                                     */
static bool was_tried(const struct refreshing *x)
{
	return x->err != ERR_REPO_NOT_FOUND && x->err != ERR_INVALID && x->err != ERR_DRAINING &&
	       x->err != ERR_NOMEM;
}

static enum err answer_report(struct call *c, const struct refreshing *x, struct response *s,
                              struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(ANSWER_MAX_BYTES);
	if (!was_tried(x)) {
		*e = x->error;
		return x->err;
	}
	put_report(&b, c->repo, &x->report, x->options.dry_run, x->err, &x->error);
	return respond_buffer(JSON_TYPE, &b, s, e);
}

static enum err answer_later(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(ANSWER_MAX_BYTES);
	sbuf_putc(&b, '{');
	json_text(&b, "name", c->repo);
	json_bool(&b, "running", true);
	sbuf_puts(&b, "}\n");
	enum err err = respond_buffer(JSON_TYPE, &b, s, e);
	s->status = err ? s->status : 202;
	return err;
}

struct waiting { struct refreshing *x; int64_t until_ns; };

static void give_up(struct refreshing *x)
{
	lane_leave(x->patience, str_c(x->repo));
	refreshing_free(x);
}

static enum err refresh_and_wait(struct call *c, struct response *s, struct errinfo *e)
{
	const struct waiting *w = c->state;
	struct refreshing *x = w->x;
	enum err err = upstreams_enter(x->u, str_c(x->repo), &x->job, e);
	if (err) {
		give_up(x);
		return err;
	}
	if (!wait_for(x, w->until_ns, c->app->draining))
		return atomic_load(c->app->draining)
		       ? ERR(e, DRAINING, "the server is shutting down; the refresh is begun again when it starts")
		       : answer_later(c, s, e);
	err = answer_report(c, x, s, e);
	refreshing_free(x);
	return err;
}

/* Who comes while many are under way for the same upstream joins one that begins after them all. */
static enum err join(struct call *c, struct upstreams *u, const struct upstream_refresh_options *o,
                     struct response *s, struct errinfo *e)
{
	if (o->whole || o->accept_drop || o->accept_fork || o->dry_run)
		return ERR(e, BUSY, "others wait for this upstream; ask again when it has been refreshed");
	enum err err = upstreams_refresh_soon(u, c->repo, e);
	return err ? err : answer_later(c, s, e);
}

static enum err read_options(struct call *c, struct upstream_refresh_options *ret, struct errinfo *e)
{
	const struct node *body;
	enum err err = body_json(c, &body, e);
	if (!err)
		err = body_only(body, "first whole accept_drop accept_fork", e);
	if (!err)
		err = body_bool(body, "first", &ret->first, e);
	if (!err)
		err = body_bool(body, "whole", &ret->whole, e);
	if (!err)
		err = body_bool(body, "accept_drop", &ret->accept_drop, e);
	if (!err)
		err = body_bool(body, "accept_fork", &ret->accept_fork, e);
	ret->dry_run = query_is_on(&c->query, "dry_run");
	return err;
}

enum err upstreams_refresh_post(struct call *c, struct response *s, struct errinfo *e)
{
	uint64_t wait = REFRESH_WAIT_USUAL;
	struct upstream_refresh_options options = { 0 };
	struct upstreams *u;
	enum err err = call_is_upstream(c, e);
	if (!err)
		err = call_upstreams(c, &u, e);
	if (!err)
		err = read_options(c, &options, e);
	if (!err)
		err = query_number(&c->query, "wait", 0, REFRESH_WAIT_MAX_SECONDS, &wait, e);
	if (err)
		return err;
	if (!lane_try(c->app->patience, c->repo))
		return join(c, u, &options, s, e);
	struct waiting *w = ARENA_NEW(&c->r->arena, struct waiting);
	struct refreshing *x = w ? calloc(1, sizeof *x) : NULL;
	if (!x) {
		lane_leave(c->app->patience, c->repo);
		return ERR(e, NOMEM, "refresh");
	}
	x->job.run = refresh;
	x->u = u;
	x->options = options;
	memcpy(x->repo, c->repo.p, c->repo.n);
	(void)pthread_mutex_init(&x->lock, NULL);
	(void)pthread_cond_init(&x->changed, NULL);
	*w = (struct waiting){ x, clock_monotonic() + (int64_t)wait * NS_PER_SECOND };
	x->patience = c->app->patience;
	c->state = w;
	err = call_work(c, c->app->patient, refresh_and_wait, e);
	if (err)
		give_up(x);
	return err;
}
