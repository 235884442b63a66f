/* The server: libmicrohttpd's daemons, one per thread of a listener, the watchdog, and the way down.
 *
 * Closing goes in this order: no new connections (accept.c), answers go out (drain), the rest is
 * cut, handlers give the answers they owe, and only then MHD_stop_daemon, which aborts the program
 * if it finds a suspended connection.                                                        */
#include "server/http/internal.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "indexer/base/clock.h"
#include "indexer/base/fs.h"
#include "indexer/base/hash.h"
#include "indexer/base/log.h"
#include "indexer/base/pool.h"

/* Descriptors that are not connections, and two for each that is one: a file to send or write. */
#define OTHER_FILES 64u
#define CONNECTIONS_MIN 16u
#define CONNECTIONS_MAX (UINT16_MAX / 2u)

/* Paths stay as they came; http_path_parse decodes each segment once. */
static size_t keep_escapes(void *cls, struct MHD_Connection *mhd, char *text)
{
	(void)cls;
	(void)mhd;
	return strlen(text);
}

PRINTF_LIKE(2, 0)
static void on_library_message(void *cls, const char *fmt, va_list ap)
{
	char text[256];
	(void)cls;
	if (!log_enabled(LOG_DEBUG))
		return;
	(void)vsnprintf(text, sizeof text, fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	LOG(LOG_DEBUG, "http.library", KV("text", text));
}

static unsigned connections_from_limit(void)
{
	unsigned n = fs_files_limit(OTHER_FILES, 2);
	return n < CONNECTIONS_MIN ? CONNECTIONS_MIN : n > CONNECTIONS_MAX ? CONNECTIONS_MAX : n;
}

static struct MHD_Daemon *start_daemon(struct http_listener *l)
{
	struct MHD_OptionItem tls[TLS_DAEMON_OPTIONS_MAX] = { { MHD_OPTION_END, 0, NULL } };
	if (l->tls)
		tls_daemon_options(l->server->tls, tls);
	return MHD_start_daemon(
		MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME |
		MHD_USE_ERROR_LOG | (l->tls ? MHD_USE_TLS : 0), 0,
		NULL, NULL, http_on_access, l,
		MHD_OPTION_EXTERNAL_LOGGER, on_library_message, NULL,
		MHD_OPTION_CONNECTION_LIMIT, UINT_MAX,       /* accept.c counts */
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_CONNECTION_MEMORY_BYTES,
		MHD_OPTION_CONNECTION_TIMEOUT, HTTP_IDLE_SECONDS,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
		MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
		MHD_OPTION_URI_LOG_CALLBACK, http_on_uri, l,
		MHD_OPTION_NOTIFY_CONNECTION, http_on_connection, l,
		MHD_OPTION_NOTIFY_COMPLETED, http_on_completed, NULL,
		MHD_OPTION_ARRAY, tls,
		MHD_OPTION_END);
}

static enum err start_daemons(struct http_listener *l, unsigned threads, unsigned connections,
                              struct errinfo *e)
{
	l->connections_max = connections ? connections : 1;
	l->daemons = calloc(threads, sizeof(struct MHD_Daemon *));
	if (!l->daemons)
		return ERR(e, NOMEM, "HTTP server");
	while (l->daemon_count < threads) {
		struct MHD_Daemon *d = start_daemon(l);
		if (!d)
			return ERR_SYS(e, "start the HTTP server on %s", l->address);
		l->daemons[l->daemon_count++] = d;
	}
	return OK;
}

static void stop_daemons(struct http_listener *l)
{
	for (size_t i = 0; i < l->daemon_count; i++)
		MHD_stop_daemon(l->daemons[i]);
	free(l->daemons);
}

static int64_t deadline_ns(unsigned wanted_ms, unsigned seconds)
{
	return wanted_ms ? wanted_ms * NS_PER_MS : seconds * NS_PER_SECOND;
}

static enum err make_server(const struct http_options *o, struct http_server **ret,
                            struct errinfo *e)
{
	struct http_server *s = calloc(1, sizeof *s);
	if (!s)
		return ERR(e, NOMEM, "HTTP server");
	s->app = o->app;
	s->app_ctx = o->app_ctx;
	s->listen_count = http_listener_count(o);
	s->listener_count = s->listen_count + (o->control_fd >= 0);
	s->public_url = str_c(o->public_url);
	s->listeners = calloc(s->listener_count ? s->listener_count : 1, sizeof *s->listeners);
	if (!s->listeners || !random_bytes(s->id_seed, sizeof s->id_seed) ||
	    !http_count_peers(s, o->connections_per_address)) {
		free(s->listeners);
		free(s);
		return ERR(e, NOMEM, "HTTP server");
	}
	s->limit_loopback = o->limit_loopback;
	s->fronted = o->trusted_count || s->public_url.n;
	s->connections_max = o->connections_max ? o->connections_max : connections_from_limit();
	s->head_ns = deadline_ns(o->head_ms, HTTP_HEADER_DEADLINE_SECONDS);
	s->idle_ns = deadline_ns(o->idle_ms, HTTP_IDLE_SECONDS + HTTP_HEADER_DEADLINE_SECONDS);
	s->body_window_ns = deadline_ns(o->body_window_ms, HTTP_BODY_RATE_SECONDS);
	s->send_window_ns = deadline_ns(o->send_window_ms, HTTP_SEND_RATE_SECONDS);
	s->linger_set = s->linger_end = -1;
	s->linger_ns = deadline_ns(o->linger_ms, HTTP_LINGER_SECONDS);
	atomic_store(&s->tick_ns, clock_monotonic());
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->changed, NULL);
	for (size_t i = 0; i < s->listener_count; i++)
		s->listeners[i] = (struct http_listener){ .server = s, .fd = -1 };
	*ret = s;
	return OK;
}

