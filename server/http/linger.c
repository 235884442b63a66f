/* What was answered before it was read to the end, as a refused upload is. A close while bytes come in
 * resets the connection, and takes the answer from a client that sends everything before it looks for one
 * (RFC 9112 §9.6). libmicrohttpd closes at once, so a second descriptor of the socket stays open here, our
 * side is closed, and one thread drops what still comes until the client closes as well.
 *
 * In the list of connections, and wherever they are counted, it stays one until then. The watchdog ends it
 * after HTTP_LINGER_SECONDS, this file after HTTP_LINGER_MAX_BYTES or when there are too many.    */
#include "server/http/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"

#define BATCH 64

/* Who lingers longest makes room; s->lock is held. Those that were only just answered are not among them. */
static void make_room(struct http_server *s)
{
	struct http_connection *oldest = NULL;
	for (struct http_connection *c = s->newest; c; c = c->older)
		if (c->is_dropped && atomic_load(&c->phase) == PHASE_LINGER &&
		    (!oldest || atomic_load(&c->since_ns) < atomic_load(&oldest->since_ns)))
			oldest = c;
	if (oldest)
		http_cut(s, oldest, PHASE_LINGER);
}

bool http_linger(struct http_connection *c)
{
	struct http_server *s = c->listener->server;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = c };
	AUTO_FD int fd = fcntl(c->fd, F_DUPFD_CLOEXEC, 0);
	if (fd < 0 || atomic_load(&c->phase) != PHASE_LINGER)
		return false;
	(void)shutdown(fd, SHUT_WR);
	atomic_store(&c->since_ns, clock_monotonic());
	pthread_mutex_lock(&s->lock);
	int of_library = c->fd;
	if (s->lingering >= HTTP_LINGERING_MAX)
		make_room(s);
	c->fd = fd;
	/* From then on it is the thread's, which waits for the lock before it frees it. */
	bool lingers = epoll_ctl(s->linger_set, EPOLL_CTL_ADD, fd, &event) == 0;
	if (lingers) {
		s->lingering++;
		c->is_dropped = true;
		fd = -1;
	} else {
		c->fd = of_library;
	}
	pthread_mutex_unlock(&s->lock);
	return lingers;
}

static void end(struct http_server *s, struct http_connection *c)
{
	int fd = c->fd;
	/* libmicrohttpd may not have closed its own yet, and the socket would stay in the set. */
	(void)epoll_ctl(s->linger_set, EPOLL_CTL_DEL, fd, NULL);
	pthread_mutex_lock(&s->lock);
	s->lingering--;
	pthread_mutex_unlock(&s->lock);
	http_connection_free(c);
	(void)close(fd);
}

static bool drop(struct http_connection *c)
{
	char waste[64 * KIB];
	ssize_t n = recv(c->fd, waste, sizeof waste, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	c->dropped += (uint64_t)n;
	return n > 0 && c->dropped < HTTP_LINGER_MAX_BYTES;
}

static void *drop_all(void *server)
{
	struct http_server *s = server;
	struct epoll_event events[BATCH];
	for (;;) {
		int n = epoll_wait(s->linger_set, events, BATCH, -1);
		for (int i = 0; i < n; i++) {
			struct http_connection *c = events[i].data.ptr;
			if (!c)
				return NULL;
			if (!drop(c))
				end(s, c);
		}
	}
}

enum err http_start_lingering(struct http_server *s, struct errinfo *e)
{
	struct epoll_event event = { .events = EPOLLIN };        /* its pointer, NULL, ends the thread */
	s->linger_set = epoll_create1(EPOLL_CLOEXEC);
	s->linger_end = eventfd(0, EFD_CLOEXEC);
	if (s->linger_set < 0 || s->linger_end < 0 ||
	    epoll_ctl(s->linger_set, EPOLL_CTL_ADD, s->linger_end, &event) != 0)
		return ERR_SYS(e, "start the HTTP server");
	return thread_start(&s->lingerer, "lingerer", drop_all, s, e);
}

void http_stop_lingering(struct http_server *s)
{
	const uint64_t one = 1;
	if (s->lingerer.runs)
		(void)!write(s->linger_end, &one, sizeof one);
	thread_join(&s->lingerer);
	while (s->newest)
		end(s, s->newest);
	if (s->linger_end >= 0)
		(void)close(s->linger_end);
	if (s->linger_set >= 0)
		(void)close(s->linger_set);
}
