/* Markup that may be sent as it is.
 *
 * A struct html is made in this folder, from text that was escaped or sanitised here; elsewhere only
 * of what a template or a drawing has written. Templates write it raw and escape everything else, so
 * a page cannot show a stranger's markup by mistake.                                        */
#pragma once

#include "indexer/base/sbuf.h"

struct html { struct str text; };

/* For text and for attribute values in quotes: & < > " ' become entities, a byte that is not UTF-8
 * becomes U+FFFD, control characters but \t \n \r are left out.                              */
void html_escape(struct sbuf *b, struct str s);
/* The same for text alone, with addresses that begin with http:// or https:// as links. */
void html_linked(struct sbuf *b, struct str s);
