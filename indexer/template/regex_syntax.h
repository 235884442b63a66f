/* RE2's syntax in PCRE2's words. Private to regex.c. */
#pragma once

#include "indexer/base/sbuf.h"

/* Appends the pattern as PCRE2 has to read it; without memory the buffer has failed. False: it is not RE2's;
 * *ret_problem is static. *ret_most_repeated is the largest number of a repetition.              */
bool regex_translate(struct sbuf *b, struct str pattern, unsigned *ret_most_repeated,
                     const char **ret_problem);
