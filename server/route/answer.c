/* Answers: what a handler made, with the headers that its row asks for, at once or by a worker. */
#include <stdlib.h>

#include "indexer/base/pool.h"
#include "server/route/app.h"
#include "server/route/cache_control.h"
#include "server/route/outside.h"

void call_reply(struct call *c, struct response *s)
{
	response_header(s, "Cache-Control", s->status < 400 ? cache_control(c, s->status) : "no-store");
	if (c->personal || c->route->may == MAY_ASK)
		response_header(s, "Vary", c->caller.session.n && c->route->dialect != DIALECT_PAGE
		                ? "Authorization, Cookie" : "Authorization");
	if (c->next)
		response_header(s, "Link", c->next);
	outside_headers(c->app, c->r, call_is_readable(c), s);
	http_reply(c->r, s);
}

void call_finish(struct call *c, enum err err, struct response *s, const struct errinfo *e)
{
	if (err)
		call_fail(c, e);
	else
		call_reply(c, s);
}

struct work { struct pool_job job; struct call *call; call_answer *answer; };

static void work(struct pool_job *job)
{
	struct work *w = (struct work *)job;
	struct response s = { 0 };
	struct errinfo e = { 0 };
	if (w->answer(w->call, &s, &e))
		call_fail(w->call, &e);
	else if (s.status)
		call_reply(w->call, &s);
}

enum err call_work(struct call *c, struct pool *pool, call_answer *answer, struct errinfo *e)
{
	struct work *w = ARENA_NEW(&c->r->arena, struct work);
	if (!w)
		return ERR(e, NOMEM, "request");
	*w = (struct work){ .job.run = work, .call = c, .answer = answer };
	if (!c->later)                       /* else `handle` may be looking at it */
		c->later = true;
	pool_give(pool, &w->job);
	return OK;
}

enum err respond_buffer(const char *type, struct sbuf *text, struct response *s, struct errinfo *e)
{
	if (!sbuf_ok(text))
		return ERR(e, NOMEM, "answer");
	size_t n = text->n;
	char *bytes = sbuf_take(text);
	*s = (struct response){ .status = 200, .content_type = type, .payload = HTTP_BYTES,
	                        .bytes = str_make(bytes, n), .release = free, .release_ctx = bytes };
	return OK;
}

enum err respond_json(struct call *c, int status, struct str json, struct response *s,
                      struct errinfo *e)
{
	struct str copy;
	if (!arena_str(&c->r->arena, json, &copy))
		return ERR(e, NOMEM, "answer");
	*s = (struct response){ .status = status, .content_type = JSON_TYPE, .payload = HTTP_BYTES,
	                        .bytes = copy };
	return OK;
}
