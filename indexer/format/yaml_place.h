/* Where in a text a mark of libyaml is: marks count characters, not bytes.
 *
 *     struct yaml_place place = { .text = text };
 *     size_t from = yaml_place_at(&place, event.start_mark.index);
 *
 * The text is what the parser was given. Marks must be asked for in order, so that however many there are, the text
 * is counted once.                                                                             */
#pragma once

#include "indexer/base/str.h"

struct yaml_place {
	struct str text;
	size_t chars, bytes;             /* how far was counted */
};

/* The byte at which the character begins; text.n behind the last one. */
size_t yaml_place_at(struct yaml_place *p, size_t chars);
