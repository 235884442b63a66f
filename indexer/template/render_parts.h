/* Private to render*.c. */
#pragma once

#include "indexer/template/objects.h"
#include "indexer/template/render.h"

struct render_context {              /* of a chart */
	const struct render_chart *c;
	struct str path;                 /* "app/charts/db" */
	struct tmpl_map *top;            /* what its templates see as dot */
	size_t chart;                    /* its number */
};

/* .Chart as Helm 4 has it: a map. NULL: out of memory. */
NODISCARD struct tmpl_map *render_metadata(struct arena *a, const struct render_chart *c, bool is_root);
/* .Release, which all charts share. */
NODISCARD struct tmpl_map *render_release(struct arena *a, const struct render_options *o);
