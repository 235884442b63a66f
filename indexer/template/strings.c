/* See strings.h. */
#include "indexer/template/strings.h"

#include "indexer/base/utf8.h"

void strings_replace(struct sbuf *b, struct str s, struct str old, struct str new)
{
	while (sbuf_ok(b)) {
		const char *found = old.n && s.n ? memmem(s.p, s.n, old.p, old.n) : NULL;
		struct str rest = s;
		if (old.n && !found)
			break;
		if (!old.n)
			sbuf_put(b, new);
		if (!old.n && !s.n)
			return;
		if (old.n)
			rest = str_from(s, (size_t)(found - s.p));
		else
			(void)utf8_next(&rest);
		sbuf_put(b, str_first(s, s.n - rest.n));
		if (old.n)
			sbuf_put(b, new);
		s = str_from(rest, old.n);
	}
	sbuf_put(b, s);
}

bool strings_cut(struct str *rest, struct str separator, struct str *ret_part)
{
	struct str s = *rest;
	if (!separator.n) {
		if (s.n)
			(void)utf8_next(rest);
		*ret_part = str_first(s, s.n - rest->n);
		return rest->n > 0;
	}
	const char *found = s.n ? memmem(s.p, s.n, separator.p, separator.n) : NULL;
	*ret_part = str_first(s, found ? (size_t)(found - s.p) : s.n);
	*rest = found ? str_from(s, ret_part->n + separator.n) : STR("");
	return found;
}
