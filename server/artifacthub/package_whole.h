/* Everything about one version, as a JSON object. */
#pragma once

#include "indexer/hub/contents.h"
#include "server/artifacthub/package.h"

/* `shown` is the chart, `versions` all that are in the index; `at` is the one this is about, and
 * `contents` what is in it. NOMEM.                                                           */
NODISCARD enum err package_put_whole(struct answer *x, const struct hub_chart *shown,
                                     const struct hub_versions *versions, size_t at,
                                     struct contents *contents, struct errinfo *e);
/* {"kind":…,"description":…,"links":[…]} each. */
void package_put_changes(struct answer *x, const struct changelog_entry *list, size_t count);
