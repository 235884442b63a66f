/* Ends what takes too long. libmicrohttpd's own timeout counts silence only, so one byte every
 * minute would hold a connection forever; these deadlines are absolute.
 *
 * The socket is shut down and libmicrohttpd notices. While a connection is in the list its
 * descriptor is open, so the lock is all that is needed.                                     */
#include "server/http/internal.h"

#include <errno.h>
#include <sys/socket.h>
#include <time.h>

#include "indexer/base/clock.h"

/* When a listener is nearly full, who was idle there longer than this makes room. */
#define CROWDED_IDLE_NS NS_PER_SECOND
/* Then, and at a drain, whoever still sends what is dropped gets no more than this. */
#define HURRIED_LINGER_NS (5 * NS_PER_SECOND)
/* A connection without a request at the start of a drain gets this long to send one. */
#define DRAINING_HEAD_NS NS_PER_SECOND

static void answer_timeout(struct http_connection *c)
{
	struct response s = {
		.status = err_http_status(ERR_TIMEOUT),
		.content_type = "text/plain; charset=utf-8",
		.payload = HTTP_BYTES,
		.bytes = str_c(err_sentence(ERR_TIMEOUT)),
	};
	http_send_raw(c, &s);
}

void http_cut(struct http_server *s, struct http_connection *c, enum phase from)
{
	if (!atomic_compare_exchange_strong(&c->phase, &from, PHASE_CUT))
		return;
	if (from == PHASE_BODY && !c->listener->tls) /* a session belongs to libmicrohttpd's thread */
		answer_timeout(c);
	(void)shutdown(c->fd, SHUT_RDWR);
	atomic_fetch_add(&s->timed_out, 1);
}

static bool body_is_slow(const struct http_server *s, struct http_connection *c, int64_t since,
                         int64_t now)
{
	uint64_t received = atomic_load(&c->received);
	if (c->window_phase_ns != since) {
		c->window_phase_ns = c->window_ns = since;
		c->window_bytes = 0;
		c->left = false;
	}
	if (now - c->window_ns < s->body_window_ns)
		return false;
	int64_t seconds_1000 = (now - c->window_ns) / (NS_PER_SECOND / 1000);
	if ((received - c->window_bytes) * 1000 <
	    (uint64_t)seconds_1000 * HTTP_BODY_MIN_BYTES_PER_SECOND)
		return true;
	c->window_ns = now;
	c->window_bytes = received;
	return false;
}

/* The end of a client that arrives together with its last bytes is not seen by libmicrohttpd, and
 * the upload would hold its slot until it is slow. What counts is two looks in a row: at the first
 * one the bytes may just have been taken out of the socket.                                  */
static bool client_left(struct http_connection *c)
{
	char byte;
	bool left = recv(c->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0, before = c->left;
	c->left = left;
	return left && before;
}

static bool is_crowded(const struct http_listener *l)
{
	return atomic_load(&l->open) >= l->connections_max - l->connections_max / 16;
}

static void look_at(struct http_server *s, struct http_connection *c, int64_t now)
{
	bool draining = atomic_load(&s->draining);
	enum phase phase = atomic_load(&c->phase);
	int64_t since = atomic_load(&c->since_ns), age = now - since;
	bool late = false;
	switch (phase) {
	case PHASE_HEAD:
		late = age > s->head_ns || (draining && age > DRAINING_HEAD_NS);
		break;
	case PHASE_IDLE:
		late = age > s->idle_ns || draining || (age > CROWDED_IDLE_NS && is_crowded(c->listener));
		break;
	case PHASE_BODY:
		late = body_is_slow(s, c, since, now) || client_left(c);
		break;
	case PHASE_LINGER:
		late = age > s->linger_ns || (age > HURRIED_LINGER_NS && (draining || is_crowded(c->listener)));
		break;
	case PHASE_BUSY:
		late = http_reader_is_slow(s, c, since, now);
		break;
	case PHASE_CUT:
		break;
	}
	if (late)
		http_cut(s, c, phase);
}

/* A quarter of the shortest deadline, between 5 ms and 1 s. */
static int64_t tick_length(const struct http_server *s)
{
	const int64_t deadlines[] = { s->head_ns, s->idle_ns, s->body_window_ns, s->send_window_ns,
	                              s->linger_ns };
	int64_t shortest = 4 * NS_PER_SECOND;
	for (size_t i = 0; i < sizeof deadlines / sizeof *deadlines; i++)
		if (deadlines[i] < shortest)
			shortest = deadlines[i];
	return shortest / 4 > 5 * NS_PER_MS ? shortest / 4 : 5 * NS_PER_MS;
}

bool http_wait(struct http_server *s, int64_t until_ns)
{
	struct timespec t = { until_ns / NS_PER_SECOND, until_ns % NS_PER_SECOND };
	return pthread_cond_clockwait(&s->changed, &s->lock, CLOCK_MONOTONIC, &t) != ETIMEDOUT;
}

void http_watch(struct http_server *s, int64_t now)
{
	for (struct http_connection *c = s->newest; c; c = c->older)
		look_at(s, c, now);
}

bool http_is_alive(const struct http_server *s)
{
	return clock_monotonic() - atomic_load(&s->tick_ns) < HTTP_ALIVE_SECONDS * NS_PER_SECOND;
}

void *http_watchdog(void *server)
{
	struct http_server *s = server;
	int64_t tick = tick_length(s);
	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		int64_t now = clock_monotonic(), next = now + tick;
		atomic_store(&s->tick_ns, now);
		http_watch(s, now);
		while (!s->stop && http_wait(s, next))
			;
		pthread_mutex_unlock(&s->lock);
		if (s->tls)
			tls_refresh(s->tls);
		pthread_mutex_lock(&s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}
