/* What templates see that is no map: .Files and .Capabilities. Private to render*.c and object*.c. */
#pragma once

#include "indexer/format/chart.h"
#include "indexer/template/template.h"

/* .Files of a chart: what Helm's loader takes for nothing else. NULL: out of memory. */
NODISCARD const struct tmpl_object *object_files_new(struct arena *a, const struct chart *c);

/* .Capabilities without a cluster. `version`: "1.29", "v1.29.3-gke.1"; empty: RENDER_KUBE_VERSION. */
NODISCARD const struct tmpl_object *object_capabilities_new(struct arena *a, struct str version);

static inline struct tmpl_value object_value(const struct tmpl_object *o)
{
	return (struct tmpl_value){ .kind = TMPL_OBJECT, .object = o };
}
