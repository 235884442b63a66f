/* Virtual repositories that a search names. They have no charts in the catalog, so `repo` of one means the
 * charts that its index shows, as the members have them that they come from.
 *
 *     views_open(h, a, viewer, filters, n, &query, &views, e)       before the table's lock
 *     views_show(views, STR("all"), chart)                          as often as needed, with it
 *     views_close(views)                                            after it
 *
 * What is shown is held as it was at the open, so a search is true of one moment.             */
#pragma once

#include "indexer/hub/query.h"
#include "indexer/hub/search.h"

struct views;

/* Of the filters and fields that are about repositories, those that are virtual and that the viewer sees, at most
 * SEARCH_VIEWS_MAX; none is fine. In the arena, but for the indexes, which views_close gives back. NOMEM. */
NODISCARD enum err views_open(struct hub *h, struct arena *a, const struct hub_viewer *v,
                              const struct hub_filter *filters, size_t filter_count, const struct query *q,
                              struct views **ret, struct errinfo *e);
void views_close(struct views *v);               /* NULL is fine */
/* Whether one by that name was found; NULL views: no. */
bool views_have(const struct views *v, struct str repo);
/* It was, and shows a version of this very chart, of this repository. NULL views: no. */
bool views_show(const struct views *v, struct str repo, const struct hub_chart *c);
