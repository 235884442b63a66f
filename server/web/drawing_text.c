/* How wide a text is at most, without a font: classes of letters, measured on the usual system fonts. */
#include "indexer/base/utf8.h"
#include "server/web/drawing_parts.h"

#define NOTE_TENTHS 73               /* of a pixel: a letter of a monospaced font of 12 px */
#define WIDE_TENTHS 135              /* letters beyond Latin */

static int letter_tenths(uint32_t point, bool mono)
{
	char c = (char)point;
	if (point < ' ' || point >= 0x7f)
		return WIDE_TENTHS;
	if (mono)
		return NOTE_TENTHS;
	if (strchr("il.,:;'|!jI", c))
		return 42;
	if (strchr("mwMW@%", c))
		return 125;
	if (c >= 'A' && c <= 'Z')
		return 95;
	return strchr("frt()[]/-", c) ? 58 : 80;
}

static int width(struct str s, bool mono)
{
	int tenths = 0;
	while (s.n)
		tenths += letter_tenths(utf8_next(&s), mono);
	return (tenths + 9) / 10;
}

int drawing_name_width(struct str s) { return width(s, false); }
int drawing_note_width(struct str s) { return width(s, true); }

bool drawing_cut(struct arena *a, struct str s, bool mono, int max, struct str *ret)
{
	int tenths = 0;
	struct str rest = s;
	size_t fits = 0;                 /* bytes, with room for the ellipsis */
	while (rest.n && tenths <= max * 10) {
		if (tenths <= max * 10 - WIDE_TENTHS)
			fits = s.n - rest.n;
		tenths += letter_tenths(utf8_next(&rest), mono);
	}
	*ret = s;
	if (tenths <= max * 10)
		return true;
	const char *cut = arena_printf(a, "%.*s…", STR_ARG(str_first(s, fits)));
	*ret = str_c(cut);
	return cut != NULL;
}
