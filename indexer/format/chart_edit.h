/* Changing the versions of dependencies in the text of Chart.yaml or requirements.yaml.
 *
 * Nothing but these scalars changes: comments, order, quoting and line ends stay as they are. A
 * plain scalar that would become a number or something else is put in quotes.                */
#pragma once

#include "indexer/base/arena.h"

struct chart_edit {
	size_t dependency;               /* its place in the list, from 0 */
	struct str version;
	bool done;                       /* set; false: it has no version there, or one over several lines */
};

/* In the arena; edits that cannot be done leave the text as it is. METADATA: the text cannot be read, has no
 * such dependency, or the version is no range. `file` is for messages.                        */
NODISCARD enum err chart_edit(struct arena *a, const char *file, struct str text,
                              struct chart_edit *edits, size_t count, struct str *ret,
                              struct errinfo *e);
