/* /search: what was found, and what to narrow it by. All state is in the address. */
#pragma once

#include "server/web/parts.h"
#include "server/web/recommended.h"

struct search_sort { const char *label; struct str link; bool current; };
#define SEARCH_ROWS 20u              /* of a page */
#define SEARCH_CHIPS_MAX 32
#define SEARCH_DEPRECATED_MAX 4
#define SEARCH_INSTEAD_MAX 3

/* A chart that is called what was searched for, and which its authors have given up. */
struct search_deprecated {
	struct str repo, name, link;
	struct recommended instead[SEARCH_INSTEAD_MAX];
	size_t instead_count;            /* what they recommend */
};

struct search_view {
	struct str heading;              /* "247 charts for “postgres”" */
	struct facets facets;
	struct chip chips[SEARCH_CHIPS_MAX];
	size_t chip_count;
	const struct search_sort *sorts;
	size_t sort_count;
	struct search_deprecated deprecated[SEARCH_DEPRECATED_MAX];
	size_t deprecated_count;
	const struct chart_row *rows;
	size_t row_count;
	struct pager pager;
	struct str did_you_mean, did_you_mean_link;
	bool corrected, incomplete;
	const struct str *notes;
	size_t note_count;
	struct str publish;              /* the command that fills an empty catalog; empty: none may */
	bool anything;                   /* something was found, or the reader sees charts at all */
};

/* Fills `deprecated` for a text; of charts that the viewer sees. In the arena. */
NODISCARD enum err search_put_deprecated(struct search_view *v, struct call *c, struct links *l,
                                         struct arena *a, struct str text, struct errinfo *e);
NODISCARD enum err search_page(struct call *c, struct response *s, struct errinfo *e);
