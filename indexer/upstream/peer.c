/* An upstream of our own kind is followed: a thread waits for the events of its log, and reads of its
 * index what they are about. Whatever does not fit is left to an ordinary refresh, which also comes
 * first after the connection was lost; one that is held is let alone until it is refreshed.      */
#include <stdlib.h>
#include <time.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/format/name.h"
#include "indexer/format/node.h"
#include "indexer/upstream/impl.h"

#define NOT_FOLLOWED "it is not followed any more"

/* What an answer of events asks for. */
struct news {
	struct str charts[FOLLOW_CHARTS_MAX];
	size_t count;
	struct { struct str chart, version; } provs[FOLLOW_EVENTS];      /* that have a provenance file now */
	size_t prov_count;
	bool whole;                      /* the index is to be asked for */
	uint64_t next;
	uint64_t brought;                /* versions that were new, others or gone */
};

static void sleep_for(struct upstreams *u, int64_t ns)
{
	int64_t until = clock_monotonic() + ns;
	const struct timespec t = { until / NS_PER_SECOND, until % NS_PER_SECOND };
	(void)pthread_mutex_lock(&u->lock);
	while (!u->stopping && clock_monotonic() < until)
		(void)pthread_cond_clockwait(&u->wake, &u->lock, CLOCK_MONOTONIC, &t);
	(void)pthread_mutex_unlock(&u->lock);
}

/* What it is to be asked as; false: it is not followed any more. */
static bool may_follow(struct follow *f, struct arena *a, struct peer *ret,
                       struct outgoing_access *access)
{
	struct snapshot *s;
	struct errinfo ignored;
	(void)pthread_mutex_lock(&f->of->lock);
	bool follows = !f->of->stopping && f->peer.of;
	*ret = f->peer;
	(void)pthread_mutex_unlock(&f->of->lock);
	if (!follows || upstream_settings(f->of, str_c(f->repo), &s, &ignored))
		return false;
	follows = !s->settings->paused && s->settings->refresh_minutes &&
	          ret->of == str_hash(s->settings->upstream, STR_HASH_START) &&
	          !upstream_access(f->of, a, s->settings, access, &ignored);
	snapshot_unref(s);
	return follows;
}

/* ---- events ---- */

static void note_chart(struct news *n, struct str chart)
{
	for (size_t i = 0; i < n->count; i++)
		if (str_eq(n->charts[i], chart))
			return;
	if (n->count < FOLLOW_CHARTS_MAX)
		n->charts[n->count++] = chart;
	else
		n->whole = true;
}

/* One that we may not see may be about anything; one of a repository may have changed all of it. */
static void note_event(struct news *n, const struct node *entry)
{
	const struct node *event = node_get(entry, "event");
	struct str chart = node_text(node_get(event, "chart"));
	if (!event || str_starts(node_text(node_get(event, "kind")), STR("repo.")))
		n->whole = true;
	else if (chart.n)
		note_chart(n, chart);
	if (!str_eq_c(node_text(node_get(event, "kind")), "prov") || n->prov_count == FOLLOW_EVENTS)
		return;
	n->provs[n->prov_count].chart = chart;
	n->provs[n->prov_count++].version = node_text(node_get(event, "version"));
}

static enum err read_events(struct arena *a, struct str text, struct news *ret, struct errinfo *e)
{
	const struct node *root;
	if (json_parts(text) > FOLLOW_EVENTS_PARTS_MAX)
		return ERR(e, UPSTREAM, "its events have more than %u parts", FOLLOW_EVENTS_PARTS_MAX);
	enum err err = json_read_answer(a, text, &root, e);
	if (err)
		return err;
	const struct node *list = node_get(root, "events");
	if (!list || list->kind != NODE_LIST || !str_to_u64(node_text(node_get(root, "next")), &ret->next))
		return ERR(e, UPSTREAM, "its events are none");
	for (const struct node_item *i = list->items; i; i = i->next)
		note_event(ret, i->value);
	return OK;
}

