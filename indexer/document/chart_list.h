/* A chart and all that is below it, as a list: every chart before those in its charts/; and what its lock
 * says of a dependency.                                                                       */
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

/* Of the dependency at that place of Chart.yaml, which is of several with one name the one that counts.
 * NULL: the lock does not name it.                                                            */
const struct chart_lock_entry *chart_locked(const struct chart *c, size_t position, struct str name);
/* What charts/ has for a dependency: as for Helm the first chart of its name that its range admits, of the first
 * PACKED_TWINS_MAX; else the first of them, where it cannot be another dependency's. *ret NULL: there is none.
 * Borrowed from `c`. NOMEM.                                                                   */
NODISCARD enum err chart_packed(const struct chart *c, const struct chart_dependency *d, const struct chart **ret,
                                struct errinfo *e);
