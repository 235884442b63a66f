/* What `helm lint` says of a chart, with what takes a look into documents: helm_lint.h, then what
 * values.schema.json says of values.yaml, then annotations of Artifact Hub that are not as they should be, which
 * are warnings, since a page leaves them out.                                                 */
#pragma once

#include "indexer/format/helm_lint.h"

/* As lint_chart, whose only error is NOMEM. As in Helm the chart's own values.yaml is judged by itself, without
 * those of subcharts; a schema above SCHEMA_MAX_BYTES is not looked at, and at most SCHEMA_VIOLATIONS_MAX are told. */
NODISCARD enum err lint_documents(struct arena *a, const struct chart *c, struct lint_report *ret,
                                  struct errinfo *e);
