/* At most API_BODY_MAX_BYTES; the rest is the JSON reader's to judge. */
#include "server/api/body.h"

#include <stdlib.h>

#include "indexer/base/sbuf.h"
#include "indexer/base/value.h"

enum err body_begin(struct call *c, struct errinfo *e)
{
	struct sbuf *b = malloc(sizeof *b);
	if (!b)
		return ERR(e, NOMEM, "body");
	*b = sbuf_make(API_BODY_MAX_BYTES);
	c->data = b;
	c->r->body.limit = API_BODY_MAX_BYTES;
	return OK;
}

enum err body_take(struct call *c, struct str piece, struct errinfo *e)
{
	struct sbuf *b = c->data;
	sbuf_put(b, piece);
	return sbuf_ok(b) ? OK : ERR(e, NOMEM, "body");
}

void body_end(struct call *c)
{
	sbuf_done(c->data);
	free(c->data);
}

enum err body_json(struct call *c, const struct node **ret, struct errinfo *e)
{
	struct str text = sbuf_str(c->data);
	if (!text.n)
		text = STR("{}");
	enum err err = json_read(&c->r->arena, text, "body", ret, e);
	if (err)
		return err == ERR_METADATA ? e->code = ERR_INVALID : err;
	return *ret && (*ret)->kind == NODE_MAP ? OK : ERR(e, INVALID, "a JSON object is expected");
}

enum err body_only(const struct node *object, const char *words, struct errinfo *e)
{
	for (const struct node_item *i = object->items; i; i = i->next)
		if (!value_is_word(i->key, str_c(words)))
			return ERR(e, INVALID, "unknown field \"%.*s\"; there are: %s", STR_ARG(i->key), words);
	return OK;
}
