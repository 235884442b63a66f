/* HTTP: everything that knows libmicrohttpd, and nothing that knows charts.
 *
 * The calling sequence of one request:
 *
 *     app->begin(r)      the head is in and sane: method, path, headers. Either answers with
 *                        http_reply, or sets r->body (where the body goes) and returns.
 *                        Or it calls http_hold, and somebody goes on later.
 *     r->body.write      for each piece of the body, in order; an error ends the request
 *     app->handle(r)     the body is complete. Must lead to one http_reply, at once or later,
 *                        from any thread; the connection sleeps until then.
 *     app->end(r)        the answer is out or the client is gone: release r->app_data.
 *
 * A head that is refused before begin gets app->error and app->end only (app_data is NULL then),
 * and r->method is 0 where the method is none we know.
 *
 * begin, resumed, write and handle run on libmicrohttpd's threads and must not block. What the library
 * is too lenient about is refused before begin (trust.md §2.7): CL with TE, duplicate or
 * malformed singleton headers, other transfer codings, bad escapes, methods it should not know;
 * an answer to a request whose body was not read closes the connection, after what still comes of it
 * was dropped, so that the answer arrives (linger.c). A watchdog ends
 * connections whose head is not complete HTTP_HEADER_DEADLINE_SECONDS after they began, uploads
 * slower than HTTP_BODY_MIN_BYTES_PER_SECOND, and answers that are fetched more slowly than
 * HTTP_SEND_MIN_BYTES_PER_SECOND.                                                            */
#pragma once

#include <stdint.h>
#include <sys/uio.h>

#include "indexer/base/arena.h"
#include "indexer/base/limits.h"

struct http_server;
struct request;

/* CONFIG unless `address` is one to listen on: "127.0.0.1:8879", "[::1]:0", "tls:0.0.0.0:443" (TLS, be there
 * a certificate of the server's own or only those for other hosts), "plain:0.0.0.0:80" (no TLS, be there a
 * certificate or not), "unix:/run/x.sock", "systemd" (every socket that was handed over) or "systemd:NAME"
 * (those of that name).                                                                        */
#define HTTP_TLS_PREFIX "tls:"
#define HTTP_PLAIN_PREFIX "plain:"
NODISCARD enum err http_address_check(const char *address, struct errinfo *e);
/* Without "tls:" or "plain:". */
const char *http_plain_address(const char *address);
/* Nobody can listen on both: they are the same, or of one family and port, and one of them is 0.0.0.0 or [::].
 * Port 0 is another one each time.                                                             */
bool http_addresses_clash(const char *one, const char *other);
/* CONFIG unless `text` is a network of proxies: "10.0.0.0/8", "::1", "unix". */
NODISCARD enum err http_network_check(const char *text, struct errinfo *e);
/* It has addresses of strangers, because it is larger than any network of one's own, 10.0.0.0/8 and fc00::/7. */
bool http_network_has_strangers(const char *text);

enum http_method {
	HTTP_GET = 1, HTTP_HEAD = 2, HTTP_POST = 4, HTTP_PUT = 8, HTTP_DELETE = 16, HTTP_PATCH = 32,
	HTTP_OPTIONS = 64,
};

/* Where the body goes. Without `write`, a body is refused with 413. */
struct http_body {
	enum err (*write)(struct request *r, struct str piece, struct errinfo *e);
	uint64_t limit;                  /* bytes; above it TOO_LARGE: by Content-Length before the
	                                    first byte is read, else when it is passed */
};

struct request {
	struct arena arena;              /* everything of this request; REQUEST_ARENA_MAX_BYTES */
	enum http_method method;
	const char *method_name;
	struct str path;                 /* raw, still percent-encoded, begins with '/' */
	struct str query;                /* raw, without '?' */
	char id[HTTP_REQUEST_ID_MAX_BYTES + 1];   /* X-Request-Id: the client's if it is plain, else ours */
	const char *peer;                /* of the socket: "127.0.0.1", "::1", "unix" */
	struct str remote;               /* the client: peer, or what a trusted proxy says */
	bool proxied;                    /* a trusted proxy said so */
	bool tls;                        /* the client's own connection is encrypted (X-Forwarded-Proto
	                                    counts where `proxied`) */
	struct str client_subject;       /* CN of a verified client certificate, else empty */
	bool control;                    /* came by the control socket */
	bool local;                      /* who asks is on this machine, as far as the server can tell */
	struct str listen;               /* "127.0.0.1:8879", the listener's own address */
	struct str host;                 /* what the client calls us: Host, or what a trusted proxy says;
	                                    may be empty in HTTP/1.0 */
	struct str public_url;           /* http_options.public_url */
	int64_t content_length;          /* -1: not given (chunked or none) */
	bool has_body;
	struct http_body body;           /* set by begin */
	uint64_t body_bytes;             /* received so far */
	int64_t began_ns;                /* monotonic */
	enum err err;                    /* what it was refused with, for `end` to tell: set by http
	                                    itself, or by the app before http_reply */
	const void *app;                 /* http_options.app_ctx */
	void *app_data;
	struct http_connection *connection;   /* http's own */
};

