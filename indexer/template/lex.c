/* Tokens of a template, one after the other. Outside of actions there is text alone; "{{- " and " -}}" take
 * the white space of the text beside them.                                                    */
#include "indexer/template/impl.h"

#include <stdio.h>

#include "indexer/base/ascii.h"
#include "indexer/base/utf8.h"

static struct str rest(const struct lexer *l) { return str_from(l->text, l->at); }
static bool at(const struct lexer *l, struct str s) { return str_starts(rest(l), s); }
static char peek(const struct lexer *l) { return l->at < l->text.n ? l->text.p[l->at] : '\0'; }

static void skip(struct lexer *l, size_t bytes)
{
	const char *p = l->text.p + l->at, *end = p + bytes;
	while (p < end && (p = memchr(p, '\n', (size_t)(end - p)))) {
		l->line++;
		p++;
	}
	l->at += bytes;
}

static void skip_spaces(struct lexer *l)
{
	while (l->at < l->text.n && ascii_is_space(peek(l)))
		skip(l, 1);
}

static struct token fail(struct lexer *l, uint32_t line, const char *what)
{
	if (what != l->failure)
		(void)snprintf(l->failure, sizeof l->failure, "%s", what);
	return (struct token){ .kind = TOKEN_FAILURE, .line = line, .text = str_c(l->failure) };
}

/* "what U+0040 '@'" */
static struct token fail_at(struct lexer *l, uint32_t line, const char *what)
{
	struct str s = rest(l), from = s;
	uint32_t point = s.n ? utf8_next(&s) : 0;
	size_t bytes = from.n - s.n;
	if (!from.n)
		(void)snprintf(l->failure, sizeof l->failure, "%s U+FFFFFFFFFFFFFFFF", what);
	else if (point < 0x20 || point == 0x7f || point == UTF8_REPLACEMENT)
		(void)snprintf(l->failure, sizeof l->failure, "%s U+%04X", what, point);
	else
		(void)snprintf(l->failure, sizeof l->failure, "%s U+%04X '%.*s'", what, point, (int)bytes, from.p);
	return fail(l, line, l->failure);
}

static struct token take(struct lexer *l, enum token_kind kind, bool spaced, size_t from, uint32_t line)
{
	struct str text = str_make(l->text.p + from, l->at - from);
	return (struct token){ kind, spaced, line, text };
}

/* ---- text and comments ---- */

static bool trims_left(const struct lexer *l)
{
	struct str s = rest(l);
	return s.n > 1 && s.p[0] == '-' && ascii_is_space(s.p[1]);
}

/* The bytes of the closing delimiter, if it is next; 0: it is not. */
static size_t closing(const struct lexer *l)
{
	struct str s = rest(l);
	if (str_starts(s, STR("}}")))
		return 2;
	return s.n > 3 && ascii_is_space(s.p[0]) && str_starts(str_from(s, 1), STR("-}}")) ? 4 : 0;
}

static void close_action(struct lexer *l, size_t bytes)
{
	skip(l, bytes);
	if (bytes > 2)
		skip_spaces(l);
}

/* Behind the "{{" and its mark. False: it is not one, or it fails. */
static bool skip_comment(struct lexer *l, struct token *ret)
{
	uint32_t line = l->line;
	struct str s = str_from(rest(l), 2);
	const char *end = s.n ? memmem(s.p, s.n, "*/", 2) : NULL;
	if (!end) {
		*ret = fail(l, line, "unclosed comment");
		return false;
	}
	skip(l, 2 + (size_t)(end - s.p) + 2);
	size_t bytes = closing(l);
	if (!bytes) {
		*ret = fail(l, line, "comment ends before closing delimiter");
		return false;
	}
	close_action(l, bytes);
	return true;
}

static struct token lex_text(struct lexer *l)
{
	for (struct token t;;) {
		struct str s = rest(l);
		const char *open = s.n ? memmem(s.p, s.n, "{{", 2) : NULL;
		size_t n = open ? (size_t)(open - s.p) : s.n, from = l->at;
		uint32_t line = l->line;
		if (n) {
			struct lexer after = { .text = l->text, .at = l->at + n + 2 };
			size_t kept = n;
			while (kept && open && trims_left(&after) && ascii_is_space(s.p[kept - 1]))
				kept--;
			skip(l, n);
			if (kept)
				return (struct token){ TOKEN_TEXT, false, line, str_make(s.p, kept) };
			continue;
		}
		if (!open)
			return take(l, TOKEN_EOF, false, from, line);
		skip(l, 2);
		if (trims_left(l))
			skip(l, 2);
		if (!at(l, STR("/*"))) {
			l->inside = true;
			l->open = 0;
			return (struct token){ TOKEN_OPEN, false, line, STR("{{") };
		}
		if (!skip_comment(l, &t))
			return t;
	}
}

/* ---- within an action ---- */

/* A name ends here. */
static bool at_end(const struct lexer *l)
{
	char c = peek(l);
	return l->at == l->text.n || ascii_is_space(c) || (c && strchr(".,|:)(", c)) || at(l, STR("}}"));
}

