/* Patterns for the names of repositories and charts, as roles have them: "team-?", "**", "redis*".
 *
 *     ?    one character but '/'
 *     *    any run of characters but '/'; by itself, as the whole pattern, everything
 *     **   any run of characters
 *
 * Everything else stands for itself, and case matters.                                       */
#pragma once

#include "indexer/base/err.h"
#include "indexer/base/str.h"

/* INVALID for what cannot match any name: empty, longer than GLOB_MAX_BYTES, with characters that no
 * name has ('[', '{', '!', …), or with an empty segment.                                     */
NODISCARD enum err glob_check(struct str pattern, struct errinfo *e);

/* Takes at most as many steps as the product of the lengths. False for a pattern that is too long. */
bool glob_match(struct str pattern, struct str text);
