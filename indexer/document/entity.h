/* Characters written as &name; or &#number; in Markdown and HTML. */
#pragma once

#include "indexer/base/sbuf.h"

#define ENTITY_MAX_BYTES 32u                          /* longer ones are text */

/* `entity` with its "&" and ";". The character it stands for; what no character is, as U+FFFD; a
 * name that is not known, as it is written, and false.                                         */
bool entity_put(struct sbuf *b, struct str entity);

/* A text with all that are in it. */
void entity_decode(struct sbuf *b, struct str s);
