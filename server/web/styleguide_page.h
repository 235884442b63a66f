/* What templates/styleguide.html shows: made-up contents, always the same. */
#pragma once

#include "server/web/parts.h"

struct styleguide_view {
	const struct crumb *crumbs;
	size_t crumb_count;
	const struct tab *tabs;
	size_t tab_count;
	struct pager pager;
	const struct chip *chips;
	size_t chip_count;
	struct facets facets;
	const struct chart_row *rows;
	size_t row_count;
	struct field name, password, wrong, roles, role, private;
	struct str digest;
	const char *const *names;        /* with a tile of each tint */
	size_t name_count;
	int64_t then_ns, now_ns;
};
