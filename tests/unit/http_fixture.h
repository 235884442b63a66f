/* A real server with a tiny app, and a client that speaks bytes. */
#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/pool.h"
#include "server/http/http.h"
#include "server/http/message.h"
#include "table.h"

#define UPLOAD_LIMIT 1000
#define FILE_BYTES (3 * MIB)
#define HUGE_BYTES (100 * MIB)       /* more than sockets hold */
#define GOOD "GET /ok HTTP/1.1\r\nHost: h\r\n\r\n"

/* ---- the app ---- */

static atomic_int app_begun, app_ended, app_refused, app_released, app_last_status;
static atomic_ullong app_last_sent, app_uploaded;
static struct pool *app_pool;
static atomic_int app_pause_ms;
static char app_piece[1024];
static struct iovec app_pieces[HTTP_RESPONSE_PIECES_MAX + 1];

struct app_job { struct pool_job job; struct request *r; };

static inline void app_release(void *ctx)
{
	assert_ptr_equal(ctx, app_piece);
	app_released++;
}

static inline void app_later(struct pool_job *job)
{
	struct app_job *j = (struct app_job *)(void *)job;
	struct response s = { .status = 200, .payload = HTTP_BYTES, .bytes = STR("late") };
	const struct timespec pause = { 0, app_pause_ms * NS_PER_MS };
	if (pause.tv_nsec)
		(void)nanosleep(&pause, NULL);
	http_reply(j->r, &s);
}

static inline void app_sleep(struct request *r)
{
	struct app_job *j = ARENA_NEW(&r->arena, struct app_job);
	assert_non_null(j);
	j->job.run = app_later;
	j->r = r;
	pool_give(app_pool, &j->job);
}

static inline void app_file(struct response *s, size_t bytes)
{
	s->payload = HTTP_FILE;
	s->fd = memfd_create("file", MFD_CLOEXEC);
	s->offset = 1;
	s->length = bytes - 1;
	assert_true(s->fd >= 0 && ftruncate(s->fd, (off_t)bytes) == 0);
}

/* "/stream?SIZES" or "/stream?early,SIZES": parts of these sizes, of the letters a, b, c … */
struct app_stream { struct pool_job job; struct request *r; struct str sizes; char letter, *part; };

static inline bool app_told(const struct request *r, const char *word);

static inline void app_part(struct pool_job *job)
{
	struct app_stream *v = (struct app_stream *)(void *)job;
	struct str size = str_cut(&v->sizes, ',', NULL);
	size_t n = size.n ? (size_t)strtoul(size.p, NULL, 10) : 0;
	const struct timespec pause = { 0, app_pause_ms * NS_PER_MS };
	if (pause.tv_nsec)
		(void)nanosleep(&pause, NULL);
	free(v->part);
	v->part = malloc(n + 1);
	assert_non_null(v->part);
	memset(v->part, v->letter++, n);
	http_part(v->r, str_make(v->part, n));
}

static inline void app_next(void *stream)
{
	struct app_stream *v = stream;
	if (app_told(v->r, "early"))
		app_part(&v->job);
	else
		pool_give(app_pool, &v->job);
}

static inline void app_end_stream(void *stream)
{
	free(((struct app_stream *)stream)->part);
	app_released++;
}

static inline void app_begin_stream(struct request *r)
{
	struct app_stream *v = ARENA_NEW(&r->arena, struct app_stream);
	assert_non_null(v);
	*v = (struct app_stream){ .job.run = app_part, .r = r, .sizes = r->query, .letter = 'a' };
	if (app_told(r, "early"))
		(void)str_cut(&v->sizes, ',', NULL);
	struct response s = { .status = 200, .content_type = "text/plain", .payload = HTTP_STREAM,
		.next = app_next, .release = app_end_stream, .release_ctx = v };
	http_reply(r, &s);
}

