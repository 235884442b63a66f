/* What makes coloured source true: spans that are whole, and below them the line, escaped. */
#pragma once

#include "indexer/document/html.h"

/* False: a tag that is no span of ours, one inside another, or one that is not closed; else *ret is
 * the text without the tags.                                                                 */
NODISCARD bool html_without_spans(struct html line, struct sbuf *ret);
