/* Which names members may have. Charts are unpacked by people with any system and shown in
 * terminals and pages, so a name must mean the same to all of them and hide nothing.          */
#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "indexer/format/tar_judge.h"

/* Characters that a reader cannot see or that change the order of the others. */
static const struct { uint32_t first, last; const char *fault; } hidden[] = {
	{ 0x00000, 0x0001f, "contains a control character" },
	{ 0x0007f, 0x0009f, "contains a control character" },
	{ 0x000ad, 0x000ad, "contains an invisible character" },           /* soft hyphen */
	{ 0x0061c, 0x0061c, "contains a text direction character" },
	{ 0x0180e, 0x0180e, "contains an invisible character" },
	{ 0x0200b, 0x0200d, "contains an invisible character" },           /* zero width */
	{ 0x0200e, 0x0200f, "contains a text direction character" },
	{ 0x02028, 0x02029, "contains a line separator" },
	{ 0x0202a, 0x0202e, "contains a text direction character" },
	{ 0x02060, 0x02065, "contains an invisible character" },
	{ 0x02066, 0x02069, "contains a text direction character" },
	{ 0x0206a, 0x0206f, "contains an invisible character" },
	{ 0x0feff, 0x0feff, "contains an invisible character" },
	{ 0x0fff9, 0x0fffb, "contains an invisible character" },
	{ 0xe0000, 0xe0fff, "contains an invisible character" },           /* tags */
};

static const char *hidden_fault(uint32_t c)
{
	for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
		if (c >= hidden[i].first && c <= hidden[i].last)
			return hidden[i].fault;
	return NULL;
}

static bool is_plain(struct str s)
{
	unsigned odd = 0;
	for (size_t i = 0; i < s.n; i++)
		odd |= (unsigned char)s.p[i] < 0x20 || (unsigned char)s.p[i] > 0x7e || s.p[i] == '\\';
	return !odd;
}

/* Appends to ret what fits and leaves room for "..." */
static bool show(char *ret, size_t *n, const char *text, size_t length)
{
	if (*n + length > TAR_SHOWN_MAX_BYTES - sizeof "...")
		return false;
	memcpy(ret + *n, text, length);
	*n += length;
	return true;
}

static bool show_byte(char *ret, size_t *n, char c)
{
	static const char digits[] = "0123456789abcdef";
	unsigned byte = (unsigned char)c;
	return show(ret, n, (char[]){ '\\', 'x', digits[byte >> 4], digits[byte & 15] }, 4);
}

/* Shows the character at the front of *name, or its first byte if it is none. */
static bool show_one(char *ret, size_t *n, struct str *name)
{
	struct str rest = *name;
	uint32_t c = utf8_next(&rest);
	struct str one = str_first(*name, name->n - rest.n);
	*name = rest;
	if (c == UTF8_REPLACEMENT && one.n == 1)
		return show_byte(ret, n, one.p[0]);
	if (c != '\\' && !hidden_fault(c))
		return show(ret, n, one.p, one.n);
	if (c == '\\')
		return show(ret, n, "\\\\", 2);
	bool fits = true;
	for (size_t i = 0; i < one.n; i++)
		fits = fits && show_byte(ret, n, one.p[i]);
	return fits;
}

const char *tar_shown(struct str name, char ret[TAR_SHOWN_MAX_BYTES])
{
	size_t n = 0;
	if (!name.n)
		(void)show(ret, &n, "(no name)", strlen("(no name)"));
	while (name.n)
		if (!show_one(ret, &n, &name)) {
			memcpy(ret + n, "...", 3);
			n += 3;
			break;
		}
	ret[n] = '\0';
	return ret;
}

static const char *character_fault(struct str name)
{
	if (is_plain(name))
		return NULL;
	if (!str_is_utf8(name))
		return "is not UTF-8";
	if (str_has(name, '\\'))
		return "contains a backslash";
	const char *fault = NULL;
	while (name.n && !fault)
		fault = hidden_fault(utf8_next(&name));
	return fault;
}

static const char *segment_fault(struct str s)
{
	if (!s.n)
		return "contains an empty segment";
	if (str_eq(s, STR(".")))
		return "contains \".\"";
	if (str_eq(s, STR("..")))
		return "contains \"..\"";
	if (s.n > CHART_MEMBER_SEGMENT_MAX_BYTES)
		return "has a segment of more than 255 bytes";
	if (s.n >= 2 && ascii_is_letter(s.p[0]) && s.p[1] == ':')
		return "contains a drive letter";
	size_t n = s.n;                  /* Windows drops dots and spaces at the end */
	while (n && (s.p[n - 1] == '.' || s.p[n - 1] == ' '))
		n--;
	return n ? NULL : "has a segment of dots and spaces";
}
_Static_assert(CHART_MEMBER_SEGMENT_MAX_BYTES == 255 && CHART_MEMBER_DEPTH_MAX == 32,
               "the messages name these limits");

static const char *name_fault(struct str name)
{
	if (!name.n)
		return "is empty";
	if (name.n > CHART_MEMBER_NAME_MAX_BYTES)
		return "is longer than 1024 bytes";
	if (name.p[0] == '/')
		return "is absolute";
	const char *fault = character_fault(name);
	bool more = true;
	for (size_t depth = 0; more && !fault; depth++) {
		fault = segment_fault(str_cut(&name, '/', &more));
		if (!fault && depth >= CHART_MEMBER_DEPTH_MAX)
			fault = "has more than 32 levels";
	}
	return fault;
}
_Static_assert(CHART_MEMBER_NAME_MAX_BYTES == 1024, "the message names this limit");

enum err tar_name_check(struct str name, struct errinfo *e)
{
	char shown[TAR_SHOWN_MAX_BYTES];
	const char *fault = name_fault(name);
	if (!fault)
		return OK;
	return ERR(e, ARCHIVE, "%s: member name %s", tar_shown(name, shown), fault);
}
