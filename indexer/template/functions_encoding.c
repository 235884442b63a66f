/* Base64 and Base32, read as Go does: ends of lines are skipped, and what is wrong is answered as a text. */
#include "indexer/template/functions.h"

#include "indexer/base/base64.h"
#include "indexer/base/limits.h"

struct code {
	const char *name, *letters;
	unsigned bits, group;            /* of a letter; letters of a group */
};
static const struct code base64_code = {
	"base64", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", 6, 4
};
static const struct code base32_code = { "base32", "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 5, 8 };

static bool is_line_end(char c) { return c == '\n' || c == '\r'; }

/* Behind the first '=': as many as fill the group, and nothing else. Where it is wrong; s.n + 1: nowhere. */
static size_t after_padding(const struct code *c, struct str s, size_t at, size_t letters)
{
	bool fits = c->group == 4 ? letters >= 2 : letters == 2 || letters == 4 || letters == 5 || letters == 7;
	if (!fits)
		return at;
	const size_t first = at;
	for (size_t missing = c->group - letters; missing; at++) {
		if (at >= s.n)
			return s.n;
		if (s.p[at] == '=')
			missing--;
		else if (!is_line_end(s.p[at]))
			return first;
	}
	while (at < s.n && is_line_end(s.p[at]))
		at++;
	return at < s.n ? at : s.n + 1;
}

/* Where the text is wrong; s.n + 1: nowhere. */
static size_t decode(struct sbuf *b, const struct code *c, struct str s)
{
	uint64_t group = 0;
	size_t letters = 0;
	for (size_t i = 0; i < s.n; i++) {
		const char *letter = s.p[i] ? strchr(c->letters, s.p[i]) : NULL;
		if (is_line_end(s.p[i]))
			continue;
		if (!letter && s.p[i] != '=')
			return i;
		if (letter) {
			group = group << c->bits | (uint64_t)(letter - c->letters);
			letters++;
		}
		if (letters < c->group && letter)
			continue;
		size_t wrong = letter ? 0 : after_padding(c, s, i, letters);
		size_t bits = letters * c->bits, bytes = wrong && wrong <= s.n ? 0 : bits / 8;
		for (size_t n = 0; n < bytes; n++)
			sbuf_putc(b, (char)(unsigned char)(group >> (bits - 8 * (n + 1))));
		if (!letter)
			return wrong;
		group = letters = 0;
	}
	return letters ? s.n - letters : s.n + 1;
}

static bool call_decode(struct tmpl_run *r, const struct tmpl_value *a, const struct code *c,
                        struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str s;
	if (!tmpl_want_text(r, a, &s) || !tmpl_take(r, s.n / 32))
		return false;
	size_t wrong = decode(&b, c, s);
	if (wrong <= s.n) {
		sbuf_reset(&b);
		sbuf_printf(&b, "illegal %s data at input byte %zu", c->name, wrong);
	}
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_b64dec) { return call_decode(r, v, &base64_code, ret); }
TMPL_CALL(call_b32dec) { return call_decode(r, v, &base32_code, ret); }

TMPL_CALL(call_b64enc)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str s;
	if (!tmpl_want_text(r, v, &s) || !tmpl_take(r, s.n / 32))
		return false;
	base64_put(&b, s);
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_b32enc)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str s;
	if (!tmpl_want_text(r, v, &s) || !tmpl_take(r, s.n / 32))
		return false;
	for (; s.n && sbuf_ok(&b); s = str_from(s, 5)) {
		uint64_t group = 0;
		size_t letters = s.n >= 5 ? 8 : (s.n * 8 + 4) / 5;
		for (size_t i = 0; i < 5; i++)
			group = group << 8 | (i < s.n ? (unsigned char)s.p[i] : 0);
		for (size_t i = 0; i < 8; i++)
			sbuf_putc(&b, i < letters ? base32_code.letters[group >> (35 - 5 * i) & 31] : '=');
	}
	return tmpl_answer_kept(r, &b, ret);
}

const struct tmpl_function tmpl_functions_encoding[] = {
	{ "b64enc", 1, 1, call_b64enc }, { "b64dec", 1, 1, call_b64dec },
	{ "b32enc", 1, 1, call_b32enc }, { "b32dec", 1, 1, call_b32dec },
};
const size_t tmpl_functions_encoding_count = sizeof tmpl_functions_encoding / sizeof *tmpl_functions_encoding;
