/* What was promoted into virtual repositories, from the repository that keeps it: retention keeps it, and who takes
 * it out of the index is told where it will be missing.                                       */
#pragma once

#include "indexer/ingest/batch.h"
#include "indexer/store/upstreams.h"

/* Borrowed during the call, but the view's name, which lives as long as g. */
typedef enum err promoted_visit(void *ctx, struct str view, const struct release_row *row, struct errinfo *e);
/* Every promotion, of one chart unless `chart` is empty, into a virtual repository that has `of` among what it is made
 * of, however far below; whether `of` has these bytes is the caller's to compare.             */
NODISCARD enum err promoted_each(struct ingest *g, struct catalog *c, const struct repository *of, struct str chart,
                                 promoted_visit *each, void *ctx, struct errinfo *e);
/* Sets c->result.promoted_to, of what is still in the repository. */
NODISCARD enum err promoted_name(struct batch *b, const struct repository *r, struct change *c,
                                 const struct version_row *row);
