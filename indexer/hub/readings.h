/* What is read out of a version for more than one page, made once and kept with its contents.
 *
 *     err = contents_values(hub, c, &values, e);
 *     err = contents_compare(hub, &arena, old, new, NULL, &comparison, e);
 *
 * What they give borrows from the contents, of which the caller has references. NOMEM alone, where nothing
 * else is said.                                                                                */
#pragma once

#include "indexer/document/compare.h"
#include "indexer/document/readiness.h"
#include "indexer/hub/contents.h"

NODISCARD enum err contents_values(struct hub *h, struct contents *c,
                                   const struct values_view **ret, struct errinfo *e);
/* The chart's own files as in chart.members, then those of packed subcharts, below the packed file:
 * "charts/db-1.0.0.tgz/values.yaml"; FILES_PACKED_MAX of them.                                */
NODISCARD enum err contents_files(struct hub *h, struct contents *c,
                                  const struct tar_listing **ret, struct errinfo *e);
/* What a chart brings: its images, the certain ones first, and the kinds of its resources. What rendering
 * shows is read once; a pushed list wins, and is asked for each time. In the arena, or borrowed. NOMEM, and
 * what the catalog's database fails with.                                                     */
NODISCARD enum err contents_brings(struct hub *h, struct arena *a, struct contents *c,
                                   struct chart_images *ret_images, struct chart_kinds *ret_kinds,
                                   struct errinfo *e);
/* The same of a version that is here, as it was kept when it was rendered: without the kinds, and of the
 * images only what they are and whether they are certain; of what was not rendered yet, the archive is read.
 * In the arena. ABSENT: only an upstream has it; NOT_FOUND, REPO_NOT_FOUND, DAMAGED.             */
NODISCARD enum err hub_images(struct hub *h, struct arena *a, struct str repo, struct str name,
                              struct str version, struct chart_images *ret, struct errinfo *e);
/* What it needs of a network: of the archive alone, rendered once for this and for contents_brings; its
 * images as the list says that was pushed, where there is one. In the arena, and borrows from `c`. */
NODISCARD enum err contents_needs(struct hub *h, struct arena *a, struct contents *c, struct readiness_needs *ret,
                                  struct errinfo *e);
/* As compare_charts. */
NODISCARD enum err contents_compare(struct hub *h, struct arena *a, struct contents *old,
                                    struct contents *new, const struct changelog *notes,
                                    struct comparison *ret, struct errinfo *e);