static enum token_kind keyword(struct str word)
{
	static const struct { const char *word; enum token_kind kind; } words[] = {
		{ "block", TOKEN_BLOCK }, { "break", TOKEN_BREAK }, { "continue", TOKEN_CONTINUE },
		{ "define", TOKEN_DEFINE }, { "else", TOKEN_ELSE }, { "end", TOKEN_END }, { "if", TOKEN_IF },
		{ "nil", TOKEN_NIL }, { "range", TOKEN_RANGE }, { "template", TOKEN_TEMPLATE },
		{ "with", TOKEN_WITH }, { "true", TOKEN_BOOL }, { "false", TOKEN_BOOL },
	};
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (str_eq_c(word, words[i].word))
			return words[i].kind;
	return TOKEN_NAME;
}

static struct token lex_name(struct lexer *l, enum token_kind kind, bool spaced)
{
	size_t from = l->at;
	uint32_t line = l->line;
	l->at += kind != TOKEN_NAME;                      /* the dot, the dollar */
	if (!(kind == TOKEN_FIELD && at_end(l)))
		lex_word(l);
	if (!at_end(l))
		return fail_at(l, line, "bad character");
	struct token t = take(l, kind, spaced, from, line);
	if (kind == TOKEN_NAME)
		t.kind = keyword(t.text);
	if (kind == TOKEN_FIELD && t.text.n == 1)
		t.kind = TOKEN_DOT;
	return t;
}

static struct token lex_quoted(struct lexer *l, bool spaced, char quote)
{
	size_t from = l->at++;
	uint32_t line = l->line;
	for (; l->at < l->text.n && peek(l) != quote; skip(l, 1)) {
		if (quote == '`')
			continue;
		if (peek(l) == '\\')
			l->at++;
		if (l->at == l->text.n || peek(l) == '\n')
			break;
	}
	if (l->at == l->text.n || peek(l) != quote)
		return fail(l, line, quote == '`' ? "unterminated raw quoted string"
		            : quote == '"' ? "unterminated quoted string" : "unterminated character constant");
	l->at++;
	return take(l, quote == '`' ? TOKEN_RAW_STRING : quote == '"' ? TOKEN_STRING : TOKEN_CHARACTER, spaced,
	            from, line);
}

static struct token lex_digits(struct lexer *l, bool spaced)
{
	size_t from = l->at;
	char shown[TOKEN_SHOWN_BYTES];
	bool good = lex_number(l);
	if (good && (peek(l) == '+' || peek(l) == '-')) {     /* complex, which nobody needs */
		(void)lex_number(l);
		good = false;
	}
	struct token t = take(l, TOKEN_NUMBER, spaced, from, l->line);
	if (good)
		return t;
	(void)snprintf(l->failure, sizeof l->failure, "bad number syntax: %s",
	               shown_quoted(t.text, 40, shown, sizeof shown));
	return fail(l, l->line, l->failure);
}

static struct token lex_mark(struct lexer *l, bool spaced)
{
	static const struct { char c; enum token_kind kind; } marks[] = {
		{ '=', TOKEN_ASSIGN }, { '|', TOKEN_PIPE }, { ',', TOKEN_COMMA }, { '(', TOKEN_LEFT },
		{ ')', TOKEN_RIGHT },
	};
	enum token_kind kind = TOKEN_OTHER;
	size_t from = l->at;
	char c = peek(l);
	if (c < 0x20 || c == 0x7f)
		return fail_at(l, l->line, "unrecognized character in action:");
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (c == marks[i].c)
			kind = marks[i].kind;
	l->open += kind == TOKEN_LEFT;
	if (kind == TOKEN_RIGHT && l->open-- == 0)
		return fail(l, l->line, "unexpected right paren");
	l->at++;
	if (c == ':' && peek(l) != '=')
		return fail(l, l->line, "expected :=");
	if (c == ':') {
		l->at++;
		kind = TOKEN_DECLARE;
	}
	return take(l, kind, spaced, from, l->line);
}

static bool begins_word(struct lexer *l)
{
	struct lexer try = *l;
	lex_word(&try);
	return try.at > l->at;
}

static struct token lex_action(struct lexer *l)
{
	bool spaced = false;
	size_t end;
	for (; !(end = closing(l)) && l->at < l->text.n && ascii_is_space(peek(l)); spaced = true)
		skip(l, 1);
	size_t from = l->at;
	char c = peek(l), second = l->at + 1 < l->text.n ? l->text.p[l->at + 1] : '0';
	if (end && l->open)
		return fail(l, l->line, "unclosed left paren");
	if (end) {
		struct token t = { TOKEN_CLOSE, spaced, l->line, STR("}}") };
		close_action(l, end);
		l->inside = false;
		return t;
	}
	if (from == l->text.n)
		return fail(l, l->line, "unclosed action");
	if (c == '"' || c == '`' || c == '\'')
		return lex_quoted(l, spaced, c);
	if (c == '$')
		return lex_name(l, TOKEN_VARIABLE, spaced);
	if (c == '.' && !ascii_is_digit(second))
		return lex_name(l, TOKEN_FIELD, spaced);
	if (c == '.' || c == '+' || c == '-' || ascii_is_digit(c))
		return lex_digits(l, spaced);
	return begins_word(l) ? lex_name(l, TOKEN_NAME, spaced) : lex_mark(l, spaced);
}

struct token lex(struct lexer *l)
{
	if (l->failure[0])
		return fail(l, l->line, l->failure);
	return l->inside ? lex_action(l) : lex_text(l);
}
