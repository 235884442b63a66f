/* An error as the body of an answer, in the words of who asks (enum dialect). */
#pragma once

#include "indexer/base/sbuf.h"
#include "server/route/route.h"

struct error_field { const char *name, *value; };        /* of JSON of ours, beside what all have */

void error_text(struct sbuf *b, enum dialect dialect, const struct request *r, const struct errinfo *e,
                const struct error_field *fields, size_t count);
const char *error_type(enum dialect dialect);
