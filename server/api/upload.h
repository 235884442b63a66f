/* An upload on its way: the body becomes a temporary file, and then a change.
 *
 *     begin      upload_begin     takes an upload slot, opens the temporary file
 *     body       upload_body      raw bytes, or multipart with the fields chart and prov
 *     handle     upload_publish   or upload_prov, upload_put: submits the change, answers later
 *     end        upload_end
 */
#pragma once

#include "server/route/app.h"

/* POST: raw or multipart; PUT: raw, by file name. */
NODISCARD enum err upload_begin(struct call *c, struct errinfo *e);
NODISCARD enum err upload_begin_raw(struct call *c, struct errinfo *e);
NODISCARD enum err upload_body(struct call *c, struct str piece, struct errinfo *e);
NODISCARD enum err upload_publish(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err upload_prov(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err upload_put(struct call *c, struct response *s, struct errinfo *e);
void upload_end(struct call *c);

/* The answer to a change, for other handlers that make one. */
void answer_change(struct call *c, struct change *change, int status);
/* "promoted_to", of the views that the caller may read; nothing where there is none. */
void put_promoted_to(struct call *c, const struct change_result *r, struct sbuf *b);
