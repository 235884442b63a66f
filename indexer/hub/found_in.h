/* Private to hub/: where a chart was found, when its row on a page does not show that: in the README or
 * the values, or in its keywords, dependencies, maintainers, images or kinds.                  */
#pragma once

#include "indexer/hub/impl.h"
#include "indexer/hub/query.h"
#include "indexer/hub/search.h"

/* Sets found_in, snippet and the marked description of every hit. In the arena. Without the table's lock:
 * it reads texts out of search.db.                                                            */
NODISCARD enum err found_in_show(struct hub *h, struct arena *a, const struct query *q, struct hub_result *found,
                                 struct errinfo *e);
