/* A connection from accept to close, and the list in which the watchdog finds it. */
#include "server/http/internal.h"

#include <stdlib.h>
#include <sys/socket.h>

#include "indexer/base/clock.h"

bool http_phase_move(struct http_connection *c, enum phase from, enum phase to, int64_t since_ns)
{
	/* Set first: the watchdog may see the new time with the old phase, never the reverse. */
	atomic_store_explicit(&c->since_ns, since_ns, memory_order_relaxed);
	return atomic_compare_exchange_strong(&c->phase, &from, to);
}

static void enlist(struct http_server *s, struct http_connection *c)
{
	pthread_mutex_lock(&s->lock);
	c->older = s->newest;
	if (s->newest)
		s->newest->newer = c;
	s->newest = c;
	s->open++;
	atomic_fetch_add(&c->listener->open, 1);
	pthread_mutex_unlock(&s->lock);
}

static void delist(struct http_server *s, struct http_connection *c)
{
	pthread_mutex_lock(&s->lock);
	if (c->newer)
		c->newer->older = c->older;
	else
		s->newest = c->older;
	if (c->older)
		c->older->newer = c->newer;
	atomic_fetch_sub(&c->listener->open, 1);
	if (--s->open == 0)
		pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
}

/* Whatever it sent already is not answered. */
static void turn_away(struct http_connection *c)
{
	atomic_fetch_add_explicit(&c->listener->server->turned_away, 1, memory_order_relaxed);
	atomic_store(&c->phase, PHASE_CUT);
	(void)shutdown(c->fd, SHUT_RDWR);
}

void http_connection_free(struct http_connection *c)
{
	http_peer_goes(c);
	delist(c->listener->server, c);
	arena_done(&c->request.arena);       /* of a head that never ended: nobody else is told */
	free(c);
}

/* NULL when memory is used up: the access handler then closes the connection. */
static struct http_connection *started(struct http_listener *l, struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *fd =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
	const union MHD_ConnectionInfo *peer =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	struct http_connection *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	c->listener = l;
	c->mhd = mhd;
	c->fd = fd ? fd->connect_fd : -1;
	http_ip_of(peer ? peer->client_addr : NULL, &c->ip);
	http_ip_text(&c->ip, c->peer);
	if (l->tls)
		tls_read_by(mhd, http_read_tls, c, c->fd);
	c->is_proxy = !l->control && http_is_trusted(l->server, &c->ip);
	atomic_store(&c->since_ns, clock_monotonic());
	if (http_peer_comes(c))
		atomic_fetch_add(&l->server->connections, 1);
	else
		turn_away(c);
	enlist(l->server, c);
	return c;
}

/* The accepter's, to wake the library's thread: nobody else hears of it. */
static bool is_nudge(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *peer =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	return peer && peer->client_addr && peer->client_addr->sa_family == AF_UNSPEC;
}

struct tls *http_tls_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info = !mhd ? NULL :
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	const struct http_connection *c = info ? info->socket_context : NULL;
	return c ? c->listener->server->tls : NULL;
}

void http_on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                        enum MHD_ConnectionNotificationCode what)
{
	struct http_listener *l = cls;
	struct http_connection *c = *context;
	if (what == MHD_CONNECTION_NOTIFY_STARTED && !is_nudge(mhd)) {
		*context = started(l, mhd);
		atomic_fetch_add(&l->begun, 1);
	} else if (c) {
		if (!c->lingers || !http_linger(c))
			http_connection_free(c);
		*context = NULL;
	}
}
