/* Changing the versions of dependencies in the text of Chart.yaml or requirements.yaml.
 *
 * Nothing but these scalars changes: comments, order, quoting and line ends stay as they are. A
 * plain scalar that would become a number or something else is put in quotes.                */
#pragma once

#include "indexer/base/arena.h"

struct chart_edit {
	size_t dependency;               /* its place in the list, from 0 */
	struct str version;
};

/* In the arena. METADATA: the text cannot be read, or a dependency has no version to change, or has
 * one over several lines. `file` is for messages.                                            */
NODISCARD enum err chart_edit(struct arena *a, const char *file, struct str text,
                              const struct chart_edit *edits, size_t count, struct str *ret,
                              struct errinfo *e);
