/* The pure parts of HTTP: functions over header text, without a connection, for tables of tests
 * and a fuzzer each.                                                                         */
#pragma once

#include <stdint.h>

#include "indexer/base/arena.h"
#include "indexer/base/limits.h"

/* ---- conditional requests and ranges (RFC 9110 §13, §14) ---- */
struct entity {                      /* what would be sent */
	struct str etag;                 /* with its quotes; strong */
	int64_t modified_ns;             /* what Last-Modified tells; 0: it is not sent, and no date counts */
	uint64_t bytes;
	bool ranges;                     /* Range is honoured */
};
struct conditions { struct str if_none_match, if_modified_since, if_match, if_range, range; };
struct verdict {
	int status;                      /* 200, 206, 304, 412, 416 */
	uint64_t offset, length;         /* of the part to send */
};
/* One range only; several, malformed or unknown units are ignored where RFC 9110 allows it,
 * 416 as trust.md T-HTTP-24 asks. GET and HEAD alone.                                        */
void http_evaluate(const struct entity *en, const struct conditions *c, struct verdict *ret);
/* The value of Content-Range, for 206 and 416; `bytes` of all of it. */
#define HTTP_CONTENT_RANGE_BYTES 80
void http_content_range(const struct verdict *v, uint64_t bytes, char ret[HTTP_CONTENT_RANGE_BYTES]);
bool http_accepts_gzip(struct str accept_encoding);      /* honours q=0, "*", x-gzip */
/* IMF-fixdate, for Last-Modified. */
#define HTTP_DATE_BYTES 30
void http_date(int64_t wall_ns, char ret[HTTP_DATE_BYTES]);
bool http_date_parse(struct str text, int64_t *ret_wall_ns);

/* ---- header fields ---- */
bool http_is_token(struct str s);                        /* RFC 9110 §5.6.2, not empty */
/* A DNS name, an IPv4 address or an [IPv6 address], with an optional port; not too long. */
bool http_host_is_valid(struct str host);
bool http_is_media_type(struct str content_type, const char *type);  /* ignores parameters, case */
/* Pulls the next `; name=value` from *rest. `value` is without its quotes, but still escaped if
 * *ret_quoted. False at the end with *rest empty, or on a fault with *rest not empty.        */
bool http_param_next(struct str *rest, struct str *ret_name, struct str *ret_value,
                     bool *ret_quoted);
/* The first cookie of that name in a Cookie header; empty: none. */
struct str http_cookie(struct str header, const char *name);
/* Removes the backslashes of a quoted string in place; returns the new length. */
size_t http_unquote(char *text, size_t n);

/* ---- paths ---- */
/* Splits a raw path into decoded segments: "/a/b%20c/" → "a", "b c", ""; "/" → "". The empty last
 * segment is what trailing_slash says as well. Refuses what url_segment_decode refuses; doubled
 * slashes are collapsed (clients.md §1.6). INVALID, URI_TOO_LONG.                            */
struct path { struct str segment[HTTP_SEGMENTS_MAX]; size_t count; bool trailing_slash; };
NODISCARD enum err http_path_parse(struct arena *a, struct str raw, struct path *ret,
                                   struct errinfo *e);

/* ---- query ---- */
struct query_param { struct str name, value; bool has_value; };
struct query { struct query_param *params; size_t count; };
/* The values of q and ts_query_web, which somebody typed, are never refused: url_text_decode. */
NODISCARD enum err http_query_parse(struct arena *a, struct str raw, struct query *ret,
                                    struct errinfo *e);
/* The same of a form's body, of any length; its values may have lines. */
NODISCARD enum err http_form_parse(struct arena *a, struct str body, struct query *ret,
                                   struct errinfo *e);
/* The first of that name; NULL: absent. */
const struct query_param *query_get(const struct query *q, const char *name);
/* Its value; empty also when it is absent. */
struct str query_text(const struct query *q, const char *name);
/* Untouched when it is absent. INVALID names both ends.                                          */
NODISCARD enum err query_number(const struct query *q, const char *name, uint64_t least,
                                uint64_t most, uint64_t *ret, struct errinfo *e);
/* One of these words, which spaces separate; empty: not said. INVALID names them. */
NODISCARD enum err query_word(const struct query *q, const char *name, const char *words, struct str *ret,
                              struct errinfo *e);
/* There, and neither "false" nor "0". */
bool query_is_on(const struct query *q, const char *name);

/* ---- multipart/form-data, pushed piece by piece (RFC 7578; trust.md T-UP-04) ---- */
struct multipart;
struct multipart_events {
	/* A part begins; name and filename are borrowed during the call. Parts that the caller does
	 * not know are still reported.                                                           */
	enum err (*part)(void *ctx, struct str name, bool has_filename, struct errinfo *e);
	enum err (*data)(void *ctx, struct str piece, struct errinfo *e);
	enum err (*part_end)(void *ctx, struct errinfo *e);
};
/* From a Content-Type value; MEDIA_TYPE when it is not multipart/form-data, INVALID without a
 * usable boundary. In the arena.                                                             */
NODISCARD enum err multipart_new(struct arena *a, struct str content_type,
                                 const struct multipart_events *ev, void *ctx,
                                 struct multipart **ret, struct errinfo *e);
NODISCARD enum err multipart_feed(struct multipart *m, struct str piece, struct errinfo *e);
/* What the client calls the file of the part that begins, to be shown: it names nothing here. Any
 * bytes but control characters. Borrowed during `part`.                                      */
struct str multipart_filename(const struct multipart *m);
/* INVALID: no final boundary. */
NODISCARD enum err multipart_end(struct multipart *m, struct errinfo *e);
