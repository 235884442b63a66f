/* What numbers and names are made of, and how a token is shown in a message. */
#include "indexer/template/impl.h"

#include <stdio.h>

#include "indexer/base/utf8.h"

static char peek(const struct lexer *l) { return l->at < l->text.n ? l->text.p[l->at] : '\0'; }

/* Go asks Unicode's tables for letters and digits; here the blocks of signs are left out. */
static bool is_letter(uint32_t point)
{
	if (point < 0x80)
		return point == '_' || (point >= '0' && point <= '9') || (point >= 'A' && point <= 'Z') ||
		       (point >= 'a' && point <= 'z');
	if (point < 0xc0)
		return point == 0xaa || point == 0xb5 || point == 0xba;
	if (point == 0xd7 || point == 0xf7 || (point >= 0x300 && point < 0x370))
		return false;
	bool sign = (point >= 0x2000 && point < 0x2c00) || (point >= 0x3000 && point < 0x3005) ||
	            (point >= 0x3008 && point < 0x3021) || (point >= 0xe000 && point < 0xf900) ||
	            (point >= 0xfe00 && point < 0xfe70) || (point >= 0xff00 && point < 0xff10) ||
	            (point >= 0xfff0 && point < 0x10000) || (point >= 0x1f000 && point < 0x20000);
	return !sign;
}

void lex_word(struct lexer *l)
{
	while (l->at < l->text.n) {
		struct str s = str_from(l->text, l->at), from = s;
		if (!is_letter(utf8_next(&s)))
			return;
		l->at += from.n - s.n;
	}
}

static bool accept(struct lexer *l, const char *set)
{
	bool there = l->at < l->text.n && peek(l) && strchr(set, peek(l));
	l->at += there;
	return there;
}

static void accept_all(struct lexer *l, const char *set)
{
	while (accept(l, set))
		continue;
}

/* Not exact: what it takes too much, the parser refuses. */
bool lex_number(struct lexer *l)
{
	const char *digits = "0123456789_";
	char exponent = 'e';
	(void)accept(l, "+-");
	if (accept(l, "0")) {
		if (accept(l, "xX")) {
			digits = "0123456789abcdefABCDEF_";
			exponent = 'p';
		} else if (accept(l, "oO")) {
			digits = "01234567_";
			exponent = '\0';
		} else if (accept(l, "bB")) {
			digits = "01_";
			exponent = '\0';
		}
	}
	accept_all(l, digits);
	if (accept(l, "."))
		accept_all(l, digits);
	if (exponent && accept(l, exponent == 'e' ? "eE" : "pP")) {
		(void)accept(l, "+-");
		accept_all(l, "0123456789_");
	}
	(void)accept(l, "i");
	size_t end = l->at;
	lex_word(l);
	if (l->at == end)
		return true;
	struct str first = str_make(l->text.p + end, l->at - end), s = first;
	(void)utf8_next(&s);
	l->at = end + (first.n - s.n);
	return false;
}

/* ---- messages ---- */

const char *shown_quoted(struct str text, size_t bytes_max, char *ret, size_t room)
{
	size_t n = 0;
	ret[n++] = '"';
	for (size_t i = 0; i < text.n && i < bytes_max && n + 6 < room; i++) {
		char c = text.p[i];
		const char *plain = strchr("\n\t\r\"\\", c);
		if (c && plain)
			n += (size_t)snprintf(ret + n, room - n, "\\%c", "ntr\"\\"[plain - "\n\t\r\"\\"]);
		else if ((unsigned char)c < 0x20 || c == 0x7f)
			n += (size_t)snprintf(ret + n, room - n, "\\x%02x", (unsigned char)c);
		else
			ret[n++] = c;
	}
	ret[n++] = '"';
	ret[n] = '\0';
	return ret;
}

const char *token_shown(const struct token *t, char ret[TOKEN_SHOWN_BYTES])
{
	if (t->kind == TOKEN_EOF)
		return "EOF";
	if (t->kind == TOKEN_FAILURE)
		return t->text.p;
	if (t->kind >= TOKEN_BLOCK || t->kind == TOKEN_NIL || t->kind == TOKEN_DOT) {
		(void)snprintf(ret, TOKEN_SHOWN_BYTES, "<%.*s>", STR_ARG(t->text));
		return ret;
	}
	struct str s = t->text;
	size_t characters = 0;
	while (s.n && characters < 10) {
		(void)utf8_next(&s);
		characters++;
	}
	(void)shown_quoted(str_first(t->text, t->text.n - s.n), SIZE_MAX, ret, TOKEN_SHOWN_BYTES - 4);
	return t->text.n > 10 ? strcat(ret, "...") : ret;
}
