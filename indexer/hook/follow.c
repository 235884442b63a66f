/* The thread that follows the log. A round looks at the rows: events that came get their deliveries,
 * and of each hook the delivery whose turn it is goes to a thread of the pool.               */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/hook/impl.h"

#define BATCH_EVENTS 256u
#define LOST_EVENTS 1000u            /* looked at in vain before that is written down */
#define RETRY_SECONDS 10
#define ROUND_SECONDS 60             /* at least so often, because wall clocks jump */
#define GATHER_NS (NS_PER_SECOND / 50)

/* One round; rows live in the arena. */
struct round {
	struct hooks *h;
	struct arena arena;
	struct hook_row *rows;
	size_t count;
	uint64_t until;                  /* the log's last event, as far as we were told */
	uint64_t number;
	int64_t next_ns;                 /* monotonic: of the next round */
};

/* ---- lanes ---- */

struct lane *hooks_lane(struct hooks *h, int64_t hook_id)
{
	struct lane *free_one = NULL;
	for (size_t i = 0; i < sizeof h->lanes / sizeof *h->lanes; i++) {
		if (h->lanes[i].hook == hook_id)
			return &h->lanes[i];
		if (!h->lanes[i].hook && !free_one)
			free_one = &h->lanes[i];
	}
	if (free_one)
		*free_one = (struct lane){ .hook = hook_id };
	return free_one;
}

/* Of hooks that are gone nothing is kept. */
static void settle_lanes(struct round *r)
{
	struct hooks *h = r->h;
	(void)pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < sizeof h->lanes / sizeof *h->lanes; i++)
		h->lanes[i].there = false;
	for (size_t i = 0; i < r->count; i++) {
		struct lane *l = hooks_lane(h, r->rows[i].id);
		if (!l)
			continue;
		l->there = true;
		if (l->seen < r->rows[i].done_event)
			l->seen = r->rows[i].done_event;
	}
	for (size_t i = 0; i < sizeof h->lanes / sizeof *h->lanes; i++)
		if (!h->lanes[i].there && !h->lanes[i].busy)
			h->lanes[i] = (struct lane){ .hook = 0 };
	(void)pthread_mutex_unlock(&h->lock);
}

/* Of too many hooks one has none, and has to wait. */
static struct lane look_up(struct hooks *h, int64_t hook_id)
{
	struct lane found = { .busy = true };
	(void)pthread_mutex_lock(&h->lock);
	const struct lane *l = hooks_lane(h, hook_id);
	if (l)
		found = *l;
	(void)pthread_mutex_unlock(&h->lock);
	return found;
}

static void set_seen(struct hooks *h, int64_t hook_id, uint64_t seen)
{
	(void)pthread_mutex_lock(&h->lock);
	struct lane *l = hooks_lane(h, hook_id);
	if (l)
		l->seen = seen;
	(void)pthread_mutex_unlock(&h->lock);
}

static void set_busy(struct hooks *h, int64_t hook_id, bool busy)
{
	(void)pthread_mutex_lock(&h->lock);
	struct lane *l = hooks_lane(h, hook_id);
	if (l)
		l->busy = busy;
	(void)pthread_mutex_unlock(&h->lock);
}

bool hooks_may_give_up(struct hooks *h, int64_t now_ns)
{
	(void)pthread_mutex_lock(&h->lock);
	bool was_steady = h->steady, steady = clock_is_steady(&h->clock, now_ns, clock_monotonic());
	h->steady = steady;
	(void)pthread_mutex_unlock(&h->lock);
	if (was_steady && !steady)
		LOG(LOG_WARN, "clock.jumped", KV("detail", "no delivery to a webhook is given up until it has been steady "
		    "for a while"));
	return steady;
}

/* ---- events that came ---- */

struct wanted { struct wanted *next; const struct hook_row *row; uint64_t event; };

/* Of one hook. */
struct catching {
	struct change change;            /* first */
	struct round *r;
	const struct hook_row *row;
	uint64_t since, until;
	int64_t oldest_ns;
	struct wanted *list, **last;
};

static enum err take_event(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct catching *x = ctx;
	if (ev->at_ns < x->oldest_ns || !hook_wants(x->row, ev))
		return OK;
	struct wanted *w = ARENA_NEW(&x->r->arena, struct wanted);
	if (!w)
		return ERR(e, NOMEM, "webhooks");
	*w = (struct wanted){ .row = x->row, .event = ev->seq };
	*x->last = w;
	x->last = &w->next;
	return OK;
}

static enum err read_events(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct catching *x = ctx;
	uint64_t counts[DELIVERY_STATES];
	enum err err = catalog_delivery_counts(c, x->row->id, counts, e);
	if (err)
		return err;
	if (counts[DELIVERY_WAITING] >= HOOK_WAITING_MAX) {
		x->until = x->since;             /* the log keeps the others */
		return OK;
	}
	return catalog_events_between(c, x->since, x->until, take_event, x, e);
}