static enum err wait_for_events(struct follow *f, struct arena *a, const struct peer *peer,
                                const struct outgoing_access *access, struct news *ret,
                                struct errinfo *e)
{
	struct outgoing_answer answer;
	AUTO_SBUF struct sbuf url = sbuf_make(OUTGOING_URL_MAX_BYTES);
	sbuf_printf(&url, "%s/events?since=%llu&wait=%u&limit=%u", peer->api,
	            (unsigned long long)peer->event, FOLLOW_WAIT_SECONDS, FOLLOW_EVENTS);
	if (!peer->all) {
		sbuf_puts(&url, "&repo=");
		url_segment_encode(&url, str_c(peer->repo));
	}
	if (!sbuf_ok(&url))
		return ERR(e, NOMEM, "address");
	struct outgoing_request q = {
		.method = "GET", .url = url.p, .access = access, .fd = -1, .gzip = true, .waits = true,
		.max_bytes = FOLLOW_EVENTS_MAX_BYTES, .seconds = 3 * FOLLOW_WAIT_SECONDS,
	};
	enum err err = outgoing_do(f->of->options.outgoing, a, &q, &answer, e);
	if (err)
		return err;
	if (answer.status != 200)
		return ERR(e, UPSTREAM, "it answered %d to events", answer.status);
	return read_events(a, answer.body, ret, e);
}

/* ---- what they bring ---- */

static uint64_t brought(const struct upstream_report *report)
{
	return report->added + report->changed + report->gone;
}

static enum err refresh_whole(struct follow *f, uint64_t *ret_brought, struct errinfo *e)
{
	static const struct upstream_refresh_options usual;
	AUTO_ARENA struct arena a = { 0 };
	struct upstream_report report;
	enum err err = upstreams_refresh(f->of, &a, str_c(f->repo), &usual, &report, e);
	*ret_brought += brought(&report);
	return err;
}

static enum err refresh_chart(struct follow *f, struct str chart, uint64_t *ret_brought, struct errinfo *e)
{
	static const struct upstream_refresh_options usual;
	AUTO_ARENA struct arena a = { 0 };
	struct upstream_report report = { 0 };
	(void)pthread_mutex_lock(&f->running);
	enum err err = upstreams_is_stopping(f->of) ? ERR(e, DRAINING, "the server is shutting down")
	                                            : follow_refresh(f, &a, chart, &usual, &report, e);
	(void)pthread_mutex_unlock(&f->running);
	*ret_brought += brought(&report);
	return err;
}

static uint64_t heard_event(struct follow *f)
{
	(void)pthread_mutex_lock(&f->of->lock);
	uint64_t event = f->peer.event;
	(void)pthread_mutex_unlock(&f->of->lock);
	return event;
}

/* What a chart needs may be any other one. */
static bool has_closure(struct follow *f)
{
	struct snapshot *s;
	struct errinfo ignored;
	if (upstream_settings(f->of, str_c(f->repo), &s, &ignored))
		return true;
	bool closure = s->settings->take_closure;
	snapshot_unref(s);
	return closure;
}

/* An index that is not yet where the events are is asked for again. */
static enum err take_news(struct follow *f, struct news *n, struct errinfo *e)
{
	uint64_t seen = n->next;
	bool whole = n->whole || (n->count && has_closure(f));
	for (size_t i = 0; i < n->prov_count; i++)
		fetch_expect_prov(f->of, str_c(f->repo), n->provs[i].chart, n->provs[i].version);
	enum err err = whole ? refresh_whole(f, &n->brought, e) : OK;
	if (whole && !err && heard_event(f) < seen)
		seen = heard_event(f);
	for (size_t i = 0; i < n->count && !whole && !err; i++) {
		err = refresh_chart(f, n->charts[i], &n->brought, e);
		if (!err && heard_event(f) < seen)
			seen = heard_event(f);
	}
	if (err)
		return err;
	(void)pthread_mutex_lock(&f->of->lock);
	f->peer.event = seen;
	(void)pthread_mutex_unlock(&f->of->lock);
	return OK;
}

static bool is_to_be_looked_at(struct follow *f)
{
	(void)pthread_mutex_lock(&f->running);
	int64_t age = clock_monotonic() - f->verified_ns;
	(void)pthread_mutex_unlock(&f->running);
	return age > FOLLOW_VERIFY_SECONDS * NS_PER_SECOND;
}

static enum err follow_once(struct follow *f, bool *ret_brought, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct peer peer, now;
	struct outgoing_access access, ignored;
	if (!may_follow(f, &a, &peer, &access))
		return ERR(e, DRAINING, NOT_FOLLOWED);
	struct news news = { .next = peer.event };
	enum err err = wait_for_events(f, &a, &peer, &access, &news, e);
	if (err)
		return err;
	if (!may_follow(f, &a, &now, &ignored) || now.of != peer.of)
		return OK;                   /* it has other settings meanwhile */
	if (!news.count && !news.whole && is_to_be_looked_at(f))
		err = chain_look(f, &peer, e);
	if (!err)
		err = take_news(f, &news, e);
	*ret_brought = news.brought;
	return err;
}

/* ---- the thread ---- */

/* Trying again is of no use: it waits for an operator, or is not followed any more. */
static bool is_end(enum err err) { return err == ERR_BUSY || err == ERR_DRAINING; }

