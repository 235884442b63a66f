/* /outdated?repo=: charts with dependencies of which something newer is here, and those with some that are
 * missing; of a repository, or of all hosted ones that the reader sees: GET /api/v1/outdated as a page. */
#pragma once

#include "server/web/dependencies_page.h"

#define OUTDATED_ROWS 50u            /* charts of a page */
#define OUTDATED_MISSING 50u         /* charts that are named; the API has all */

struct outdated_chart {
	struct str repo, name, version, link;    /* link: to what it depends on */
	const struct dependency_line *lines;     /* that are out of date, the largest step first */
	size_t count, missing;
};

struct outdated_view {
	struct str repo;                 /* empty: all that are hosted */
	struct crumb crumbs[2];
	size_t crumb_count;
	size_t measured, behind;         /* charts: with dependencies, with some that are out of date */
	const struct outdated_chart *charts;     /* those of this page */
	size_t count;
	struct pager pager;
	const struct outdated_chart *incomplete; /* with some that are missing; without lines */
	size_t incomplete_count, incomplete_more;
};

NODISCARD enum err outdated_page(struct call *c, struct response *s, struct errinfo *e);
