/* /packages/{repo}/{name}/{version}/values: the values as a tree, the chart's own first, then those of
 * its subcharts, each folded under its name. ?path= shows one of them whole.                  */
#pragma once

#include "indexer/document/values.h"
#include "server/web/chart_frame.h"

struct values_line {
	const struct value_row *row;
	unsigned depth;                  /* 0 … 8, as a class has it */
	struct str comment;              /* its beginning */
	bool cut;
	struct str set;                  /* "--set …"; empty: longer than it is worth here */
	struct str link;                 /* ?path= */
};

/* One table: the chart's own, or of a subchart. */
struct values_group {
	struct str name;                 /* of the subchart; empty: the chart's own */
	bool disabled;
	const struct values_line *lines;
	size_t count;                    /* on this page */
};

struct value_whole {
	const struct value_row *row;     /* NULL: none was asked for */
	struct str set, yaml;            /* empty: too long */
	struct str source, back;         /* links: the line of its file, or empty; its row in the table */
	struct str was;                  /* the subchart's own default */
};

struct values_page_view {
	const struct chart_frame *f;
	const struct values_view *values;
	const struct values_group *groups;
	size_t group_count;
	struct value_whole whole;
	struct str unknown;              /* the path that was asked for and is not there */
	size_t wrong;                    /* defaults with a problem */
	struct str self, raw, source, schema;    /* links; empty: there is no such file */
	struct pager pager;
	struct str filter;               /* ?q= */
};

const char *value_type_word(const struct value_row *row);        /* "list"; empty: as declared, or none */

NODISCARD enum err values_page(struct call *c, struct response *s, struct errinfo *e);
