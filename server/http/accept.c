/* Takes connections from the listening sockets and hands them to libmicrohttpd's threads.
 *
 * The library could listen itself, but MHD_quiesce_daemon, without which it cannot stop to, ends the
 * program now and then: it and a thread at work both take the socket out of the thread's epoll set,
 * and who comes second calls that a panic. So the library never sees these sockets, and one thread
 * here begins and ends listening. It deals them out in turn, one daemon being one thread.      */
#include "server/http/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "indexer/base/clock.h"
#include "indexer/base/log.h"

#define BATCH 16u                    /* connections of one listener before the next one's turn */
#define FULL_MS 10                   /* how often a listener that is full looks for room */
#define EXHAUSTED_NS (20 * NS_PER_MS)
#define SETTLE_NS (20 * NS_PER_MS)
#define SETTLE_LOOK_NS (NS_PER_MS / 50)
/* libmicrohttpd 0.9.75 asks epoll for up to 128 events, and where it gets just as many it waits for
 * more before it handles them, for ever if none come. A further event wakes it.             */
#define STALLS_AT 128u               /* connections */
#define NUDGE_MS 100
#define WARN_EVERY_NS (10 * NS_PER_SECOND)

static void pause_ns(long ns)
{
	(void)nanosleep(&(struct timespec){ 0, ns }, NULL);
}

/* Out of descriptors: said once in a while, and trying again at full speed would help nobody
 * (T-HTTP-34).                                                                               */
static void on_exhaustion(struct http_server *s)
{
	int64_t now = clock_monotonic();
	if (!s->warned_ns || now - s->warned_ns > WARN_EVERY_NS) {
		LOG(LOG_WARN, "http.no_file_descriptors", KV("connections_max", s->connections_max));
		s->warned_ns = now;
	}
	pause_ns(EXHAUSTED_NS);
}

/* Until the library's threads have begun what was handed over, so that no burst goes far beyond a
 * limit; one for which there is no memory never begins. */
static void settle(const struct http_listener *l, unsigned until)
{
	int64_t end = clock_monotonic() + SETTLE_NS;
	while ((int)(until - atomic_load(&l->begun)) > 0 && clock_monotonic() < end)
		pause_ns(SETTLE_LOOK_NS);
}

static void accept_some(struct http_listener *l)
{
	unsigned begun = atomic_load(&l->begun), handed = 0;
	int error = 0;
	while (!error && handed < BATCH && atomic_load(&l->open) + handed < l->connections_max) {
		struct sockaddr_storage a = { 0 };
		socklen_t n = sizeof a;
		int fd = accept4(l->fd, (struct sockaddr *)&a, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
		error = fd < 0 ? errno : 0;
		/* On failure the library has closed fd. */
		if (fd >= 0)
			handed += MHD_add_connection(l->daemons[l->turn++ % l->daemon_count], fd,
			                             (struct sockaddr *)&a, n) == MHD_YES;
	}
	if (error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS)
		on_exhaustion(l->server);
	settle(l, begun + handed);
}

static enum err never_wait(int fd, struct errinfo *e)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		return ERR_SYS(e, "listening socket");
	return OK;
}

/* A connection that is over already and has no address, which http_on_connection passes over. */
static void nudge(struct MHD_Daemon *daemon)
{
	int ends[2];
	const struct sockaddr nobody = { .sa_family = AF_UNSPEC };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
		return;
	(void)close(ends[0]);
	(void)MHD_add_connection(daemon, ends[1], &nobody, sizeof nobody);
}

static void nudge_stalled(struct http_listener *l)
{
	int64_t now = clock_monotonic();
	if (atomic_load(&l->open) < STALLS_AT || now - l->nudged_ns < NUDGE_MS * NS_PER_MS)
		return;
	l->nudged_ns = now;
	for (size_t i = 0; i < l->daemon_count; i++)
		nudge(l->daemons[i]);
}

/* Whom to wait for; returns for how long, in ms. */
static int choose(struct http_server *s)
{
	int timeout = -1;
	for (size_t i = 0; i < s->listener_count; i++) {
		struct http_listener *l = &s->listeners[i];
		bool full = atomic_load(&l->open) >= l->connections_max;
		s->polled[i].fd = full ? -1 : l->fd;
		if (full)
			timeout = FULL_MS;
		else if (timeout < 0 && atomic_load(&l->open) >= STALLS_AT)
			timeout = NUDGE_MS;
	}
	return timeout;
}

static void *accept_all(void *server)
{
	struct http_server *s = server;
	const struct pollfd *ends = &s->polled[s->listener_count];
	while (!ends->revents) {
		int ready = poll(s->polled, s->listener_count + 1, choose(s));
		for (size_t i = 0; i < s->listener_count; i++) {
			if (ready > 0 && s->polled[i].revents)
				accept_some(&s->listeners[i]);
			nudge_stalled(&s->listeners[i]);
		}
	}
	return NULL;
}

enum err http_start_accepting(struct http_server *s, struct errinfo *e)
{
	s->polled = calloc(s->listener_count + 1, sizeof *s->polled);
	if (!s->polled)
		return ERR(e, NOMEM, "HTTP server");
	struct pollfd *ends = &s->polled[s->listener_count];
	*ends = (struct pollfd){ .fd = eventfd(0, EFD_CLOEXEC), .events = POLLIN };
	if (ends->fd < 0)
		return ERR_SYS(e, "start the HTTP server");
	for (size_t i = 0; i < s->listener_count; i++) {
		enum err err = never_wait(s->listeners[i].fd, e);
		if (err)
			return err;
		s->polled[i].events = POLLIN;
	}
	return thread_start(&s->accepter, "accepter", accept_all, s, e);
}

void http_stop_accepting(struct http_server *s)
{
	const uint64_t one = 1;
	if (s->accepter.runs)
		(void)!write(s->polled[s->listener_count].fd, &one, sizeof one);
	thread_join(&s->accepter);
	if (s->polled && s->polled[s->listener_count].fd >= 0)
		(void)close(s->polled[s->listener_count].fd);
	free(s->polled);
	s->polled = NULL;
	for (size_t i = 0; i < s->listener_count; i++) {
		struct http_listener *l = &s->listeners[i];
		http_unlisten_unix(l);
		if (l->fd >= 0)
			(void)close(l->fd);
		l->fd = -1;
	}
}
