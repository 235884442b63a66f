/* Texts, characters and numbers, as Go's strconv reads them. */
#include <stdlib.h>

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "indexer/template/form.h"
#include "indexer/template/impl.h"

static int digit_of(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* ---- texts ---- */

/* So many digits of `base` off the front of *s. */
static bool read_digits(struct str *s, unsigned count, unsigned base, uint32_t *ret)
{
	uint32_t v = 0;
	if (s->n < count)
		return false;
	for (unsigned i = 0; i < count; i++) {
		unsigned digit = (unsigned)digit_of(s->p[i]);
		if (digit >= base)
			return false;
		v = v * base + digit;
	}
	*s = str_from(*s, count);
	*ret = v;
	return true;
}

/* Behind a backslash: the character, and whether it is a byte. False: there is no such escape. */
static bool read_escape(struct str *s, char quote, uint32_t *ret, bool *ret_is_byte)
{
	static const char letters[] = "abfnrtv\\", meanings[] = "\a\b\f\n\r\t\v\\";
	char c = s->n ? s->p[0] : '\0';
	const char *letter = c ? strchr(letters, c) : NULL;
	*ret_is_byte = c == 'x' || (c >= '0' && c <= '7');
	if (c >= '0' && c <= '7')
		return read_digits(s, 3, 8, ret) && *ret < 0x100;
	*s = str_from(*s, 1);
	if (letter || (c && c == quote)) {
		*ret = letter ? (unsigned char)meanings[letter - letters] : (unsigned char)c;
		return true;
	}
	if (c != 'x' && c != 'u' && c != 'U')
		return false;
	return read_digits(s, c == 'x' ? 2 : c == 'u' ? 4 : 8, 16, ret) &&
	       (c == 'x' || (*ret <= 0x10ffff && (*ret < 0xd800 || *ret > 0xdfff)));
}

static bool read_quoted(struct str s, char quote, char *to, size_t *ret_bytes)
{
	size_t n = 0;
	while (s.n) {
		uint32_t c;
		bool is_byte = false;
		if (s.p[0] != '\\') {
			to[n++] = s.p[0];
			s = str_from(s, 1);
			continue;
		}
		s = str_from(s, 1);
		if (!read_escape(&s, quote, &c, &is_byte))
			return false;
		if (is_byte)
			to[n++] = (char)c;
		else
			n += rune_bytes(c, to + n);
	}
	*ret_bytes = n;
	return true;
}

/* Raw ones are without carriage returns. */
static size_t read_raw(struct str s, char *to)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '\r')
			to[n++] = s.p[i];
	return n;
}

bool parse_string(struct parser *p, const struct token *t, struct str *ret)
{
	struct str s = str_make(t->text.p + 1, t->text.n - 2);
	bool raw = t->kind == TOKEN_RAW_STRING;
	if (!str_has(s, raw ? '\r' : '\\')) {
		*ret = s;
		return true;
	}
	char *to = arena_alloc(p->a, s.n);                    /* what an escape means is never longer */
	size_t n;
	if (!to)
		return parse_no_memory(p);
	if (raw)
		n = read_raw(s, to);
	else if (!read_quoted(s, '"', to, &n))
		return parse_fail(p, "invalid syntax");
	*ret = str_make(to, n);
	return true;
}

bool parse_character(struct parser *p, const struct token *t, struct operand *ret)
{
	struct str s = str_make(t->text.p + 1, t->text.n - 2), rest = s;
	uint32_t c = 0;
	bool is_byte;
	if (s.n && s.p[0] == '\\') {
		rest = str_from(s, 1);
		if (!read_escape(&rest, '\'', &c, &is_byte))
			return parse_fail(p, "invalid syntax");
	} else if (s.n) {
		c = utf8_next(&rest);
	} else {
		return parse_fail(p, "invalid syntax");
	}
	if (rest.n)
		return parse_fail(p, "malformed character constant: %.*s", (int)(t->text.n < TMPL_MESSAGE_MAX_BYTES ?
		                  t->text.n : TMPL_MESSAGE_MAX_BYTES), t->text.p);
	ret->kind = OPERAND_LITERAL;
	ret->value = tmpl_int(c);
	return true;
}