static inline void app_handle(struct request *r)
{
	struct response s = { .status = 200, .content_type = "text/plain" };
	if (str_eq_c(r->path, "/stream")) {
		app_begin_stream(r);
		return;
	}
	if (str_eq_c(r->path, "/sleep")) {
		app_sleep(r);
		return;
	}
	s.payload = HTTP_BYTES;
	s.bytes = str_c(arena_printf(&r->arena, "%s %.*s ?%.*s %llu %s %d %d",
	                             r->method == HTTP_HEAD ? "GET" : r->method_name,
	                             STR_ARG(r->path), STR_ARG(r->query),
	                             (unsigned long long)r->body_bytes, r->peer, r->control,
	                             r->local));
	s.release = app_release;
	s.release_ctx = app_piece;
	if (str_eq_c(r->path, "/who"))
		s.bytes = str_c(arena_printf(&r->arena, "[%.*s %s %.*s %s]<%.*s>", STR_ARG(r->remote),
		                             r->tls ? "https" : "http", STR_ARG(r->host),
		                             r->proxied ? "proxied" : "direct",
		                             STR_ARG(r->client_subject)));
	if (str_eq_c(r->path, "/pieces") || str_eq_c(r->path, "/too-many-pieces")) {
		s.payload = HTTP_PIECES;
		s.pieces = app_pieces;
		s.piece_count = HTTP_RESPONSE_PIECES_MAX + str_eq_c(r->path, "/too-many-pieces");
	} else if (str_eq_c(r->path, "/file")) {
		app_file(&s, FILE_BYTES);
	} else if (str_eq_c(r->path, "/huge")) {
		app_file(&s, HUGE_BYTES);
	} else if (str_eq_c(r->path, "/not-modified")) {
		s = (struct response){ .status = 304, .payload = HTTP_LENGTH, .length = 35 };
	} else if (str_eq_c(r->path, "/nothing")) {
		s = (struct response){ .status = 204 };
	} else if (str_eq_c(r->path, "/inject")) {
		response_header(&s, "Location", "/x\r\nSet-Cookie: a=b");
	} else if (str_eq_c(r->path, "/close")) {
		s.close = true;
	}
	http_reply(r, &s);
}

static inline enum err app_write(struct request *r, struct str piece, struct errinfo *e)
{
	app_uploaded += piece.n;
	if (str_eq_c(r->path, "/bad-write"))
		return ERR(e, DISK_FULL, "no");
	return OK;
}

/* "/hold?WORDS": the words say what follows, in this order. */
static inline bool app_told(const struct request *r, const char *word)
{
	return r->query.n && memmem(r->query.p, r->query.n, word, strlen(word));
}

static inline void app_decide(struct pool_job *job)
{
	struct request *r = ((struct app_job *)(void *)job)->r;
	struct response s = { .status = 401, .payload = HTTP_BYTES, .bytes = STR("who?") };
	const struct timespec pause = { 0, app_pause_ms * NS_PER_MS };
	if (pause.tv_nsec)
		(void)nanosleep(&pause, NULL);
	if (app_told(r, "reply"))
		http_reply(r, &s);
	else
		http_resume(r);
}

static inline void app_hold(struct request *r)
{
	struct app_job *j = ARENA_NEW(&r->arena, struct app_job);
	assert_non_null(j);
	j->job.run = app_decide;
	j->r = r;
	http_hold(r);
	if (app_told(r, "early"))
		app_decide(&j->job);
	else
		pool_give(app_pool, &j->job);
}

static atomic_int app_resumes;

static inline void app_resumed(struct request *r)
{
	struct response s = { .status = 403, .payload = HTTP_BYTES, .bytes = STR("not you") };
	if (++app_resumes % 2 && app_told(r, "again"))
		app_hold(r);
	else if (app_told(r, "refuse"))
		http_reply(r, &s);
	else if (!app_told(r, "bodyless"))
		r->body = (struct http_body){ app_write, UPLOAD_LIMIT };
}

static inline void app_begin(struct request *r)
{
	struct response s = { .status = 403, .payload = HTTP_BYTES, .bytes = STR("no") };
	app_begun++;
	r->app_data = app_piece;
	if (str_eq_c(r->path, "/forbidden"))
		http_reply(r, &s);
	if (str_eq_c(r->path, "/hold"))
		app_hold(r);
	if (str_eq_c(r->path, "/upload") || str_eq_c(r->path, "/bad-write") ||
	    str_eq_c(r->path, "/sleep"))
		r->body = (struct http_body){ app_write, UPLOAD_LIMIT };
	if (str_eq_c(r->path, "/large"))
		r->body = (struct http_body){ app_write, UINT64_MAX };
}

static inline void app_end(struct request *r, int status, uint64_t sent)
{
	assert_true(!r->app_data || r->app_data == app_piece);
	app_last_status = status;
	app_last_sent = sent;
	if (r->app_data)
		app_ended++;
	else
		app_refused++;
}

static inline void app_error(struct request *r, const struct errinfo *e, struct response *s)
{
	char *text = arena_printf(&r->arena, "%s: %s", err_code(e->code), err_public_text(e));
	assert_non_null(text);
	s->content_type = "text/plain";
	s->payload = HTTP_BYTES;
	s->bytes = str_c(text);
}

static const struct http_app tiny_app = {
	.begin = app_begin, .resumed = app_resumed, .handle = app_handle, .end = app_end,
	.error = app_error,
};

/* ---- the server ---- */

static struct http_server *server;
static atomic_ullong client_connects;

