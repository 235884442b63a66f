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

/* Lines one after the other, without their ends (LF or CRLF). */
struct text_lines { struct str rest; uint32_t number; };         /* .number of the last one; begin with 0 */
bool text_next_line(struct text_lines *lines, struct str *ret);  /* false: no more */

/* The value of `key` ("kind:") on a line that begins with it and a space, or that is all of the line:
 * without quotes and comments, empty for nothing. False: another line.                       */
bool text_value(struct str line, struct str key, struct str *ret);
