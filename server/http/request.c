/* One request, as libmicrohttpd tells it: the URI, the head, the pieces of the body, the end of
 * the body, the answer. Each arrives as a call of http_on_access; c->step says which is next.  */
#include "server/http/internal.h"

#include "indexer/base/clock.h"

static void note_uri(struct http_connection *c, const char *uri)
{
	size_t query_at = 0, n = 0;
	for (; uri[n]; n++) {
		unsigned char b = (unsigned char)uri[n];
		c->uri_is_bad |= b <= 0x20 || b >= 0x7f || b == '#' || b == '\\';
		if (b == '?' && !query_at)
			query_at = n + 1;
	}
	c->uri_bytes = n;
	if (query_at && n <= HTTP_URI_MAX_BYTES &&
	    !arena_str(&c->request.arena, str_make(uri + query_at, n - query_at), &c->request.query))
		c->uri_is_bad = true;
}

void *http_on_uri(void *cls, const char *uri, struct MHD_Connection *mhd)
{
	struct http_listener *l = cls;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct http_connection *c = info ? info->socket_context : NULL;
	if (!c)
		return NULL;
	struct request *r = &c->request;
	r->arena.limit = REQUEST_ARENA_MAX_BYTES;
	r->connection = c;
	r->content_length = -1;
	r->began_ns = clock_monotonic();
	r->control = l->control;
	r->listen = str_c(l->address);
	r->app = l->server->app_ctx;
	r->peer = c->peer;
	r->remote = str_c(c->peer);
	r->tls = l->tls;
	r->public_url = l->server->public_url;
	note_uri(c, uri);
	c->step = STEP_HEAD;
	if (atomic_load(&c->phase) == PHASE_IDLE)
		(void)http_phase_move(c, PHASE_IDLE, PHASE_HEAD, r->began_ns);
	return c;
}

static void render_error(struct http_connection *c, const struct errinfo *e, struct response *ret)
{
	struct http_server *s = c->listener->server;
	*ret = (struct response){ .status = err_http_status(e->code) };
	c->request.err = e->code;
	s->app->error(&c->request, e, ret);
	if (e->code == ERR_METHOD)
		response_header(ret, "Allow", HTTP_ALLOW);
	atomic_fetch_add_explicit(&s->refused, 1, memory_order_relaxed);
}

void http_refuse(struct http_connection *c, const struct errinfo *e)
{
	struct response s;
	render_error(c, e, &s);
	c->must_close = true;
	http_reply(&c->request, &s);
}

enum err http_check_body(const struct request *r, struct errinfo *e)
{
	if (!r->has_body)
		return OK;
	if (atomic_load(&r->connection->listener->server->draining))
		return ERR(e, DRAINING, "no new uploads are taken");
	if (!r->body.write)
		return ERR(e, TOO_LARGE, "this address takes no body");
	if (r->content_length >= 0 && (uint64_t)r->content_length > r->body.limit)
		return ERR(e, TOO_LARGE, "the body has %lld bytes, the limit is %llu",
		           (long long)r->content_length, (unsigned long long)r->body.limit);
	return OK;
}

static enum MHD_Result on_head(struct http_connection *c, const char *url, const char *method,
                               const char *version)
{
	struct request *r = &c->request;
	struct errinfo e;
	r->path = str_c(url);
	r->method_name = method;
	/* What nginx makes of any request unless it is told to do otherwise; no client of today speaks it. */
	r->local = http_is_of_this_machine(c->listener) && strcmp(version, "HTTP/1.0") != 0;
	if (!http_phase_move(c, PHASE_HEAD, PHASE_BUSY, r->began_ns))
		return MHD_NO;
	c->step = STEP_BEGIN;
	if (http_check_head(c, method, version, &e) != OK)
		http_refuse(c, &e);
	else
		c->listener->server->app->begin(r);
	return http_begun(c);
}

/* libmicrohttpd takes no answer while a body comes in: it goes out past it. */
static enum MHD_Result refuse_midway(struct http_connection *c, const struct errinfo *e)
{
	struct response s;
	if (!http_phase_move(c, PHASE_BODY, PHASE_BUSY, clock_monotonic()))
		return MHD_NO;
	render_error(c, e, &s);
	c->status = s.status;
	c->lingers = true;
	http_send_raw(c, &s);
	if (s.release)
		s.release(s.release_ctx);
	return MHD_NO;
}

static enum MHD_Result on_body(struct http_connection *c, const char *data, size_t size)
{
	struct request *r = &c->request;
	struct errinfo e;
	enum err code;
	r->body_bytes += size;
	atomic_store_explicit(&c->received, r->body_bytes, memory_order_relaxed);
	if (r->body_bytes > r->body.limit)
		code = ERR(&e, TOO_LARGE, "the limit is %llu bytes", (unsigned long long)r->body.limit);
	else
		code = r->body.write(r, str_make(data, size), &e);
	return code ? refuse_midway(c, &e) : MHD_YES;
}

static enum MHD_Result on_body_end(struct http_connection *c)
{
	struct request *r = &c->request;
	if (r->has_body && !http_phase_move(c, PHASE_BODY, PHASE_BUSY, r->began_ns))
		return MHD_NO;
	c->body_complete = true;
	c->step = STEP_REPLY;
	c->listener->server->app->handle(r);
	return http_answer(c);
}

enum MHD_Result http_on_access(void *cls, struct MHD_Connection *mhd, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **context)
{
	struct http_connection *c = *context;
	size_t n = *size;
	(void)cls;
	(void)mhd;
	if (!c)
		return MHD_NO;
	*size = 0;
	switch (c->step) {
	case STEP_HEAD:   return on_head(c, url, method, version);
	case STEP_BEGIN:  return http_begun(c);
	case STEP_BODY:   return n ? on_body(c, data, n) : on_body_end(c);
	case STEP_REPLY:  return http_answer(c);
	case STEP_URI:    break;
	}
	return MHD_NO;
}

void http_on_completed(void *cls, struct MHD_Connection *mhd, void **context,
                       enum MHD_RequestTerminationCode why)
{
	struct http_connection *c = *context;
	(void)cls;
	(void)mhd;
	if (!c)
		return;
	struct request *r = &c->request;
	struct http_server *s = c->listener->server;
	bool whole = why == MHD_REQUEST_TERMINATED_COMPLETED_OK;
	http_awake(c);
	if (c->response)
		MHD_destroy_response(c->response);
	if (c->release)
		c->release(c->release_ctx);
	if (c->step > STEP_HEAD)
		s->app->end(r, c->status, whole ? c->payload_bytes : 0);
	c->lingers |= whole && (c->must_close || (r->has_body && !c->body_complete));
	arena_done(&r->arena);
	*r = (struct request){ 0 };
	c->step = STEP_URI;
	c->uri_is_bad = c->must_close = c->body_complete = c->held = false;
	c->response = NULL;
	c->release = NULL;
	c->part = (struct str){ 0 };
	c->awaits_part = false;
	c->status = 0;
	c->payload_bytes = 0;
	atomic_store(&c->reply, REPLY_NONE);
	if (!http_phase_move(c, PHASE_BUSY, c->lingers ? PHASE_LINGER : PHASE_IDLE, atomic_load(&s->tick_ns)))
		(void)http_phase_move(c, PHASE_HEAD, PHASE_IDLE, atomic_load(&s->tick_ns));
	*context = NULL;
}
