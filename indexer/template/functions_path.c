/* sprig's functions of paths, which are texts: no file is looked at. Those that begin with "os" are the
 * same, on the systems that charts are written for.                                            */
#include "indexer/template/sprig.h"

#include "indexer/base/limits.h"

static size_t last_slash(struct str s)         /* s.n: none */
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == '/')
			return i - 1;
	return s.n;
}

static struct str without_last_slashes(struct str s)
{
	while (s.n && s.p[s.n - 1] == '/')
		s.n--;
	return s;
}

/* Takes the last name away, but none of the first `kept` bytes. */
static void step_back(struct sbuf *b, size_t kept)
{
	size_t n = b->n - 1;
	while (n > kept && b->p[n] != '/')
		n--;
	b->n = n;
}

/* No empty name and no ".", and ".." in front alone. */
static void put_clean(struct sbuf *b, struct str s)
{
	bool rooted = s.n && s.p[0] == '/';
	size_t kept = rooted;                /* what ".." cannot take away */
	if (rooted)
		sbuf_putc(b, '/');
	while (s.n && sbuf_ok(b)) {
		struct str name = str_cut(&s, '/', NULL);
		bool up = str_eq(name, STR(".."));
		if (!name.n || str_eq(name, STR(".")) || (up && rooted && b->n <= kept))
			continue;
		if (up && b->n > kept) {
			step_back(b, kept);
			continue;
		}
		if (b->n > rooted)
			sbuf_putc(b, '/');
		sbuf_put(b, name);
		kept = up ? b->n : kept;
	}
	if (!b->n)
		sbuf_putc(b, '.');
}

static bool clean(struct tmpl_run *r, struct str s, struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	if (!tmpl_take(r, 1 + s.n / 64))
		return false;
	put_clean(&b, s);
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_clean)
{
	struct str s;
	return tmpl_want_text(r, v, &s) && clean(r, s, ret);
}

TMPL_CALL(call_dir)
{
	struct str s;
	if (!tmpl_want_text(r, v, &s))
		return false;
	size_t slash = last_slash(s);
	return clean(r, str_first(s, slash < s.n ? slash + 1 : 0), ret);
}

TMPL_CALL(call_base)
{
	struct str s;
	if (!tmpl_want_text(r, v, &s))
		return false;
	struct str name = without_last_slashes(s);
	if (!name.n)
		return tmpl_answer(ret, tmpl_text(s.n ? STR("/") : STR(".")));
	size_t slash = last_slash(name);
	return tmpl_answer(ret, tmpl_text(slash < name.n ? str_from(name, slash + 1) : name));
}

/* From the last point of the last name. */
TMPL_CALL(call_ext)
{
	struct str s;
	if (!tmpl_want_text(r, v, &s))
		return false;
	for (size_t i = s.n; i > 0 && s.p[i - 1] != '/'; i--)
		if (s.p[i - 1] == '.')
			return tmpl_answer(ret, tmpl_text(str_from(s, i - 1)));
	return tmpl_answer(ret, tmpl_text(STR("")));
}

TMPL_CALL(call_is_abs)
{
	struct str s;
	return tmpl_want_text(r, v, &s) && tmpl_answer(ret, tmpl_bool(s.n && s.p[0] == '/'));
}

const struct tmpl_function tmpl_functions_path[] = {
	{ "base", 1, 1, call_base },
	{ "dir", 1, 1, call_dir },
	{ "clean", 1, 1, call_clean },
	{ "ext", 1, 1, call_ext },
	{ "isAbs", 1, 1, call_is_abs },
	{ "osBase", 1, 1, call_base },
	{ "osDir", 1, 1, call_dir },
	{ "osClean", 1, 1, call_clean },
	{ "osExt", 1, 1, call_ext },
	{ "osIsAbs", 1, 1, call_is_abs },
};
const size_t tmpl_functions_path_count = sizeof tmpl_functions_path / sizeof *tmpl_functions_path;
