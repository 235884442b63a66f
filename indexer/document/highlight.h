/* Source as coloured HTML, one piece per line: YAML with Go templates, JSON, and plain text.
 *
 *     struct highlighted h;
 *     err = highlight(&arena, text, highlight_language(path), &h, e);
 *
 * Colours are spans with classes of a fixed set: hl-key hl-string hl-number hl-comment hl-action
 * (what is inside {{ }}) hl-keyword (if, range, include, true, null …) hl-variable (.Values.x).
 * Every line is whole by itself: no span crosses its end, and without tags it is the line as it
 * was, escaped; line n of a diff is lines[n - 1]. Nothing here is an error in the source: what is
 * not understood stays plain.                                                                */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/document/html.h"

enum highlight_language { HIGHLIGHT_TEXT, HIGHLIGHT_TEMPLATE, HIGHLIGHT_YAML, HIGHLIGHT_JSON };

/* By the ending of a file's name: .json, .yaml, .yml, .tpl; templates/NOTES.txt and other files of
 * templates/ are text with actions; the rest is text, Markdown too.                          */
enum highlight_language highlight_language(struct str path);

struct highlighted {
	struct html *lines;              /* in the arena; without newline and carriage return before it */
	size_t count;
	bool cut;                        /* the text goes on: HIGHLIGHT_MAX_BYTES, HIGHLIGHT_HTML_MAX_BYTES */
};

/* One pass. Lines above HIGHLIGHT_LINE_MAX_BYTES are escaped only. NOMEM. */
NODISCARD enum err highlight(struct arena *a, struct str text, enum highlight_language language,
                             struct highlighted *ret, struct errinfo *e);