static enum err wait_for_answer(struct follow *f, int64_t *pause_ns, struct errinfo *e)
{
	const int64_t most = FOLLOW_RETRY_MAX_SECONDS * NS_PER_SECOND;
	enum err err;
	do {
		AUTO_ARENA struct arena a = { 0 };
		struct peer peer;
		struct outgoing_access ignored;
		sleep_for(f->of, *pause_ns);
		*pause_ns = *pause_ns * 2 < most ? *pause_ns * 2 : most;
		err = may_follow(f, &a, &peer, &ignored) ? chain_look(f, &peer, e) : ERR(e, DRAINING, NOT_FOLLOWED);
	} while (err && !is_end(err));
	return err;
}

/* What failed is told by a refresh, which is what people look at, and then asked for in vain without one. */
static enum err come_back(struct follow *f, const struct errinfo *why, struct errinfo *e)
{
	int64_t pause_ns = NS_PER_SECOND;
	uint64_t ignored = 0;
	LOG(LOG_INFO, "upstream.lost", KV("repo", (const char *)f->repo), KV("reason", (const char *)why->detail));
	enum err err = refresh_whole(f, &ignored, e);
	while (err && !is_end(err)) {
		err = wait_for_answer(f, &pause_ns, e);
		if (!err)
			err = refresh_whole(f, &ignored, e);
	}
	return err;
}

/* Who answers at once is asked again at once as long as that brings something: what is there is the business
 * of whoever makes the answers, and so is an index that is behind its events.                  */
static void end_round(struct follow *f, int64_t began_ns, bool brought, int64_t *pause_ns)
{
	int64_t took = clock_monotonic() - began_ns, most = FOLLOW_ROUND_MAX_MS * NS_PER_MS;
	if (brought || took >= most)
		*pause_ns = FOLLOW_ROUND_MS * NS_PER_MS;
	sleep_for(f->of, *pause_ns - took);
	if (!brought && took < most)
		*pause_ns = *pause_ns * 2 < most ? *pause_ns * 2 : most;
}

static void follow_until_it_ends(struct follow *f)
{
	enum err err = OK;
	int64_t pause_ns = FOLLOW_ROUND_MS * NS_PER_MS;
	while (!err) {
		int64_t began_ns = clock_monotonic();
		bool brought = false;
		struct errinfo e = { 0 }, again = { 0 };
		err = follow_once(f, &brought, &e);
		if (err && !is_end(err))
			err = come_back(f, &e, &again);
		if (!err)
			end_round(f, began_ns, brought, &pause_ns);
	}
}

static void *follow_main(void *follow)
{
	struct follow *f = follow;
	LOG(LOG_INFO, "upstream.follow", KV("repo", (const char *)f->repo));
	follow_until_it_ends(f);
	LOG(LOG_INFO, "upstream.unfollow", KV("repo", (const char *)f->repo));
	(void)pthread_mutex_lock(&f->of->lock);
	f->follower_ended = true;
	f->of->followers--;
	(void)pthread_mutex_unlock(&f->of->lock);
	return NULL;
}

/* Both with the lock. */
static bool is_followed(const struct follow *f) { return f->follower.runs && !f->follower_ended; }

static void begin(struct follow *f)
{
	struct upstreams *u = f->of;
	if (is_followed(f) || u->stopping || u->options.by_hand || u->followers >= UPSTREAM_FOLLOWERS_MAX)
		return;
	thread_join(&f->follower);
	f->follower_ended = false;
	if (!thread_start(&f->follower, "follow", follow_main, f, NULL))     /* else: the ordinary refreshes */
		u->followers++;
}

void peer_heard(struct follow *f, const struct peer *peer)
{
	(void)pthread_mutex_lock(&f->of->lock);
	if (peer)
		f->peer = *peer;
	else
		f->peer.of = 0;
	if (peer)
		begin(f);
	(void)pthread_mutex_unlock(&f->of->lock);
}

void peer_stop(struct upstreams *u)
{
	(void)pthread_mutex_lock(&u->lock);
	struct follow *f = u->list;          /* who comes later begins none */
	for (; f; f = f->next) {
		struct thread follower = f->follower;
		f->follower.runs = false;
		(void)pthread_mutex_unlock(&u->lock);
		thread_join(&follower);
		(void)pthread_mutex_lock(&u->lock);
	}
	(void)pthread_mutex_unlock(&u->lock);
}

bool peer_is_followed(struct follow *f)
{
	(void)pthread_mutex_lock(&f->of->lock);
	bool is = is_followed(f);
	(void)pthread_mutex_unlock(&f->of->lock);
	return is;
}
