/* Characters of metadata: what Helm normalises before it believes a Chart.yaml, so that no
 * escape sequence or bidirectional override reaches a terminal, and quoting for messages.
 *
 * Go calls a character printable when it is a letter, mark, number, punctuation or symbol. The
 * table below names the others but for unassigned code points: those are kept, because what is
 * unassigned depends on the year the reader was built.                                       */
#include "indexer/format/chart_parts.h"

#include "indexer/base/utf8.h"

static const struct { uint32_t first, last; } invisible[] = {
	{ 0x00, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x600, 0x605 }, { 0x61c, 0x61c },
	{ 0x6dd, 0x6dd }, { 0x70f, 0x70f }, { 0x890, 0x891 }, { 0x8e2, 0x8e2 },
	{ 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x202a, 0x202e }, { 0x2060, 0x206f },
	{ 0xd800, 0xf8ff }, { 0xfdd0, 0xfdef }, { 0xfeff, 0xfeff }, { 0xfff0, 0xfffb },
	{ 0xfffe, 0xffff }, { 0x110bd, 0x110bd }, { 0x110cd, 0x110cd }, { 0x13430, 0x1343f },
	{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe00ff }, { 0xe01f0, 0x10ffff },
};

static bool is_invisible(uint32_t point)
{
	for (size_t i = 0; i < sizeof invisible / sizeof *invisible; i++)
		if (point >= invisible[i].first && point <= invisible[i].last)
			return true;
	return false;
}

static bool is_plain(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return true;
}

bool chart_text_clean(struct arena *a, struct str s, struct str *ret)
{
	if (is_plain(s)) {
		*ret = s;
		return true;
	}
	char *to = arena_alloc(a, s.n + 1);
	if (!to)
		return false;
	size_t n = 0;
	while (s.n) {
		struct str rest = s;
		uint32_t point = utf8_next(&rest);
		if (utf8_is_space(point)) {
			to[n++] = ' ';
		} else if (!is_invisible(point)) {
			memcpy(to + n, s.p, s.n - rest.n);
			n += s.n - rest.n;
		}
		s = rest;
	}
	*ret = str_make(to, n);
	return true;
}

struct chart_quoted chart_text_quote(struct str s)
{
	struct chart_quoted q = { .text = "\"" };
	size_t n = 1;
	while (s.n && n + 8 < sizeof q.text) {
		struct str rest = s;
		(void)utf8_next(&rest);
		if (s.p[0] == '"' || s.p[0] == '\\')
			q.text[n++] = '\\';
		memcpy(q.text + n, s.p, s.n - rest.n);
		n += s.n - rest.n;
		s = rest;
	}
	q.text[n] = '"';
	return q;
}
