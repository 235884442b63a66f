/* Facets: what charts can be narrowed by. A value ("database" of the keywords) is a number, a chart
 * has a list of them, and a search counts by adding one for each number of each chart it found.
 * Each facet is counted with the filters of all others applied: a chart that fails one facet's
 * alone counts there and nowhere else.
 *
 *     facet_count_new(&a, facets, filters, n, views, viewer, &x, e)
 *     for each chart that matches: if (facet_count_sees(x, row)) in = facet_count_take(x, row);
 *     facet_count_lists(x, &a, lists, e)
 *
 * Everything happens with the table's lock.                                                  */
#pragma once

#include "indexer/hub/impl.h"
#include "indexer/hub/views.h"

/* Kubernetes' minors that are offered: those of the last six years. */

struct facet_count;

/* In the arena; borrows all of it. `views`: of the filters; NULL: none of them names one. */
NODISCARD enum err facet_count_new(struct arena *a, const struct facets *f,
                                   const struct hub_filter *filters, size_t filter_count,
                                   const struct views *views, const struct hub_viewer *v,
                                   struct facet_count **ret, struct errinfo *e);
/* Whether the viewer sees the chart's repository; he is asked once for each. */
bool facet_count_sees(struct facet_count *x, const struct hub_row *row);
/* As the viewer himself, who is asked no more often; one who sees all is not asked again. */
struct hub_viewer facet_count_viewer(struct facet_count *x);
/* Counts the chart, which is seen. Whether it passes all filters. */
bool facet_count_take(struct facet_count *x, const struct hub_row *row);
/* Of FACET_COUNT lists; in the arena. */
NODISCARD enum err facet_count_lists(const struct facet_count *x, struct arena *a,
                                     struct hub_facet_list *ret, struct errinfo *e);