static enum err write_deliveries(struct change *c, struct catalog *catalog, struct errinfo *e)
{
	const struct catching *x = (struct catching *)c;
	const int64_t now_ns = clock_wall(), until_ns = now_ns + HOOK_DEAD_DAYS * NS_PER_DAY;
	enum err err = OK;
	for (const struct wanted *w = x->list; w && !err; w = w->next)
		err = catalog_delivery_add(catalog, x->row->id, w->event, now_ns, until_ns, e);
	if (!err)
		err = catalog_deliveries_trim(catalog, x->row->id, HOOK_DELIVERIES_KEPT, e);
	return err ? err : catalog_hook_done(catalog, x->row->id, x->until, e);
}

static enum err apply(struct hooks *h, struct change *c, enum err (*call)(struct change *,
                      struct catalog *, struct errinfo *), struct errinfo *e)
{
	change_init(c, CHANGE_CALL);
	c->call = call;
	enum err err = ingest_apply(h->options.ingest, c);
	if (err)
		*e = c->error;
	change_done(c);
	return err;
}

/* A batch. What a hook is not told of is written down now and then: looking twice does no harm. */
static enum err catch_some(struct round *r, struct hook_row *row, uint64_t *seen, struct errinfo *e)
{
	struct hooks *h = r->h;
	const int64_t now_ns = clock_wall();
	struct catching x = { .r = r, .row = row, .since = *seen,
	                      .until = r->until - *seen > BATCH_EVENTS ? *seen + BATCH_EVENTS : r->until,
	                      .oldest_ns = hooks_may_give_up(h, now_ns) ? now_ns - HOOK_DEAD_DAYS * NS_PER_DAY
	                                                                : INT64_MIN };
	x.last = &x.list;
	enum err err = ingest_read(h->options.ingest, read_events, &x, e);
	if (!err && x.until > x.since && (x.list || x.until - row->done_event >= LOST_EVENTS)) {
		err = apply(h, &x.change, write_deliveries, e);
		row->done_event = err ? row->done_event : x.until;
	}
	if (err)
		return err;
	*seen = x.until;
	set_seen(h, row->id, x.until);
	return OK;
}

static enum err catch_up(struct round *r, struct hook_row *row, struct errinfo *e)
{
	uint64_t seen = look_up(r->h, row->id).seen, before = UINT64_MAX;
	enum err err = OK;
	while (!err && !row->paused && seen < r->until && seen != before) {
		before = seen;
		err = catch_some(r, row, &seen, e);
	}
	return err;
}

/* ---- deliveries whose turn it is ---- */

struct turn {
	struct change change;            /* first */
	struct round *r;
	const struct hook_row *row;
	struct delivery_row delivery;
	bool found;
	int64_t now_ns;
	uint64_t given_up;
};