/* The value of a header, empty if absent; `name` in any case. Borrowed until end. */
struct str request_header(const struct request *r, const char *name);
bool request_has_header(const struct request *r, const char *name);
/* The header stands more than once. */
bool request_header_repeats(const struct request *r, const char *name);
/* True if any header name starts with `prefix` (for X-Forwarded-*). */
bool request_has_header_prefix(const struct request *r, const char *prefix);
/* Somebody looks at what is answered: it asks for HTML before all else, as no client of charts does. */
static inline bool request_is_browser(const struct request *r)
{
	return str_starts(request_header(r, "Accept"), STR("text/html"));
}

enum http_payload { HTTP_NO_BODY, HTTP_BYTES, HTTP_PIECES, HTTP_FILE, HTTP_LENGTH, HTTP_STREAM };

#define RESPONSE_HEADERS_MAX 16

struct response {
	int status;
	const char *content_type;        /* NULL: none */
	struct { const char *name, *value; } headers[RESPONSE_HEADERS_MAX];   /* copied by http_reply */
	size_t header_count;
	enum http_payload payload;
	struct str bytes;                /* HTTP_BYTES */
	const struct iovec *pieces;      /* HTTP_PIECES, at most HTTP_RESPONSE_PIECES_MAX; copied; not
	                                    for a request with a body (500) */
	unsigned piece_count;
	int fd;                          /* HTTP_FILE: taken over; goes out by sendfile */
	uint64_t offset, length;         /* HTTP_LENGTH: of the payload that a 304 stands for, which is not
	                                    at hand */
	void (*next)(void *ctx);         /* HTTP_STREAM: asks for the next part, on libmicrohttpd's thread;
	                                    exactly one http_part follows; ctx is release_ctx */
	void (*release)(void *ctx);      /* when the payload was sent or given up, right before end;
	                                    may be NULL: then bytes live in r->arena or are static */
	void *release_ctx;
	bool close;                      /* Connection: close */
};

static inline void response_header(struct response *s, const char *name, const char *value)
{
	if (s->header_count < RESPONSE_HEADERS_MAX) {
		s->headers[s->header_count].name = name;
		s->headers[s->header_count++].value = value;
	}
}

/* Answers; exactly once per request. Content-Length is sent but for a stream, X-Request-Id added;
 * HEAD and a 304 get the head alone. libmicrohttpd 0.9.75 sends the length of a 304 too, so give that one
 * HTTP_LENGTH. *s may go away after the call; `release` is called in every case.              */
void http_reply(struct request *r, const struct response *s);

/* What `next` asked for, from any thread and as early as it likes; the connection sleeps until then.
 * Borrowed until `next` or `release` is called again; empty ends the answer. A client that went is
 * noticed when a part is sent, so none should be long in coming; http_close waits for it.     */
void http_part(struct request *r, struct str part);

/* Of a request whose answer, or next part, is owed by who asks: the client has closed, or will send no
 * more. libmicrohttpd does not look at a connection that sleeps.                             */
bool http_client_left(const struct request *r);

/* From begin or resumed alone: when that has returned the connection sleeps, its body unread, until
 * exactly one http_resume or http_reply follows, from any thread and as early as it likes. After
 * http_resume libmicrohttpd's thread calls app->resumed, or app->end if the client is gone or the
 * server closes; r may be gone when http_resume returns. There is no deadline, and http_close
 * waits for it. Hold first, then give r to the other thread, and do not touch r any more.     */
void http_hold(struct request *r);
void http_resume(struct request *r);

struct http_app {
	void (*begin)(struct request *r);
	/* After http_hold and http_resume; the same as begin, and it may hold again. NULL where nothing
	 * is held.                                                                               */
	void (*resumed)(struct request *r);
	void (*handle)(struct request *r);
	/* status 0: no answer went out. bytes_sent is the payload's, 0 if it did not go out whole. */
	void (*end)(struct request *r, int status, uint64_t bytes_sent);
	/* Renders an error that http found itself (bad framing, too large, a failed write) into *s:
	 * HTTP_BYTES or none. On the thread of begin. A slow body's 408 is http's own text, because
	 * the watchdog cannot wait for the app.                                                  */
	void (*error)(struct request *r, const struct errinfo *e, struct response *s);
};

