/* HTML that strangers wrote into Markdown, a piece at a time:
 *
 *     struct tag_piece piece;
 *     while (tags_next(&rest, &piece))
 *         switch (piece.kind) …
 *
 * Comments, declarations and instructions do not come out at all. What begins like a tag and is none,
 * and tags that HTML does not know, are text: "helm install <name>" is meant to be read. A tag is at
 * most what its markup says it is; who renders it decides what to make of it.                */
#pragma once

#include "indexer/document/markup.h"

enum tag_use {
	TAG_SHOWN,
	TAG_VOID,                    /* shown, and has no end */
	TAG_IMAGE,
	TAG_LEFT_OUT,                /* what is in it is shown */
	TAG_DROPPED,                 /* with all that is in it, which is no text */
};

enum {                           /* the attributes that are ever shown, by bit */
	TAG_HREF, TAG_SRC, TAG_ALT, TAG_TITLE, TAG_ALIGN, TAG_WIDTH, TAG_HEIGHT, TAG_OPEN,
	TAG_COLSPAN, TAG_ROWSPAN, TAG_ID, TAG_NAME, TAG_ATTRIBUTES
};

struct tag {
	const char *name;            /* lower case */
	enum tag_use use;
	enum markup_kind kind;
	const char *start, *close;   /* as it is shown: <start attributes>, close */
	unsigned attributes;
};

enum tag_piece_kind { TAG_TEXT, TAG_START, TAG_END };

struct tag_piece {
	enum tag_piece_kind kind;
	const struct tag *tag;
	struct str text;             /* TAG_TEXT: as it was written, entities are not decoded */
	struct str attributes;       /* TAG_START: what stands between the name and ">" */
};

/* Takes a piece off the front; false at the end. */
bool tags_next(struct str *rest, struct tag_piece *ret);
/* Takes everything off up to the tag that ends `tag`, and that; false if there is none. */
bool tags_skip(struct str *rest, const struct tag *tag);
/* As they were written, entities are not decoded; of two with one name the first. What the tag
 * does not show or the piece does not have is p == NULL; one without a value is empty.         */
void tags_attributes(const struct tag_piece *piece, struct str ret[TAG_ATTRIBUTES]);
