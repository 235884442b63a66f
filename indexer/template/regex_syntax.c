/* What PCRE2 knows and RE2 does not is refused; the few things that mean something else are rewritten. */
#include "indexer/template/regex_syntax.h"

#include "indexer/base/ascii.h"
#include "indexer/base/limits.h"

struct scan {
	struct str rest;
	struct sbuf *b;
	bool repeated;                   /* what stood before is "*", "+", "?" or "{2}" */
	bool quoted;                     /* within \Q … \E */
	const char *problem;
	unsigned most_repeated;          /* "a{1000}" */
};

static bool refuse(struct scan *s, const char *why)
{
	s->problem = why;
	return false;
}

static char at(const struct scan *s, size_t i) { return i < s->rest.n ? s->rest.p[i] : '\0'; }

static bool copy(struct scan *s, size_t n)
{
	sbuf_put(s->b, str_first(s->rest, n));
	s->rest = str_from(s->rest, n);
	return true;
}

static bool is_word(char c)
{
	return ascii_is_alnum(c) || c == '_';
}

static bool escape(struct scan *s)
{
	char c = at(s, 1);
	if (s->rest.n < 2)
		return refuse(s, "trailing backslash at end of expression");
	s->repeated = false;
	if (c == 'v') {
		sbuf_puts(s->b, "\\x0b");
		s->rest = str_from(s->rest, 2);
		return true;
	}
	if (c == 'Q')
		s->quoted = true;
	bool known = !is_word(c) || strchr("afnrtxdDwWsSbBAzpPQE0_", c);
	if (!known || c == '\0')
		return refuse(s, "invalid escape sequence");
	return copy(s, 2);
}

/* "(?P<name>", "(?<name>", "(?i)", "(?s-i:" */
static bool group(struct scan *s)
{
	size_t i = 2;
	s->repeated = false;
	if (at(s, 1) == '*')
		return refuse(s, "missing argument to repetition operator: `*`");
	if (at(s, 1) != '?')
		return copy(s, 1);
	if (at(s, 2) == '<' || (at(s, 2) == 'P' && at(s, 3) == '<')) {
		i = at(s, 2) == '<' ? 3 : 4;
		size_t start = i;
		while (is_word(at(s, i)))
			i++;
		return i > start && at(s, i) == '>' ? copy(s, i + 1) : refuse(s, "invalid named capture");
	}
	while (at(s, i) && strchr("imsU-", at(s, i)))
		i++;
	if (at(s, i) == ')' && i > 2)
		return copy(s, i + 1);
	return at(s, i) == ':' ? copy(s, i + 1) : refuse(s, "invalid or unsupported Perl syntax");
}

/* "[^]a[:alpha:]-z]" */
static bool class(struct scan *s)
{
	size_t i = 1;
	s->repeated = false;
	if (at(s, i) == '^')
		i++;
	if (at(s, i) == ']')
		i++;
	copy(s, i);
	while (s->rest.n && at(s, 0) != ']') {
		if (at(s, 0) == '\\') {
			if (!escape(s) || s->quoted)
				return refuse(s, s->problem ? s->problem : "invalid escape sequence");
		} else if (at(s, 0) == '[' && at(s, 1) == ':') {
			copy(s, 2);
		} else {
			if (at(s, 0) == '[')
				sbuf_putc(s->b, '\\');          /* PCRE2 looks for "[." and "[=" */
			copy(s, 1);
		}
	}
	return s->rest.n ? copy(s, 1) : refuse(s, "missing closing ]");
}

/* Behind a number, which counts up to one above RE2's limit. */
static size_t number(const struct scan *s, size_t i, unsigned *most)
{
	for (unsigned n = 0; at(s, i) >= '0' && at(s, i) <= '9'; i++) {
		n = n > TMPL_REGEX_REPEAT_MAX ? n : n * 10 + (unsigned)(at(s, i) - '0');
		*most = n > *most ? n : *most;
	}
	return i;
}

/* How long "{2}", "{2,}" or "{2,5}" is; 0: it is none, but text. */
static size_t repetition(const struct scan *s, unsigned *most)
{
	size_t i = number(s, 1, most);
	if (i == 1)
		return 0;
	if (at(s, i) == ',')
		i = number(s, i + 1, most);
	return at(s, i) == '}' ? i + 1 : 0;
}

static bool repeat(struct scan *s, size_t n)
{
	if (s->repeated)
		return refuse(s, "invalid nested repetition operator");
	copy(s, n);
	if (at(s, 0) == '?')
		copy(s, 1);
	s->repeated = true;
	return true;
}

static bool repeat_counted(struct scan *s, size_t n, unsigned most)
{
	if (most > TMPL_REGEX_REPEAT_MAX)
		return refuse(s, "invalid repeat count");
	s->most_repeated = most > s->most_repeated ? most : s->most_repeated;
	return repeat(s, n);
}

static bool step(struct scan *s)
{
	char c = at(s, 0);
	if (s->quoted) {
		bool end = c == '\\' && at(s, 1) == 'E';
		s->quoted = !end;
		return copy(s, end ? 2 : 1);
	}
	if (c == '\\')
		return escape(s);
	if (c == '(')
		return group(s);
	if (c == '[')
		return class(s);
	if (c == '*' || c == '+' || c == '?')
		return repeat(s, 1);
	unsigned most = 0;
	size_t counted = c == '{' ? repetition(s, &most) : 0;
	if (counted)
		return repeat_counted(s, counted, most);
	s->repeated = false;
	return copy(s, 1);
}

bool regex_translate(struct sbuf *b, struct str pattern, unsigned *ret_most_repeated,
                     const char **ret_problem)
{
	struct scan s = { .rest = pattern, .b = b };
	bool fine = true;
	while (fine && s.rest.n)
		fine = step(&s);
	*ret_most_repeated = s.most_repeated;
	*ret_problem = s.problem;
	return fine;
}
