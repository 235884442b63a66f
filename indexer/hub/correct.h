/* What somebody meant who mistyped a word: the query with its unknown words replaced by the nearest
 * ones, names and keywords of charts that the viewer sees. A word is known that stands anywhere in
 * such a chart but its README and values; of those that are known nothing is changed.         */
#pragma once

#include "indexer/hub/impl.h"
#include "indexer/hub/rank.h"

/* Empty: every word is known, or nothing is near. In the arena. With the table's lock. */
NODISCARD enum err correct_text(struct arena *a, const struct hub_table *t,
                                const struct hub_viewer *v, struct str text, const struct query *q,
                                const struct ranker *r, struct str *ret, struct errinfo *e);

/* The words of a chart that may be meant, to nearest_offer: the whole name, its parts, other words. */
struct nearest;
void nearest_offer_chart(struct nearest *n, const struct hub_chart *c);
