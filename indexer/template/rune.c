/* Characters, as C's own locale of UTF-8 knows them. */
#include "indexer/template/form.h"

#include <locale.h>
#include <pthread.h>
#include <wctype.h>

#include "indexer/base/utf8.h"

static locale_t utf8;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_locale(void)
{
	utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	if (!utf8)
		utf8 = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
}

static locale_t of_unicode(void)
{
	(void)pthread_once(&once, make_locale);
	return utf8;
}

size_t rune_bytes(uint32_t rune, char ret[4])
{
	static const unsigned lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	if (rune > 0x10ffff || (rune >= 0xd800 && rune < 0xe000))
		rune = UTF8_REPLACEMENT;
	size_t n = rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, rune >>= 6)
		ret[i] = (char)(0x80 | (rune & 0x3f));
	ret[0] = (char)(lead[n] | rune);
	return n;
}

void rune_put(struct sbuf *b, uint32_t rune)
{
	char c[4];
	sbuf_put(b, str_make(c, rune_bytes(rune, c)));
}

/* A byte that begins no character is one. */
size_t rune_count(struct str s)
{
	size_t count = 0;
	if (!str_is_utf8(s))
		return s.n;
	for (size_t i = 0; i < s.n; i++)
		count += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return count;
}

uint32_t rune_upper(uint32_t rune) { return (uint32_t)towupper_l((wint_t)rune, of_unicode()); }
uint32_t rune_lower(uint32_t rune) { return (uint32_t)towlower_l((wint_t)rune, of_unicode()); }
bool rune_is_upper(uint32_t rune) { return iswupper_l((wint_t)rune, of_unicode()); }
bool rune_is_lower(uint32_t rune) { return iswlower_l((wint_t)rune, of_unicode()); }
bool rune_is_letter(uint32_t rune)
{
	return iswalpha_l((wint_t)rune, of_unicode()) && !rune_is_number(rune);
}

/* C has digits that are not ASCII among its letters. */
bool rune_is_number(uint32_t rune)
{
	return (rune >= '0' && rune <= '9') || (rune >= 0x660 && rune <= 0x669) ||
	       (rune >= 0x966 && rune <= 0x96f) || (rune >= 0xff10 && rune <= 0xff19) ||
	       rune == 0xb2 || rune == 0xb3 || rune == 0xb9 || (rune >= 0xbc && rune <= 0xbe);
}

bool rune_is_punct(uint32_t rune)
{
	if (rune < 0x80)
		return rune && strchr("!\"#%&'()*,-./:;?@[\\]_{}", (int)rune);
	return iswpunct_l((wint_t)rune, of_unicode());
}

bool rune_is_space(uint32_t rune)
{
	return rune == ' ' || (rune >= '\t' && rune <= '\r') || rune == 0x85 || rune == 0xa0 ||
	       rune == 0x1680 || (rune >= 0x2000 && rune <= 0x200a) || rune == 0x2028 || rune == 0x2029 ||
	       rune == 0x202f || rune == 0x205f || rune == 0x3000;
}

bool rune_is_print(uint32_t rune)
{
	if (rune < 0x80)
		return rune >= ' ' && rune < 0x7f;
	bool hidden = rune == 0xad || (rune >= 0x200b && rune <= 0x200f) || (rune >= 0x202a && rune <= 0x202e) ||
	              (rune >= 0x2060 && rune <= 0x206f) || (rune >= 0xe000 && rune <= 0xf8ff) ||
	              rune == 0xfeff || (rune >= 0xfff9 && rune <= 0xfffb) || rune >= 0xe0000;
	return !hidden && !rune_is_space(rune) && iswprint_l((wint_t)rune, of_unicode());
}
