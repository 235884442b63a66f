/* See icon.h. What the bytes are is told by how they begin, never by what a name or URL says. */
#include "indexer/document/icon.h"

#include "indexer/base/ascii.h"
#include "indexer/base/base64.h"

static struct str skip_space(struct str s)
{
	size_t n = 0;
	while (n < s.n && ascii_is_space(s.p[n]))
		n++;
	return str_from(s, n);
}

/* Where the declaration or comment that s begins with ends; NULL: nowhere. A DOCTYPE may declare entities, in
 * brackets.                                                                                   */
static const char *find_end(struct str s)
{
	const char *end = memchr(s.p, '>', s.n), *entities = end ? memchr(s.p, '[', (size_t)(end - s.p)) : NULL;
	if (str_starts(s, STR("<!--")))
		return memmem(s.p, s.n, "-->", 3);
	if (!entities || !str_starts(s, STR("<!")))
		return end;
	const char *closed = memchr(entities, ']', s.n - (size_t)(entities - s.p));
	return closed ? memchr(closed, '>', s.n - (size_t)(closed - s.p)) : NULL;
}

/* Behind declarations and comments, as drawing programs write them; a page may begin with a drawing too. */
static bool is_svg(struct str s)
{
	s = skip_space(str_without_mark(s));
	if (str_eq_nocase(str_first(s, STR("<!doctype html").n), STR("<!doctype html")))
		return false;
	while (s.n && (str_starts(s, STR("<?")) || str_starts(s, STR("<!")))) {
		const char *end = find_end(s);
		if (!end)
			return false;
		s = skip_space(str_from(s, (size_t)(end - s.p) + (*end == '-' ? 3 : 1)));
	}
	return str_starts(s, STR("<svg"));
}

const char *icon_type(struct str s)
{
	static const struct { struct str begins; size_t at; const char *type; } table[] = {
		{ { "\x89PNG\r\n\x1a\n", 8 }, 0, "image/png" },  { { "\xff\xd8\xff", 3 }, 0, "image/jpeg" },
		{ { "GIF8", 4 }, 0, "image/gif" },               { { "WEBPVP8", 7 }, 8, "image/webp" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (str_starts(str_from(s, table[i].at), table[i].begins))
			return table[i].type;
	return is_svg(s) ? "image/svg+xml" : NULL;
}

/* ---- data: ---- */

/* Editors fold long values into lines. */
static struct str unfold(char *to, struct str text)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++)
		if (!ascii_is_space(text.p[i]))
			to[n++] = text.p[i];
	return str_make(to, n);
}

/* Of what is no Base64 nothing. False: out of memory. */
static bool read_base64(struct arena *a, struct str text, struct str *ret)
{
	char *unfolded = arena_alloc(a, text.n), *bytes = arena_alloc(a, text.n);
	size_t n;
	if (unfolded && bytes && base64_read(unfold(unfolded, text), bytes, text.n, &n))
		*ret = str_make(bytes, n);
	return unfolded && bytes;
}

static bool read_percent(struct arena *a, struct str text, struct str *ret)
{
	char *bytes = arena_alloc(a, text.n);
	size_t n = 0;
	for (size_t i = 0; bytes && i < text.n; i++, n++) {
		bytes[n] = text.p[i];
		i += str_percent(str_from(text, i), &bytes[n]) ? 2 : 0;
	}
	*ret = str_make(bytes, n);
	return bytes != NULL;
}

/* As read_base64. */
static bool read_data_url(struct arena *a, struct str url, struct str *ret)
{
	bool found;
	struct str about = str_cut(&url, ',', &found);
	if (!found || url.n > 2 * ICON_MAX_BYTES)
		return true;
	return str_ends(about, STR(";base64")) ? read_base64(a, url, ret) : read_percent(a, url, ret);
}

/* ---- a file ---- */

static struct str find_file(const struct chart *c, struct str name)
{
	if (str_starts(name, STR("./")))
		name = str_from(name, 2);
	for (size_t i = 0; i < c->members.count; i++)
		if (str_eq(c->members.members[i].name, name))
			return c->members.members[i].data;
	return STR("");
}

enum err icon_read(struct arena *a, const struct chart *c, struct chart_icon *ret,
                   struct errinfo *e)
{
	struct str icon = c->meta.icon, bytes = STR("");
	if (!str_starts(icon, STR("data:")))
		bytes = find_file(c, icon);
	else if (!read_data_url(a, icon, &bytes))
		return ERR(e, NOMEM, "icon");
	const char *type = bytes.n <= ICON_MAX_BYTES ? icon_type(bytes) : NULL;
	if (!type)
		return ERR(e, NOT_FOUND, "the chart brings no icon along");
	*ret = (struct chart_icon){ type, bytes };
	return OK;
}
