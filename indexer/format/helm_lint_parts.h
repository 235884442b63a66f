/* What the files of lint share; not for others. */
#pragma once

#include "indexer/format/helm_lint.h"

struct lint {
	struct arena *a;
	const struct chart *chart;
	struct lint_report report;
	size_t capacity;
	bool failed;                     /* out of memory, reported at the end */
};

void lint_add(struct lint *l, enum lint_level level, struct str path, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

#define LINT_CHART_YAML STR("Chart.yaml")

NODISCARD enum err lint_chart_yaml(struct lint *l, struct errinfo *e);

/* E-mail and web addresses as Helm accepts them (its validator's rules, not an RFC's). */
bool lint_is_email(struct str s);
bool lint_is_url(struct str s);             /* maintainers: the scheme may be missing */
bool lint_is_request_url(struct str s);     /* icon, sources: any scheme, but one */
