/* The root page: a search, what is here, and how to use it. */
#pragma once

#include "server/web/repo_list.h"

#define HOME_ROWS 6u
#define HOME_REPOS 12u

struct home_category { struct str name, link; uint64_t count; };

struct home_view {
	uint64_t charts, versions;
	const struct repo_line *repos;
	size_t repo_count, repo_total;   /* shown, and there */
	const struct chart_row *recent, *used;
	size_t recent_count, used_count;
	const struct home_category *categories;
	size_t category_count;
	struct str add, publish;         /* commands with this server's URL; publish empty: it takes none */
	struct str all_recent, all_used, all_repos, all_charts;
	bool incomplete;                 /* as hub_result says */
	bool closed;                     /* nothing is shown to who is not signed in */
};

NODISCARD enum err home_page(struct call *c, struct response *s, struct errinfo *e);
