/* What stands before tells whether a comma is due, so there is no state beside the buffer. */
#include "indexer/base/json.h"

#include "indexer/base/clock.h"

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

void json_time(struct sbuf *b, const char *key, int64_t wall_ns)
{
	char text[RFC3339_MAX_BYTES];
	json_text(b, key, str_make(text, clock_format(wall_ns, text)));
}

void json_texts(struct sbuf *b, const char *key, const struct str *values, size_t count)
{
	json_key(b, key);
	sbuf_putc(b, '[');
	for (size_t i = 0; i < count; i++) {
		json_next(b);
		sbuf_json(b, values[i]);
	}
	sbuf_putc(b, ']');
}

void json_canonical(struct sbuf *b, struct str s)
{
	sbuf_putc(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		unsigned char ch = (unsigned char)s.p[i];
		switch (ch) {
		case '"':  sbuf_puts(b, "\\\""); break;
		case '\\': sbuf_puts(b, "\\\\"); break;
		case '\b': sbuf_puts(b, "\\b"); break;
		case '\t': sbuf_puts(b, "\\t"); break;
		case '\n': sbuf_puts(b, "\\n"); break;
		case '\f': sbuf_puts(b, "\\f"); break;
		case '\r': sbuf_puts(b, "\\r"); break;
		default:
			if (ch < 0x20)
				sbuf_printf(b, "\\u%04x", ch);
			else
				sbuf_putc(b, (char)ch);
		}
	}
	sbuf_putc(b, '"');
}

void json_canonical_text(struct sbuf *b, const char *key, struct str value)
{
	if (!value.n)
		return;
	json_key(b, key);
	json_canonical(b, value);
}
