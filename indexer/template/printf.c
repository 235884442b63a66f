/* fmt.Sprintf: flags, widths, precisions, the number of an argument, and what fmt says of mistakes. */
#include "indexer/template/functions.h"

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "indexer/template/form.h"
#include "indexer/template/print.h"

struct format {
	struct str rest;
	const struct tmpl_value *arguments;
	size_t count, at;
	bool after_index, reordered, good;       /* "[3]" stood before; of this verb */
	struct printer p;
};

static bool next_is(const struct format *f, char c) { return f->rest.n && f->rest.p[0] == c; }

static bool skip(struct format *f, char c)
{
	if (!next_is(f, c))
		return false;
	f->rest = str_from(f->rest, 1);
	return true;
}

/* Digits; false: there are none, or it is above a million. */
static bool read_number(struct str *s, int *ret)
{
	int n = 0;
	bool any = false;
	while (s->n && ascii_is_digit(s->p[0])) {
		if (n > 1000000)
			return *s = STR(""), false;
		n = n * 10 + (s->p[0] - '0');
		any = true;
		*s = str_from(*s, 1);
	}
	*ret = n;
	return any;
}

static void read_flags(struct format *f)
{
	struct print_shape *s = &f->p.shape;
	*s = (struct print_shape){ 0 };
	for (; f->rest.n; f->rest = str_from(f->rest, 1)) {
		switch (f->rest.p[0]) {
		case '#': s->sharp = true; break;
		case '0': s->zero = true; break;
		case '+': s->plus = true; break;
		case '-': s->minus = true; break;
		case ' ': s->space = true; break;
		default:  return;
		}
	}
}

/* "[2]" */
static void read_index(struct format *f)
{
	int n = 0;
	f->after_index = false;
	if (!next_is(f, '['))
		return;
	f->reordered = true;
	const char *end = memchr(f->rest.p, ']', f->rest.n);
	struct str inner = end ? str_make(f->rest.p + 1, (size_t)(end - f->rest.p) - 1) : STR("");
	f->rest = str_from(f->rest, end ? inner.n + 2 : 1);
	bool number = read_number(&inner, &n) && !inner.n;
	f->after_index = number;
	if (number && n >= 1 && (size_t)n <= f->count)
		f->at = (size_t)n - 1;
	else
		f->good = false;
}

/* A '*' takes an integer from the arguments. */
static bool take_integer(struct format *f, int *ret)
{
	*ret = 0;
	if (f->at >= f->count)
		return false;
	const struct tmpl_value *v = &f->arguments[f->at++];
	if (v->kind != TMPL_INT || v->integer > 1000000 || v->integer < -1000000)
		return false;
	*ret = (int)v->integer;
	return true;
}

static void read_width(struct format *f)
{
	struct print_shape *s = &f->p.shape;
	if (!skip(f, '*')) {
		s->has_width = read_number(&f->rest, &s->width);
		if (f->after_index && s->has_width)
			f->good = false;
		return;
	}
	s->has_width = take_integer(f, &s->width);
	if (!s->has_width)
		sbuf_puts(f->p.b, "%!(BADWIDTH)");
	if (s->width < 0) {
		s->width = -s->width;
		s->minus = true;
		s->zero = false;
	}
	f->after_index = false;
}

static void read_precision(struct format *f)
{
	struct print_shape *s = &f->p.shape;
	if (f->rest.n < 2 || !skip(f, '.'))
		return;
	if (f->after_index)
		f->good = false;
	read_index(f);
	if (!skip(f, '*')) {
		if (!read_number(&f->rest, &s->precision))
			s->precision = 0;
		s->has_precision = true;
		return;
	}
	s->has_precision = take_integer(f, &s->precision) && s->precision >= 0;
	if (!s->has_precision)
		sbuf_puts(f->p.b, "%!(BADPREC)");
	f->after_index = false;
}

static void complain(struct format *f, uint32_t verb, const char *what)
{
	sbuf_puts(f->p.b, "%!");
	rune_put(f->p.b, verb);
	sbuf_puts(f->p.b, what);
}

static void put_verb(struct format *f, uint32_t verb)
{
	struct print_shape *s = &f->p.shape;
	if (verb == '%') {
		sbuf_putc(f->p.b, '%');
	} else if (!f->good) {
		complain(f, verb, "(BADINDEX)");
	} else if (f->at >= f->count) {
		complain(f, verb, "(MISSING)");
	} else {
		if (verb == 'v') {
			s->go_syntax = s->sharp;
			s->sharp = s->plus = false;
		}
		if (verb == 'w')
			print_bad_verb(&f->p, &f->arguments[f->at++], verb);
		else
			print_argument(&f->p, &f->arguments[f->at++], verb);
	}
}

static void one_verb(struct format *f)
{
	f->good = true;
	read_flags(f);
	read_index(f);
	read_width(f);
	read_precision(f);
	if (!f->after_index)
		read_index(f);
	if (f->rest.n)
		put_verb(f, utf8_next(&f->rest));
	else
		sbuf_puts(f->p.b, "%!(NOVERB)");
}

static void put_extra(struct format *f)
{
	f->p.shape = (struct print_shape){ 0 };
	sbuf_puts(f->p.b, "%!(EXTRA ");
	for (size_t i = f->at; i < f->count; i++) {
		const struct tmpl_value *v = &f->arguments[i];
		if (i > f->at)
			sbuf_puts(f->p.b, ", ");
		sbuf_puts(f->p.b, tmpl_type_name(v));
		if (v->kind == TMPL_NIL)
			continue;
		sbuf_putc(f->p.b, '=');
		print_argument(&f->p, v, 'v');
	}
	sbuf_putc(f->p.b, ')');
}

bool tmpl_printf(struct tmpl_run *r, struct sbuf *b, struct str format, const struct tmpl_value *arguments,
                 size_t count)
{
	struct format f = { .rest = format, .arguments = arguments, .count = count, .p = { .b = b } };
	while (f.rest.n && sbuf_ok(b)) {
		const char *percent = memchr(f.rest.p, '%', f.rest.n);
		size_t before = percent ? (size_t)(percent - f.rest.p) : f.rest.n;
		sbuf_put(b, str_first(f.rest, before));
		f.rest = str_from(f.rest, before + 1);
		if (percent)
			one_verb(&f);
		if (!tmpl_take(r, 1 + (uint64_t)f.p.shape.width / 64))
			return false;
	}
	if (!f.reordered && f.at < f.count)
		put_extra(&f);
	return true;
}
