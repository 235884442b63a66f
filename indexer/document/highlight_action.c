/* The language of Go templates. What is in an action is coloured alike but for names, texts, numbers and
 * keywords; functions are not told apart, because there are too many to know.                */
#include "indexer/base/ascii.h"
#include "indexer/document/highlight_parts.h"

static bool is_keyword(struct str word)
{
	static const char *const keywords[] = {
		"if", "else", "end", "range", "with", "define", "template", "block", "include", "break",
		"continue", "true", "false", "nil",
	};
	return str_is_one_of(word, keywords, sizeof keywords / sizeof *keywords);
}

static bool is_word(char c)
{
	return ascii_is_alnum(c) || c == '_' || (unsigned char)c >= 0x80;
}

static size_t end_of_word(const struct pen *p, size_t at, bool dots)
{
	while (at < p->line.n && (is_word(p->line.p[at]) || (dots && p->line.p[at] == '.')))
		at++;
	return at;
}

static size_t end_of_quoted(const struct pen *p, size_t at)
{
	char quote = p->line.p[at++];
	while (at < p->line.n && p->line.p[at] != quote)
		at += p->line.p[at] == '\\' ? 2 : 1;
	return at < p->line.n ? at + 1 : p->line.n;
}

/* Up to the mark and with it, or to the end of the line, where the part goes on. */
static void paint_part(struct pen *p, size_t from, struct str mark, enum highlight_class class)
{
	struct str rest = str_from(p->line, from);
	const char *at = rest.n ? memmem(rest.p, rest.n, mark.p, mark.n) : NULL;
	if (at)
		p->action = ACTION_CODE;
	pen_paint(p, at ? (size_t)(at - p->line.p) + mark.n : p->line.n, class);
}

static void paint_word(struct pen *p)
{
	size_t end = end_of_word(p, p->at, false);
	struct str word = str_first(str_from(p->line, p->at), end - p->at);
	pen_paint(p, end, is_keyword(word) ? HIGHLIGHT_KEYWORD : HIGHLIGHT_ACTION);
}

static void paint_code(struct pen *p)
{
	char c = p->line.p[p->at];
	if (pen_is_at(p, p->at, STR("}}"))) {
		p->action = ACTION_NONE;
		pen_paint(p, p->at + 2, HIGHLIGHT_ACTION);
	} else if (pen_is_at(p, p->at, STR("/*"))) {
		p->action = ACTION_COMMENT;
		paint_part(p, p->at + 2, STR("*/"), HIGHLIGHT_COMMENT);
	} else if (c == '`') {
		p->action = ACTION_RAW;
		paint_part(p, p->at + 1, STR("`"), HIGHLIGHT_STRING);
	} else if (c == '"' || c == '\'') {
		pen_paint(p, end_of_quoted(p, p->at), HIGHLIGHT_STRING);
	} else if (c == '.' || c == '$') {
		pen_paint(p, end_of_word(p, p->at + 1, true), HIGHLIGHT_VARIABLE);
	} else if (ascii_is_digit(c)) {
		pen_paint(p, end_of_word(p, p->at, true), HIGHLIGHT_NUMBER);
	} else if (is_word(c)) {
		paint_word(p);
	} else {
		pen_paint(p, p->at + 1, HIGHLIGHT_ACTION);
	}
}

void highlight_action(struct pen *p)
{
	while (p->action && p->at < p->line.n) {
		if (p->action == ACTION_COMMENT)
			paint_part(p, p->at, STR("*/"), HIGHLIGHT_COMMENT);
		else if (p->action == ACTION_RAW)
			paint_part(p, p->at, STR("`"), HIGHLIGHT_STRING);
		else
			paint_code(p);
	}
}

void highlight_text(struct pen *p, size_t end, enum highlight_class class)
{
	highlight_action(p);
	while (p->at < end) {
		const char *open = memmem(p->line.p + p->at, end - p->at, "{{", 2);
		size_t at = open ? (size_t)(open - p->line.p) : end;
		pen_paint(p, at, class);
		if (!open)
			return;
		p->action = ACTION_CODE;
		pen_paint(p, at + 2, HIGHLIGHT_ACTION);
		highlight_action(p);
	}
}
