/* What an answer is: the events that the caller asked for, of those that he may see. */
#include "server/api/events.h"

#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/format/gzip.h"
#include "indexer/format/name.h"
#include "indexer/ingest/lineage.h"
#include "server/api/events_wake.h"
#include "server/api/json_parts.h"
#include "server/route/members.h"

#define EVENTS_ANSWER_MAX_BYTES (64u * MIB)
#define EVENTS_FULL_BYTES (1u * MIB)             /* an answer that has as much ends, whatever ?limit says */
#define GZIP_WORTH_BYTES 1400u       /* what goes in one packet anyway is sent as it is */

struct asking {
	struct waiter *x;
	struct sbuf *b;
	struct lineage lineage;
	uint64_t count, next;
	uint64_t named;                  /* after this event x->repo had its name; more may be in the log already */
	struct fate wanted;              /* what became of x->repo by the end of the log */
	bool personal;                   /* not everybody may see all of it */
};

/* ---- one event ---- */

static void put_json(struct asking *q, const struct event *ev, bool seen)
{
	char leaf[SHA256_HEX_BYTES + 1];
	sha256_hex(&ev->leaf, leaf);
	element_begin(q->b);
	json_number(q->b, "seq", ev->seq);
	json_text(q->b, "leaf", str_c(leaf));
	if (seen) {
		json_key(q->b, "event");
		event_canonical(q->b, ev);
	}
	sbuf_putc(q->b, '}');
}

static void put_stream(struct asking *q, const struct event *ev, bool seen)
{
	char leaf[SHA256_HEX_BYTES + 1];
	sha256_hex(&ev->leaf, leaf);
	sbuf_printf(q->b, "id: %llu\nevent: %.*s\ndata: ", (unsigned long long)ev->seq,
	            STR_ARG(seen ? ev->kind : STR("hidden")));
	if (seen)
		event_canonical(q->b, ev);
	else
		sbuf_printf(q->b, "{\"seq\":%llu,\"leaf\":\"%s\"}", (unsigned long long)ev->seq, leaf);
	sbuf_puts(q->b, "\n\n");
}

/* Of one that is gone nobody knows any more whether it was public. */
static bool is_public(const struct call *c, const struct fate *fate)
{
	return !c->app->closed && !fate->deleted &&
	       (!fate->name.n || ingest_visibility(c->app->ingest, fate->name) == REPO_PUBLIC);
}

/* Stops the walk where the answer is full: NOT_FOUND is nobody's error here. */
static enum err take(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct asking *q = ctx;
	const struct call *c = q->x->call;
	if (q->count == q->x->limit || q->b->n >= EVENTS_FULL_BYTES)
		return ERR(e, NOT_FOUND, "enough");
	struct fate fate = lineage_follow(&q->lineage, ev->repo, ev->seq);
	q->next = ev->seq;
	if (q->x->repo.n && (fate.deleted != q->wanted.deleted || !str_eq(fate.name, q->wanted.name)))
		return OK;
	bool named = false, public = is_public(c, &fate);
	bool seen = public || (fate.deleted ? auth_sees_all(c->app->auth, &c->caller)
	                                    : call_sees(c, fate.name));
	if (seen)
		seen = call_sees_named(c, ev, &named);
	q->personal = q->personal || !public || named;
	(q->x->stream ? put_stream : put_json)(q, ev, seen);
	q->count++;
	return sbuf_ok(q->b) ? OK : ERR(e, NOMEM, "events");
}

static enum err read_events(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct asking *q = ctx;
	enum err err = lineage_read(c, &q->lineage, e);
	q->wanted = lineage_follow(&q->lineage, q->x->repo, q->named + 1);
	if (!err)
		err = catalog_events_each(c, q->x->since, take, q, e);
	lineage_done(&q->lineage);
	return err == ERR_NOT_FOUND ? OK : err;
}

/* ---- the answer ---- */

