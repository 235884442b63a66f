/* Answers that are made for who asks: compressed where he takes it, named by their content, so that
 * asking again costs a 304.
 *
 *     AUTO_SBUF struct sbuf text = sbuf_make(LIMIT);
 *     …
 *     return respond_packed(c, 200, JSON_TYPE, &text, s, e);
 *
 * What goes out and is long counts in app->texts (BUSY), however slowly it is read.            */
#pragma once

#include "indexer/base/sbuf.h"
#include "server/route/app.h"

/* Takes the buffer's bytes over, or not; the caller ends it in any case. NOMEM, also for a buffer
 * that failed. Conditions of the request count for status 200.                              */
NODISCARD enum err respond_packed(struct call *c, int status, const char *type, struct sbuf *text,
                                  struct response *s, struct errinfo *e);
