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