/* What the caller's name means by now, and whether he may still see it: it may have ended since he asked. */
static enum err collect(struct asking *q, struct errinfo *e)
{
	struct waiter *x = q->x;
	bool stream = x->stream;
	q->next = x->since;
	q->named = ingest_last_event(x->call->app->ingest);
	enum err err = x->repo.n ? call_repo_asked(x->call, &x->repo, e) : OK;
	if (err)
		return err;
	if (!stream)
		sbuf_puts(q->b, "{\"events\":[");
	err = ingest_read(x->call->app->ingest, read_events, q, e);
	if (stream)
		return err;
	sbuf_putc(q->b, ']');
	json_number(q->b, "next", q->next);
	sbuf_puts(q->b, "}\n");
	return err;
}

/* ---- one text for many ---- */

struct shared_text {
	atomic_uint refs;
	uint64_t next;                   /* what `since` is after it */
	size_t n, gzip_bytes;
	char *p, *gzip;                  /* gzip: made when somebody takes it; NULL before */
};

static void text_unref(void *text)
{
	struct shared_text *t = text;
	if (!t || atomic_fetch_sub(&t->refs, 1) > 1)
		return;
	free(t->p);
	free(t->gzip);
	free(t);
}

void events_forget(struct shared_answer *same)
{
	text_unref(same->text);
	*same = (struct shared_answer){ 0 };
}

/* Takes the buffer's bytes over. */
static struct shared_text *text_new(struct sbuf *b, uint64_t next)
{
	struct shared_text *t = sbuf_ok(b) ? malloc(sizeof *t) : NULL;
	if (t)
		*t = (struct shared_text){ .refs = 1, .next = next, .n = b->n };
	if (t)
		t->p = sbuf_take(b);
	return t;
}

/* Compressed once for all; by one thread, before the text is anybody else's. */
static bool has_gzip(const struct waiter *x, struct shared_text *t)
{
	if (t->n < GZIP_WORTH_BYTES || !http_accepts_gzip(request_header(x->call->r, "Accept-Encoding")))
		return false;
	return t->gzip || gzip_pack(str_make(t->p, t->n), GZIP_QUICK, &t->gzip, &t->gzip_bytes, NULL) == OK;
}

static void send_part(struct waiter *x, struct shared_text *t)
{
	text_unref(x->sent);
	x->sent = t;
	x->since = t->next;
	http_part(x->call->r, str_make(t->p, t->n));
}

/* The reference goes with the answer. */
static void reply(struct waiter *x, struct shared_text *t)
{
	if (x->stream) {
		send_part(x, t);
		return;
	}
	struct response s = {
		.status = 200, .payload = HTTP_BYTES, .bytes = str_make(t->p, t->n),
		.content_type = JSON_TYPE,
		.release = text_unref, .release_ctx = t,
	};
	response_header(&s, "Vary", "Accept-Encoding");
	if (has_gzip(x, t)) {
		s.bytes = str_make(t->gzip, t->gzip_bytes);
		response_header(&s, "Content-Encoding", "gzip");
	}
	call_reply(x->call, &s);
}

/* A stream, which has begun, ends. */
static void fail(struct waiter *x, const struct errinfo *e)
{
	if (!x->stream) {
		call_fail(x->call, e);
		return;
	}
	x->call->r->err = e->code;
	http_part(x->call->r, (struct str){ 0 });
}

static bool is_same(const struct waiter *x, const struct shared_answer *a)
{
	return a->text && a->since == x->since && a->limit == x->limit && a->stream == x->stream &&
	       str_eq_c(x->repo, a->repo);
}

/* `repo`: what those who ask the same have as x->repo. */
static void remember(const struct asking *q, struct str repo, struct shared_text *t, struct shared_answer *same)
{
	events_forget(same);
	if (q->personal)
		return;
	atomic_fetch_add(&t->refs, 1);
	*same = (struct shared_answer){ .text = t, .since = q->x->since, .limit = q->x->limit,
	                                .count = q->count, .stream = q->x->stream };
	(void)snprintf(same->repo, sizeof same->repo, "%.*s", STR_ARG(repo));
}

