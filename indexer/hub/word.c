/* See word.h. What is a letter follows unicode61 for the scripts that charts are written in; what
 * it would not call one is a matter of ranges of signs, not of letters.                      */
#include "indexer/hub/word.h"

#include "indexer/base/utf8.h"

#define FIRST_LATIN 0xc0u
#define LAST_LATIN  0x17fu

/* U+00C0 … U+017F: the letter without its accent; '.': it has none; '-': no letter. */
static const char plain_latin[] =
	"aaaaaa.ceeeeiiii.nooooo-.uuuuy..aaaaaa.ceeeeiiii.nooooo-.uuuuy.y"
	"aaaaaaccccccccdd..eeeeeeeeeegggggggghh..iiiiiiiii...jjkk.llllll...."
	"nnnnnn...oooooo..rrrrrrsssssssstttt..uuuuuuuuuuuuwwyyyzzzzzz.";
_Static_assert(sizeof plain_latin - 1 == LAST_LATIN - FIRST_LATIN + 1, "a letter each");

/* Signs beyond ASCII. */
static const struct { uint32_t first, last; } signs[] = {
	{ 0x80, 0xa9 }, { 0xab, 0xb1 }, { 0xb4, 0xb4 }, { 0xb6, 0xb8 }, { 0xbb, 0xbb }, { 0xbf, 0xbf },
	{ 0x2000, 0x206f }, { 0x20a0, 0x20cf }, { 0x2120, 0x2122 }, { 0x2190, 0x245f }, { 0x2500, 0x2bff },
	{ 0x2e00, 0x2e7f }, { 0x3000, 0x3004 }, { 0x3008, 0x3020 }, { 0x3030, 0x3030 }, { 0x30fb, 0x30fb },
	{ 0xfe00, 0xfe6f }, { 0xff00, 0xff0f }, { 0xff1a, 0xff20 }, { 0xff3b, 0xff40 }, { 0xff5b, 0xff65 },
	{ UTF8_REPLACEMENT, UTF8_REPLACEMENT },
	{ 0x1f000, 0x1faff },
};

static bool is_accent(uint32_t point) { return point >= 0x300 && point <= 0x36f; }

static bool is_sign(uint32_t point)
{
	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
		if (point <= signs[i].last)
			return point >= signs[i].first;
	return false;
}

/* ASCII in lower case; 0: between words. */
static unsigned char plain_ascii(unsigned char c)
{
	unsigned char lower = c | 0x20;
	if ((unsigned char)(lower - 'a') < 26)
		return lower;
	return (unsigned char)(c - '0') < 10 ? c : 0;
}

/* Beyond ASCII: writes what the character at the front becomes and takes it off. False: it stands
 * between words.                                                                             */
static bool take_letter(struct str *text, char to[4], size_t *ret_bytes)
{
	struct str from = *text;
	uint32_t point = utf8_next(text);
	*ret_bytes = 0;
	if (point >= FIRST_LATIN && point <= LAST_LATIN && plain_latin[point - FIRST_LATIN] != '.') {
		to[0] = plain_latin[point - FIRST_LATIN];
		*ret_bytes = to[0] != '-';
		return to[0] != '-';
	}
	if (is_accent(point) || is_sign(point))
		return is_accent(point);
	*ret_bytes = from.n - text->n;
	memcpy(to, from.p, *ret_bytes);
	return true;
}

/* Of the letters and digits of ASCII at the front; the others are looked at one by one. */
static const char *take_ascii(const char *at, const char *limit, char ret[SEARCH_WORD_MAX_BYTES],
                              size_t *n)
{
	unsigned char plain;
	for (; at < limit && (plain = plain_ascii((unsigned char)*at)); at++)
		if (*n < SEARCH_WORD_MAX_BYTES)
			ret[(*n)++] = (char)plain;
	return at;
}

size_t word_next_at(struct str *text, char ret[SEARCH_WORD_MAX_BYTES], struct str *ret_where)
{
	*ret_where = (struct str){ 0 };
	if (!text->n)
		return 0;
	const char *at = text->p, *limit = at + text->n, *begin = limit, *end = limit;
	size_t n = 0;
	while (at < limit) {
		const char *before = at;
		if (plain_ascii((unsigned char)*at)) {
			begin = n ? begin : at;
			end = at = take_ascii(at, limit, ret, &n);
			continue;
		}
		if ((unsigned char)*at < 0x80) {
			if (n)
				break;           /* what is between words stays between them */
			at++;
			continue;
		}
		char letter[4];
		size_t bytes;
		struct str rest = str_make(at, (size_t)(limit - at));
		bool is_letter = take_letter(&rest, letter, &bytes);
		if (!is_letter && n)
			break;
		at = limit - rest.n;
		if (bytes && !n)
			begin = before;
		end = is_letter ? at : end;
		if (n + bytes > SEARCH_WORD_MAX_BYTES)
			continue;
		for (size_t i = 0; i < bytes; i++)
			ret[n++] = letter[i];
	}
	*text = str_make(at, (size_t)(limit - at));
	*ret_where = str_make(begin, (size_t)(end - begin));
	return n;
}

size_t word_next(struct str *text, char ret[SEARCH_WORD_MAX_BYTES])
{
	struct str where;
	return word_next_at(text, ret, &where);
}

uint64_t word_key(struct str word)
{
	uint64_t key = 0;
	for (size_t i = 0; i < 8; i++)
		key = key << 8 | (i < word.n ? (unsigned char)word.p[i] : 0u);
	return key;
}

uint32_t word_letters(struct str word)
{
	uint32_t letters = 0;
	for (size_t i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.p[i];
		unsigned bit = c >= 'a' && c <= 'z' ? c - 'a' + 0u :
		               c >= '0' && c <= '9' ? 26u + c % 5u : 31u;
		letters |= UINT32_C(1) << bit;
	}
	return letters;
}
