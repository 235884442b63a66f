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
	{ 0x2000, 0x206f }, { 0x20a0, 0x20cf }, { 0x2190, 0x245f }, { 0x2500, 0x2bff },
	{ 0x2e00, 0x2e7f }, { 0x3000, 0x3004 }, { 0x3008, 0x3020 }, { 0x3030, 0x3030 },
	{ 0xfe00, 0xfe6f }, { 0xff00, 0xff0f }, { UTF8_REPLACEMENT, UTF8_REPLACEMENT },
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
	if (c >= 'A' && c <= 'Z')
		return c | 0x20;
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : 0;
}

/* Writes what the character at the front becomes, nothing between words, and takes it off. */
static size_t take_letter(struct str *text, char to[4], bool *ret_goes_on)
{
	struct str from = *text;
	uint32_t point = (unsigned char)from.p[0];
	*ret_goes_on = true;
	if (point < 0x80) {
		*text = str_from(from, 1);
		to[0] = (char)plain_ascii((unsigned char)point);
		*ret_goes_on = to[0];
		return to[0] != 0;
	}
	point = utf8_next(text);
	if (point >= FIRST_LATIN && point <= LAST_LATIN) {
		to[0] = plain_latin[point - FIRST_LATIN];
		*ret_goes_on = to[0] != '-';
		if (to[0] != '.')
			return *ret_goes_on;
	}
	if (is_accent(point))
		return 0;
	if (is_sign(point)) {
		*ret_goes_on = false;
		return 0;
	}
	size_t n = from.n - text->n;
	memcpy(to, from.p, n);
	return n;
}

size_t word_next_at(struct str *text, char ret[SEARCH_WORD_MAX_BYTES], struct str *ret_where)
{
	const char *limit = text->p + text->n, *begin = limit, *end = limit;
	size_t n = 0;
	bool goes_on = true;
	while (text->n && (goes_on || !n)) {
		char letter[4];
		const char *at = limit - text->n;
		size_t bytes = take_letter(text, letter, &goes_on);
		if (bytes && !n)
			begin = at;
		if (goes_on)
			end = limit - text->n;
		if (n + bytes > SEARCH_WORD_MAX_BYTES)
			continue;
		memcpy(ret + n, letter, bytes);
		n += bytes;
	}
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
