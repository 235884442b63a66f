/* Conditional requests and ranges of one request, by the pure rules of http/message.h. */
#pragma once

#include "server/http/http.h"
#include "server/http/message.h"

#define ETAG_BYTES 72                /* quotes and 64 hex digits */

static inline void evaluate_request(const struct request *r, const struct entity *entity,
                                    struct verdict *ret)
{
	struct conditions c = {
		.if_none_match = request_header(r, "If-None-Match"),
		.if_modified_since = request_header(r, "If-Modified-Since"),
		.if_match = request_header(r, "If-Match"),
		.if_range = request_header(r, "If-Range"),
		.range = request_header(r, "Range"),
	};
	http_evaluate(entity, &c, ret);
}

/* Content-Range, where there is one to be told. False: no memory. */
static inline bool tell_range(struct request *r, const struct verdict *v, uint64_t bytes, struct response *s)
{
	if (v->status != 206 && v->status != 416)
		return true;
	char *text = arena_alloc(&r->arena, HTTP_CONTENT_RANGE_BYTES);
	if (text) {
		http_content_range(v, bytes, text);
		response_header(s, "Content-Range", text);
	}
	return text;
}
