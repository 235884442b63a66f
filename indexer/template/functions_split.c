/* sprig's functions that take texts apart, wrap and shorten them. */
#include "indexer/template/sprig.h"

#include "indexer/base/limits.h"
#include "indexer/template/form.h"
#include "indexer/template/strings.h"

/* ---- splitting ---- */

/* At most `most` parts, the last of which is the rest; negative: all. */
static bool split(struct tmpl_run *r, struct str s, struct str separator, int64_t most, struct tmpl_texts *ret)
{
	bool more = most != 0 && (s.n || separator.n);
	while (more) {
		struct str part = s;
		bool last = most > 0 && ret->count + 1 == (uint64_t)most;
		more = !last && strings_cut(&s, separator, &part);
		if (!tmpl_take(r, 1) || !tmpl_texts_add(r, ret, part))
			return false;
	}
	return true;
}

static bool answer_numbered(struct tmpl_run *r, const struct tmpl_texts *p, struct tmpl_value *ret)
{
	struct tmpl_map *m = sprig_map_new(r);
	if (!m)
		return false;
	for (size_t i = 0; i < p->count; i++) {
		char *key = arena_printf(r->a, "_%zu", i);
		if (!key)
			return tmpl_no_memory(r);
		if (!sprig_map_set(r, m, str_c(key), tmpl_text(p->items[i])))
			return false;
	}
	*ret = tmpl_map_value(m);
	ret->go = TMPL_GO_STRING_MAP;
	return true;
}

TMPL_CALL(call_split)
{
	struct tmpl_texts p = { 0 };
	struct str separator, s;
	return tmpl_want_text(r, v, &separator) && tmpl_want_text(r, v + 1, &s) &&
	       split(r, s, separator, -1, &p) && answer_numbered(r, &p, ret);
}

TMPL_CALL(call_splitn)
{
	struct tmpl_texts p = { 0 };
	struct str separator, s;
	int64_t most;
	return tmpl_want_text(r, v, &separator) && tmpl_want_int(r, v + 1, &most) &&
	       tmpl_want_text(r, v + 2, &s) && split(r, s, separator, most, &p) && answer_numbered(r, &p, ret);
}

TMPL_CALL(call_split_list)
{
	struct tmpl_texts p = { 0 };
	struct str separator, s;
	return tmpl_want_text(r, v, &separator) && tmpl_want_text(r, v + 1, &s) &&
	       split(r, s, separator, -1, &p) && tmpl_answer_texts(r, p.items, p.count, ret);
}

/* ---- wrapping ---- */

/* Where a line of `width` bytes from `at` on ends: at a space, or within a long word. */
static size_t line_end(struct str s, size_t at, size_t width, bool break_words, bool *ret_space)
{
	const char *space = memrchr(s.p + at, ' ', width + 1);
	*ret_space = true;
	if (space)
		return (size_t)(space - s.p);
	if (break_words) {
		*ret_space = false;
		return at + width;
	}
	space = memchr(s.p + at + width, ' ', s.n - at - width);
	*ret_space = space != NULL;
	return space ? (size_t)(space - s.p) : s.n;
}

static bool wrap(struct tmpl_run *r, struct str s, int64_t width, struct str new_line, bool break_words,
                 struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	size_t at = 0, wide = width < 1 ? 1 : (uint64_t)width > s.n ? s.n : (size_t)width;
	bool space;
	if (!new_line.n)
		new_line = STR("\n");
	while (s.n - at > wide && sbuf_ok(&b)) {
		if (s.p[at] == ' ') {
			at++;
			continue;
		}
		size_t end = line_end(s, at, wide, break_words, &space);
		sbuf_put(&b, str_make(s.p + at, end - at));
		at = end + space;
		if (end < s.n)
			sbuf_put(&b, new_line);
	}
	sbuf_put(&b, str_from(s, at));
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_wrap)
{
	struct str s;
	int64_t width;
	return tmpl_want_int(r, v, &width) && tmpl_want_text(r, v + 1, &s) &&
	       wrap(r, s, width, STR("\n"), false, ret);
}

TMPL_CALL(call_wrap_with)
{
	struct str new_line, s;
	int64_t width;
	return tmpl_want_int(r, v, &width) && tmpl_want_text(r, v + 1, &new_line) &&
	       tmpl_want_text(r, v + 2, &s) && wrap(r, s, width, new_line, true, ret);
}

/* ---- shortening ---- */

static void put_short(struct sbuf *b, struct str s, size_t width)
{
	sbuf_put(b, str_first(s, s.n <= width ? s.n : width - 3));
	if (s.n > width)
		sbuf_puts(b, "...");
}

TMPL_CALL(call_abbrev)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str s;
	int64_t width;
	if (!tmpl_want_int(r, v, &width) || !tmpl_want_text(r, v + 1, &s))
		return false;
	put_short(&b, s, width < 4 ? s.n : (size_t)width);
	return tmpl_answer_kept(r, &b, ret);
}

/* From `left` on, so that at most `width` bytes are shown, dots at both ends among them. */
static void put_both(struct sbuf *b, struct str s, int64_t left, size_t width)
{
	size_t at = left < 0 ? 0 : (uint64_t)left > s.n ? s.n : (size_t)left;
	if (s.n - at < width - 3)
		at = s.n - (width - 3);
	if (s.n <= width || at <= 4) {
		put_short(b, s, width);
		return;
	}
	if (width < 7)
		return;
	sbuf_puts(b, "...");
	if (at + width - 3 < s.n)
		put_short(b, str_from(s, at), width - 3);
	else
		sbuf_put(b, str_from(s, s.n - (width - 3)));
}

TMPL_CALL(call_abbrevboth)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str s;
	int64_t left, width;
	if (!tmpl_want_int(r, v, &left) || !tmpl_want_int(r, v + 1, &width) || !tmpl_want_text(r, v + 2, &s))
		return false;
	if (width < 4 || (left > 0 && width < 7))
		sbuf_put(&b, s);
	else
		put_both(&b, s, left, (size_t)width);
	return tmpl_answer_kept(r, &b, ret);
}

const struct tmpl_function tmpl_functions_split[] = {
	{ "split", 2, 2, call_split }, { "splitn", 3, 3, call_splitn }, { "splitList", 2, 2, call_split_list },
	{ "wrap", 2, 2, call_wrap }, { "wrapWith", 3, 3, call_wrap_with },
	{ "abbrev", 2, 2, call_abbrev }, { "abbrevboth", 3, 3, call_abbrevboth },
};
const size_t tmpl_functions_split_count = sizeof tmpl_functions_split / sizeof *tmpl_functions_split;
