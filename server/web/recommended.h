/* What the authors of a chart recommend (artifacthub.io/recommendations), as links: to our own page
 * where that chart is here.                                                                  */
#pragma once

#include "indexer/document/annotations.h"
#include "server/route/viewer.h"
#include "server/web/links.h"

struct recommended {
	struct str name, link;           /* name: of the chart, else the URL; link: empty where that is no address */
	struct str host;                 /* it is elsewhere: "artifacthub.io"; empty: here, or no chart's page */
};

/* At most `max`; of charts that the viewer sees. A chart of that name in a repository of that name is
 * taken for it. In the arena. False: no memory.                                              */
NODISCARD bool recommended_fill(struct arena *a, struct links *l, struct hub *h,
                                const struct hub_viewer *v, const struct chart_annotations *notes,
                                size_t max, struct recommended *ret, size_t *ret_count);
