/* sprig's functions on texts: cutting, joining, indenting. Texts are bytes there, as here. */
#include "indexer/template/functions.h"

#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/hash.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "indexer/template/form.h"
#include "indexer/template/strings.h"

static bool two_texts(struct tmpl_run *r, const struct tmpl_value *a, struct str *first, struct str *second)
{
	return tmpl_want_text(r, a, first) && tmpl_want_text(r, a + 1, second);
}

/* ---- trimming and looking ---- */

static bool is_in(struct str set, uint32_t c)
{
	while (set.n)
		if (utf8_next(&set) == c)
			return true;
	return false;
}

/* Characters at both ends that are spaces, or in the set. */
static struct str trim(struct str s, const struct str *set)
{
	struct str rest = s;
	while (rest.n) {
		uint32_t c = utf8_next(&rest);
		if (!(set ? is_in(*set, c) : rune_is_space(c)))
			break;
		s = rest;
	}
	size_t keep = 0;
	for (rest = s; rest.n;) {
		uint32_t c = utf8_next(&rest);
		if (!(set ? is_in(*set, c) : rune_is_space(c)))
			keep = s.n - rest.n;
	}
	return str_first(s, keep);
}

TMPL_CALL(call_trim)
{
	struct str s;
	return tmpl_want_text(r, v, &s) && tmpl_answer(ret, tmpl_text(trim(s, NULL)));
}

TMPL_CALL(call_trim_all)
{
	struct str set, s;
	return two_texts(r, v, &set, &s) && tmpl_take(r, (uint64_t)set.n * (s.n + 1) / 16) &&
	       tmpl_answer(ret, tmpl_text(trim(s, &set)));
}

TMPL_CALL(call_trim_suffix)
{
	struct str end, s;
	if (!two_texts(r, v, &end, &s))
		return false;
	return tmpl_answer(ret, tmpl_text(str_first(s, str_ends(s, end) ? s.n - end.n : s.n)));
}

TMPL_CALL(call_trim_prefix)
{
	struct str start, s;
	if (!two_texts(r, v, &start, &s))
		return false;
	return tmpl_answer(ret, tmpl_text(str_from(s, str_starts(s, start) ? start.n : 0)));
}

TMPL_CALL(call_contains)
{
	struct str part, s;
	if (!two_texts(r, v, &part, &s))
		return false;
	return tmpl_answer(ret, tmpl_bool(!part.n || (s.n && memmem(s.p, s.n, part.p, part.n))));
}

TMPL_CALL(call_has_prefix)
{
	struct str start, s;
	return two_texts(r, v, &start, &s) && tmpl_answer(ret, tmpl_bool(str_starts(s, start)));
}

TMPL_CALL(call_has_suffix)
{
	struct str end, s;
	return two_texts(r, v, &end, &s) && tmpl_answer(ret, tmpl_bool(str_ends(s, end)));
}

/* ---- cutting ---- */

TMPL_CALL(call_trunc)
{
	struct str s;
	int64_t n;
	if (!tmpl_want_int(r, v, &n) || !tmpl_want_text(r, v + 1, &s))
		return false;
	if (n < 0 && n > -(int64_t)s.n)
		s = str_from(s, (size_t)((int64_t)s.n + n));
	else if (n >= 0)
		s = str_first(s, (size_t)n);
	return tmpl_answer(ret, tmpl_text(s));
}

TMPL_CALL(call_substr)
{
	struct str s;
	int64_t start, end;
	if (!tmpl_want_int(r, v, &start) || !tmpl_want_int(r, v + 1, &end) || !tmpl_want_text(r, v + 2, &s))
		return false;
	int64_t n = (int64_t)s.n, to = start >= 0 && (end < 0 || end > n) ? n : end, from = start < 0 ? 0 : start;
	if (to < 0 || to > n)
		return tmpl_fail(r, ERR_METADATA, "runtime error: slice bounds out of range [:%lld] with length %zu",
		                 (long long)to, s.n);
	if (from > to)
		return tmpl_fail(r, ERR_METADATA, "runtime error: slice bounds out of range [%lld:%lld]", (long long)from,
		                 (long long)to);
	return tmpl_answer(ret, tmpl_text(str_make(s.n ? s.p + from : s.p, (size_t)(to - from))));
}

