/* What the files that read changelogs share. */
#pragma once

#include "indexer/document/changelog.h"

/* A heading that begins a release; all borrow from it. */
struct release_heading {
	struct str version, date;
	struct str title;                /* what else it says, if anything */
};

/* False: it names no version. */
bool changelog_heading(struct str text, struct release_heading *ret);

/* Whether a heading is the name of a section ("Added", "Bug Fixes"), and of which kind. */
bool changelog_section(struct str text, enum changelog_kind *ret);

/* One line of at most CHANGELOG_ENTRY_MAX_BYTES: runs of white space are one space. In the arena; *ret_cut
 * is set when it is cut, else left alone. False: out of memory.                               */
NODISCARD bool changelog_line(struct arena *a, struct str text, struct str *ret, bool *ret_cut);
