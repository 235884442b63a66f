/* sprig's functions on regular expressions. Those without `must` panic where the others return an error,
 * which is the same to a template; only regexMatch finds nothing by a wrong one.                    */
#include "indexer/template/functions.h"

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"
#include "indexer/base/utf8.h"
#include "indexer/template/form.h"
#include "indexer/template/regex.h"

static void auto_regex(struct regex **x) { regex_free(*x); }
#define AUTO_REGEX __attribute__((cleanup(auto_regex)))

/* The expression and the text that all begin with; *ret is NULL for one that is wrong, and *ret_problem says
 * how. False: it failed, and was told.                                                         */
static bool compile(struct tmpl_run *r, const struct tmpl_value *v, struct regex **ret, struct str *ret_text,
                    const char **ret_problem)
{
	struct str pattern;
	if (!tmpl_want_text(r, v, &pattern) || !tmpl_want_text(r, v + 1, ret_text) ||
	    !tmpl_take(r, 20 + pattern.n / 8))
		return false;
	*ret = regex_new(r, pattern, ret_problem);
	return *ret || !r->err;
}

static bool begin(struct tmpl_run *r, const struct tmpl_value *v, struct regex **ret, struct str *ret_text)
{
	const char *problem = NULL;
	return compile(r, v, ret, ret_text, &problem) &&
	       (*ret || tmpl_fail(r, ERR_METADATA, "error parsing regexp: %s: `%.*s`", problem, STR_ARG(v->text)));
}

static bool matches(struct tmpl_run *r, struct regex *x, struct str s, struct tmpl_value *ret)
{
	size_t from, to;
	enum regex_found found = regex_find(r, x, s, 0, &from, &to);
	*ret = tmpl_bool(found == REGEX_FOUND);
	return found != REGEX_FAILED;
}

TMPL_CALL(call_match)
{
	AUTO_REGEX struct regex *x = NULL;
	const char *problem;
	struct str s;
	if (!compile(r, v, &x, &s, &problem))
		return false;
	return x ? matches(r, x, s, ret) : tmpl_answer(ret, tmpl_bool(false));
}

TMPL_CALL(call_must_match)
{
	AUTO_REGEX struct regex *x = NULL;
	struct str s;
	return begin(r, v, &x, &s) && matches(r, x, s, ret);
}

TMPL_CALL(call_find)
{
	AUTO_REGEX struct regex *x = NULL;
	struct str s;
	size_t from = 0, to = 0;
	if (!begin(r, v, &x, &s))
		return false;
	enum regex_found found = regex_find(r, x, s, 0, &from, &to);
	struct str text = found == REGEX_FOUND ? str_first(str_from(s, from), to - from) : STR("");
	return found != REGEX_FAILED && tmpl_answer(ret, tmpl_text(text));
}

/* ---- all matches ---- */

struct span { size_t from, to; };
struct spans { struct span *items; size_t count, room; };

/* The next place after `at`, of a character. */
static size_t next_place(struct str s, size_t at)
{
	struct str rest = str_from(s, at);
	if (!rest.n)
		return s.n + 1;
	(void)utf8_next(&rest);
	return s.n - rest.n;
}

/* As Go finds them: no empty match right behind another one. Negative: all. */
static bool find_all(struct tmpl_run *r, struct regex *x, struct str s, int64_t most, struct spans *ret)
{
	size_t at = 0, end = SIZE_MAX;
	while (at <= s.n && (most < 0 || ret->count < (uint64_t)most)) {
		struct span m;
		enum regex_found found = regex_find(r, x, s, at, &m.from, &m.to);
		if (found != REGEX_FOUND)
			return found == REGEX_NONE;
		bool accepted = m.to != at || m.from != end;
		at = m.to != at ? m.to : next_place(s, at);
		end = m.to;
		if (!accepted)
			continue;
		struct span *items = arena_room(r->a, ret->items, ret->count, &ret->room, sizeof *items);
		if (!items)
			return tmpl_no_memory(r);
		ret->items = items;
		ret->items[ret->count++] = m;
	}
	return true;
}

/* Where nothing is found, Go has no list, not an empty one. */
static bool answer_found(struct tmpl_run *r, const struct str *texts, size_t count, struct tmpl_value *ret)
{
	bool fine = tmpl_answer_texts(r, texts, count, ret);
	if (fine && !count)
		ret->list.items = NULL;
	return fine;
}

TMPL_CALL(call_find_all)
{
	AUTO_REGEX struct regex *x = NULL;
	struct spans found = { 0 };
	struct tmpl_texts texts = { 0 };
	struct str s;
	int64_t most;
	if (!tmpl_want_int(r, v + 2, &most) || !begin(r, v, &x, &s) || !find_all(r, x, s, most, &found))
		return false;
	for (size_t i = 0; i < found.count; i++) {
		size_t from = found.items[i].from, to = found.items[i].to;
		if (!tmpl_texts_add(r, &texts, str_first(str_from(s, from), to - from)))
			return false;
	}
	return answer_found(r, texts.items, texts.count, ret);
}

