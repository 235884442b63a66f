/* Templates as text that can be read without executing them.
 *
 * What stands between {{ and }} is taken out: an action that only steers ({{ if }}, {{ end }}, a
 * variable, a comment) leaves nothing, one that prints leaves TEMPLATE_HOLE. Both branches of an if
 * stay. Lines keep their numbers, so what is found can be pointed at.                         */
#pragma once

#include "indexer/base/arena.h"

#define TEMPLATE_HOLE "\xe2\x80\xa6"     /* "…": never longer than the action it stands for */

/* In the arena, or `text` itself where there are no actions. NOMEM. */
NODISCARD enum err template_plain(struct arena *a, struct str text, struct str *ret,
                                  struct errinfo *e);
bool template_has_hole(struct str s);
