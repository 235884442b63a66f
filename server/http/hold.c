/* A request that waits for a decision between its head and its body, and how it goes on.
 *
 * libmicrohttpd 0.9.75 calls the access handler again for the head when it had put the connection
 * to sleep there, so that both an answer and the body are still possible, and a client that waits
 * for 100 Continue gets a refusal instead of it.                                             */
#include "server/http/internal.h"

#include "indexer/base/clock.h"

void http_hold(struct request *r)
{
	r->connection->held = true;
}

void http_resume(struct request *r)
{
	struct http_connection *c = r->connection;
	/* Unless it sleeps, libmicrohttpd's thread finds out by itself. */
	if (atomic_exchange(&c->reply, REPLY_RESUMED) == REPLY_AWAITED)
		http_wake(c);
}

static enum MHD_Result begin_body(struct http_connection *c)
{
	c->step = STEP_BODY;
	atomic_store_explicit(&c->received, 0, memory_order_relaxed);
	if (c->request.has_body)
		(void)http_phase_move(c, PHASE_BUSY, PHASE_BODY, clock_monotonic());
	return MHD_YES;
}

enum MHD_Result http_begun(struct http_connection *c)
{
	struct errinfo e;
	http_awake(c);
	while (c->held && atomic_load(&c->reply) != REPLY_READY) {
		if (atomic_load(&c->reply) == REPLY_NONE)
			return http_sleep(c);
		c->held = false;
		atomic_store(&c->reply, REPLY_NONE);
		c->listener->server->app->resumed(&c->request);
	}
	if (atomic_load(&c->reply) != REPLY_READY) {
		if (http_check_body(&c->request, &e) == OK)
			return begin_body(c);
		http_refuse(c, &e);
	}
	c->step = STEP_REPLY;
	/* An answer at the head makes libmicrohttpd close; without a body it asks again at once. */
	return c->must_close || c->request.has_body ? http_answer(c) : MHD_YES;
}
