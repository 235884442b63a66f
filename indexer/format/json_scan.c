/* JSON as RFC 8259 has it, one byte after the other, and what encoding/json's Valid, which Helm asks,
 * takes for it.                                                                              */
#include "indexer/format/json_scan.h"

#include "indexer/base/ascii.h"

static enum json_scan_state after_value(const struct json_scan *s)
{
	return s->depth ? SCAN_COMMA_OR_END : SCAN_DONE;
}

static enum json_scan_state open_level(struct json_scan *s, bool is_map)
{
	if (s->depth >= s->depth_max)
		return SCAN_DEEP;
	s->events++;
	uint64_t bit = UINT64_C(1) << s->depth % 64, *maps = &s->maps[s->depth / 64];
	*maps = is_map ? *maps | bit : *maps & ~bit;
	s->depth++;
	return is_map ? SCAN_KEY_OR_END : SCAN_VALUE_OR_END;
}

static bool in_map(const struct json_scan *s)
{
	return s->maps[(s->depth - 1) / 64] >> (s->depth - 1) % 64 & 1;
}

static enum json_scan_state close_level(struct json_scan *s, bool is_map)
{
	if (in_map(s) != is_map)
		return SCAN_BAD;
	s->depth--;
	return after_value(s);
}

static enum json_scan_state open_string(struct json_scan *s, bool is_key)
{
	s->is_key = is_key;
	s->events += is_key;
	return SCAN_STRING;
}

static enum json_scan_state open_word(struct json_scan *s, const char *rest)
{
	s->word = rest;
	return SCAN_WORD;
}

static enum json_scan_state begin(struct json_scan *s, char c)
{
	s->events++;
	switch (c) {
	case '{': return open_level(s, true);
	case '[': return open_level(s, false);
	case '"': return open_string(s, false);
	case 't': return open_word(s, "rue");
	case 'f': return open_word(s, "alse");
	case 'n': return open_word(s, "ull");
	case '-': return SCAN_MINUS;
	case '0': return SCAN_ZERO;
	default:  return ascii_is_digit(c) ? SCAN_DIGITS : SCAN_BAD;
	}
}

/* Where a number may end here, it does, and the byte is looked at again. */
static enum json_scan_state in_number(const struct json_scan *s, char c)
{
	bool e = c == 'e' || c == 'E', sign = c == '+' || c == '-';
	switch (s->state) {
	case SCAN_MINUS:
		return c == '0' ? SCAN_ZERO : ascii_is_digit(c) ? SCAN_DIGITS : SCAN_BAD;
	case SCAN_ZERO: case SCAN_DIGITS:
		if (ascii_is_digit(c) && s->state == SCAN_DIGITS)
			return SCAN_DIGITS;
		return c == '.' ? SCAN_POINT : e ? SCAN_E : after_value(s);
	case SCAN_POINT:
		return ascii_is_digit(c) ? SCAN_FRACTION : SCAN_BAD;
	case SCAN_FRACTION:
		return ascii_is_digit(c) ? SCAN_FRACTION : e ? SCAN_E : after_value(s);
	case SCAN_E:
		return sign ? SCAN_E_SIGN : ascii_is_digit(c) ? SCAN_EXPONENT : SCAN_BAD;
	case SCAN_E_SIGN:
		return ascii_is_digit(c) ? SCAN_EXPONENT : SCAN_BAD;
	default:
		return ascii_is_digit(c) ? SCAN_EXPONENT : after_value(s);
	}
}

static enum json_scan_state in_escape(struct json_scan *s, char c)
{
	s->hex = 4;
	return c == 'u' ? SCAN_HEX : c && strchr("\"\\/bfnrt", c) ? SCAN_STRING : SCAN_BAD;
}

static enum json_scan_state in_hex(struct json_scan *s, char c)
{
	if (hex_digit_value(c) < 0)
		return SCAN_BAD;
	return --s->hex ? SCAN_HEX : SCAN_STRING;
}

static enum json_scan_state in_word(struct json_scan *s, char c)
{
	if (*s->word != c)
		return SCAN_BAD;
	return *++s->word ? SCAN_WORD : after_value(s);
}

static enum json_scan_state after_string(const struct json_scan *s)
{
	return s->is_key ? SCAN_COLON : after_value(s);
}

static enum json_scan_state in_string(const struct json_scan *s, char c)
{
	if (c == '"')
		return after_string(s);
	return c == '\\' ? SCAN_ESCAPE : (unsigned char)c < 0x20 ? SCAN_BAD : SCAN_STRING;
}

static enum json_scan_state between(struct json_scan *s, char c)
{
	switch (s->state) {
	case SCAN_VALUE:
		return begin(s, c);
	case SCAN_VALUE_OR_END:
		return c == ']' ? close_level(s, false) : begin(s, c);
	case SCAN_KEY: case SCAN_KEY_OR_END:
		if (c == '}' && s->state == SCAN_KEY_OR_END)
			return close_level(s, true);
		return c == '"' ? open_string(s, true) : SCAN_BAD;
	case SCAN_COLON:
		return c == ':' ? SCAN_VALUE : SCAN_BAD;
	default:
		if (c == ',')
			return in_map(s) ? SCAN_KEY : SCAN_VALUE;
		return c == '}' || c == ']' ? close_level(s, c == '}') : SCAN_BAD;
	}
}

static size_t plain_text(struct str text)
{
	size_t n = 0;
	while (n < text.n && text.p[n] != '"' && text.p[n] != '\\' && (unsigned char)text.p[n] >= 0x20)
		n++;
	return n;
}

size_t json_scan(struct json_scan *s, struct str text)
{
	size_t i = 0;
	while (i < text.n && s->state < SCAN_DONE) {
		bool number = s->state >= SCAN_MINUS;
		if (s->state == SCAN_STRING)
			i += plain_text(str_from(text, i));
		if (i == text.n)
			break;
		char c = text.p[i];
		switch (s->state) {
		case SCAN_STRING: s->state = in_string(s, c); break;
		case SCAN_ESCAPE: s->state = in_escape(s, c); break;
		case SCAN_HEX:    s->state = in_hex(s, c); break;
		case SCAN_WORD:   s->state = in_word(s, c); break;
		default:
			if (number)
				s->state = in_number(s, c);
			else if (!ascii_is_space(c))
				s->state = between(s, c);
		}
		/* What ends a number is no part of it. */
		i += !number || (s->state >= SCAN_MINUS && s->state < SCAN_DONE);
	}
	return i;
}
