/* Answers: from struct response to libmicrohttpd's, from any thread. */
#include "server/http/internal.h"

#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "server/http/message.h"

#define RAW_ANSWER_MAX_BYTES (64 * KIB)
#define STREAM_BLOCK_BYTES (4 * KIB)

/* Pieces are handed on as they are. */
_Static_assert(sizeof(struct iovec) == sizeof(struct MHD_IoVec), "iovec");
_Static_assert(offsetof(struct iovec, iov_len) == offsetof(struct MHD_IoVec, iov_len), "iovec");

/* The array of pieces must fit into the connection's memory beside what was received; check.c
 * bounds the head for that, but nothing bounds the trailers of a body.                       */
static bool pieces_fit(const struct request *r, const struct response *s)
{
	return s->piece_count <= HTTP_RESPONSE_PIECES_MAX && !r->has_body;
}

/* Of a length alone nobody ever asks for the bytes. */
static ssize_t no_bytes(void *ctx, uint64_t at, char *to, size_t n)
{
	(void)ctx, (void)at, (void)to, (void)n;
	return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* libmicrohttpd 0.9.75 ends a HEAD's chunks, though it has none, and only forgoes them like that. */
static struct MHD_Response *make_stream(const struct request *r)
{
	struct MHD_Response *m = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES,
	                                                           http_read_stream, r->connection, NULL);
	if (m && r->method == HTTP_HEAD)
		(void)MHD_set_response_options(m, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
	return m;
}

static struct MHD_Response *make_payload(const struct request *r, const struct response *s)
{
	struct MHD_Response *m = NULL;
	switch (s->payload) {
	case HTTP_NO_BODY:
		return MHD_create_response_from_buffer(0, (void *)(uintptr_t)"", MHD_RESPMEM_PERSISTENT);
	case HTTP_BYTES:
		return MHD_create_response_from_buffer(s->bytes.n, (void *)(uintptr_t)s->bytes.p,
		                                       MHD_RESPMEM_PERSISTENT);
	case HTTP_PIECES:
		if (pieces_fit(r, s))
			m = MHD_create_response_from_iovec((const struct MHD_IoVec *)(const void *)s->pieces,
			                                   s->piece_count, NULL, NULL);
		return m;
	case HTTP_FILE:
		m = MHD_create_response_from_fd_at_offset64(s->length, s->fd, s->offset);
		if (!m)
			(void)close(s->fd);
		return m;
	case HTTP_LENGTH:
		return MHD_create_response_from_callback(s->length, 1, no_bytes, NULL, NULL);
	case HTTP_STREAM:
		return make_stream(r);
	}
	return NULL;
}

static uint64_t payload_bytes(const struct response *s)
{
	uint64_t total = 0;
	if (s->payload == HTTP_BYTES)
		return s->bytes.n;
	if (s->payload == HTTP_FILE)
		return s->length;
	if (s->payload == HTTP_PIECES)
		for (unsigned i = 0; i < s->piece_count; i++)
			total += s->pieces[i].iov_len;
	return total;
}

/* False also for a value with a line end in it, which libmicrohttpd refuses (T-HTTP-35). */
static bool add_headers(struct MHD_Response *m, const struct http_connection *c,
                        const struct response *s)
{
	bool close = s->close || c->must_close || (c->request.has_body && !c->body_complete) ||
	             atomic_load(&c->listener->server->draining);
	for (size_t i = 0; i < s->header_count; i++)
		if (!MHD_add_response_header(m, s->headers[i].name, s->headers[i].value))
			return false;
	if (s->content_type && !MHD_add_response_header(m, "Content-Type", s->content_type))
		return false;
	if (close && !MHD_add_response_header(m, "Connection", "close"))
		return false;
	return MHD_add_response_header(m, "X-Request-Id", c->request.id) == MHD_YES;
}

void http_reply(struct request *r, const struct response *s)
{
	struct http_connection *c = r->connection;
	struct MHD_Response *m = make_payload(r, s);
	if (m && !add_headers(m, c, s)) {
		MHD_destroy_response(m);
		m = NULL;
	}
	c->response = m;
	c->status = s->status;
	c->payload_bytes = r->method == HTTP_HEAD ? 0 : payload_bytes(s);
	c->next = s->next;
	c->release = s->release;
	c->release_ctx = s->release_ctx;
	if (atomic_exchange(&c->reply, REPLY_READY) == REPLY_AWAITED)
		http_wake(c);
}

/* From here on c belongs to libmicrohttpd's thread as soon as it is awake. */
void http_wake(struct http_connection *c)
{
	struct http_server *server = c->listener->server;
	atomic_fetch_add(&server->waking, 1);
	MHD_resume_connection(c->mhd);
	atomic_fetch_sub(&server->waking, 1);
}

static enum MHD_Result send_answer(struct http_connection *c)
{
	if (!c->response) {
		struct response s = { .status = err_http_status(ERR_BUG) };
		LOG(LOG_ERROR, "http.answer_lost", KV("request_id", c->request.id),
		    KV("status", c->status));
		c->status = s.status;
		http_send_raw(c, &s);
		return MHD_NO;
	}
	enum MHD_Result queued = MHD_queue_response(c->mhd, (unsigned)c->status, c->response);
	MHD_destroy_response(c->response);
	c->response = NULL;
	return queued;
}

void http_awake(struct http_connection *c)
{
	if (c->asleep)
		atomic_fetch_sub(&c->listener->server->asleep, 1);
	c->asleep = false;
}

bool http_client_left(const struct request *r)
{
	struct pollfd p = { .fd = r->connection->fd, .events = POLLRDHUP };
	return poll(&p, 1, 0) > 0;
}

/* Too late to sleep: http_close no longer waits for sleepers. */
static enum MHD_Result wait_awake(struct http_connection *c)
{
	const struct timespec moment = { 0, NS_PER_MS };
	while (atomic_load(&c->reply) == REPLY_NONE)
		(void)nanosleep(&moment, NULL);
	return MHD_NO;
}

enum MHD_Result http_sleep(struct http_connection *c)
{
	struct http_server *s = c->listener->server;
	enum reply none = REPLY_NONE;
	c->asleep = true;
	atomic_fetch_add(&s->asleep, 1);
	if (atomic_load(&s->closing)) {
		http_awake(c);
		return wait_awake(c);
	}
	MHD_suspend_connection(c->mhd);
	if (!atomic_compare_exchange_strong(&c->reply, &none, REPLY_AWAITED))
		MHD_resume_connection(c->mhd);
	return MHD_YES;
}

enum MHD_Result http_answer(struct http_connection *c)
{
	http_awake(c);
	return atomic_load(&c->reply) == REPLY_READY ? send_answer(c) : http_sleep(c);
}

void http_send_raw(struct http_connection *c, const struct response *s)
{
	AUTO_SBUF struct sbuf b = sbuf_make(RAW_ANSWER_MAX_BYTES);
	struct str body = s->payload == HTTP_BYTES ? s->bytes : (struct str){ 0 };
	char date[HTTP_DATE_BYTES];
	http_date(clock_wall(), date);
	sbuf_printf(&b, "HTTP/1.1 %d %s\r\nDate: %s\r\nConnection: close\r\nContent-Length: %zu\r\n",
	            s->status, MHD_get_reason_phrase_for((unsigned)s->status), date, body.n);
	for (size_t i = 0; i < s->header_count; i++)
		if (!strpbrk(s->headers[i].value, "\r\n"))
			sbuf_printf(&b, "%s: %s\r\n", s->headers[i].name, s->headers[i].value);
	if (s->content_type)
		sbuf_printf(&b, "Content-Type: %s\r\n", s->content_type);
	if (*c->request.id)
		sbuf_printf(&b, "X-Request-Id: %s\r\n", c->request.id);
	sbuf_puts(&b, "\r\n");
	sbuf_put(&b, body);
	if (sbuf_ok(&b) && c->speaks_tls)
		tls_send_last(c->mhd, sbuf_str(&b));
	else if (sbuf_ok(&b))
		(void)send(c->fd, b.p, b.n, MSG_DONTWAIT | MSG_NOSIGNAL);
}
