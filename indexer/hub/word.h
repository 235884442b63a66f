/* Words, as the index of search.db has them: runs of letters and digits, in lower case, Latin
 * letters without their accents. Everything else stands between words.
 *
 *     char word[SEARCH_WORD_MAX_BYTES];
 *     for (size_t n; (n = word_next(&text, word));)
 *         …
 *
 * Other scripts keep their capitals here, though not in the index: what is written otherwise is
 * found all the same, and ranked as if it stood in a README.                                 */
#pragma once

#include "indexer/base/limits.h"
#include "indexer/base/str.h"

/* Takes the next word off the front of *text; longer ones are cut. Returns its bytes, 0: there is none. */
size_t word_next(struct str *text, char ret[SEARCH_WORD_MAX_BYTES]);
/* The same; *ret_where is how it stands in the text. */
size_t word_next_at(struct str *text, char ret[SEARCH_WORD_MAX_BYTES], struct str *ret_where);

/* The first eight bytes as a number: words that differ there differ in their keys, in the same order. */
uint64_t word_key(struct str word);

/* Which letters and digits are in it, a bit for each or for a few of them: two edits of a word change
 * at most two bits each way.                                                                 */
uint32_t word_letters(struct str word);
