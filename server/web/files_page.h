/* /packages/{repo}/{name}/{version}/templates: the files of a chart as a tree, and the one that ?path=
 * names, coloured, with lines to link to. Without ?path= it is the first template.           */
#pragma once

#include "indexer/document/highlight.h"
#include "server/web/chart_frame.h"

struct file_line {
	struct str shown;                /* its name without the folder that the group is named after */
	struct str link;
	struct str kinds;                /* "Deployment, Service" */
	bool current;
};

struct file_group {
	struct str title;
	const struct file_line *files;
	size_t count;
	bool open;
};

struct files_view {
	const struct chart_frame *f;
	const struct file_group *groups;
	size_t group_count;
	bool cut;                        /* there are more files */
	struct str name;                 /* of the chosen one; empty: there is none to show */
	struct str raw;                  /* a link to its bytes */
	struct str missing;              /* the file that was asked for and is not there */
	uint64_t bytes;
	size_t line_count;
	bool binary, image;
	struct highlighted text;         /* at most FILE_LINES_SHOWN_MAX of its lines */
};

NODISCARD enum err files_page(struct call *c, struct response *s, struct errinfo *e);
