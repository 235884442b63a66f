/* JSON, and the flow style of YAML, which is nearly the same. Each line is read by itself: a text that
 * is broken somewhere is coloured well again on the next line.                               */
#include "indexer/document/highlight_parts.h"

#include "indexer/format/node.h"

enum highlight_class highlight_scalar(struct str text)
{
	const struct node scalar = { .kind = NODE_SCALAR, .plain = true, .text = text };
	switch (node_type(&scalar)) {
	case NODE_BOOL: case NODE_NULL: return HIGHLIGHT_KEYWORD;
	case NODE_INT: case NODE_FLOAT: return HIGHLIGHT_NUMBER;
	default:                        return HIGHLIGHT_PLAIN;
	}
}

static bool is_key_end(const struct pen *p, size_t at)
{
	while (at < p->line.n && is_space(p->line.p[at]))
		at++;
	return at < p->line.n && p->line.p[at] == ':';
}

static bool is_structure(char c) { return str_has(STR("{}[],:"), c); }

size_t highlight_action_end(const struct pen *p, size_t at)
{
	struct str rest = str_from(p->line, at);
	const char *close = rest.n ? memmem(rest.p, rest.n, "}}", 2) : NULL;
	return close ? (size_t)(close - p->line.p) + 2 : p->line.n;
}

bool highlight_quoted_end(const struct pen *p, size_t at, char quote, bool yaml, size_t *ret)
{
	while (at < p->line.n && p->line.p[at] != quote) {
		if (yaml && pen_is_at(p, at, STR("{{")))
			at = highlight_action_end(p, at);
		else
			at += p->line.p[at] == '\\' && quote == '"' ? 2 : 1;
	}
	*ret = at < p->line.n ? at + 1 : p->line.n;
	return at < p->line.n;
}

static void paint_quoted(struct pen *p, bool yaml)
{
	size_t end;
	(void)highlight_quoted_end(p, p->at + 1, p->line.p[p->at], yaml, &end);
	enum highlight_class class = is_key_end(p, end) ? HIGHLIGHT_KEY : HIGHLIGHT_STRING;
	if (yaml)
		highlight_text(p, end, class);
	else
		pen_paint(p, end, class);
}

static void paint_word(struct pen *p, bool yaml)
{
	size_t at = p->at;
	while (at < p->line.n && !is_space(p->line.p[at]) && p->line.p[at] != '"' &&
	       !(yaml && pen_is_at(p, at, STR("{{"))) &&
	       (!is_structure(p->line.p[at]) || (yaml && p->line.p[at] == ':' && !pen_is_gap(p, at + 1))))
		at++;
	at += at == p->at;
	struct str word = str_first(str_from(p->line, p->at), at - p->at);
	pen_paint(p, at, yaml && is_key_end(p, at) ? HIGHLIGHT_KEY : highlight_scalar(word));
}

void highlight_flow(struct pen *p, bool yaml)
{
	while (p->at < p->line.n) {
		char c = p->line.p[p->at];
		if (yaml && pen_is_at(p, p->at, STR("{{")))
			highlight_text(p, p->at + 2, HIGHLIGHT_PLAIN);
		else if (yaml && c == '#' && (!p->at || is_space(p->line.p[p->at - 1])))
			highlight_text(p, p->line.n, HIGHLIGHT_COMMENT);
		else if (c == '"' || (yaml && c == '\''))
			paint_quoted(p, yaml);
		else if (is_space(c) || is_structure(c))
			pen_paint(p, p->at + 1, HIGHLIGHT_PLAIN);
		else
			paint_word(p, yaml);
	}
}