/* ---- numbers ---- */

/* Each underscore has a digit, or the prefix of the base, before it and a digit behind it. */
static bool has_good_underscores(struct str s)
{
	bool hex = false, digit = false, underscore = false;
	size_t i = s.n && (s.p[0] == '+' || s.p[0] == '-');
	if (s.n - i >= 2 && s.p[i] == '0' && strchr("xXoObB", s.p[i + 1])) {
		hex = (s.p[i + 1] | 0x20) == 'x';
		digit = true;
		i += 2;
	}
	for (; i < s.n; i++) {
		bool is_digit = digit_of(s.p[i]) < (hex ? 16 : 10);
		if (s.p[i] == '_' ? !digit : underscore && !is_digit)
			return false;
		underscore = s.p[i] == '_';
		digit = is_digit;
	}
	return !underscore;
}

/* Digits that are no number of that base, or too large a one, are no integer. */
static bool read_integer(struct str s, bool *ret_negative, uint64_t *ret)
{
	unsigned base = 10;
	uint64_t v = 0;
	*ret_negative = s.n && s.p[0] == '-';
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		s = str_from(s, 1);
	if (s.n >= 2 && s.p[0] == '0') {
		char c = (char)(s.p[1] | 0x20);
		base = c == 'x' ? 16 : c == 'b' ? 2 : 8;
		s = str_from(s, c == 'x' || c == 'b' || c == 'o' ? 2 : 1);
	}
	if (!s.n)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = s.p[i] == '_' ? 0 : (unsigned)digit_of(s.p[i]);
		if (digit >= base)
			return false;
		if (s.p[i] != '_' && (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit, &v)))
			return false;
	}
	*ret = v;
	return true;
}

static bool read_float(struct str s, double *ret)
{
	char text[TMPL_NUMBER_MAX_BYTES + 1], *end;
	size_t n = 0;
	if (s.n > TMPL_NUMBER_MAX_BYTES)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] != '_')
			text[n++] = s.p[i];
	text[n] = '\0';
	if (strpbrk(text, "xX") && !strpbrk(text, "pP"))      /* which C takes and Go does not */
		return false;
	*ret = strtod(text, &end);                            /* the program never leaves the C locale */
	return n && !*end && *ret <= 1.7976931348623157e308 && *ret >= -1.7976931348623157e308;
}

static bool has_any(struct str s, const char *set)
{
	for (size_t i = 0; i < s.n; i++)
		if (strchr(set, s.p[i]))
			return true;
	return false;
}

/* An integer, unless it looks like something with a fraction or an exponent; "-0xe" does, "0xe" does not. */
bool parse_number(struct parser *p, const struct token *t, struct operand *ret)
{
	char shown[TMPL_MESSAGE_MAX_BYTES];
	struct str s = t->text;
	bool negative = false, sign = s.p[0] == '-' || s.p[0] == '+';
	bool good = has_good_underscores(s);
	bool hex = s.n > 2 && s.p[0] == '0' && (s.p[1] | 0x20) == 'x' && !has_any(s, "pP");
	bool looks_real = has_any(s, ".eEpP") && !hex;
	uint64_t v = 0;
	double number = 0;
	bool integer = good && read_integer(s, &negative, &v) && !(sign && v > (uint64_t)INT64_MAX + negative);
	bool real = good && !integer && read_float(s, &number);
	(void)shown_quoted(s, sizeof shown / 2, shown, sizeof shown);
	if (!integer && !real)
		return parse_fail(p, "illegal number syntax: %s", shown);
	if (real && !has_any(s, ".eEpP"))
		return parse_fail(p, "integer overflow: %s", shown);
	ret->kind = integer && v > (uint64_t)INT64_MAX + negative ? OPERAND_TOO_LARGE : OPERAND_LITERAL;
	if (integer && looks_real)
		number = negative ? -(double)v : (double)v;
	ret->value = looks_real ? tmpl_float(number) : tmpl_int((int64_t)(negative ? 0 - v : v));
	return true;
}
