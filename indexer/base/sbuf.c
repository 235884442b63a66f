/* Growing buffers and the one JSON string escaper of the program. */
#include "indexer/base/sbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/utf8.h"

#define SBUF_FIRST_BYTES 256u

void sbuf_done(struct sbuf *b)
{
	if (!b)
		return;
	free(b->p);
	*b = (struct sbuf){ .limit = b->limit };
}

char *sbuf_reserve(struct sbuf *b, size_t bytes)
{
	if (b->failed)
		return NULL;
	if (bytes > b->limit || b->n > b->limit - bytes) {
		b->failed = true;
		return NULL;
	}
	size_t need = b->n + bytes + 1;
	if (need > b->capacity) {
		size_t capacity = b->capacity ? b->capacity : SBUF_FIRST_BYTES;
		while (capacity < need)
			capacity *= 2;
		char *p = realloc(b->p, capacity);
		if (!p) {
			b->failed = true;
			return NULL;
		}
		b->p = p;
		b->capacity = capacity;
	}
	b->p[b->n] = '\0';
	return b->p + b->n;
}

void sbuf_put(struct sbuf *b, struct str s)
{
	char *to = sbuf_reserve(b, s.n);
	if (!to)
		return;
	if (s.n)
		memcpy(to, s.p, s.n);
	b->n += s.n;
	b->p[b->n] = '\0';
}

void sbuf_puts(struct sbuf *b, const char *c) { sbuf_put(b, str_c(c)); }
void sbuf_putc(struct sbuf *b, char c) { sbuf_put(b, str_make(&c, 1)); }

void sbuf_printf(struct sbuf *b, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *to = n < 0 ? NULL : sbuf_reserve(b, (size_t)n);
	if (to) {
		(void)vsnprintf(to, (size_t)n + 1, fmt, again);
		b->n += (size_t)n;
	}
	va_end(again);
}

void sbuf_u64(struct sbuf *b, uint64_t value)
{
	char digits[20];
	size_t at = sizeof digits;
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	sbuf_put(b, str_make(digits + at, sizeof digits - at));
}

/* What JSON, YAML 1.1 or YAML 1.2 does not take raw. */
static bool must_escape(uint32_t c)
{
	return c < 0x20 || c == '"' || c == '\\' || (c >= 0x7f && c < 0xa0) || c == 0x2028 ||
	       c == 0x2029 || c == 0xfeff || c == 0xfffe || c == 0xffff;
}

static void put_escape(struct sbuf *b, uint32_t c)
{
	switch (c) {
	case '"':  sbuf_puts(b, "\\\""); break;
	case '\\': sbuf_puts(b, "\\\\"); break;
	case '\n': sbuf_puts(b, "\\n"); break;
	case '\r': sbuf_puts(b, "\\r"); break;
	case '\t': sbuf_puts(b, "\\t"); break;
	case UTF8_REPLACEMENT: sbuf_puts(b, "\xef\xbf\xbd"); break;
	default:   sbuf_printf(b, "\\u%04x", c);
	}
}

/* Most of what is written: ASCII that stands for itself. */
static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

void sbuf_json(struct sbuf *b, struct str s)
{
	struct str run = s;
	sbuf_putc(b, '"');
	while (s.n) {
		if (is_plain(s.p[0])) {
			s = str_make(s.p + 1, s.n - 1);
			continue;
		}
		struct str at = s;
		uint32_t c = utf8_next(&s);
		if (!must_escape(c) && c != UTF8_REPLACEMENT)
			continue;
		sbuf_put(b, str_first(run, run.n - at.n));
		put_escape(b, c);
		run = s;
	}
	sbuf_put(b, run);
	sbuf_putc(b, '"');
}

char *sbuf_take(struct sbuf *b)
{
	char *p = b->failed ? NULL : sbuf_reserve(b, 0);
	if (p) {
		p = b->p;
		*b = (struct sbuf){ .limit = b->limit };
	}
	return p;
}
