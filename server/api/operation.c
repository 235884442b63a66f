/* See operation.h. */
#include "server/api/operation.h"

#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "server/api/body.h"

const struct operation *operation_of(const struct operation *table, const struct route *row)
{
	for (const struct operation *op = table; op->pattern; op++)
		if (row->methods & op->method && !strcmp(row->pattern, op->pattern))
			return op;
	return NULL;
}

enum err operation_answer(struct call *c, const struct operation *op, struct response *s,
                          struct errinfo *e)
{
	const struct node *body = NULL;
	AUTO_SBUF struct sbuf json = sbuf_make(PEOPLE_ANSWER_MAX_BYTES);
	if (!op)
		return ERR(e, BUG, "no operation for %s", c->route->pattern);
	enum err err = c->route->body == body_take ? body_json(c, &body, e) : OK;
	if (!err)
		err = op->run(c, body, &json, e);
	sbuf_putc(&json, '\n');
	if (!err)
		err = respond_buffer(JSON_TYPE, &json, s, e);
	s->status = op->status;
	return err;
}
