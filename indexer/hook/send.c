/* Sending one delivery, and what follows from how that went. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/hook/impl.h"

#define HELD_SECONDS 10              /* after a result could not be written */

/* ---- one request ---- */

static enum err put_headers(struct arena *a, const struct hook_row *row, const struct hook_lines *ours,
                            struct outgoing_request *q, struct errinfo *e)
{
	struct str lines = row->headers;
	for (size_t i = 0; i < ours->count; i++)
		q->headers[q->header_count++] = ours->line[i];
	while (lines.n && q->header_count < OUTGOING_HEADERS_MAX) {
		const char *line = arena_dup(a, str_cut(&lines, '\n', NULL));
		if (!line)
			return ERR(e, NOMEM, "webhook");
		q->headers[q->header_count++] = line;
	}
	return OK;
}

/* Only the first of what a stranger answered is kept, and that as text. */
static struct str shown(struct arena *a, struct str body)
{
	struct str cut = str_first(body, HOOK_ANSWER_KEPT_BYTES);
	while (cut.n && body.n > cut.n && !str_is_utf8(cut) && cut.n + 4 > HOOK_ANSWER_KEPT_BYTES)
		cut.n--;
	char *text = str_is_utf8(cut) ? arena_dup(a, cut) : NULL;
	for (size_t i = 0; text && i < cut.n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = ' ';
	return text ? str_make(text, cut.n) : (struct str){ 0 };
}

static enum err judge(struct arena *a, enum err err, const struct outgoing_answer *answer,
                      const struct errinfo *why, struct hook_outcome *ret, struct errinfo *e)
{
	struct hook_outcome o = { .took_ns = ret->took_ns };
	const char *error = "";
	if (err == ERR_DRAINING || err == ERR_NOMEM || err == ERR_BUG) {
		*e = *why;
		return err;
	}
	if (err) {
		error = err_public_text(why);
	} else {
		o.status = answer->status;
		o.answer = shown(a, answer->body);
		o.retry_after = answer->retry_after;
		o.delivered = answer->status / 100 == 2;
		error = o.delivered ? "" : arena_printf(a, "answered with status %d", answer->status);
	}
	if (!error || !arena_str(a, str_c(error), &o.error))
		return ERR(e, NOMEM, "webhook");
	*ret = o;
	return OK;
}

static enum err prepare(struct hooks *h, struct arena *a, const struct hook_row *row, struct str id,
                        const struct event *ev, struct sbuf *body, struct outgoing_request *q,
                        struct errinfo *e)
{
	const struct hook_format *f = hook_format_find(row->format);
	const struct hook_message m = {
		.id = id, .event = ev, .public_url = str_c(h->options.public_url),
		.is_private = ev->repo.n && ingest_visibility(h->options.ingest, ev->repo) == REPO_PRIVATE,
	};
	const int64_t now_ns = clock_wall();
	const struct hook_secrets secrets = {
		row->secret, row->old_until_ns > now_ns ? row->old_secret : (struct str){ 0 } };
	struct hook_lines lines;
	f->body(body, &m);
	if (!sbuf_ok(body))
		return ERR(e, NOMEM, "webhook");
	q->body = sbuf_str(body);
	q->url = arena_dup(a, row->url);
	enum err err = hook_sign(a, f, &secrets, id, now_ns, q->body, &lines, e);
	if (err || !q->url)
		return err ? err : ERR(e, NOMEM, "webhook");
	return put_headers(a, row, &lines, q, e);
}

enum err hook_send(struct hooks *h, struct arena *a, const struct hook_row *row, struct str id,
                   const struct event *ev, struct hook_outcome *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = sbuf_make(HOOK_BODY_MAX_BYTES);
	const struct outgoing_access access = { .allow_private = row->allow_private };
	struct outgoing_request q = { .method = "POST", .access = &access, .fd = -1,
	                              .max_bytes = HOOK_ANSWER_MAX_BYTES, .seconds = HOOK_SECONDS };
	struct outgoing_answer answer = { .status = 0 };
	struct errinfo why = { 0 };
	if (!hook_format_find(row->format)) {            /* stored by another version */
		*ret = (struct hook_outcome){ .error = STR("this version of Chartlocker has no such format") };
		return OK;
	}
	enum err err = prepare(h, a, row, id, ev, &body, &q, e);
	if (err)
		return err;
	int64_t from_ns = clock_monotonic();
	err = outgoing_do(h->options.outgoing, a, &q, &answer, &why);
	ret->took_ns = clock_monotonic() - from_ns;
	return judge(a, err, &answer, &why, ret, e);
}

/* ---- what follows ---- */

struct sending {
	struct change change;            /* first */
	struct pool_job job;
	struct hooks *hooks;
	struct arena arena;
	struct hook_row hook;
	struct delivery_row delivery;
	struct event event;
};

static uint32_t chance(void)
{
	uint32_t number;
	return random_bytes(&number, sizeof number) ? number : 0;
}

static void succeed(struct sending *s, int64_t now_ns)
{
	if (s->hook.failures)
		LOG(LOG_INFO, "hook.works", KV("hook", s->hook.name), KV("failures", (int64_t)s->hook.failures));
	s->delivery.state = DELIVERY_DONE;
	s->hook.failures = 0;
	s->hook.failing_ns = s->hook.rest_ns = 0;
	s->hook.worked_ns = now_ns;
}

static void fail(struct sending *s, const struct hook_outcome *o, int64_t now_ns)
{
	struct delivery_row *d = &s->delivery;
	struct hook_row *hook = &s->hook;
	int64_t pause_ns = hook_pause_ns(d->attempts, chance());
	int64_t asked_ns = (int64_t)(o->retry_after < HOOK_RETRY_MAX_SECONDS ? o->retry_after
	                             : HOOK_RETRY_MAX_SECONDS) * NS_PER_SECOND;
	d->next_ns = now_ns + (pause_ns > asked_ns ? pause_ns : asked_ns);
	bool is_over = d->next_ns >= d->until_ns && hooks_may_give_up(s->hooks, now_ns);
	d->state = is_over ? DELIVERY_DEAD : DELIVERY_WAITING;
	if (!hook->failures++)
		hook->failing_ns = now_ns;
	if (hook->failures >= HOOK_CIRCUIT_FAILURES) {
		int64_t rest_ns = hook_pause_ns(hook->failures, chance());
		const int64_t most_ns = HOOK_REST_MAX_SECONDS * NS_PER_SECOND;
		hook->rest_ns = now_ns + (rest_ns < most_ns ? rest_ns : most_ns);
	}
	if (hook->failures == 1 || hook->failures == HOOK_CIRCUIT_FAILURES || d->state == DELIVERY_DEAD)
		LOG(LOG_WARN, d->state == DELIVERY_DEAD ? "hook.given_up" : "hook.failed", KV("hook", hook->name),
		    KV("event", (int64_t)d->event), KV("detail", o->error),
		    KV("failures", (int64_t)hook->failures));
}

static enum err write_result(struct change *c, struct catalog *catalog, struct errinfo *e)
{
	struct sending *s = (struct sending *)c;
	enum err err = catalog_delivery_put(catalog, &s->delivery, e);
	return err ? err : catalog_hook_health(catalog, &s->hook, e);
}

static enum err note(struct sending *s, const struct hook_outcome *o, struct errinfo *e)
{
	struct delivery_row *d = &s->delivery;
	const int64_t now_ns = clock_wall();
	d->attempts++;
	d->tried_ns = now_ns;
	d->status = o->status;
	d->error = o->error;
	d->answer = o->answer;
	atomic_fetch_add(o->delivered ? &s->hooks->delivered : &s->hooks->failed, 1);
	if (o->delivered)
		succeed(s, now_ns);
	else
		fail(s, o, now_ns);
	change_init(&s->change, CHANGE_CALL);
	s->change.call = write_result;
	enum err err = ingest_apply(s->hooks->options.ingest, &s->change);
	if (err)
		*e = s->change.error;
	change_done(&s->change);
	return err;
}

/* ---- on a thread of the pool ---- */

static enum err read_event(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct sending *s = ctx;
	return catalog_event(c, &s->arena, s->delivery.event, &s->event, e);
}

static enum err deliver(struct sending *s, struct errinfo *e)
{
	struct hooks *h = s->hooks;
	struct hook_outcome o = { .error = STR("the log has no such event") };
	char id[HOOK_ID_BYTES];
	enum err err = ingest_read(h->options.ingest, read_event, s, e);
	if (err)
		return err;
	if (!s->event.seq) {
		s->delivery.until_ns = 0;
		return note(s, &o, e);
	}
	hook_event_id(&s->event, id);
	err = hook_send(h, &s->arena, &s->hook, str_c(id), &s->event, &o, e);
	return err ? err : note(s, &o, e);
}

static void end(struct sending *s, bool held)
{
	struct hooks *h = s->hooks;
	(void)pthread_mutex_lock(&h->lock);
	struct lane *l = hooks_lane(h, s->hook.id);
	if (l) {
		l->busy = false;
		l->freed = h->round;
		l->held_ns = held ? clock_monotonic() + HELD_SECONDS * NS_PER_SECOND : 0;
	}
	h->changed = true;
	(void)pthread_cond_broadcast(&h->wake);
	(void)pthread_mutex_unlock(&h->lock);
	arena_done(&s->arena);
	free(s);
}

static void run(struct pool_job *job)
{
	struct sending *s = (struct sending *)((char *)job - offsetof(struct sending, job));
	struct errinfo e = { 0 };
	enum err err = deliver(s, &e);
	if (err && err != ERR_DRAINING)
		LOG(LOG_ERROR, "hook.not_noted", KV("hook", s->hook.name), KV("code", err_code(err)),
		    KV("detail", (const char *)e.detail));
	end(s, err != OK);
}

static bool copy_row(struct sending *s, const struct hook_row *row)
{
	s->hook = *row;
	struct str *const texts[] = { &s->hook.name, &s->hook.url, &s->hook.format, &s->hook.secret,
	                              &s->hook.old_secret, &s->hook.headers };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (!arena_str(&s->arena, *texts[i], texts[i]))
			return false;
	return true;
}

bool hook_give(struct hooks *h, const struct hook_row *row, const struct delivery_row *d)
{
	struct sending *s = calloc(1, sizeof *s);
	if (!s)
		return false;
	s->job.run = run;
	s->hooks = h;
	s->delivery = *d;
	if (!copy_row(s, row)) {
		arena_done(&s->arena);
		free(s);
		return false;
	}
	pool_give(h->senders, &s->job);
	return true;
}
