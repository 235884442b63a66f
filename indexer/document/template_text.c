/* One pass over a template. Go's lexer decides what an action is: inside it, strings, raw strings,
 * characters and comments may hold "}}" without ending it. An action without an end takes the rest
 * of the file, as there would be nothing else to render.                                     */
#include "indexer/document/template_text.h"

#include "indexer/base/ascii.h"

/* From a quote to behind its partner; a backslash protects the next byte, but not in `raw`. */
static size_t skip_quoted(struct str s, size_t at)
{
	char quote = s.p[at++];
	while (at < s.n && s.p[at] != quote)
		at += s.p[at] == '\\' && quote != '`' ? 2 : 1;
	return at < s.n ? at + 1 : s.n;
}

static size_t skip_comment(struct str s, size_t at)
{
	const char *end = memmem(s.p + at, s.n - at, "*/", 2);
	return end ? (size_t)(end - s.p) + 2 : s.n;
}

/* Where the "}}" of an action is whose inside begins at `at`; s.n: nowhere. */
static size_t find_end(struct str s, size_t at)
{
	while (at < s.n) {
		char c = s.p[at];
		if (c == '"' || c == '\'' || c == '`')
			at = skip_quoted(s, at);
		else if (c == '/' && at + 1 < s.n && s.p[at + 1] == '*')
			at = skip_comment(s, at + 2);
		else if (c == '}' && at + 1 < s.n && s.p[at + 1] == '}')
			return at;
		else
			at++;
	}
	return s.n;
}

static struct str next_word(struct str *rest)
{
	size_t n = 0;
	while (rest->n && ascii_is_space(rest->p[0]))
		*rest = str_from(*rest, 1);
	while (n < rest->n && !ascii_is_space(rest->p[n]) && rest->p[n] != '(')
		n++;
	struct str word = str_first(*rest, n);
	*rest = str_from(*rest, n);
	return word;
}

static bool prints(struct str inside)
{
	static const char *const silent[] = { "", "-", "if", "else", "end", "with", "range", "define",
	                                      "break", "continue" };
	if (inside.n && inside.p[0] == '-')
		inside = str_from(inside, 1);
	struct str word = next_word(&inside), second = next_word(&inside);
	if (str_starts(word, STR("/*")))
		return false;
	if (word.n && word.p[0] == '$')
		return !str_has(word, '=') && !str_eq_c(second, ":=") && !str_eq_c(second, "=");
	return !str_is_one_of(word, silent, sizeof silent / sizeof *silent);
}

static char *put(char *to, struct str s)
{
	if (s.n)
		memcpy(to, s.p, s.n);
	return to + s.n;
}

/* What stands for an action; its line ends stay. */
static char *put_action(char *to, struct str inside)
{
	if (prints(inside))
		to = put(to, STR(TEMPLATE_HOLE));
	for (size_t i = 0; i < inside.n; i++)
		if (inside.p[i] == '\n')
			*to++ = '\n';
	return to;
}

/* The next "{{"; memmem looks at every byte for so short a text. NULL: there is none. */
static const char *find_open(struct str s)
{
	while (s.n >= 2) {
		const char *at = memchr(s.p, '{', s.n - 1);
		if (!at || at[1] == '{')
			return at;
		s = str_from(s, (size_t)(at - s.p) + 2);
	}
	return NULL;
}

enum err template_plain(struct arena *a, struct str text, struct str *ret, struct errinfo *e)
{
	const char *open = find_open(text);
	if (!open) {
		*ret = text;
		return OK;
	}
	char *plain = arena_alloc(a, text.n), *to = plain;
	if (!plain)
		return ERR(e, NOMEM, "a template");
	while (open) {
		size_t at = (size_t)(open - text.p), end = find_end(text, at + 2);
		to = put(to, str_first(text, at));
		to = put_action(to, str_make(open + 2, end - (at + 2)));
		text = str_from(text, end + 2);
		open = find_open(text);
	}
	*ret = str_make(plain, (size_t)(put(to, text) - plain));
	return OK;
}

bool template_has_hole(struct str s)
{
	return s.n && memmem(s.p, s.n, TEMPLATE_HOLE, sizeof TEMPLATE_HOLE - 1);
}
