/* Growing buffers and the one JSON string escaper of the program. */
#include "indexer/base/sbuf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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

/* Bytes of the character at p that may stand raw in the string, 0 if it needs an escape. */
static size_t raw_length(const unsigned char *p, size_t n)
{
	if (p[0] < 0x80)
		return p[0] >= 0x20 && p[0] != '"' && p[0] != '\\' && p[0] != 0x7f;
	size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
	if (length > n || !str_is_utf8(str_make(p, length)))
		return 0;
	if (p[0] == 0xc2 && p[1] < 0xa0)
		return 0;
	if (p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9))
		return 0;
	if (p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf)
		return 0;
	if (p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe)
		return 0;                    /* U+FFFE, U+FFFF: YAML readers refuse them raw */
	return length;
}

/* Writes the escape of the character at p and returns how many bytes it stands for. */
static size_t put_escape(struct sbuf *b, const unsigned char *p, size_t n)
{
	switch (p[0]) {
	case '"':  sbuf_puts(b, "\\\""); return 1;
	case '\\': sbuf_puts(b, "\\\\"); return 1;
	case '\n': sbuf_puts(b, "\\n"); return 1;
	case '\r': sbuf_puts(b, "\\r"); return 1;
	case '\t': sbuf_puts(b, "\\t"); return 1;
	}
	if (p[0] < 0x80) {
		sbuf_printf(b, "\\u%04x", p[0]);
		return 1;
	}
	if (n >= 2 && p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
		sbuf_printf(b, "\\u%04x", p[1]);
		return 2;
	}
	if (n >= 3 && p[0] == 0xe2 && p[1] == 0x80 && (p[2] == 0xa8 || p[2] == 0xa9)) {
		sbuf_puts(b, p[2] == 0xa8 ? "\\u2028" : "\\u2029");
		return 3;
	}
	if (n >= 3 && p[0] == 0xef && p[1] == 0xbb && p[2] == 0xbf) {
		sbuf_puts(b, "\\ufeff");
		return 3;
	}
	if (n >= 3 && p[0] == 0xef && p[1] == 0xbf && (p[2] == 0xbe || p[2] == 0xbf)) {
		sbuf_puts(b, p[2] == 0xbe ? "\\ufffe" : "\\uffff");
		return 3;
	}
	sbuf_puts(b, "\xef\xbf\xbd");
	return 1;
}

void sbuf_json(struct sbuf *b, struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	size_t start = 0, i = 0;
	sbuf_putc(b, '"');
	while (i < s.n) {
		size_t length = raw_length(p + i, s.n - i);
		if (length) {
			i += length;
			continue;
		}
		sbuf_put(b, str_make(s.p + start, i - start));
		i += put_escape(b, p + i, s.n - i);
		start = i;
	}
	sbuf_put(b, str_from(s, start));
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
