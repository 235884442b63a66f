/* Two texts line by line, as `git diff` shows them: runs of changed lines with some that stayed.
 *
 *     struct diff d;
 *     err = diff_texts(&arena, old, new, DIFF_CONTEXT_LINES, &d, e);
 *
 * Lines are numbered from 1. Their texts are borrowed from the texts, without the newline; a
 * carriage return before it is part of the line. Safe from any thread.                      */
#pragma once

#include "indexer/base/arena.h"

enum diff_kind { DIFF_SAME, DIFF_OLD, DIFF_NEW };

struct diff_line {
	enum diff_kind kind;
	bool unended;                    /* the last of its text, which has no newline at its end */
	uint32_t old_line, new_line;     /* 0: not in that text */
	struct str text;
};

struct diff_hunk {
	uint32_t old_from, new_from;     /* its first line; of a text without a line here, the one before */
	uint32_t old_count, new_count;
	struct diff_line *lines;
	size_t count;
};

struct diff {
	struct diff_hunk *hunks;         /* none: the texts are equal, binary or cut */
	size_t hunk_count;
	uint32_t removed, added;         /* lines */
	bool binary;                     /* one of the texts has a NUL: no lines are counted */
	bool cut;                        /* what differs, with the lines around it, is too large: removed and
	                                    added are all lines between those that are equal at the
	                                    beginning and at the end */
	size_t bytes;                    /* of a cut one: of these lines, of both texts */
};

/* At most 0.3 s for what strangers can think of. NOMEM. */
NODISCARD enum err diff_texts(struct arena *a, struct str old, struct str new, uint32_t context,
                              struct diff *ret, struct errinfo *e);
/* The same without hunks, in half the time. */
NODISCARD enum err diff_count(struct str old, struct str new, struct diff *ret, struct errinfo *e);
/* The answer for what is too large, without comparing line by line: no hunks. Linear. */
void diff_coarsely(struct str old, struct str new, struct diff *ret);
