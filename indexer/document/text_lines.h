/* Text line by line, and lines that say "key: value", for texts that are not quite YAML. */
#pragma once

#include "indexer/base/str.h"

/* Lines one after the other, without their ends (LF or CRLF). */
struct text_lines { struct str rest; uint32_t number; };         /* .number of the last one; begin with 0 */
bool text_next_line(struct text_lines *lines, struct str *ret);  /* false: no more */

size_t text_count_lines(struct str text);        /* the last one counts without a newline, too */

/* The value of `key` ("kind:") on a line that begins with it and a space, or that is all of the line:
 * without quotes and comments, empty for nothing. False: another line.                       */
bool text_value(struct str line, struct str key, struct str *ret);