enum http_client_auth { HTTP_CLIENT_NONE, HTTP_CLIENT_OPTIONAL, HTTP_CLIENT_REQUIRE };

/* PEM files, the key's as secret_open wants it. A certificate or key that changes is taken over within seconds. */
struct http_tls {
	const char *cert, *key;          /* NULL: no TLS */
	const char *client_ca;           /* who may issue the certificates of clients */
	enum http_client_auth client_auth;
};

/* Other hosts, for which certificates are made by an authority in two PEM files. */
struct http_shadow {
	bool (*answers_for)(void *ctx, struct str host);     /* NULL: none. By any thread; must not block */
	void *ctx;
	int dir;                         /* where the names of the files begin; AT_FDCWD */
	const char *cert, *key;
	unsigned refused_mode;           /* of the key's file */
	bool may_be_absent;              /* and come later */
};

struct http_options {
	const char *const *listen;       /* as http_address_check; port 0: any free one */
	size_t listen_count;
	struct http_tls tls;             /* of the TCP listeners that do not say plain:, or without a
	                                    certificate of those that say tls:; outlives the server */
	struct http_shadow shadow;       /* besides; outlives the server */
	unsigned unix_mode;              /* of Unix sockets; 0: 0660 */
	const char *const *trusted_proxies;          /* as http_network_check */
	size_t trusted_count;
	const char *public_url;          /* what the program calls itself, or NULL; outlives the server */
	int control_fd;                  /* listening Unix socket, taken over; -1: none */
	unsigned threads;                /* 0: one per core */
	unsigned connections_max;        /* 0: from the file descriptor limit */
	unsigned connections_per_address;            /* 0: no limit. Further ones are closed at once */
	bool limit_loopback;             /* this machine's addresses have that limit as well */
	const struct http_app *app;
	const void *app_ctx;             /* every request's ->app */

	/* Milliseconds, so that tests need not wait; 0: what limits.h says. */
	unsigned head_ms;                /* from the first byte, or the accept, to the end of a head */
	unsigned idle_ms;                /* from an answer to the next request line */
	unsigned body_window_ms;         /* over which HTTP_BODY_MIN_BYTES_PER_SECOND is measured */
	unsigned send_window_ms;         /* the same for HTTP_SEND_MIN_BYTES_PER_SECOND */
	unsigned linger_ms;              /* for which the rest of a body that was refused is dropped */
};

NODISCARD enum err http_open(const struct http_options *o, struct http_server **ret,
                             struct errinfo *e);
/* Whether it would take the certificates and the keys of `tls` and `shadow`, which are read and nothing else. CONFIG; one
 * that has expired is only told in the log, as http_open does.                               */
NODISCARD enum err http_certificates_check(const struct http_options *o, struct errinfo *e);
/* The bound addresses, ports filled in; borrowed. NULL from `listen_count` on. */
const char *http_address(const struct http_server *s, size_t i);
bool http_is_tls(const struct http_server *s, size_t i);
/* Whether only this machine reaches it: bound to a loopback address, and no setting tells of a proxy there
 * (trusted_proxies, public_url).                                                            */
bool http_is_local(const struct http_server *s, size_t i);
/* No new connections; answers of what is in flight go out, at most `seconds`, then the rest is cut.
 * Meanwhile every answer closes its connection and new bodies get ERR_DRAINING.              */
void http_drain(struct http_server *s, unsigned seconds);
/* Drains for 0 seconds what was not drained, and waits for the http_reply that handlers still
 * owe, because libmicrohttpd aborts the program otherwise. NULL is fine.                     */
void http_close(struct http_server *s);
/* Whether the watchdog has looked lately: false means that something hangs. */
bool http_is_alive(const struct http_server *s);
struct http_stats {
	uint64_t connections, requests;  /* since the start */
	uint64_t refused;                /* requests that got app->error */
	uint64_t timed_out;              /* connections that the watchdog cut */
	uint64_t turned_away;            /* connections above connections_per_address */
	uint64_t open;                   /* connections now */
	uint64_t certificate_expires;    /* seconds since 1970; 0: no TLS */
	uint64_t authority_expires;      /* the same of http_shadow; 0: there is none */
};
void http_stats(const struct http_server *s, struct http_stats *ret);
