/* Regular expressions that strangers write, as Go and RE2 read them, at a cost that they cannot choose:
 * every character of the text is looked at once, with all places of the expression that it may be at.
 *
 *     literals  .  [a-z]  [^0-9]  \d \D \w \W \s \S  \.  ( )  (?: )  |  *  +  ?  {2} {2,} {2,5}  ^  $
 *
 * Bytes are characters. Flags, \b, \p and named groups are not read.                          */
#pragma once

#include "indexer/base/arena.h"

struct expression;

/* In the arena. INVALID: it is none, or has what is not read, or comes to more than `most` steps. */
NODISCARD enum err expression_new(struct arena *a, struct str text, uint32_t most,
                                  struct expression **ret, struct errinfo *e);
uint32_t expression_steps(const struct expression *x);
/* Somewhere in the text. At most as many steps as the expression has, times the text's length. */
bool expression_match(const struct expression *x, struct str text);
