/* The one door out for the server: every request that it makes by itself, to a place that somebody
 * configured or that another server wrote (an upstream, its charts, an OCI registry, a webhook).
 *
 *     outgoing_new                        once per server: how many at a time, per host
 *     outgoing_do(o, a, &request, &answer, e)      any thread; blocks
 *
 * What it holds (trust.md §2.5, groups G and H):
 *   - http and https alone; https never leads to http. URLs are read by curl's parser alone; one with a
 *     user in it is refused, and so are ports below 1024 but 80 and 443, and hosts beyond ASCII
 *   - the address that is connected to is looked at, not the name (CURLOPT_OPENSOCKETFUNCTION): not public
 *     means loopback, private, CGNAT, ULA, unspecified, multicast, reserved, IPv4 in IPv6 (mapped, NAT64,
 *     6to4, Teredo) after unwrapping; refused unless access.allow_private. Link-local ones (169.254/16 with
 *     the metadata services, fe80::/10), unspecified, multicast and reserved ones always
 *   - redirects are followed here, at most OUTGOING_REDIRECTS_MAX, GET and HEAD alone, each checked like
 *     the first
 *   - credentials go to access.origin (scheme, host, port) and nowhere else: not after a redirect, not to
 *     a chart whose address the index wrote
 *   - no proxy, netrc, cookie or environment variable but what access says
 *   - deadlines for connecting, for each byte, for the whole; limits for headers and body, the latter
 *     before and after decompression
 *   - a broken download goes on where it broke off (Range with If-Range), if the server can; the bytes
 *     that were there are kept, OUTGOING_RESUMES_MAX times. One that cannot, or came compressed, begins
 *     anew once
 *   - at most OUTGOING_PER_HOST_MAX requests to a host at a time; further ones wait
 *
 * Messages and logs never show a query, a user or a header of it.                              */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/hash.h"
#include "indexer/base/pace.h"

struct outgoing;

NODISCARD enum err outgoing_new(struct outgoing **ret, struct errinfo *e);
void outgoing_free(struct outgoing *o);          /* NULL is fine; nothing runs */
/* What runs fails soon (DRAINING), and so does everything that comes. */
void outgoing_stop(struct outgoing *o);
/* For good: whatever comes is ADDRESS. Before anything runs. */
void outgoing_shut(struct outgoing *o);
/* Waits until then, by the monotonic clock; false: outgoing_stop was called. */
bool outgoing_pause(struct outgoing *o, int64_t until);

/* What requests to one place take along and may reach. Borrowed; texts without control characters. */
struct outgoing_access {
	bool allow_private;
	const char *origin;              /* "https://charts.example.org"; NULL: no credentials */
	const char *user, *password;     /* Basic; NULL: none */
	const char *bearer;
	const char *header;              /* "X-Api-Key: …": a whole header line */
	const char *certificate, *key;   /* files (PEM) of a client certificate */
	const char *ca;                  /* file (PEM): these authorities instead of the system's */
	const char *proxy;               /* "http://proxy:3128"; its own address is not looked at */
	const char *token_origin;        /* of a registry: who gives tokens for it may see user and password too */
};

#define OUTGOING_HEADERS_MAX 8

struct outgoing_request {
	const char *method;              /* "GET", "HEAD", "POST", "DELETE" */
	const char *url;
	const struct outgoing_access *access;        /* NULL: public addresses, nothing along */
	/* "Name: value"; to another origin after a redirect go Accept… and Via alone. */
	const char *headers[OUTGOING_HEADERS_MAX];
	size_t header_count;
	struct str body;                 /* POST */
	const char *etag;                /* If-None-Match, with `from` If-Range; NULL: none */
	const char *last_modified;       /* If-Modified-Since; NULL: none */
	bool gzip;                       /* the answer may come compressed; it is unpacked here */
	bool waits;                      /* for something to happen there: takes none of the places of its host */
	uint64_t max_bytes;              /* of the answer's body, unpacked */
	unsigned seconds;                /* for all of it; 0: OUTGOING_SECONDS */
	int fd;                          /* -1: the body goes to the arena; else it is written there from offset
	                                    0, and what was there is cut off */
	/* Of a body that goes to `fd`: an answer but 200 and 206 leaves the file as it is, and goes to the arena,
	 * OUTGOING_ASIDE_MAX_BYTES of it; and an earlier request may be gone on with: the file has `from` bytes
	 * of what had the strong ETag `etag`, and the rest is asked for. Where the server has something else
	 * by now, it begins anew. ret->digest is of what came then.                              */
	bool keeps_file;
	uint64_t from;
	struct pace *pace;               /* how fast it may come; borrowed; NULL: as it comes */
	/* What has come, of how much (0: unknown); called now and then from the calling thread. False:
	 * given up (DRAINING). NULL is fine.                                                     */
	bool (*progress)(void *ctx, uint64_t bytes, uint64_t total);
	void *progress_ctx;
};

struct outgoing_answer {                 /* texts in the arena, empty where there is none */
	int status;
	struct str body;
	uint64_t bytes;                  /* of the body, unpacked */
	uint64_t wire_bytes;             /* of the body, as it came over the wire */
	struct sha256 digest;            /* of the body, unpacked */
	struct str etag, last_modified, content_type, server, link, www_authenticate;
	struct str url;                  /* that answered, after redirects */
	uint64_t retry_after;            /* seconds, from now; 0: not said */
	bool same_origin;                /* `url` has the origin of the request's URL */
	/* Any other header of the answer: "X-Chart…". Borrowed from the arena. */
	struct outgoing_header { struct str name, value; } *headers;
	size_t header_count;
};

/* OK for any status that came whole. ADDRESS: a place that may not be reached, or a URL that is none
 * for this door. UPSTREAM with curl's words: no connection, TLS, cut short, too slow, too many redirects.
 * TOO_LARGE: above the limit, unless its status is 300 or above: then what fits of the body is kept. The
 * detail names the host, never the whole URL's query.                                          */
NODISCARD enum err outgoing_do(struct outgoing *o, struct arena *a, const struct outgoing_request *q,
                               struct outgoing_answer *ret, struct errinfo *e);

/* The first header by that name; empty: there is none. */
struct str outgoing_header(const struct outgoing_answer *answer, const char *name);

/* A URL that outgoing_do would take, in its one form (lower case host, no default port, no fragment),
 * in the arena. ADDRESS says what is wrong.                                                   */
NODISCARD enum err outgoing_url(struct arena *a, const char *text, const char **ret,
                                struct errinfo *e);
/* "https://host:port" of such a URL, without the port where it is the scheme's; in the arena. */
NODISCARD enum err outgoing_origin(struct arena *a, const char *url, const char **ret,
                                   struct errinfo *e);
struct sockaddr;
/* What the door thinks of an address. */
enum outgoing_address { ADDRESS_PUBLIC, ADDRESS_PRIVATE, ADDRESS_NEVER };
enum outgoing_address outgoing_classify(const struct sockaddr *address);
/* What the name of a host tells of it, as url_host gives it. NAMED: nothing, it has to be looked up; HERE:
 * this machine.                                                                                 */
enum host_place { HOST_NAMED, HOST_PUBLIC, HOST_PRIVATE, HOST_HERE };
enum host_place outgoing_host_place(struct str host);
