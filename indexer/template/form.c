/* Numbers and quoted texts. */
#include "indexer/template/form.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/utf8.h"

#define DIGITS_MAX 17

void form_shortest(double v, char ret[FORM_SHORTEST_BYTES])
{
	for (int precision = DIGITS_MAX - 3; precision < DIGITS_MAX; precision++) {
		(void)snprintf(ret, FORM_SHORTEST_BYTES, "%.*e", precision, v);
		double again = strtod(ret, NULL);
		if (!(again < v) && !(again > v))
			return;
	}
}

struct decimal { char digits[DIGITS_MAX + 1]; int count, point; bool negative; };   /* 0.digits × 10^point */

static struct decimal shortest(double v)
{
	struct decimal d = { .negative = signbit(v) };
	char text[FORM_SHORTEST_BYTES];
	form_shortest(fabs(v), text);
	for (const char *p = text; *p && *p != 'e'; p++)
		if (*p != '.')
			d.digits[d.count++] = *p;
	while (d.count > 1 && d.digits[d.count - 1] == '0')
		d.count--;
	d.digits[d.count] = '\0';
	d.point = atoi(strchr(text, 'e') + 1) + 1;
	return d;
}

static void put_exponent(struct sbuf *b, const struct decimal *d, char e)
{
	sbuf_putc(b, d->digits[0]);
	if (d->count > 1) {
		sbuf_putc(b, '.');
		sbuf_put(b, str_make(d->digits + 1, (size_t)d->count - 1));
	}
	int exponent = d->digits[0] == '0' ? 0 : d->point - 1;
	sbuf_printf(b, "%c%c%02d", e, exponent < 0 ? '-' : '+', abs(exponent));
}

static void put_plain(struct sbuf *b, const struct decimal *d)
{
	if (d->point <= 0 || d->digits[0] == '0')
		sbuf_putc(b, '0');
	for (int i = 0; i < d->point && d->digits[0] != '0'; i++)
		sbuf_putc(b, i < d->count ? d->digits[i] : '0');
	if (d->count <= d->point || d->digits[0] == '0')
		return;
	sbuf_putc(b, '.');
	for (int i = d->point; i < d->count; i++)
		sbuf_putc(b, i < 0 ? '0' : d->digits[i]);
}

static void put_shortest(struct sbuf *b, double v, char verb)
{
	struct decimal d = shortest(v);
	int exponent = d.digits[0] == '0' ? 0 : d.point - 1;
	bool general = verb == 'g' || verb == 'G';
	if (d.negative)
		sbuf_putc(b, '-');
	if (verb == 'e' || verb == 'E')
		put_exponent(b, &d, verb);
	else if (general && (exponent < -4 || exponent >= 6))
		put_exponent(b, &d, verb == 'g' ? 'e' : 'E');
	else
		put_plain(b, &d);
}

void form_float(struct sbuf *b, double v, char verb, int precision)
{
	if (isnan(v)) {
		sbuf_puts(b, "NaN");
		return;
	}
	if (isinf(v)) {
		sbuf_puts(b, v < 0 ? "-Inf" : "+Inf");
		return;
	}
	if (precision < 0 && verb != 'x' && verb != 'X') {
		put_shortest(b, v, verb);
		return;
	}
	switch (verb) {
	case 'e': sbuf_printf(b, "%.*e", precision, v); return;
	case 'E': sbuf_printf(b, "%.*E", precision, v); return;
	case 'g': sbuf_printf(b, "%.*g", precision, v); return;
	case 'G': sbuf_printf(b, "%.*G", precision, v); return;
	case 'x': sbuf_printf(b, "%.*a", precision, v); return;
	case 'X': sbuf_printf(b, "%.*A", precision, v); return;
	default:  sbuf_printf(b, "%.*f", precision, v); return;
	}
}

static void put_quoted(struct sbuf *b, uint32_t c, char quote, bool ascii)
{
	static const char letters[] = "\aa\bb\ff\nn\rr\tt\vv";
	if (c == (unsigned char)quote || c == '\\') {
		sbuf_putc(b, '\\');
		sbuf_putc(b, (char)c);
		return;
	}
	if (c < 0x80 ? c >= ' ' && c < 0x7f : !ascii && rune_is_print(c)) {
		rune_put(b, c);
		return;
	}
	for (const char *p = letters; *p; p += 2) {
		if (c != (unsigned char)*p)
			continue;
		sbuf_putc(b, '\\');
		sbuf_putc(b, p[1]);
		return;
	}
	if (c < ' ' || c == 0x7f)
		sbuf_printf(b, "\\x%02x", c);
	else
		sbuf_printf(b, c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

void form_quote(struct sbuf *b, struct str s, bool ascii)
{
	sbuf_putc(b, '"');
	while (s.n && sbuf_ok(b)) {
		unsigned char lead = (unsigned char)s.p[0];
		size_t before = s.n;
		uint32_t c = utf8_next(&s);
		if (c == UTF8_REPLACEMENT && before - s.n == 1)
			sbuf_printf(b, "\\x%02x", lead);
		else
			put_quoted(b, c, '"', ascii);
	}
	sbuf_putc(b, '"');
}

void form_quote_rune(struct sbuf *b, uint32_t rune, bool ascii)
{
	sbuf_putc(b, '\'');
	put_quoted(b, rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000) ? UTF8_REPLACEMENT : rune, '\'', ascii);
	sbuf_putc(b, '\'');
}
