/* Numbers of anything, as spf13/cast makes them for sprig, and how Go reads numbers in texts. */
#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/template/sprig.h"

#include <math.h>
#include <stdlib.h>

static unsigned digit_of(char c)
{
	if (ascii_is_digit(c))
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'z' ? (unsigned)(c - 'a') + 10 : 99;
}

static struct str without_sign(struct str s)
{
	return s.n && (s.p[0] == '-' || s.p[0] == '+') ? str_from(s, 1) : s;
}

/* "0x", "0b", "0o" and a mere "0" say the base. */
static unsigned take_base(struct str *s)
{
	if (s->n < 2 || s->p[0] != '0')
		return 10;
	char c = (char)(s->p[1] | 0x20);
	unsigned base = c == 'x' ? 16 : c == 'b' ? 2 : c == 'o' ? 8 : 0;
	*s = str_from(*s, base && s->n > 2 ? 2 : 1);
	return base ? base : 8;
}

/* One underscore may stand between digits, and after the base. */
static bool take_underscores(struct str *s, char ret[TMPL_NUMERAL_MAX_BYTES], unsigned base, bool prefixed)
{
	size_t n = 0;
	char before = prefixed ? '0' : '_';
	for (size_t i = 0; i < s->n; i++) {
		if (s->p[i] != '_')
			ret[n++] = s->p[i];
		else if (digit_of(before) >= base || i + 1 == s->n || digit_of(s->p[i + 1]) >= base)
			return false;
		before = s->p[i];
	}
	*s = str_make(ret, n);
	return true;
}

bool sprig_parse_int(struct str s, unsigned base, int64_t *ret)
{
	char digits[TMPL_NUMERAL_MAX_BYTES];
	*ret = 0;
	bool negative = s.n && s.p[0] == '-';
	s = without_sign(s);
	if (!s.n || s.n > sizeof digits)
		return false;
	size_t whole = s.n;
	unsigned any = base ? base : take_base(&s);
	if (!base && !take_underscores(&s, digits, any, s.n != whole))
		return false;
	uint64_t sum = 0, most = (uint64_t)INT64_MAX + negative;
	bool fits = true;
	for (size_t i = 0; i < s.n; i++) {
		unsigned d = digit_of(s.p[i]);
		if (d >= any)
			return false;
		fits = fits && !__builtin_mul_overflow(sum, any, &sum) &&
		       !__builtin_add_overflow(sum, d, &sum) && sum <= most;
	}
	sum = fits ? sum : most;
	*ret = negative ? (int64_t)(0 - sum) : (int64_t)sum;
	return fits && s.n;
}

/* "3.00" is "3"; "3.50" stays. */
static struct str without_zero_decimals(struct str s)
{
	bool zero = false;
	for (size_t i = s.n; i > 0; i--) {
		if (s.p[i - 1] == '.' && zero)
			return str_first(s, i - 1);
		if (s.p[i - 1] != '0' && s.p[i - 1] != '.')
			break;
		zero = zero || s.p[i - 1] == '0';
	}
	return s;
}

/* What does not fit is what the processor says in Go: the least integer. */
static int64_t truncated(double d)
{
	return d >= -0x1p63 && d < 0x1p63 ? (int64_t)d : INT64_MIN;
}

int64_t sprig_to_int(const struct tmpl_value *v)
{
	int64_t found = 0;
	switch (v->kind) {
	case TMPL_INT:   return v->integer;
	case TMPL_FLOAT: return truncated(v->number);
	case TMPL_BOOL:  return v->boolean;
	case TMPL_STRING:
		if (v->go == TMPL_GO_PLAIN && sprig_parse_int(without_zero_decimals(v->text), 0, &found))
			return found;
		return 0;
	default:
		return 0;
	}
}

static bool is_hex(struct str s) { return s.n > 2 && s.p[0] == '0' && (s.p[1] | 0x20) == 'x'; }

/* strtod reads more than Go: spaces, "nan(1)", "0x10" without an exponent. */
static bool is_numeral(struct str s)
{
	s = without_sign(s);
	if (str_eq_nocase(s, STR("inf")) || str_eq_nocase(s, STR("infinity")) || str_eq_nocase(s, STR("nan")))
		return true;
	bool hex = is_hex(s), exponent = false, digit = false;
	for (size_t i = hex ? 2 : 0; i < s.n; i++) {
		char c = s.p[i];
		exponent = exponent || (c | 0x20) == (hex ? 'p' : 'e');
		digit = digit || ascii_is_digit(c);
		if (!ascii_is_digit(c) && !strchr(hex ? "abcdefABCDEFpP.+-" : "eE.+-", c))
			return false;
	}
	return digit && (exponent || !hex);
}

static double float_of_text(struct str s)
{
	char text[TMPL_NUMERAL_MAX_BYTES + 1], digits[TMPL_NUMERAL_MAX_BYTES];
	if (!s.n || s.n > TMPL_NUMERAL_MAX_BYTES || memchr(s.p, '\0', s.n))
		return 0;
	bool hex = is_hex(without_sign(s));
	struct str rest = str_from(without_sign(s), hex ? 2 : 0);
	size_t start = s.n - rest.n;
	if (!take_underscores(&rest, digits, hex ? 16 : 10, hex))
		return 0;
	memcpy(text, s.p, start);
	memcpy(text + start, rest.p, rest.n);
	text[start + rest.n] = '\0';
	if (!is_numeral(str_c(text)))
		return 0;
	char *end;
	double d = strtod(text, &end);
	bool infinite = isinf(d) && !strchr("iI", text[text[0] == '-' || text[0] == '+']);
	return *end || infinite ? 0 : d;
}

double sprig_to_float(const struct tmpl_value *v)
{
	switch (v->kind) {
	case TMPL_INT:    return (double)v->integer;
	case TMPL_FLOAT:  return v->number;
	case TMPL_BOOL:   return v->boolean;
	case TMPL_STRING: return v->go == TMPL_GO_PLAIN ? float_of_text(v->text) : 0;
	default:          return 0;
	}
}
