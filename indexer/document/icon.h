/* The icon that a chart brings along: a `data:` URL in Chart.yaml, or a file of the archive that
 * Chart.yaml names. An icon elsewhere is none of it: nothing is fetched.
 *
 * The type is one of those that browsers show as an image and do not run; SVG has to be sent with
 * a policy all the same, because it can be opened by itself.                                 */
#pragma once

#include "indexer/format/chart.h"

struct chart_icon {
	const char *type;                /* "image/png"; static */
	struct str bytes;                /* of the chart, or in the arena */
};

/* "image/png", as the bytes begin; NULL: no image. Static. */
const char *icon_type(struct str bytes);

/* NOT_FOUND: it brings none, or none that is an image of at most ICON_MAX_BYTES. NOMEM. */
NODISCARD enum err icon_read(struct arena *a, const struct chart *c, struct chart_icon *ret,
                             struct errinfo *e);