TMPL_CALL(call_repeat)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str s;
	int64_t n;
	if (!tmpl_want_int(r, v, &n) || !tmpl_want_text(r, v + 1, &s))
		return false;
	if (n < 0)
		return tmpl_fail(r, ERR_METADATA, "strings: negative Repeat count");
	if (s.n && (uint64_t)n > TMPL_TEXT_MAX_BYTES / s.n)
		return tmpl_fail(r, ERR_TOO_LARGE, "a text above %u bytes", TMPL_TEXT_MAX_BYTES);
	size_t all = s.n * (size_t)n, done = s.n;
	char *to = all ? sbuf_reserve(&b, all) : NULL;
	if (to) {
		memcpy(to, s.p, s.n);
		for (size_t more; done < all; done += more) {
			more = done < all - done ? done : all - done;
			memcpy(to + done, to, more);
		}
		b.n += all;
		b.p[all] = '\0';
	}
	return tmpl_answer_kept(r, &b, ret);
}

/* ---- quoting and joining ---- */

static bool join_each(struct tmpl_run *r, const struct tmpl_value *a, size_t count, struct tmpl_value *ret,
                      void (*put)(struct sbuf *, struct str))
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	bool any = false, fine = true;
	for (size_t i = 0; i < count && fine; i++) {
		struct str s = STR("");
		if (a[i].kind == TMPL_NIL)
			continue;
		fine = tmpl_to_text(r, a + i, &s);
		if (any)
			sbuf_putc(&b, ' ');
		put(&b, s);
		any = true;
	}
	if (!fine) {
		sbuf_done(&b);
		return false;
	}
	return tmpl_answer_kept(r, &b, ret);
}

static void put_quoted(struct sbuf *b, struct str s) { form_quote(b, s, false); }
static void put_single(struct sbuf *b, struct str s)
{
	sbuf_putc(b, '\'');
	sbuf_put(b, s);
	sbuf_putc(b, '\'');
}

TMPL_CALL(call_quote) { return join_each(r, v, count, ret, put_quoted); }
TMPL_CALL(call_squote) { return join_each(r, v, count, ret, put_single); }
TMPL_CALL(call_cat) { return join_each(r, v, count, ret, sbuf_put); }

TMPL_CALL(call_to_string)
{
	struct str s;
	return tmpl_to_text(r, v, &s) && tmpl_answer(ret, tmpl_text(s));
}

/* What sprig makes a list of texts from: a list without its nothings, or one value. */
static bool texts_of(struct tmpl_run *r, const struct tmpl_value *v, struct str **ret, size_t *ret_count)
{
	size_t most = v->kind == TMPL_LIST ? v->list.count : 1;
	const struct tmpl_value *items = v->kind == TMPL_LIST ? v->list.items : v;
	struct str *texts = arena_array(r->a, most, sizeof *texts);
	*ret_count = 0;
	*ret = texts;
	if (!texts)
		return tmpl_no_memory(r);
	for (size_t i = 0; i < most; i++)
		if (items[i].kind != TMPL_NIL && !tmpl_to_text(r, items + i, &texts[(*ret_count)++]))
			return false;
	return tmpl_take(r, most);
}

TMPL_CALL(call_to_strings)
{
	struct str *texts;
	size_t n;
	return texts_of(r, v, &texts, &n) && tmpl_answer_texts(r, texts, n, ret);
}

TMPL_CALL(call_join)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str separator, *texts;
	size_t n;
	if (!tmpl_want_text(r, v, &separator) || !texts_of(r, v + 1, &texts, &n))
		return false;
	for (size_t i = 0; i < n && sbuf_ok(&b); i++) {
		if (i)
			sbuf_put(&b, separator);
		sbuf_put(&b, texts[i]);
	}
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_sort_alpha)
{
	struct str *texts;
	size_t n;
	if (!texts_of(r, v, &texts, &n))
		return false;
	if (n)
		qsort(texts, n, sizeof *texts, str_order);
	return tmpl_answer_texts(r, texts, n, ret);
}

/* ---- replacing and indenting ---- */

