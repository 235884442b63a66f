/* Rows of the route table that share a handler, because what they do is done on a thread of their own: the
 * handler finds what is to be done by the row's method and pattern.                            */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/format/node.h"
#include "server/route/route.h"

/* On that thread; `body` is NULL for a row without one. Writes the answer. */
typedef enum err operation_run(struct call *c, const struct node *body, struct sbuf *json,
                               struct errinfo *e);

/* A table of them ends with a row without a pattern. */
struct operation {
	enum http_method method;
	const char *pattern;
	operation_run *run;
	int status;                      /* of the answer */
};

/* NULL: there is none for this row. */
const struct operation *operation_of(const struct operation *table, const struct route *row);
/* Reads the body and answers. BUG for NULL. */
NODISCARD enum err operation_answer(struct call *c, const struct operation *op, struct response *s,
                                    struct errinfo *e);
