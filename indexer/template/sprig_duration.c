/* Go's time.Duration as a text: "1h15m30.918s". */
#include "indexer/base/ascii.h"
#include "indexer/template/sprig_time.h"

static const struct unit { const char *name; uint64_t ns; } units[] = {
	{ "ns", 1 }, { "us", 1000 }, { "\xc2\xb5s", 1000 }, { "\xce\xbcs", 1000 }, { "ms", 1000000 },
	{ "s", 1000000000 }, { "m", 60000000000 }, { "h", 3600000000000 },
};

static bool is_number(char c) { return c == '.' || ascii_is_digit(c); }

/* Up to the next number. */
static uint64_t take_unit(struct str *s)
{
	size_t n = 0;
	while (n < s->n && !is_number(s->p[n]))
		n++;
	struct str name = str_first(*s, n);
	*s = str_from(*s, n);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (str_eq_c(name, units[i].name))
			return units[i].ns;
	return 0;
}

/* Whole digits, and those behind a point as so many parts of `scale`; false: there are none, or too many. */
static bool take_number(struct str *s, uint64_t *ret, double *ret_parts, double *ret_scale)
{
	bool any = false, fits = true;
	*ret = 0;
	*ret_parts = 0;
	*ret_scale = 1;
	for (; s->n && ascii_is_digit(s->p[0]); *s = str_from(*s, 1), any = true)
		fits = fits && !__builtin_mul_overflow(*ret, 10u, ret) &&
		       !__builtin_add_overflow(*ret, (uint64_t)(s->p[0] - '0'), ret);
	if (!s->n || s->p[0] != '.')
		return any && fits;
	for (*s = str_from(*s, 1); s->n && ascii_is_digit(s->p[0]); *s = str_from(*s, 1)) {
		any = true;
		if (*ret_scale > 1e17)
			continue;
		*ret_scale *= 10;
		*ret_parts = *ret_parts * 10 + (s->p[0] - '0');
	}
	return any && fits;
}

bool sprig_duration_parse(struct str s, int64_t *ret)
{
	bool negative = s.n && s.p[0] == '-';
	uint64_t all = 0, most = (uint64_t)INT64_MAX + negative;
	*ret = 0;
	s = s.n && (negative || s.p[0] == '+') ? str_from(s, 1) : s;
	if (str_eq(s, STR("0")))
		return true;
	if (!s.n)
		return false;
	while (s.n) {
		uint64_t whole, unit, ns;
		double parts, scale;
		if (!is_number(s.p[0]) || !take_number(&s, &whole, &parts, &scale) || !(unit = take_unit(&s)) ||
		    __builtin_mul_overflow(whole, unit, &ns) ||
		    __builtin_add_overflow(ns, (uint64_t)(parts * ((double)unit / scale)), &ns) ||
		    __builtin_add_overflow(all, ns, &all) || all > most)
			return false;
	}
	*ret = (int64_t)(negative ? 0 - all : all);
	return true;
}

/* A number of units with the decimals that are not zero. */
static void put_decimal(struct sbuf *b, uint64_t n, uint64_t unit, int digits)
{
	uint64_t fraction = n % unit;
	sbuf_u64(b, n / unit);
	if (!fraction)
		return;
	while (fraction % 10 == 0) {
		fraction /= 10;
		digits--;
	}
	sbuf_printf(b, ".%0*llu", digits, (unsigned long long)fraction);
}

void sprig_duration_put(struct sbuf *b, int64_t ns)
{
	uint64_t u = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns, second = 1000000000;
	if (ns < 0)
		sbuf_putc(b, '-');
	if (u < second) {
		bool micro = u < 1000000, nano = u < 1000;
		if (u)
			put_decimal(b, u, nano ? 1 : micro ? 1000 : 1000000, micro ? 3 : 6);
		sbuf_puts(b, !u ? "0s" : nano ? "ns" : micro ? "\xc2\xb5s" : "ms");
		return;
	}
	if (u >= 3600 * second)
		sbuf_printf(b, "%lluh", (unsigned long long)(u / (3600 * second)));
	if (u >= 60 * second)
		sbuf_printf(b, "%llum", (unsigned long long)(u / (60 * second) % 60));
	put_decimal(b, u % (60 * second), second, 9);
	sbuf_putc(b, 's');
}
