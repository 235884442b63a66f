/* Code points one at a time, for the few places that look at characters rather than at bytes. */
#pragma once

#include <stdint.h>

#include "indexer/base/str.h"

#define UTF8_REPLACEMENT 0xfffdu

/* White space, as Go's unicode.IsSpace. */
static inline bool utf8_is_space(uint32_t c)
{
	return (c >= 0x09 && c <= 0x0d) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
	       c == 0x3000;
}

/* Takes the next code point off the front of *s, which is not empty; one byte that begins no
 * well-formed sequence comes out as UTF8_REPLACEMENT.                                        */
static inline uint32_t utf8_next(struct str *s)
{
	unsigned char lead = (unsigned char)s->p[0];
	size_t n = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (n > s->n || !str_is_utf8(str_first(*s, n))) {
		*s = str_from(*s, 1);
		return UTF8_REPLACEMENT;
	}
	uint32_t point = n == 1 ? lead : lead & (0x7fu >> n);
	for (size_t i = 1; i < n; i++)
		point = point << 6 | ((unsigned char)s->p[i] & 0x3fu);
	*s = str_from(*s, n);
	return point;
}

/* What a terminal does rather than shows: controls (C0, DEL, C1), and marks that turn the direction of the
 * text around them.                                                                          */
static inline bool utf8_steers(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x61c || c == 0x200e || c == 0x200f ||
	       (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Takes the next character off the front of *s, which is not empty, with all its bytes; false: it steers,
 * also as a byte that belongs to none.                                                       */
static inline bool utf8_next_shown(struct str *s, struct str *ret)
{
	struct str from = *s;
	uint32_t point = utf8_next(s);
	*ret = str_first(from, from.n - s->n);
	return !utf8_steers(point == UTF8_REPLACEMENT && ret->n == 1 ? (unsigned char)ret->p[0] : point);
}

/* In place: `instead` for each character that steers, but for those in `kept`. Returns the bytes that are left. */
static inline size_t utf8_clean(char *text, char instead, const char *kept)
{
	struct str rest = str_c(text), one;
	char *at = text;
	while (rest.n) {
		if (utf8_next_shown(&rest, &one) || strchr(kept, *one.p)) {
			memmove(at, one.p, one.n);
			at += one.n;
		} else {
			*at++ = instead;
		}
	}
	*at = '\0';
	return (size_t)(at - text);
}