static enum err read_turn(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct turn *t = ctx;
	enum err err = catalog_delivery_next(c, &t->r->arena, t->row->id, &t->delivery, e);
	t->found = !err;
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err write_expired(struct change *c, struct catalog *catalog, struct errinfo *e)
{
	struct turn *t = (struct turn *)c;
	return catalog_deliveries_expire(catalog, t->row->id, t->now_ns, &t->given_up, e);
}

/* A time that is further away than any pause was written before the clock was set back. */
static bool is_to_come(int64_t at_ns, int64_t now_ns)
{
	return at_ns > now_ns && at_ns - now_ns <= 2 * HOOK_RETRY_MAX_SECONDS * NS_PER_SECOND;
}

static void come_back(struct round *r, int64_t in_ns)
{
	int64_t at_ns = clock_monotonic() + in_ns;
	if (at_ns < r->next_ns)
		r->next_ns = at_ns;
}

static enum err give_up(struct turn *t, struct errinfo *e)
{
	enum err err = apply(t->r->h, &t->change, write_expired, e);
	if (!err)
		LOG(LOG_WARN, "hook.given_up", KV("hook", t->row->name), KV("deliveries", (int64_t)t->given_up),
		    KV("detail", "they waited for too long"));
	come_back(t->r, 0);
	return err;
}

/* What could not be noted would be sent again and again. */
static bool can_note(const struct round *r)
{
	struct ingest_stats s;
	ingest_stats(r->h->options.ingest, &s);
	return !s.stopped && !s.storage;
}

static enum err take_turn(struct round *r, const struct hook_row *row, struct errinfo *e)
{
	const int64_t now_ns = clock_wall();
	struct turn t = { .r = r, .row = row, .now_ns = now_ns };
	struct lane l = look_up(r->h, row->id);
	if (row->paused || l.busy || l.freed == r->number)
		return OK;
	int64_t held_ns = can_note(r) ? l.held_ns - clock_monotonic() : RETRY_SECONDS * NS_PER_SECOND;
	if (held_ns < 0 && is_to_come(row->rest_ns, now_ns))
		held_ns = row->rest_ns - now_ns;
	if (held_ns > 0) {
		come_back(r, held_ns);
		return OK;
	}
	enum err err = ingest_read(r->h->options.ingest, read_turn, &t, e);
	if (!err && t.found && t.delivery.until_ns < now_ns && hooks_may_give_up(r->h, now_ns))
		return give_up(&t, e);
	if (err || !t.found)
		return err;
	if (is_to_come(t.delivery.next_ns, now_ns)) {
		come_back(r, t.delivery.next_ns - now_ns);
		return OK;
	}
	set_busy(r->h, row->id, true);
	if (hook_give(r->h, row, &t.delivery))
		return OK;
	set_busy(r->h, row->id, false);
	return ERR(e, NOMEM, "webhook");
}

/* ---- the thread ---- */

static enum err read_hooks(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct round *r = ctx;
	return catalog_hooks(c, &r->arena, &r->rows, &r->count, e);
}

/* What came since the round began, and woke nobody because there were no hooks yet, is for the next. */
static void count(struct round *r)
{
	struct hooks *h = r->h;
	uint64_t failing = 0;
	for (size_t i = 0; i < r->count; i++)
		failing += r->rows[i].failures && !r->rows[i].paused;
	(void)pthread_mutex_lock(&h->lock);
	h->is_used = r->count > 0;
	h->changed |= h->is_used && h->wanted > r->until;
	(void)pthread_mutex_unlock(&h->lock);
	atomic_store(&h->count, r->count);
	atomic_store(&h->failing, failing);
}

/* One hook's trouble is none of the others'. */
static enum err go_round(struct round *r, struct errinfo *e)
{
	enum err err = ingest_read(r->h->options.ingest, read_hooks, r, e), first = err;
	if (err)
		return err;
	count(r);
	settle_lanes(r);
	for (size_t i = 0; i < r->count; i++) {
		struct errinfo why = { 0 };
		err = catch_up(r, &r->rows[i], &why);
		if (!err)
			err = take_turn(r, &r->rows[i], &why);
		if (err && !first) {
			first = err;
			*e = why;
		}
	}
	return first;
}

/* Until `until_ns`, or something asks for another round; false at the end. */
static bool rest(struct hooks *h, int64_t until_ns)
{
	struct timespec at = { until_ns / NS_PER_SECOND, until_ns % NS_PER_SECOND };
	(void)pthread_mutex_lock(&h->lock);
	while (!h->ending && !h->changed &&
	       pthread_cond_clockwait(&h->wake, &h->lock, CLOCK_MONOTONIC, &at) == 0)
		;
	bool ending = h->ending;
	(void)pthread_mutex_unlock(&h->lock);
	return !ending;
}

/* What comes together is looked at together. */
static void gather(void)
{
	const struct timespec moment = { 0, GATHER_NS };
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
}

static void *follow(void *ctx)
{
	struct hooks *h = ctx;
	int64_t next_ns;
	do {
		struct errinfo e = { 0 };
		struct round r = { .h = h, .next_ns = clock_monotonic() + ROUND_SECONDS * NS_PER_SECOND };
		gather();
		(void)hooks_may_give_up(h, clock_wall());       /* watches the clock while nothing is old */
		(void)pthread_mutex_lock(&h->lock);
		h->changed = false;
		r.number = ++h->round;
		r.until = h->wanted;
		(void)pthread_mutex_unlock(&h->lock);
		enum err err = go_round(&r, &e);
		if (err && err != ERR_DRAINING)
			LOG(LOG_ERROR, "hooks.stopped", KV("reason", (const char *)e.detail),
			    KV("retry_seconds", RETRY_SECONDS));
		if (err)
			come_back(&r, RETRY_SECONDS * NS_PER_SECOND);
		next_ns = r.next_ns;
		arena_done(&r.arena);
	} while (rest(h, next_ns));
	return NULL;
}

static enum err read_end(void *ctx, struct catalog *c, struct errinfo *e)
{
	return catalog_log_size(c, ctx, e);
}

enum err hooks_start(struct hooks *h, struct errinfo *e)
{
	uint64_t last = 0;
	enum err err = ingest_read(h->options.ingest, read_end, &last, e);
	if (err)
		return err;
	(void)pthread_mutex_lock(&h->lock);
	if (last > h->wanted)
		h->wanted = last;
	(void)pthread_mutex_unlock(&h->lock);
	return thread_start(&h->follower, "hooks", follow, h, e);
}