static inline void server_start(const struct http_options *wanted)
{
	static const char *const any[] = { "127.0.0.1:0" };
	struct http_options o = *wanted;
	struct errinfo e;
	if (!o.listen_count) {
		o.listen = any;
		o.listen_count = 1;
	}
	o.threads = 2;
	o.app = &tiny_app;
	client_connects = 0;
	app_begun = app_ended = app_refused = app_released = app_pause_ms = app_resumes = 0;
	for (size_t i = 0; i < ROWS(app_pieces); i++)
		app_pieces[i] = (struct iovec){ app_piece, i % sizeof app_piece };
	if (pool_new(2, "app", &app_pool, &e) != OK || http_open(&o, &server, &e) != OK)
		fail_msg("%s", e.detail);
}

static inline void server_stop(void)
{
	http_close(server);
	pool_free(app_pool);
	server = NULL;
	assert_int_equal(app_begun, app_ended);
}

static inline int stop(void **state)
{
	(void)state;
	server_stop();
	return 0;
}

/* Every connection that was made has been accepted and is gone again. */
static inline bool server_is_idle(void)
{
	struct http_stats stats = { .open = 1 };
	const struct timespec moment = { 0, NS_PER_MS };
	for (int i = 0; i < 10000 && (stats.open || stats.connections != client_connects); i++) {
		http_stats(server, &stats);
		(void)nanosleep(&moment, NULL);
	}
	return stats.open == 0 && stats.connections == client_connects;
}

/* ---- the client ---- */

static inline int client_connect(void)
{
	const char *address = http_address(server, 0);
	struct sockaddr_in a = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	a.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0) {
		client_connects++;
		return fd;
	}
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* The server may have answered and closed before everything is sent: that is no fault here. */
static inline void client_send(int fd, struct str bytes)
{
	while (bytes.n) {
		ssize_t n = send(fd, bytes.p, bytes.n, MSG_NOSIGNAL);
		if (n <= 0)
			return;
		bytes = str_from(bytes, (size_t)n);
	}
}

/* Appends what comes within `ms`; true when something came, false at the end or after silence. */
static inline bool client_receive(int fd, struct sbuf *b, int ms, bool *ret_closed)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char *to = sbuf_reserve(b, 64 * KIB);
	*ret_closed = false;
	assert_non_null(to);
	if (poll(&p, 1, ms) != 1)
		return false;
	ssize_t n = recv(fd, to, 64 * KIB, 0);
	*ret_closed = n <= 0;
	if (n > 0)
		b->n += (size_t)n;
	return n > 0;
}

/* The head of the first answer and its body are complete. */
static inline bool client_complete(struct str text, bool head_only)
{
	const char *end = text.n ? memmem(text.p, text.n, "\r\n\r\n", 4) : NULL;
	const char *length = end ? memmem(text.p, text.n, "\r\nContent-Length: ", 18) : NULL;
	if (!end)
		return false;
	if (head_only || !length || length > end)
		return true;
	return text.n - (size_t)(end + 4 - text.p) >= strtoull(length + 18, NULL, 10);
}

/* One answer. True if the server closed. */
static inline bool client_answer(int fd, struct sbuf *b, bool head_only)
{
	bool closed = false;
	sbuf_reset(b);
	while (!client_complete(sbuf_str(b), head_only) && client_receive(fd, b, 5000, &closed))
		;
	return closed;
}

static inline bool client_is_closed(int fd, struct sbuf *b, int ms)
{
	bool closed;
	while (client_receive(fd, b, ms, &closed))
		;
	return closed;
}

static inline int status_of(struct str text)
{
	return text.n > 12 && memcmp(text.p, "HTTP/1.", 7) == 0 ? atoi(text.p + 9) : 0;
}

static inline int count_of(struct str text, const char *needle)
{
	int n = 0;
	const char *at = text.n ? text.p : NULL, *end = at ? at + text.n : NULL;
	for (; at && (at = memmem(at, (size_t)(end - at), needle, strlen(needle))) != NULL; at++)
		n++;
	return n;
}

static inline bool has(struct sbuf *b, const char *text) { return count_of(sbuf_str(b), text) > 0; }

/* A whole exchange on a connection of its own; the answer in *b. */
static inline int exchange(const char *request, struct sbuf *b)
{
	int fd = client_connect();
	assert_true(fd >= 0);
	client_send(fd, str_c(request));
	(void)client_answer(fd, b, str_starts(str_c(request), STR("HEAD")));
	(void)close(fd);
	return status_of(sbuf_str(b));
}

static inline int64_t elapsed_ms(int64_t since_ns)
{
	return (clock_monotonic() - since_ns) / NS_PER_MS;
}

static inline bool wait_for(atomic_int *value, int wanted)
{
	const struct timespec moment = { 0, NS_PER_MS };
	for (int i = 0; i < 5000 && *value != wanted; i++)
		(void)nanosleep(&moment, NULL);
	return *value == wanted;
}
