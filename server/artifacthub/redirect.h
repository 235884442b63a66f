/* Addresses that other hubs have for the page of a chart: /packages/helm/REPO/NAME[/VERSION] is
 * Artifact Hub's, /charts/REPO/NAME[/VERSION] was Helm Hub's and is what `helm search hub` makes of
 * an id. Whether there is such a chart, the page says.                                      */
#pragma once

#include "server/route/app.h"

NODISCARD enum err redirect_package(struct call *c, struct response *s, struct errinfo *e);
/* /packages/search?ts_query_web=… is Artifact Hub's page of a search, where its badges lead. */
NODISCARD enum err redirect_search(struct call *c, struct response *s, struct errinfo *e);
