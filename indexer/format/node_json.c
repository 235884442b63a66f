/* A tree, no deeper than YAML_DEPTH_MAX, as JSON. */
#include "indexer/format/node_json.h"

#include <math.h>

#include "indexer/base/json.h"

static void put_float(struct sbuf *b, const struct node *n)
{
	char text[NODE_NUMBER_BYTES];
	double number;
	if (!node_number(n, &number) || !isfinite(number)) {
		sbuf_puts(b, "null");
		return;
	}
	node_number_text(number, text);
	sbuf_puts(b, text);
}

static enum err put_scalar(struct arena *a, const struct node *n, struct sbuf *b,
                           struct errinfo *e)
{
	struct str text;
	bool yes = false;
	switch (node_type(n)) {
	case NODE_NULL:
		sbuf_puts(b, "null");
		return OK;
	case NODE_BOOL:
		sbuf_puts(b, node_bool(n, &yes) && yes ? "true" : "false");
		return OK;
	case NODE_FLOAT:
		put_float(b, n);
		return OK;
	case NODE_INT:
		if (!node_coerce_string(a, n, &text))
			return ERR(e, NOMEM, "values");
		sbuf_put(b, text);
		return OK;
	case NODE_STRING:
	case NODE_TIMESTAMP:
		break;
	}
	sbuf_json(b, n->text);
	return OK;
}

static enum err put_key(struct arena *a, const struct node_item *item, struct sbuf *b,
                        struct errinfo *e)
{
	struct str key;
	if (!node_key_string(a, item, &key))
		return ERR(e, NOMEM, "values");
	sbuf_json(b, key);
	sbuf_putc(b, ':');
	return OK;
}

enum err node_json(struct arena *a, const struct node *n, struct sbuf *b, struct errinfo *e)
{
	enum err err = OK;
	if (!n || n->kind == NODE_SCALAR)
		return put_scalar(a, n, b, e);
	bool map = n->kind == NODE_MAP;
	sbuf_putc(b, map ? '{' : '[');
	for (const struct node_item *i = n->items; i && !err && sbuf_ok(b); i = i->next) {
		json_next(b);
		if (map)
			err = put_key(a, i, b, e);
		if (!err)
			err = node_json(a, i->value, b, e);
	}
	sbuf_putc(b, map ? '}' : ']');
	return err;
}
