/* A chart and all that is below it, as a list: every chart before those in its charts/. */
#pragma once

#include "indexer/format/chart.h"

struct chart_at {
	const struct chart *chart;
	struct str subchart;             /* names down to it, "redis/common"; empty: the first */
	size_t parent;                   /* where in the list; of the first: itself */
};

/* NOMEM. The list is in the arena and borrows from the chart. */
NODISCARD enum err chart_list(struct arena *a, const struct chart *c, struct chart_at **ret,
                              size_t *ret_count, struct errinfo *e);
