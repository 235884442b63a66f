/* What the files of this room share: the server, its listeners, and one connection.
 *
 * A connection is born and dies on libmicrohttpd's threads and carries one request at a time, so
 * the request needs no memory of its own. Two other threads look at it:
 *
 *   the watchdog, through `phase`: who moves a connection out of HEAD, IDLE, BODY or LINGER owns
 *   what happens next; a connection that the watchdog moved to CUT gets no answer any more.
 *
 *   whoever calls http_reply, through `reply`: the answer is READY, or libmicrohttpd's thread put
 *   the connection to sleep and it is AWAITED; the second of the two to come wakes it. What
 *   http_resume does is the same, with RESUMED.                                              */
#pragma once

#include <microhttpd.h>
#include <stdatomic.h>

#include "indexer/base/thread.h"
#include "server/http/http.h"
#include "server/http/tls.h"

#define HTTP_ALLOW "GET, HEAD, POST, PUT, DELETE, PATCH, OPTIONS"

enum phase {
	PHASE_HEAD,         /* accepted, or the request line of a further request is in */
	PHASE_IDLE,         /* kept alive */
	PHASE_BODY,
	PHASE_BUSY,         /* being handled or answered: no deadline, but for a slow reader */
	PHASE_LINGER,       /* answered, its body unread; what still comes is dropped: linger.c */
	PHASE_CUT,          /* the watchdog shut the socket down */
};

enum reply { REPLY_NONE, REPLY_AWAITED, REPLY_RESUMED, REPLY_READY };

enum step { STEP_URI, STEP_HEAD, STEP_BEGIN, STEP_BODY, STEP_REPLY };

struct http_listener {
	struct http_server *server;
	struct MHD_Daemon **daemons;     /* a thread each */
	size_t daemon_count, turn;       /* turn: the accepter's own, who gets the next connection */
	int64_t nudged_ns;               /* the accepter's own */
	int fd;                          /* listens; -1: no longer */
	unsigned connections_max;
	atomic_uint open, begun;         /* connections now, and ever */
	char address[128];
	bool loopback, control, tcp, tls;
	bool says_tls, says_plain;       /* by its address */
	ino_t inode;                     /* of a Unix socket that we made */
};

/* IPv4 as ::ffff:a.b.c.d; unknown for a Unix socket. */
struct http_ip { unsigned char bytes[16]; bool known; };
#define HTTP_IP_TEXT_BYTES 46        /* INET6_ADDRSTRLEN */
struct http_network { unsigned char bytes[16]; unsigned bits; bool is_unix; };

struct http_connection {
	struct request request;
	struct http_listener *listener;
	struct MHD_Connection *mhd;
	struct http_connection *older, *newer;       /* under server->lock */
	int fd;
	char peer[HTTP_IP_TEXT_BYTES];
	struct http_ip ip;
	bool is_proxy;                               /* what it forwards is believed */
	bool is_counted;                             /* in server->peers */
	bool speaks_tls;                             /* began with a handshake */

	/* of the request in progress, on libmicrohttpd's thread */
	enum step step;
	bool uri_is_bad, must_close, body_complete, asleep;
	bool held;                                   /* waits for http_resume or http_reply */
	bool lingers;                                /* answered before it was read to the end */
	size_t uri_bytes;

	/* of the answer: written by http_reply and http_part, read after `reply` says READY */
	_Atomic enum reply reply;
	struct MHD_Response *response;
	int status;
	uint64_t payload_bytes;
	void (*next)(void *ctx);
	void (*release)(void *ctx);
	void *release_ctx;
	struct str part;                             /* of a stream: what has not gone out */
	bool awaits_part;

	/* what the watchdog looks at */
	_Atomic enum phase phase;
	_Atomic int64_t since_ns;                    /* when the phase began */
	_Atomic uint64_t received;                   /* bytes of the body */
	int64_t window_phase_ns, window_ns;          /* the watchdog's own */
	uint64_t window_bytes;
	bool left;                                   /* the client had closed at the last look */
	int64_t reader_phase_ns, reader_ns;          /* of the phase; since when bytes wait to be sent; 0: none do */
	uint64_t reader_bytes;                       /* acknowledged then */

	/* linger.c's own, when libmicrohttpd is through with it */
	bool is_dropped;                             /* what still comes; since_ns says since when; under server->lock */
	uint64_t dropped;
};

struct http_server {
	const struct http_app *app;
	const void *app_ctx;
	struct http_listener *listeners;
	size_t listener_count, listen_count;         /* with and without the control socket */

	struct thread watchdog, accepter, lingerer;
	bool stop;                                   /* under lock */
	struct pollfd *polled;                       /* the listeners, and what ends the accepter */
	pthread_mutex_t lock;
	pthread_cond_t changed;                      /* a connection went, or stop */
	struct http_connection *newest;
	unsigned open, connections_max;
	unsigned lingering;                          /* of those that are open; under lock */
	int linger_set, linger_end;                  /* epoll; what ends the thread that waits there */

	int64_t head_ns, idle_ns, body_window_ns, send_window_ns, linger_ns;
	_Atomic int64_t tick_ns;                     /* the watchdog's clock, cheap to read */
	int64_t warned_ns;                           /* about descriptors; the accepter's own */
	atomic_bool draining, closing;
	atomic_uint asleep, waking;                  /* suspended; http_reply calls inside a resume */

	struct tls *tls;                             /* NULL: none */
	atomic_uint *peers;                          /* connections by address; NULL: no limit */
	unsigned connections_per_address;
	bool limit_loopback;                         /* for tests */
	bool fronted;                                /* there is a proxy, as the settings tell */
	struct http_network *trusted;
	size_t trusted_count;
	struct str public_url;

