/* What the catalog of charts knows of one: of the version that is shown or of any, all its versions, and
 * what is in one, as `helm show` prints it. Answered by a worker.                             */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/hub/elsewhere.h"
#include "server/route/chart_version.h"

/* GET /api/v1/charts/{repo~}/{name} and …/{version} */
NODISCARD enum err catalog_chart(struct call *c, struct response *s, struct errinfo *e);
/* GET …/versions?limit=&after= */
NODISCARD enum err catalog_versions(struct call *c, struct response *s, struct errinfo *e);
/* GET …/{version}/show/{any}: readme, values, chart, crds or all */
NODISCARD enum err catalog_show(struct call *c, struct response *s, struct errinfo *e);
#define CATALOG_ANSWER_MAX_BYTES (64u * MIB)

/* ---- chart_json.c ---- */

/* An object. `used_by` and the pulls of the last days, the last one today, are what the caller knows. */
struct chart_counts {
	uint64_t used_by;
	uint32_t pulls[HUB_PULL_DAYS];
	struct hub_copies elsewhere;
};
NODISCARD enum err put_chart(struct sbuf *b, const struct call *c, struct arena *a,
                             const struct chart_version *v, const struct chart_counts *counts,
                             struct errinfo *e);
