/* The icon of a chart, as this server can show it: from its archive, or one that Chart.yaml names elsewhere
 * and that was fetched (indexer/icon/icons.h), where the setting icons.fetch lets it.          */
#pragma once

#include "indexer/hub/hub.h"
#include "server/route/app.h"

/* Never blocks; one that is elsewhere and was never asked for is, in the background. */
bool logo_is_here(const struct app *app, const struct hub_chart *chart);
/* NOT_FOUND. Blocks for the disk. Caller frees. */
NODISCARD enum err logo_read(const struct app *app, const struct hub_chart *chart, char **ret,
                             size_t *ret_bytes, struct errinfo *e);
