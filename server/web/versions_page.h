/* /packages/{repo}/{name}/versions: all versions of a chart, the newest first. */
#pragma once

#include "server/web/chart_frame.h"

#define VERSIONS_ROWS 1000u          /* of a page */

struct version_line {
	struct str version, app_version, kube_version;
	struct str link, compare;        /* compare: with the version that is shown; empty: it is that one */
	struct str reason;               /* why it was yanked */
	int64_t created_ns, gone_ns, drift_ns;       /* as struct chart_line */
	uint64_t bytes, pulls;
	struct mark signature;
	bool prerelease, deprecated, yanked, damaged, shown;
};

struct versions_view {
	const struct chart_frame *f;
	const struct version_line *lines;
	size_t count;
	struct pager pager;
	struct str compare;              /* the page to choose two */
	struct str self, filter;         /* this page; ?q= */
};

NODISCARD enum err versions_page(struct call *c, struct response *s, struct errinfo *e);
