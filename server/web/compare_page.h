/* /packages/{repo}/{name}/compare/A...B: what changed between two versions, and a form to choose others;
 * without versions the form alone, which leads here with ?from=&to=.                         */
#pragma once

#include "indexer/document/compare.h"
#include "server/web/chart_frame.h"
#include "server/web/releases.h"

/* One thing that changed. */
struct compare_row {
	enum compare_change change;
	struct str name, old, new, note; /* old and new are cut; empty: not there */
	bool danger;
};

struct compare_section {
	const char *id, *title;
	struct compare_row *rows;
	size_t count;                    /* of rows, at most COMPARE_ROWS_SHOWN_MAX */
	size_t more, same;
};
#define COMPARE_SECTIONS_MAX 9u

struct compare_hunk {
	uint64_t gap;                    /* lines before it that stayed and are not shown */
	const struct diff_line *lines;
	size_t count;
};

struct compare_diff {
	const struct compare_file *file;
	const struct compare_hunk *hunks;
	size_t hunk_count;
	struct str old, new;             /* links to the file; empty: not there */
};

struct compare_choice { struct str version; bool from, to; };

struct compare_view {
	const struct chart_frame *f;
	struct str from, to;             /* from empty: the form alone */
	struct str action, swap;         /* links: of the form, of the way back */
	const struct compare_choice *choices;
	size_t choice_count;
	const struct comparison *c;
	struct compare_section sections[COMPARE_SECTIONS_MAX];
	size_t section_count;
	const struct compare_diff *diffs;
	size_t diff_count, same_files;
	struct release_list releases;
};

/* Words for the template. */
const char *compare_mark_kind(enum compare_change c);            /* "bad", "good", "" */
const char *compare_severity_kind(enum compare_severity s);
const char *compare_line_class(enum diff_kind k);                /* "add", "del", "same" */
const char *compare_line_sign(enum diff_kind k);

/* Fills the sections (compare_sections.c). NOMEM. */
NODISCARD enum err compare_sections(struct compare_view *v, struct arena *a, struct errinfo *e);

NODISCARD enum err compare_page(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err compare_form(struct call *c, struct response *s, struct errinfo *e);
