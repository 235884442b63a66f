/* What `helm lint` would say of a chart, as far as it needs no template engine (clients.md §2.5). */
#pragma once

#include "indexer/format/chart.h"

enum lint_level { LINT_INFO, LINT_WARNING, LINT_ERROR };

struct lint_finding {
	enum lint_level level;
	struct str path;                 /* "Chart.yaml", "values.yaml", "templates/" */
	struct str text;                 /* Helm's words where Helm has them */
};

struct lint_report {
	struct lint_finding *findings;   /* in the arena, in Helm's order */
	size_t count, errors, warnings;
};

NODISCARD enum err lint_chart(struct arena *a, const struct chart *c, struct lint_report *ret,
                              struct errinfo *e);
const char *lint_level_name(enum lint_level level);      /* "INFO", "WARNING", "ERROR" */
