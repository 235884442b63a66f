/* A chart of the catalog as a row of a list (struct chart_row of parts.h). */
#pragma once

#include "indexer/hub/search.h"
#include "server/web/parts.h"

/* "cached", "upstream"; NULL: hosted here, as is usual. */
const char *origin_mark(enum hub_origin origin);
/* Of a verdict on a provenance file (ingest/versions.h): green where a key of the keyring signed it, else the
 * word says what is missing.                                                                  */
struct mark signature_mark(struct str verdict);
/* Borrows from the chart, which outlives the row; what is marked is in arena `a`, else in that of the links.
 * False: no memory.                                                                           */
NODISCARD bool row_of_chart(struct links *l, const struct hub_chart *c, int64_t now_ns, struct chart_row *ret);
NODISCARD bool row_of_hit(struct arena *a, struct links *l, const struct hub_hit *hit, int64_t now_ns,
                          struct chart_row *ret);