static bool answer_anew(struct waiter *x, bool must, struct shared_answer *same)
{
	struct errinfo e = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(EVENTS_ANSWER_MAX_BYTES);
	struct asking q = { .x = x, .b = &b };
	struct str repo = x->repo;
	enum err err = collect(&q, &e);
	if (!err && !q.count && !must)
		return false;
	struct shared_text *t = err ? NULL : text_new(&b, q.next);
	if (!err && !t)
		err = ERR(&e, NOMEM, "events");
	if (err) {
		fail(x, &e);
		return true;
	}
	if (same)
		remember(&q, repo, t, same);
	reply(x, t);
	return true;
}

bool events_answer(struct waiter *x, bool must, struct shared_answer *same)
{
	if (!same || !is_same(x, same))
		return answer_anew(x, must, same);
	if (!same->count && !must)
		return false;
	atomic_fetch_add(&same->text->refs, 1);
	reply(x, same->text);
	return true;
}

/* ---- the request ---- */

struct events { struct pool_job job; struct waiter waiter; };

/* What is there already is answered now; else it waits, if it is to. */
static void first_look(struct pool_job *job)
{
	struct events *v = (struct events *)job;
	struct waiter *x = &v->waiter;
	struct errinfo e = { 0 };
	if (events_answer(x, x->until_ns <= clock_monotonic(), NULL))
		return;
	if (watch_add(x->call->app->watch, x, &e))
		fail(x, &e);
}

static void look(struct events *v)
{
	struct waiter *x = &v->waiter;
	struct watch *w = x->call->app->watch;
	struct errinfo e = { 0 };
	if (x->until_ns <= clock_monotonic() || !watch_is_to_wait(w, x->since))
		pool_give(ingest_pool(x->call->app->ingest), &v->job);
	else if (watch_add(w, x, &e))
		fail(x, &e);
}

static void next_part(void *events)
{
	struct events *v = events;
	if (v->waiter.opened) {
		look(v);
		return;
	}
	v->waiter.opened = true;
	http_part(v->waiter.call->r, STR("retry: 1000\n\n"));
}

static void end_stream(void *events)
{
	text_unref(((struct events *)events)->waiter.sent);
}

static enum err parse(struct call *c, struct waiter *x, struct errinfo *e)
{
	struct str last_id = request_header(c->r, "Last-Event-ID");
	x->call = c;
	x->stream = str_eq(request_header(c->r, "Accept"), STR("text/event-stream"));
	x->limit = EVENTS_LIMIT;
	uint64_t wait = x->stream ? EVENTS_WAIT_MAX_SECONDS : 0;
	enum err err = query_number(&c->query, "since", 0, INT64_MAX, &x->since, e);
	if (!err)
		err = query_number(&c->query, "limit", 1, EVENTS_LIMIT_MAX, &x->limit, e);
	if (!err)
		err = query_number(&c->query, "wait", 0, UINT32_MAX, &wait, e);
	if (err)
		return err;
	if (x->stream && last_id.n && !str_to_u64(last_id, &x->since))
		return ERR(e, INVALID, "Last-Event-ID is not the number of an event");
	if (wait > EVENTS_WAIT_MAX_SECONDS)
		wait = EVENTS_WAIT_MAX_SECONDS;
	x->until_ns = clock_monotonic() + (int64_t)wait * NS_PER_SECOND;
	return call_repo_asked(c, &x->repo, e);
}

enum err events_get(struct call *c, struct response *s, struct errinfo *e)
{
	struct events *v = ARENA_NEW(&c->r->arena, struct events);
	if (!v)
		return ERR(e, NOMEM, "request");
	*v = (struct events){ .job.run = first_look };
	enum err err = parse(c, &v->waiter, e);
	if (err)
		return err;
	if (v->waiter.stream) {
		*s = (struct response){ .status = 200, .content_type = "text/event-stream",
		                        .payload = HTTP_STREAM, .next = next_part,
		                        .release = end_stream, .release_ctx = v };
		return OK;
	}
	err = call_later(c);
	look(v);
	return err;
}
