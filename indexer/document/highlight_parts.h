/* What the files of the highlighter share; nobody else includes this.
 *
 *     highlight.c         lines, languages, the pen
 *     highlight_action.c  what is inside {{ }}, and text around it
 *     highlight_flow.c    JSON, and YAML that is written like it
 *     highlight_yaml.c    YAML line by line                                                   */
#pragma once

#include "indexer/base/sbuf.h"

#define HIGHLIGHT_CLASSES(X) \
	X(PLAIN, "") X(KEY, "hl-key") X(STRING, "hl-string") X(NUMBER, "hl-number") \
	X(COMMENT, "hl-comment") X(ACTION, "hl-action") X(KEYWORD, "hl-keyword") \
	X(VARIABLE, "hl-variable")

enum highlight_class {
#define X(name, word) HIGHLIGHT_##name,
	HIGHLIGHT_CLASSES(X)
#undef X
};

enum action_part { ACTION_NONE, ACTION_CODE, ACTION_RAW, ACTION_COMMENT };   /* `…`, and between its marks */

/* One pass over a text: the line at hand, and what goes on from the line before. Bytes that are not
 * ASCII never end a run, so no character is torn.                                            */
struct pen {
	struct sbuf *out;
	struct str line;
	size_t at;                       /* so far it is painted; below, it is written up to `from` */
	size_t from;
	enum highlight_class class;      /* of what is between the two */
	enum action_part action;
	char quote;                      /* a YAML scalar in quotes is open; 0: none */
	bool block;                      /* a YAML block scalar (| or >) is open */
	size_t column;                   /* of the key or dash either belongs to */
};

/* Paints up to `end`, which is not before p->at; what is painted alike becomes one span. */
void pen_paint(struct pen *p, size_t end, enum highlight_class class);

static inline bool pen_is_at(const struct pen *p, size_t at, struct str word)
{
	return str_starts(str_from(p->line, at), word);
}
static inline bool is_space(char c) { return c == ' ' || c == '\t'; }
/* A space, or the end of the line. */
static inline bool pen_is_gap(const struct pen *p, size_t at)
{
	return at >= p->line.n || is_space(p->line.p[at]);
}
static inline void pen_skip_spaces(struct pen *p)
{
	size_t at = p->at;
	while (at < p->line.n && is_space(p->line.p[at]))
		at++;
	pen_paint(p, at, HIGHLIGHT_PLAIN);
}

/* Goes on to the end of the action that is open, or of the line. */
void highlight_action(struct pen *p);
/* Text up to `end`, with actions; one that is open at `end` is painted further. */
void highlight_text(struct pen *p, size_t end, enum highlight_class class);
/* The rest of the line; without `yaml` as JSON: no actions, comments and single quotes. */
void highlight_flow(struct pen *p, bool yaml);
void highlight_yaml(struct pen *p);
/* Behind the action that begins here, if it ends on the line, else the end of the line. */
size_t highlight_action_end(const struct pen *p, size_t at);
/* The same for a text in quotes, from behind the opening one; actions in it count with `yaml`. False:
 * it is not closed on this line.                                                             */
bool highlight_quoted_end(const struct pen *p, size_t at, char quote, bool yaml, size_t *ret);
/* Keyword for booleans and null, number, else plain. */
enum highlight_class highlight_scalar(struct str text);
