/* What stands before tells whether a comma is due, so there is no state beside the buffer. */
#include "indexer/base/json.h"

void json_next(struct sbuf *b)
{
	char last = b->n ? b->p[b->n - 1] : '\n';
	if (last != '{' && last != '[' && last != '\n')
		sbuf_putc(b, ',');
}

void json_key(struct sbuf *b, const char *key)
{
	json_next(b);
	sbuf_json(b, str_c(key));
	sbuf_putc(b, ':');
}

void json_text(struct sbuf *b, const char *key, struct str value)
{
	json_key(b, key);
	sbuf_json(b, value);
}

void json_number(struct sbuf *b, const char *key, uint64_t value)
{
	json_key(b, key);
	sbuf_u64(b, value);
}

void json_bool(struct sbuf *b, const char *key, bool value)
{
	json_key(b, key);
	sbuf_puts(b, value ? "true" : "false");
}
