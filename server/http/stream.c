/* An answer of unknown length, whose parts come over time: chunks in HTTP/1.1, until the connection
 * closes in 1.0. Between two parts the connection sleeps, as before an answer.               */
#include "server/http/internal.h"

void http_part(struct request *r, struct str part)
{
	struct http_connection *c = r->connection;
	c->part = part;
	c->payload_bytes += part.n;
	if (atomic_exchange(&c->reply, REPLY_READY) == REPLY_AWAITED)
		http_wake(c);
}

static ssize_t take(struct http_connection *c, char *to, size_t n)
{
	if (n > c->part.n)
		n = c->part.n;
	memcpy(to, c->part.p, n);
	c->part = str_from(c->part, n);
	return (ssize_t)n;
}

ssize_t http_read_stream(void *connection, uint64_t at, char *to, size_t n)
{
	struct http_connection *c = connection;
	(void)at;
	if (c->part.n && !c->awaits_part)
		return take(c, to, n);
	if (!c->awaits_part) {
		c->awaits_part = true;
		atomic_store(&c->reply, REPLY_NONE);
		c->next(c->release_ctx);
	}
	if (atomic_load(&c->reply) != REPLY_READY)
		return http_sleep(c) == MHD_YES ? 0 : MHD_CONTENT_READER_END_WITH_ERROR;
	http_awake(c);
	c->awaits_part = false;
	return c->part.n ? take(c, to, n) : MHD_CONTENT_READER_END_OF_STREAM;
}
