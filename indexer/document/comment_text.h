/* Lines of comments as documentation: without their marks, and without what is none. */
#pragma once

#include "indexer/base/limits.h"
#include "indexer/base/sbuf.h"
#include "indexer/document/values_comment.h"

/* What is looked at above a key. */
#define COMMENT_LINES_MAX 200u
#define COMMENT_BLOCK_MAX_BYTES (16u * KIB)

struct comment_block {
	struct str path, key;            /* of the value that they stand at */
	uint32_t first_line;             /* 0: it does not matter */
	bool is_below;                   /* within the value: no other keys are commented out there */
	struct str lines[COMMENT_LINES_MAX];
	size_t count;
};

/* Appends what documents the value. *type is set to what helm-docs calls it, borrowed, if it does. */
void comment_text_put(const struct comment_block *block, struct sbuf *b, struct str *type);

/* A line that documents the value that it names: "## @param path [type] text", "# path -- text". */
bool comment_text_param(struct str line, struct comment_param *ret);
