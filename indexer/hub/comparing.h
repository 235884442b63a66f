/* Two versions of a chart, compared, with what the versions between them say of themselves: a CHANGELOG.md
 * is mostly missing, and an annotation speaks of one version alone.                          */
#pragma once

#include "indexer/document/compare.h"
#include "indexer/hub/contents.h"

/* What the annotations of the versions after the older and up to the newer one say, the newest first; of
 * RELEASES_SHOWN_MAX versions at most, then `cut`. `one` empty: of all up to the other. In the arena, or
 * borrowed from `v`. NOMEM.                                                                  */
NODISCARD enum err hub_notes(struct arena *a, const struct hub_versions *v, struct str one,
                             struct str other, struct changelog *ret, struct errinfo *e);

/* compare_charts with these. Borrows from all three. NOMEM. */
NODISCARD enum err hub_compare(struct hub *h, struct arena *a, const struct hub_versions *v,
                               struct contents *old, struct contents *new,
                               struct comparison *ret, struct errinfo *e);
