/* What the files of Markdown share. */
#pragma once

#include <md4c.h>

#include "indexer/document/markdown.h"
#include "indexer/document/markup.h"
#include "indexer/document/tags.h"

/* ---- markdown_text.c: what the parser gets to see ---- */

/* A copy in `to` that the parser can take in linear time: UTF-8 without controls, without byte
 * order mark and front matter, ends of lines as \n, and MARKDOWN_PARSER_READS_BYTES of zeros
 * behind it, for the parser compares without looking at the end. *ret_cut: what follows was too
 * much.                                                                                        */
#define MARKDOWN_PARSER_READS_BYTES 16u
#define MARKDOWN_TEXT_MAX_BYTES (4u * MARKDOWN_MAX_BYTES)    /* a byte may become three in it */
void markdown_text(struct str text, struct sbuf *to, bool *ret_cut);

/* A callback's answer that ends the parsing; a positive one does not always. The parser then
 * reports what it does without memory, so who stops it remembers why.                          */
#define PARSER_STOP (-1)

/* What the parser may call back: the empty cells of wide rows, and an address of a megabyte that a
 * hundred thousand links refer to, are in few bytes.                                           */
struct budget { size_t steps, link_bytes; };
static inline bool budget_step(struct budget *b) { return ++b->steps <= MARKDOWN_STEPS_MAX; }
static inline bool budget_link(struct budget *b, size_t bytes)
{
	b->link_bytes += bytes;
	return b->link_bytes <= MARKDOWN_LINKS_MAX_BYTES;
}

/* As much of s, in whole characters, as the limit of b takes; false: that was not all. */
bool markdown_put(struct sbuf *b, struct str s);
/* The same of a text of the parser's, as words alone: the end of a line is a space, HTML is left out. */
void markdown_put_words(struct sbuf *b, MD_TEXTTYPE type, struct str s);

/* ---- markdown_outline.c: headings and anchors, which links need before they are reached ---- */

/* What an author's tag is called: <a name="…">, <h2 id="…">. Its id begins like those of headings and is none
 * of theirs.                                                                                  */
struct anchor { struct str id; bool written; };

struct outline {
	struct markdown_heading *headings;
	struct anchor *anchors;
	size_t count, anchor_count;
};

NODISCARD enum err markdown_outline(struct arena *a, struct str text, struct outline *ret,
                                    struct errinfo *e);
/* The id of the heading or the anchor that "#fragment" leads to; empty: it leads to none. `fragment` is
 * percent-decoded; `to` is room.                                                              */
struct str markdown_outline_find(const struct outline *o, struct str fragment, struct sbuf *to);
/* The anchor of this name, decoded; NULL: it has none, or a heading has it. */
struct anchor *markdown_anchor_find(const struct outline *o, struct str name, struct sbuf *to);
/* What a tag is called, not decoded; empty: nothing. */
struct str markdown_anchor_name(const struct str attributes[TAG_ATTRIBUTES]);

/* ---- markdown_link.c: where links lead ---- */

enum link_kind { LINK_NOWHERE, LINK_FOREIGN, LINK_HERE };    /* another host; this server or document */

struct link_finder {
	const struct markdown_options *options;
	const struct outline *outline;
	struct arena *arena;
	struct sbuf to;              /* the address that was found last, not escaped */
	struct sbuf decoded;
	size_t links;
};

/* ---- markdown.c: what is written, and how far it is ---- */

#define RENDER_BLOCK (-1)
struct render_mark {
	int what;                    /* RENDER_BLOCK or an MD_SPANTYPE */
	size_t depth;                /* how many elements are open around it */
};

struct render {
	struct markup m;
	struct link_finder links;
	size_t heading_at;           /* of the outline, the next one */
	size_t anchors;              /* names of tags so far */
	bool in_cell;                /* of a table that Markdown made */
	struct render_mark marks[2 * MARKDOWN_DEPTH_MAX];    /* of the parser's elements */
	size_t mark_count;
	struct budget budget;
	struct sbuf html;            /* HTML that was not rendered yet: the parser gives it in pieces */
	const struct tag *dropped;   /* everything is, until this tag ends or the block does */
	struct sbuf alt;             /* what stands for the image that is being read */
	unsigned images;             /* in each other */
	size_t quote_at, quote_depth;    /* in m.out, where what is in the last quote begins, and */
	size_t quote_text_at;        /* its first line, which may turn out to be "[!NOTE]"; 0: none */
	struct sbuf value;           /* of an attribute, for a moment */
};

/* Each of the parser's elements makes a mark where it begins, and takes it off where it ends, with
 * those that were not taken off before. Its blocks are balanced; where a link and an address
 * cross, its spans are not: there may be no mark.                                              */
void markdown_mark(struct render *r, int what);
bool markdown_unmark(struct render *r, int what, size_t *ret_depth);
/* With its mark; written or not. */
void markdown_open(struct render *r, int what, enum markup_kind kind, const char *start,
                   const char *close);
/* HTML comes in pieces that may end in a tag; when something else comes, it is whole. */
void markdown_flush(struct render *r);
/* What the parser gets to hear. */
int markdown_verdict(const struct render *r);

/* ---- markdown_block.c, markdown_span.c: what the parser calls ---- */

int markdown_enter_block(MD_BLOCKTYPE type, void *detail, void *userdata);
int markdown_leave_block(MD_BLOCKTYPE type, void *detail, void *userdata);
int markdown_enter_span(MD_SPANTYPE type, void *detail, void *userdata);
int markdown_leave_span(MD_SPANTYPE type, void *detail, void *userdata);
int markdown_put_text(MD_TEXTTYPE type, const char *p, MD_SIZE n, void *userdata);

#define PARAGRAPH_START "<p>"

struct alert { const char *line, *name, *title; };       /* "[!NOTE]", "note", "Note" */
/* NULL: the line is another one. */
const struct alert *markdown_alert_find(struct str line);
/* At the end of a line: whether its quote turns out to be an alert. Then its head is written in
 * place of what was, and the start of the paragraph is not.                                    */
bool markdown_alert(struct render *r);

/* ---- markdown_raw.c: HTML in it ---- */

void markdown_html(struct render *r, struct str html);

/* ---- markdown_link.c: links being written ---- */

/* <a …> if the address leads anywhere, otherwise its text alone; `name` as for markup_push. Both
 * decoded; an empty title is none.                                                           */
void markdown_link(struct render *r, struct str address, struct str title, const char *name);

struct image { struct str address, alt, title; unsigned width, height; };    /* 0: not said */
void markdown_image(struct render *r, const struct image *i);