TMPL_CALL(call_replace)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str old, new, s;
	if (!two_texts(r, v, &old, &new) || !tmpl_want_text(r, v + 2, &s))
		return false;
	strings_replace(&b, s, old, new);
	return tmpl_answer_kept(r, &b, ret);
}

static bool indent(struct tmpl_run *r, const struct tmpl_value *a, struct str before, struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str s;
	int64_t spaces;
	bool more = true;
	if (!tmpl_want_int(r, a, &spaces) || !tmpl_want_text(r, a + 1, &s))
		return false;
	if (spaces < 0)
		return tmpl_fail(r, ERR_METADATA, "strings: negative Repeat count");
	sbuf_put(&b, before);
	for (bool first = true; more && sbuf_ok(&b); first = false) {
		struct str line = str_cut(&s, '\n', &more);
		if (!first)
			sbuf_putc(&b, '\n');
		for (int64_t i = 0; i < spaces && sbuf_ok(&b); i++)
			sbuf_putc(&b, ' ');
		sbuf_put(&b, line);
	}
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_indent) { return indent(r, v, STR(""), ret); }
TMPL_CALL(call_nindent) { return indent(r, v, STR("\n"), ret); }

TMPL_CALL(call_plural)
{
	struct str one, many;
	int64_t n;
	if (!two_texts(r, v, &one, &many) || !tmpl_want_int(r, v + 2, &n))
		return false;
	return tmpl_answer(ret, tmpl_text(n == 1 ? one : many));
}

/* ---- digests ---- */

static bool digest(struct tmpl_run *r, const struct tmpl_value *a, enum hash_kind kind, struct tmpl_value *ret)
{
	struct sbuf b = sbuf_make(KIB);
	struct str s;
	if (!tmpl_want_text(r, a, &s) || !tmpl_take(r, 4))
		return false;
	b.failed = !hash_put(&b, kind, s);
	return tmpl_answer_kept(r, &b, ret);
}

TMPL_CALL(call_sha1sum) { return digest(r, v, HASH_SHA1, ret); }
TMPL_CALL(call_sha256sum) { return digest(r, v, HASH_SHA256, ret); }
TMPL_CALL(call_sha512sum) { return digest(r, v, HASH_SHA512, ret); }

TMPL_CALL(call_adler32sum)
{
	struct sbuf b = sbuf_make(KIB);
	struct str s;
	uint32_t low = 1, high = 0;
	if (!tmpl_want_text(r, v, &s))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		low = (low + (unsigned char)s.p[i]) % 65521;
		high = (high + low) % 65521;
	}
	sbuf_u64(&b, high << 16 | low);
	return tmpl_answer_kept(r, &b, ret);
}

const struct tmpl_function tmpl_functions_text[] = {
	{ "trim", 1, 1, call_trim },
	{ "trimAll", 2, 2, call_trim_all }, { "trimall", 2, 2, call_trim_all },
	{ "trimSuffix", 2, 2, call_trim_suffix }, { "trimPrefix", 2, 2, call_trim_prefix },
	{ "contains", 2, 2, call_contains },
	{ "hasPrefix", 2, 2, call_has_prefix }, { "hasSuffix", 2, 2, call_has_suffix },
	{ "trunc", 2, 2, call_trunc }, { "substr", 3, 3, call_substr }, { "repeat", 2, 2, call_repeat },
	{ "quote", 0, 255, call_quote }, { "squote", 0, 255, call_squote }, { "cat", 0, 255, call_cat },
	{ "toString", 1, 1, call_to_string }, { "toStrings", 1, 1, call_to_strings },
	{ "join", 2, 2, call_join }, { "sortAlpha", 1, 1, call_sort_alpha },
	{ "replace", 3, 3, call_replace },
	{ "indent", 2, 2, call_indent }, { "nindent", 2, 2, call_nindent },
	{ "plural", 3, 3, call_plural },
	{ "sha1sum", 1, 1, call_sha1sum }, { "sha256sum", 1, 1, call_sha256sum },
	{ "sha512sum", 1, 1, call_sha512sum }, { "adler32sum", 1, 1, call_adler32sum },
};
const size_t tmpl_functions_text_count = sizeof tmpl_functions_text / sizeof *tmpl_functions_text;
