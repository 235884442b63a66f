/* Charts and versions as Monocular's clients read them: JSON objects. */
#pragma once

#include "indexer/format/index.h"
#include "server/artifacthub/answer.h"

/* Whose icon is that of a chart: of a virtual repository, the member's that shows the same version with the
 * same icon. NULL: nobody's. Caller gives it back with hub_chart_unref.                         */
struct hub_chart *monocular_chart_of_icon(struct answer *x, struct str repo, const struct chart_meta *m);
void monocular_put_chart(struct answer *x, struct str repo, const struct index_entry *shown);
void monocular_put_version(struct answer *x, struct str repo, const struct index_entry *version,
                           const struct index_entry *shown);
