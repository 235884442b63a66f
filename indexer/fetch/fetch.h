/* What commands ask other servers for (the server itself goes through outgoing.h).
 *
 * Redirects are reported, not followed; credentials in URLs, netrc and cookies are not used;
 * bodies are counted while they arrive and cut at the limit (trust.md §2.5). SSL_CERT_FILE names the
 * authorities (PEM) that are trusted instead of the machine's. One struct fetch keeps its connections
 * for the next request; it belongs to one thread.                                            */
#pragma once

#include <stdint.h>

#include "indexer/base/arena.h"

struct fetch;

NODISCARD enum err fetch_new(struct fetch **ret, struct errinfo *e);
void fetch_free(struct fetch *f);                /* NULL is fine */

#define FETCH_HEADERS_MAX 8

struct fetch_request {
	const char *method;              /* "GET", "POST", "PUT", "DELETE" */
	const char *url;                 /* http:// or https:// */
	const char *unix_socket;         /* connect here instead of the URL's host; NULL: no */
	const char *headers[FETCH_HEADERS_MAX];      /* "Name: value" */
	size_t header_count;
	struct str body;                 /* POST and PUT */
	uint64_t response_max_bytes;
	unsigned timeout_seconds;        /* for the whole exchange; 0: none but FETCH_STALL_SECONDS */
};

struct fetch_response {
	int status;
	struct str body;                 /* in the arena */
	struct str location;             /* of a redirect; in the arena */
	struct str link;                 /* the header Link: where more is; in the arena */
};

/* UPSTREAM with curl's words when there was no answer at all; any status is OK. TOO_LARGE when the
 * answer is longer than the limit.                                                           */
NODISCARD enum err fetch_do(struct fetch *f, struct arena *a, const struct fetch_request *q,
                            struct fetch_response *ret, struct errinfo *e);

/* The multipart/form-data body that uploads a chart, with its provenance file unless prov.p is
 * NULL, and its Content-Type header line; both in the arena.                                 */
NODISCARD enum err fetch_form(struct arena *a, struct str tgz, struct str prov,
                              struct str *ret_body, const char **ret_header, struct errinfo *e);
