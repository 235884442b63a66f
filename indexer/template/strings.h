/* What Go's package strings does, for the functions on texts. */
#pragma once

#include "indexer/base/sbuf.h"

/* All `old` become `new`; an empty one stands before every character and at the end. */
void strings_replace(struct sbuf *b, struct str s, struct str old, struct str new);

/* Takes what stands before `separator` off *rest, and the separator; an empty one separates characters.
 * False: there was no separator, the whole rest was taken.                                       */
bool strings_cut(struct str *rest, struct str separator, struct str *ret_part);
