/* YAML as charts have it: values, and templates that are YAML once they are executed. A line is read by
 * itself but for scalars that go on, in quotes or as a block; both end where a line stands no further
 * to the right than what they belong to. So what a template breaks is mended soon.           */
#include "indexer/document/highlight_parts.h"

static bool is_comment(const struct pen *p, size_t at)
{
	return p->line.p[at] == '#' && (!at || is_space(p->line.p[at - 1]));
}

/* ---- scalars ---- */

static void paint_quoted(struct pen *p, size_t from)
{
	size_t end;
	if (highlight_quoted_end(p, from, p->quote, true, &end))
		p->quote = 0;
	highlight_text(p, end, HIGHLIGHT_STRING);
}

static bool is_block_head(const struct pen *p)
{
	size_t at = p->at + 1;
	while (at < p->line.n && str_has(STR("+-123456789"), p->line.p[at]))
		at++;
	return pen_is_gap(p, at);
}

/* An anchor, an alias, a tag, or the head of a block. */
static void paint_mark(struct pen *p, enum highlight_class class)
{
	size_t at = p->at;
	while (!pen_is_gap(p, at))
		at++;
	pen_paint(p, at, class);
}

static void paint_plain(struct pen *p)
{
	size_t end = p->at;
	bool actions = false;
	while (end < p->line.n && !is_comment(p, end)) {
		bool action = pen_is_at(p, end, STR("{{"));
		end = action ? highlight_action_end(p, end) : end + 1;
		actions |= action;
	}
	struct str text = str_trim(str_first(str_from(p->line, p->at), end - p->at));
	enum highlight_class class = actions ? HIGHLIGHT_PLAIN : highlight_scalar(text);
	highlight_text(p, p->at + text.n, class);
	if (p->at < end)
		highlight_text(p, end, HIGHLIGHT_PLAIN);
}

/* What begins with the character at hand, which is no space. */
static void paint_some_value(struct pen *p)
{
	char c = p->line.p[p->at];
	if (is_comment(p, p->at)) {
		highlight_text(p, p->line.n, HIGHLIGHT_COMMENT);
	} else if ((c == '|' || c == '>') && is_block_head(p)) {
		p->block = true;
		paint_mark(p, HIGHLIGHT_PLAIN);
	} else if (c == '"' || c == '\'') {
		p->quote = c;
		paint_quoted(p, p->at + 1);
	} else if ((c == '{' || c == '[') && !pen_is_at(p, p->at, STR("{{"))) {
		highlight_flow(p, true);
	} else if (str_has(STR("&*!"), c)) {
		paint_mark(p, HIGHLIGHT_VARIABLE);
	} else {
		paint_plain(p);
	}
}

static void paint_value(struct pen *p)
{
	for (pen_skip_spaces(p); p->at < p->line.n; pen_skip_spaces(p))
		paint_some_value(p);
}

/* ---- keys ---- */

static void paint_dashes(struct pen *p)
{
	while (p->at < p->line.n && p->line.p[p->at] == '-' && pen_is_gap(p, p->at + 1)) {
		p->column = p->at;
		pen_paint(p, p->at + 1, HIGHLIGHT_PLAIN);
		pen_skip_spaces(p);
	}
}

/* Where the colon behind the key stands; false: there is no key here. */
static bool find_colon(const struct pen *p, size_t *ret)
{
	size_t at = p->at;
	char c = p->line.p[at];
	if (c == '"' || c == '\'') {
		if (!highlight_quoted_end(p, at + 1, c, true, &at))
			return false;
		while (at < p->line.n && is_space(p->line.p[at]))
			at++;
	} else if (str_has(STR("#|>&*!%@`[{"), c) && !pen_is_at(p, at, STR("{{"))) {
		return false;
	}
	while (at < p->line.n && !is_comment(p, at) && (p->line.p[at] != ':' || !pen_is_gap(p, at + 1))) {
		if (c == '"' || c == '\'')
			return false;
		at = pen_is_at(p, at, STR("{{")) ? highlight_action_end(p, at) : at + 1;
	}
	*ret = at;
	return at < p->line.n && p->line.p[at] == ':';
}

static void paint_content(struct pen *p)
{
	size_t colon;
	paint_dashes(p);
	if (p->at < p->line.n && find_colon(p, &colon)) {
		p->column = p->at;
		highlight_text(p, colon, HIGHLIGHT_KEY);
		pen_paint(p, p->at > colon ? p->at : colon + 1, HIGHLIGHT_PLAIN);
	}
}

/* ---- lines ---- */

/* An action that stands alone in a block does not end it, wherever it stands. */
static bool goes_on(const struct pen *p, size_t column)
{
	return column > p->column || pen_is_at(p, column, STR("{{"));
}

void highlight_yaml(struct pen *p)
{
	bool in_action = p->action != ACTION_NONE;
	highlight_action(p);
	size_t began = p->at;
	pen_skip_spaces(p);
	if (p->at == p->line.n)
		return;
	if (!in_action && !goes_on(p, p->at - began)) {
		p->quote = 0;
		p->block = false;
	}
	if (p->quote)
		paint_quoted(p, p->at);
	else if (p->block)
		highlight_text(p, p->line.n, HIGHLIGHT_STRING);
	else if (!in_action)
		paint_content(p);
	paint_value(p);
}
