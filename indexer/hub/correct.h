/* What somebody meant who mistyped a word: the query with its unknown words replaced by the nearest
 * ones, names and keywords of charts that the viewer sees. A word is known that stands anywhere in
 * such a chart but its README and values; of those that are known nothing is changed.         */
#pragma once

#include "indexer/hub/facet.h"
#include "indexer/hub/rank.h"

/* Empty: every word is known, or nothing is near. In the arena. With the table's lock. */
NODISCARD enum err correct_text(struct arena *a, const struct hub_table *t,
                                struct facet_count *seen, struct str text, const struct query *q,
                                const struct ranker *r, struct str *ret, struct errinfo *e);
