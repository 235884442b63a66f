/* What the files of the door share.
 *
 *     outgoing.c            one request: redirects, what is told of the answer
 *     outgoing_hop.c        one URL of it: going on after a break, what libcurl is told
 *     outgoing_arrive.c     header lines and bytes as they come, counted and cut
 *     outgoing_host.c       how many at a time; connections that are kept
 *     outgoing_place.c      URLs
 *     outgoing_address.c    addresses                                                        */
#pragma once

#include "indexer/base/flate.h"
#include "indexer/base/sbuf.h"
#include "indexer/fetch/curl.h"
#include "indexer/fetch/outgoing.h"

/* ---- URLs ---- */

struct place {                           /* all in the arena */
	const char *url;                 /* as outgoing_url gives it */
	const char *origin;
	const char *host;                /* lower case, no brackets, no dot at the end */
	bool is_secure;
};

NODISCARD enum err place_read(struct arena *a, const char *text, struct place *ret,
                              struct errinfo *e);
/* Where a redirect leads. ADDRESS: nowhere that the door goes, or from https to http. */
NODISCARD enum err place_follow(struct arena *a, const struct place *from, struct str location,
                                struct place *ret, struct errinfo *e);

/* ---- addresses ---- */

bool outgoing_may(enum outgoing_address address, const struct outgoing_access *access);
/* ADDRESS where the name itself says that it may not be asked: it is an address, or it is known what
 * it stands for. All that can be looked at where a proxy connects.                           */
NODISCARD enum err place_check(const struct place *p, const struct outgoing_access *access,
                               struct errinfo *e);

/* ---- hosts and connections ---- */

struct host;

bool outgoing_is_shut(const struct outgoing *o);
bool outgoing_is_stopping(struct outgoing *o);
/* Waits for one of the OUTGOING_PER_HOST_MAX places, until `deadline` (monotonic): then UPSTREAM. */
NODISCARD enum err host_enter(struct outgoing *o, const char *name, int64_t deadline,
                              struct host **ret, struct errinfo *e);
void host_leave(struct outgoing *o, struct host *h);

/* A handle that was given back under the same key, with its connections, or a new one; NULL: out of
 * memory. Whoever shares a key may use the same connections.                                 */
NODISCARD CURL *handle_take(struct outgoing *o, const char *key);
void handle_give(struct outgoing *o, const char *key, CURL *curl);

/* ---- one request ---- */

struct head {                            /* of an answer; in the arena */
	int status;
	struct outgoing_header *lines;
	size_t count, capacity;
};

/* The first one by that name, empty where there is none. */
struct str head_find(const struct head *h, const char *name);

struct transfer {
	struct outgoing *o;
	struct arena *a;
	const struct outgoing_request *q;
	const struct outgoing_access *access;    /* never NULL */
	const char *allowed;             /* origin that credentials are for; NULL: none */
	struct place start, at;          /* what was asked for first, what is asked now */
	int64_t deadline;                /* monotonic */
	CURL *curl;
	bool is_unset;                   /* an option of it could not be set */

	struct errinfo *e;               /* why a callback gave up, with `err` */
	enum err err;
	bool has_refused;                /* an address to connect to */
	char words[CURL_ERROR_SIZE];     /* curl's, of what went wrong last */

	struct head now, kept;           /* of the answer that comes, and of the one whose body it is */
	uint64_t head_bytes;             /* since the request was sent */
	bool is_in_body;                 /* what looks like a header line now is a trailer */
	bool is_skipped;                 /* the body of a redirect */
	bool is_aside;                   /* the body of an answer that is not for the file */
	bool is_cut;                     /* as much of it is here as is wanted, and no more is read */

	uint64_t from;                   /* the first byte that was asked for */
	uint64_t wire_bytes;             /* of bodies, as they came, of all tries */
	uint64_t bytes, total;           /* of the body, unpacked; what it has, where that is known */
	uint64_t packed;                 /* came of this answer, as it came */
	const char *validator;           /* for If-Range; NULL: this body cannot be gone on with */
	bool is_unpacked;                /* the bytes are not those that came */
	struct unpacker *unpacker;       /* NULL: nothing came packed yet */
	bool is_begun_anew;
	int64_t told;                    /* when progress was told of last */
	int64_t moved_at, stall_ns;      /* when `moved` bytes had come; how long that may last */
	curl_off_t moved;
	bool is_stalled;
	struct sha256_stream *hash;
	struct sbuf body;
};

/* Nothing has come, and nothing is in file or buffer. */
NODISCARD enum err arrive_anew(struct transfer *t, struct errinfo *e);
/* Nothing has come but what the request says that the file has. */
NODISCARD enum err arrive_first(struct transfer *t, struct errinfo *e);
/* libcurl's callbacks; they set t->err where they stop it. */
size_t arrive_header(char *line, size_t size, size_t count, void *transfer);
size_t arrive_bytes(char *data, size_t size, size_t count, void *transfer);
int arrive_progress(void *transfer, curl_off_t total, curl_off_t now, curl_off_t up_total,
                    curl_off_t up_now);

/* The answer of t->at, wherever it broke off meanwhile. */
NODISCARD enum err hop_do(struct transfer *t, struct errinfo *e);
