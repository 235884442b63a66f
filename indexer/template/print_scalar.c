/* Texts and numbers by each of fmt's verbs. */
#include "indexer/template/print.h"

#include <math.h>

#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "indexer/template/form.h"

static void put_many(struct sbuf *b, char c, size_t count)
{
	for (; count && sbuf_ok(b); count--)
		sbuf_putc(b, c);
}

/* Zeros go to the left alone. */
void print_padded(const struct printer *p, struct str s)
{
	size_t shown = p->shape.has_width ? rune_count(s) : 0;
	size_t wanted = p->shape.has_width ? (size_t)p->shape.width : 0;
	size_t missing = wanted > shown ? wanted - shown : 0;
	if (!p->shape.minus)
		put_many(p->b, p->shape.zero ? '0' : ' ', missing);
	sbuf_put(p->b, s);
	if (p->shape.minus)
		put_many(p->b, ' ', missing);
}

/* The same of what was made in a buffer, which may have failed. */
static void put_made(const struct printer *p, const struct sbuf *made)
{
	print_padded(p, sbuf_str(made));
	p->b->failed |= made->failed;
}

static struct str cut(const struct printer *p, struct str s)
{
	struct str rest = s;
	if (!p->shape.has_precision)
		return s;
	for (int left = p->shape.precision; left > 0 && rest.n; left--)
		(void)utf8_next(&rest);
	return str_first(s, s.n - rest.n);
}

static void put_hex(const struct printer *p, struct str s, bool capital)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	const struct print_shape *f = &p->shape;
	if (f->has_precision)
		s = str_first(s, (size_t)f->precision);
	for (size_t i = 0; i < s.n; i++) {
		if (i && f->space)
			sbuf_putc(&b, ' ');
		if (f->sharp && (f->space || i == 0))
			sbuf_puts(&b, capital ? "0X" : "0x");
		sbuf_printf(&b, capital ? "%02X" : "%02x", (unsigned)(unsigned char)s.p[i]);
	}
	put_made(p, &b);
}

static bool can_backquote(struct str s)
{
	if (!str_is_utf8(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '`' || s.p[i] == 0x7f || ((unsigned char)s.p[i] < ' ' && s.p[i] != '\t'))
			return false;
	return true;
}

static void put_quoted(const struct printer *p, struct str s)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	s = cut(p, s);
	if (p->shape.sharp && can_backquote(s)) {
		sbuf_putc(&b, '`');
		sbuf_put(&b, s);
		sbuf_putc(&b, '`');
	} else {
		form_quote(&b, s, p->shape.plus);
	}
	put_made(p, &b);
}

/* []byte by %v is a list of numbers. */
static void put_bytes(const struct printer *p, struct str s)
{
	sbuf_putc(p->b, '[');
	for (size_t i = 0; i < s.n; i++) {
		if (i)
			sbuf_putc(p->b, ' ');
		sbuf_u64(p->b, (unsigned char)s.p[i]);
	}
	sbuf_putc(p->b, ']');
}

void print_text(const struct printer *p, const struct tmpl_value *v, uint32_t verb)
{
	bool bytes = v->go == TMPL_GO_BYTES;
	if (bytes && (verb == 'v' || verb == 'd'))
		put_bytes(p, v->text);
	else if (verb == 'q' || (verb == 'v' && p->shape.go_syntax))
		put_quoted(p, v->text);
	else if (verb == 's' || verb == 'v')
		print_padded(p, cut(p, v->text));
	else if (verb == 'x' || verb == 'X')
		put_hex(p, v->text, verb == 'X');
	else
		print_bad_verb(p, v, verb);
}

/* ---- integers ---- */

static struct str digits_of(uint64_t u, unsigned base, bool capital, char ret[64])
{
	const char *digits = capital ? "0123456789ABCDEF" : "0123456789abcdef";
	size_t at = 64;
	do {
		ret[--at] = digits[u % base];
		u /= base;
	} while (u);
	return str_make(ret + at, 64 - at);
}

static const char *prefix_of(const struct printer *p, unsigned base, uint32_t verb, struct str digits,
                             size_t zeros)
{
	if (verb == 'O')
		return "0o";
	if (!p->shape.sharp)
		return "";
	if (base == 8)
		return zeros || digits.p[0] == '0' ? "" : "0";
	return base == 2 ? "0b" : base == 16 ? (verb == 'X' ? "0X" : "0x") : "";
}