TMPL_CALL(call_split)
{
	AUTO_REGEX struct regex *x = NULL;
	struct spans found = { 0 };
	struct tmpl_texts texts = { 0 };
	struct str s;
	size_t start = 0, end = 0;
	int64_t most;
	if (!tmpl_want_int(r, v + 2, &most) || !begin(r, v, &x, &s))
		return false;
	if (most == 0)
		return answer_found(r, NULL, 0, ret);
	if (v->text.n && !s.n)
		return tmpl_answer_texts(r, &s, 1, ret);
	if (!find_all(r, x, s, most, &found))
		return false;
	for (size_t i = 0; i < found.count && !(most > 0 && texts.count + 1 == (uint64_t)most); i++) {
		end = found.items[i].from;
		if (found.items[i].to && !tmpl_texts_add(r, &texts, str_first(str_from(s, start), end - start)))
			return false;
		start = found.items[i].to;
	}
	if (end != s.n && !tmpl_texts_add(r, &texts, str_from(s, start)))
		return false;
	return tmpl_answer_texts(r, texts.items, texts.count, ret);
}

/* ---- replacing ---- */

/* How many bytes of it are the name of a group. */
static size_t name_bytes(struct str s)
{
	struct str rest = s, before = s;
	while (rest.n) {
		before = rest;
		uint32_t c = utf8_next(&rest);
		if (c != '_' && !rune_is_letter(c) && !rune_is_number(c))
			return s.n - before.n;
	}
	return s.n;
}

/* "$1", "${name}", "$$"; what is none of them stands for itself. */
static void expand(struct sbuf *b, struct regex *x, struct str s, struct str template)
{
	while (template.n) {
		const char *dollar = memchr(template.p, '$', template.n);
		size_t before = dollar ? (size_t)(dollar - template.p) : template.n;
		sbuf_put(b, str_first(template, before));
		template = str_from(template, before + 1);
		if (!dollar)
			return;
		bool braces = template.n && template.p[0] == '{';
		struct str name = str_from(template, braces);
		size_t n = name_bytes(name);
		bool closed = !braces || (n < name.n && name.p[n] == '}');
		if (!braces && template.n && template.p[0] == '$') {
			sbuf_putc(b, '$');
			template = str_from(template, 1);
		} else if (n && closed) {
			sbuf_put(b, regex_group(x, s, str_first(name, n)));
			template = str_from(name, n + braces);
		} else {
			sbuf_putc(b, '$');
		}
	}
}

static bool replace_all(struct tmpl_run *r, struct regex *x, struct str s, struct str by, bool literal,
                        struct sbuf *b)
{
	size_t done = 0, at = 0, from, to;
	while (at <= s.n && sbuf_ok(b)) {
		enum regex_found found = regex_find(r, x, s, at, &from, &to);
		if (found == REGEX_FAILED || !tmpl_take(r, by.n / 256))
			return false;
		if (found == REGEX_NONE)
			break;
		sbuf_put(b, str_first(str_from(s, done), from - done));
		if (to > done || from == 0) {            /* not an empty one right behind another */
			if (literal)
				sbuf_put(b, by);
			else
				expand(b, x, s, by);
		}
		done = to;
		at = next_place(s, at) > to ? next_place(s, at) : to;
	}
	sbuf_put(b, str_from(s, done));
	return true;
}

static bool replace(struct tmpl_run *r, const struct tmpl_value *a, bool literal, struct tmpl_value *ret)
{
	AUTO_REGEX struct regex *x = NULL;
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str s, by;
	if (!tmpl_want_text(r, a + 2, &by) || !begin(r, a, &x, &s))
		return false;
	if (replace_all(r, x, s, by, literal, &b))
		return tmpl_answer_kept(r, &b, ret);
	sbuf_done(&b);
	return false;
}

TMPL_CALL(call_replace) { return replace(r, v, false, ret); }
TMPL_CALL(call_replace_literal) { return replace(r, v, true, ret); }

TMPL_CALL(call_quote_meta)
{
	struct sbuf b = sbuf_make(TMPL_TEXT_MAX_BYTES);
	struct str s;
	if (!tmpl_want_text(r, v, &s))
		return false;
	for (size_t i = 0; i < s.n && sbuf_ok(&b); i++) {
		if (s.p[i] && strchr("\\.+*?()|[]{}^$", s.p[i]))
			sbuf_putc(&b, '\\');
		sbuf_putc(&b, s.p[i]);
	}
	return tmpl_answer_kept(r, &b, ret);
}

const struct tmpl_function tmpl_functions_regex[] = {
	{ "regexMatch", 2, 2, call_match }, { "mustRegexMatch", 2, 2, call_must_match },
	{ "regexFind", 2, 2, call_find }, { "mustRegexFind", 2, 2, call_find },
	{ "regexFindAll", 3, 3, call_find_all }, { "mustRegexFindAll", 3, 3, call_find_all },
	{ "regexSplit", 3, 3, call_split }, { "mustRegexSplit", 3, 3, call_split },
	{ "regexReplaceAll", 3, 3, call_replace }, { "mustRegexReplaceAll", 3, 3, call_replace },
	{ "regexReplaceAllLiteral", 3, 3, call_replace_literal },
	{ "mustRegexReplaceAllLiteral", 3, 3, call_replace_literal },
	{ "regexQuoteMeta", 1, 1, call_quote_meta },
};
const size_t tmpl_functions_regex_count = sizeof tmpl_functions_regex / sizeof *tmpl_functions_regex;