static enum err start_all(struct http_server *s, const struct http_options *o, struct errinfo *e)
{
	unsigned threads = o->threads ? o->threads : cpu_count();
	enum err err = http_start_lingering(s, e);
	if (err)
		return err;
	for (size_t i = 0; i < s->listener_count; i++) {
		struct http_listener *l = &s->listeners[i];
		l->tls = l->tcp && !l->says_plain && (l->says_tls || tls_has_certificate(s->tls));
		if (l->says_tls && !tls_expires(s->tls) && !tls_authority_expires(s->tls))
			return ERR(e, CONFIG, "listen " HTTP_TLS_PREFIX "%s: there is no certificate to show: set"
			           " tls.cert and tls.key, or shadow_hosts and make an authority for those hosts: `chartlocker"
			           " keys shadow-ca`", l->address);
		enum err code = l->control
			? start_daemons(l, 1, CONTROL_CONNECTIONS_MAX, e)
			: start_daemons(l, threads, s->connections_max / (unsigned)s->listen_count, e);
		if (code)
			return code;
	}
	err = thread_start(&s->watchdog, "watchdog", http_watchdog, s, e);
	return err ? err : http_start_accepting(s, e);
}

enum err http_open(const struct http_options *o, struct http_server **ret, struct errinfo *e)
{
	struct http_server *s;
	sigset_t all, before;
	enum err code = make_server(o, &s, e);
	if (code) {
		if (o->control_fd >= 0)
			(void)close(o->control_fd);
		return code;
	}
	if (o->control_fd >= 0) {
		struct http_listener *l = &s->listeners[s->listen_count];
		l->fd = o->control_fd;
		l->control = true;
		(void)snprintf(l->address, sizeof l->address, "unix");
	}
	(void)signal(SIGPIPE, SIG_IGN);      /* sendfile has no MSG_NOSIGNAL */
	/* Signals are for the program's own threads. */
	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	code = http_trust(s, o, e);
	if (!code)
		code = tls_open(o, &s->tls, e);
	if (!code)
		code = http_listen(s, o, e);
	if (!code)
		code = start_all(s, o, e);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (code)
		http_close(s);
	else
		*ret = s;
	return code;
}

const char *http_address(const struct http_server *s, size_t i)
{
	return i < s->listen_count ? s->listeners[i].address : NULL;
}

bool http_is_tls(const struct http_server *s, size_t i)
{
	return i < s->listen_count && s->listeners[i].tls;
}

bool http_is_of_this_machine(const struct http_listener *l) { return l->loopback && !l->server->fronted; }

bool http_is_local(const struct http_server *s, size_t i)
{
	return i < s->listen_count && http_is_of_this_machine(&s->listeners[i]);
}

void http_drain(struct http_server *s, unsigned seconds)
{
	int64_t end = clock_monotonic() + seconds * NS_PER_SECOND;
	atomic_store(&s->draining, true);
	http_stop_accepting(s);
	pthread_mutex_lock(&s->lock);
	http_watch(s, clock_monotonic());
	while (s->open && http_wait(s, end))
		;
	for (struct http_connection *c = s->newest; c; c = c->older)
		(void)shutdown(c->fd, SHUT_RDWR);
	pthread_mutex_unlock(&s->lock);
}

static void wait_for_answers(struct http_server *s)
{
	const struct timespec moment = { 0, NS_PER_MS };
	atomic_store(&s->closing, true);
	while (atomic_load(&s->asleep) || atomic_load(&s->waking))
		(void)nanosleep(&moment, NULL);
}

static void stop_watchdog(struct http_server *s)
{
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	thread_join(&s->watchdog);
}

void http_close(struct http_server *s)
{
	if (!s)
		return;
	http_drain(s, 0);
	wait_for_answers(s);
	for (size_t i = 0; i < s->listener_count; i++)
		stop_daemons(&s->listeners[i]);
	http_stop_lingering(s);
	stop_watchdog(s);
	(void)pthread_cond_destroy(&s->changed);
	(void)pthread_mutex_destroy(&s->lock);
	tls_close(s->tls);
	free(s->peers);
	free(s->trusted);
	free(s->listeners);
	free(s);
}

void http_stats(const struct http_server *s, struct http_stats *ret)
{
	pthread_mutex_t *lock = (pthread_mutex_t *)(uintptr_t)&s->lock;
	*ret = (struct http_stats){
		.connections = atomic_load(&s->connections),
		.requests = atomic_load(&s->requests),
		.refused = atomic_load(&s->refused),
		.timed_out = atomic_load(&s->timed_out),
		.turned_away = atomic_load(&s->turned_away),
		.certificate_expires = tls_expires(s->tls),
		.authority_expires = tls_authority_expires(s->tls),
	};
	pthread_mutex_lock(lock);
	ret->open = s->open;
	pthread_mutex_unlock(lock);
}