	uint64_t id_seed[2];
	_Atomic uint64_t connections, requests, refused, timed_out, turned_away;
};

/* accept.c */
NODISCARD enum err http_start_accepting(struct http_server *s, struct errinfo *e);
/* Closes the listening sockets; what was accepted has begun. Again is fine. */
void http_stop_accepting(struct http_server *s);

/* request.c: what libmicrohttpd calls */
void *http_on_uri(void *cls, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result http_on_access(void *cls, struct MHD_Connection *mhd, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *size, void **context);
void http_on_completed(void *cls, struct MHD_Connection *mhd, void **context,
                       enum MHD_RequestTerminationCode why);

/* connection.c */
void http_on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                        enum MHD_ConnectionNotificationCode what);
/* False when the phase is no longer `from`, which only the watchdog can have done. */
bool http_phase_move(struct http_connection *c, enum phase from, enum phase to, int64_t since_ns);
/* No longer counted or in the list; its descriptor stays open. */
void http_connection_free(struct http_connection *c);

/* cleartext.c: of a connection (its context) with TLS, as recv. */
ssize_t http_read_tls(void *connection, void *to, size_t n);

/* linger.c */
NODISCARD enum err http_start_lingering(struct http_server *s, struct errinfo *e);
/* After libmicrohttpd's threads; frees what is left. */
void http_stop_lingering(struct http_server *s);
/* When libmicrohttpd closes; its descriptor is still open. True: c lives on until the client closes too. */
bool http_linger(struct http_connection *c);

/* check.c: judges the head and fills in what the request knows from it. */
NODISCARD enum err http_check_head(struct http_connection *c, const char *method,
                                   const char *version, struct errinfo *e);

/* Renders *e by the app and replies. */
void http_refuse(struct http_connection *c, const struct errinfo *e);
/* Why the body that was announced will not be read. */
NODISCARD enum err http_check_body(const struct request *r, struct errinfo *e);

/* hold.c */
/* What follows the app's `begin`, and a sleep there. */
enum MHD_Result http_begun(struct http_connection *c);

/* response.c */
/* Until http_reply or http_resume; then libmicrohttpd calls again. */
enum MHD_Result http_sleep(struct http_connection *c);
void http_wake(struct http_connection *c);
/* The answer if there is one, else sleep until http_reply. */
enum MHD_Result http_answer(struct http_connection *c);
/* The connection sleeps no longer, be it answered or gone. */
void http_awake(struct http_connection *c);
/* Writes a small answer past libmicrohttpd, which takes none while a body comes in. */
void http_send_raw(struct http_connection *c, const struct response *s);

/* stream.c: MHD_ContentReaderCallback; the context is the connection. */
ssize_t http_read_stream(void *connection, uint64_t at, char *to, size_t n);

/* listen.c: what the options name → the listeners' fd, address, loopback, … */
#define HTTP_BACKLOG 1024
size_t http_listener_count(const struct http_options *o);
NODISCARD enum err http_listen(struct http_server *s, const struct http_options *o,
                               struct errinfo *e);
/* Fills in what the descriptor tells. */
NODISCARD enum err http_describe(struct http_listener *l, struct errinfo *e);

/* unix.c */
bool http_unix_path_is_valid(struct str path);
NODISCARD enum err http_listen_unix(struct http_listener *l, const char *path, mode_t mode,
                                    struct errinfo *e);
/* Removes the socket, unless another one is there by now. */
void http_unlisten_unix(const struct http_listener *l);

/* inherit.c: "systemd", "systemd:NAME" */
bool http_is_inherited(struct str entry);
size_t http_count_inherited(struct str entry);
/* l: as many as were counted */
NODISCARD enum err http_listen_inherited(struct http_listener *l, struct str entry,
                                         struct errinfo *e);

/* proxy.c */
struct sockaddr;
void http_ip_of(const struct sockaddr *a, struct http_ip *ret);
bool http_ip_is_v4(const struct http_ip *ip);
/* "192.0.2.1", "2001:db8::1", "unix". */
void http_ip_text(const struct http_ip *ip, char ret[HTTP_IP_TEXT_BYTES]);
NODISCARD enum err http_trust(struct http_server *s, const struct http_options *o,
                              struct errinfo *e);
/* Only this machine reaches it. */
bool http_is_of_this_machine(const struct http_listener *l);
bool http_is_trusted(const struct http_server *s, const struct http_ip *ip);
/* remote, tls, host, proxied of the request. */
void http_believe_proxy(struct http_connection *c);

/* peers.c */
#define HTTP_PEERS 65536u
NODISCARD bool http_count_peers(struct http_server *s, unsigned limit);
/* False when its address has too many; it is to be closed then. */
bool http_peer_comes(struct http_connection *c);
void http_peer_goes(struct http_connection *c);

/* reader.c */
/* Whether bytes wait that are fetched more slowly than HTTP_SEND_MIN_BYTES_PER_SECOND. */
bool http_reader_is_slow(const struct http_server *s, struct http_connection *c, int64_t since,
                         int64_t now);

/* watchdog.c */
void *http_watchdog(void *server);
/* Shuts it down unless it has left this phase; server->lock is held. */
void http_cut(struct http_server *s, struct http_connection *c, enum phase from);
/* Cuts what is late; server->lock is held. */
void http_watch(struct http_server *s, int64_t now);
/* Until something changes or the time has come (false); server->lock is held. */
bool http_wait(struct http_server *s, int64_t until_ns);
