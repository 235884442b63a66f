/* /outdated?repo=: charts with dependencies of which something newer is here, or which are missing; of a
 * repository, or of all hosted ones that the reader sees. The same as GET /api/v1/outdated.   */
#pragma once

#include "server/web/dependencies_page.h"

#define OUTDATED_ROWS 50u            /* charts of a page */

struct outdated_chart {
	struct str repo, name, version, link;    /* link: to what it depends on */
	const struct dependency_line *lines;     /* out of date, the largest step first; then missing */
	size_t count;
};

struct outdated_view {
	struct str repo;                 /* empty: all that are hosted */
	struct crumb crumbs[2];
	size_t crumb_count;
	const struct outdated_chart *charts;
	size_t count;
	size_t measured, behind, missing;        /* charts: with dependencies, out of date, not all compared */
	struct pager pager;              /* of those that are listed */
};

NODISCARD enum err outdated_page(struct call *c, struct response *s, struct errinfo *e);