static void put_integer(const struct printer *p, int64_t i, unsigned base, uint32_t verb)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct printer plain = *p;
	char room[64];
	const struct print_shape *f = &p->shape;
	bool negative = i < 0, sign = negative || f->plus || f->space;
	struct str digits = digits_of(negative ? -(uint64_t)i : (uint64_t)i, base, verb == 'X', room);
	size_t wanted = 0;
	if (f->has_precision)
		wanted = (size_t)f->precision;
	else if (f->zero && !f->minus && f->has_width)
		wanted = (size_t)f->width - (sign && f->width > 0);
	plain.shape.zero = false;
	if (f->has_precision && f->precision == 0 && i == 0) {
		plain.shape.minus = false;
		print_padded(&plain, STR(""));
		return;
	}
	size_t zeros = wanted > digits.n ? wanted - digits.n : 0;
	if (sign)
		sbuf_putc(&b, negative ? '-' : f->plus ? '+' : ' ');
	sbuf_puts(&b, prefix_of(p, base, verb, digits, zeros));
	put_many(&b, '0', zeros);
	sbuf_put(&b, digits);
	put_made(&plain, &b);
}

static void put_rune(const struct printer *p, int64_t i, uint32_t verb)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct printer plain = *p;
	uint32_t rune = i < 0 || i > 0x10ffff ? UTF8_REPLACEMENT : (uint32_t)i;
	if (verb == 'c') {
		rune_put(&b, rune);
	} else if (verb == 'q') {
		form_quote_rune(&b, rune, p->shape.plus);
	} else {
		sbuf_printf(&b, "U+%0*llX", p->shape.has_precision && p->shape.precision > 4 ? p->shape.precision : 4,
		            (unsigned long long)i);
		if (p->shape.sharp && i >= 0 && i <= 0x10ffff && rune_is_print(rune)) {
			sbuf_puts(&b, " '");
			rune_put(&b, rune);
			sbuf_putc(&b, '\'');
		}
		plain.shape.zero = false;
	}
	put_made(&plain, &b);
}

void print_integer(const struct printer *p, const struct tmpl_value *v, uint32_t verb)
{
	switch (verb) {
	case 'v': case 'd': put_integer(p, v->integer, 10, verb); return;
	case 'b':           put_integer(p, v->integer, 2, verb); return;
	case 'o': case 'O': put_integer(p, v->integer, 8, verb); return;
	case 'x': case 'X': put_integer(p, v->integer, 16, verb); return;
	case 'c': case 'q': case 'U': put_rune(p, v->integer, verb); return;
	default:            print_bad_verb(p, v, verb);
	}
}

/* ---- numbers with a fraction ---- */

void print_number(const struct printer *p, const struct tmpl_value *v, uint32_t verb)
{
	AUTO_SBUF struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct printer plain = *p;
	const struct print_shape *f = &p->shape;
	char letter = verb == 'v' ? 'g' : verb == 'F' ? 'f' : (char)verb;
	if (!verb || verb > 0x7f || !strchr("gGxXfeE", letter)) {
		print_bad_verb(p, v, verb);
		return;
	}
	int precision = f->has_precision ? f->precision : strchr("feE", letter) ? 6 : -1;
	bool finite = isfinite(v->number), negative = signbit(v->number) && !isnan(v->number);
	bool sign = negative || f->plus || f->space || isinf(v->number);
	if (sign)
		sbuf_putc(&b, negative ? '-' : f->space && !f->plus ? ' ' : '+');
	if (finite)
		form_float(&b, fabs(v->number), letter, precision);
	else
		sbuf_puts(&b, isnan(v->number) ? "NaN" : "Inf");
	plain.shape.zero = finite && f->zero && !f->minus;
	p->b->failed |= b.failed;
	if (!sbuf_ok(p->b))
		return;
	struct str text = sbuf_str(&b);
	if (plain.shape.zero && sign && f->has_width) {          /* the sign stands before the zeros */
		sbuf_putc(p->b, text.p[0]);
		text = str_from(text, 1);
		plain.shape.width -= plain.shape.width > 0;
	}
	print_padded(&plain, text);
}
