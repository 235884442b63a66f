/* Whether a chart works without a network, as its page tells it: one line, and what to look at behind it. */
#pragma once

#include "server/route/readiness.h"
#include "server/web/chart_frame.h"

#define NETWORK_ROWS_MAX 12          /* shown; the command tells all */
struct chart_network {
	struct str summary;              /* "May fail without a network: …"; empty: nothing is known */
	struct network_row {
		struct readiness_finding f;
		const struct readiness_rule *rule;
		const char *word, *mark;     /* "error", "bad" */
	} rows[NETWORK_ROWS_MAX];
	size_t row_count, more;
	struct str command;              /* that tells all of them */
};

/* Of a chart whose archive can be read. Without memory there is no summary. */
void network_fill(struct call *c, struct chart_frame *f, struct chart_network *ret);
