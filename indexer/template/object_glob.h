/* The patterns of .Files.Glob, as Helm's library reads them:
 *
 *     ?        one character but '/'
 *     *        any run of characters but '/'
 *     **       any run of characters
 *     [abc]    one of these; [a-z] one of a range, and no more than that; [!abc] none of these
 *     {a,b}    one of these patterns, which may have braces of their own
 *     \        the next character stands for itself
 *
 * What is no pattern matches everything, as in Helm.                                          */
#pragma once

#include "indexer/base/limits.h"
#include "indexer/base/str.h"

struct object_glob_part {
	unsigned char kind;
	bool negated;                    /* of [ ] */
	char first, last;                /* of [ ] with a range; a character that stands for itself */
	uint16_t next;                   /* what follows */
	uint16_t other;                  /* of { and a comma: the next alternative; 0: none */
	uint16_t end;                    /* of a comma: what follows the brace; of [abc]: what follows c */
};
struct object_glob {
	struct str pattern;
	bool everything;
	struct object_glob_part parts[TMPL_GLOB_MAX_BYTES];      /* for the characters that begin one */
};

void object_glob_read(struct object_glob *g, struct str pattern);
/* In as many steps as both lengths multiplied. */
bool object_glob_match(const struct object_glob *g, struct str text);
