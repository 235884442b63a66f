/* Colours on a terminal, nothing where the output goes elsewhere or NO_COLOR is set. */
#pragma once

enum colour { COLOUR_NONE, COLOUR_FAINT, COLOUR_GOOD, COLOUR_WARN, COLOUR_BAD, COLOUR_BOLD };

/* The sequence that begins a colour, or that ends it (NONE); static, maybe empty. */
const char *colour(enum colour c);
