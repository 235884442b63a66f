/* /repos: the repositories; /repos/{repo}: one of them, with its charts. */
#pragma once

#include "server/web/repo_list.h"
#include "server/web/trips_view.h"
#include "server/web/upstream_view.h"
#include "server/web/virtual_view.h"

struct repos_view {
	const struct repo_line *rows;
	size_t count;
	struct str create;               /* the command that makes one */
	struct str outdated;             /* link */
};

#define REPO_ROWS 50u

struct repo_view {
	struct repo_line repo;
	struct crumb crumbs[1];
	const struct chart_row *rows;
	size_t row_count;
	struct pager pager;
	struct str add, publish, search; /* commands, and the search within */
	struct str upload, settings;     /* pages for who may; else empty */
	struct str maintainers;
	bool overwrite;
	uint64_t event;
	bool is_upstream, is_virtual;
	struct upstream_view up;         /* of an upstream */
	struct virtual_view members;     /* of a virtual one */
	struct trips_view trips;
};

NODISCARD enum err repos_page(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err repo_page(struct call *c, struct response *s, struct errinfo *e);
