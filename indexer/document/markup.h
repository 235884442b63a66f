/* Markup being written, with a list of the elements that are open, so that it is balanced whatever
 * a stranger opens and closes, and so that a browser reads the same elements out of it:
 *
 *     if (markup_place(m, MARKUP_BLOCK)) {
 *         sbuf_puts(&m->out, "<div class=\"alert\">\n");
 *         markup_push(m, MARKUP_BLOCK, NULL, "</div>\n");
 *     }
 *     markup_text(m, words);
 *     markup_back(m, depth);
 *
 * A browser that finds a <div> in a <p>, a <td> in no row or a link within a link makes a tree of its
 * own. So an element gets its place first: what may not stand around it is closed, what has to
 * (a row around a cell, an item in a list) is opened, and where both are of no use it is left out. */
#pragma once

#include "indexer/base/limits.h"
#include "indexer/document/html.h"

enum markup_kind {
	MARKUP_PHRASE,               /* b, code, span: within a line */
	MARKUP_LINK,
	MARKUP_PARAGRAPH,            /* p, h1 … h6: of phrases alone */
	MARKUP_BLOCK,                /* div, blockquote, pre */
	MARKUP_DETAILS, MARKUP_SUMMARY,
	MARKUP_LIST, MARKUP_ITEM,
	MARKUP_TERMS, MARKUP_TERM,   /* dl; dt, dd */
	MARKUP_TABLE, MARKUP_GROUP, MARKUP_ROW, MARKUP_CELL,
	MARKUP_KINDS
};

struct markup_open {
	enum markup_kind kind;
	const char *name;            /* of the tag that ends it; NULL: no tag does, Markdown did open it */
	const char *close;           /* what is written at its end; "": it was left out */
};

struct markup {
	struct sbuf out;
	struct markup_open open[MARKDOWN_DEPTH_MAX];
	size_t depth;
	bool full;                   /* a limit is reached, and nothing more is written but ends */
};

/* Whether an element of this kind may be written now; false as well when the limits are reached. */
bool markup_place(struct markup *m, enum markup_kind kind);
/* After its start was written. `name` and `close` are static. */
void markup_push(struct markup *m, enum markup_kind kind, const char *name, const char *close);
/* What the tag </name> of a stranger does: it ends the element and those in it, but none of
 * Markdown's besides a paragraph; or nothing.                                                  */
void markup_end(struct markup *m, enum markup_kind kind, const char *name);
/* Ends what was opened since there were `depth` elements open; there may be less. */
void markup_back(struct markup *m, size_t depth);
/* Escaped. */
void markup_text(struct markup *m, struct str s);
/* A link that is one is open. */
bool markup_in_link(const struct markup *m);
