/* /search: what was found, and what to narrow it by. All state is in the address. */
#pragma once

#include "server/web/parts.h"

struct search_sort { const char *name, *label; struct str link; bool current; };
#define SEARCH_CHIPS_MAX 32

struct search_view {
	struct str heading;              /* "247 charts for “postgres”" */
	struct facets facets;
	struct chip chips[SEARCH_CHIPS_MAX];
	size_t chip_count;
	const struct search_sort *sorts;
	size_t sort_count;
	const struct chart_row *rows;
	size_t row_count;
	struct pager pager;
	struct str did_you_mean, did_you_mean_link;
	bool corrected, cut;
	const struct str *notes;
	size_t note_count;
	struct str feed, publish;        /* publish: the command that fills an empty catalog */
	bool anything;                   /* there are charts at all */
};

NODISCARD enum err search_page(struct call *c, struct response *s, struct errinfo *e);
