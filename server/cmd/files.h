/* The charts among the paths of a command line, and what is in a directory. */
#pragma once

#include "indexer/base/arena.h"

struct chart_path {
	const char *path;                /* of a .tgz, as it was named or found: for messages */
	const char *file;                /* what to open: the same, or where a named link leads */
	const char *prov;                /* its .tgz.prov to open, NULL if there is none beside it */
	uint64_t bytes;
};
struct chart_paths {
	struct chart_path *list;
	size_t count, capacity;
	uint64_t bytes;
	size_t unreadable;               /* directories that may not be read; told on standard error */
	size_t links;                    /* that lead to a directory, or are named as a chart: left out */
	struct arena arena;
};

/* A file as it is named, and its .prov, are also found through symbolic links: whoever names a
 * link means what it leads to. Of a directory every *.tgz below it, sorted, symbolic links and
 * names that begin with '.' left out; a directory that may not be read (lost+found) is told and
 * counted. NOT_FOUND names the path.                                                         */
NODISCARD enum err chart_paths_add(struct chart_paths *p, const char *path, struct errinfo *e);
/* Behind a sentence that nothing was found: why, where links were left out; else empty. */
const char *chart_paths_links(const struct chart_paths *p);
void chart_paths_done(struct chart_paths *p);

/* The names in a directory, sorted, without "." and "..", ending with NULL, in the arena. NULL:
 * errno says why.                                                                            */
const char **directory_names(struct arena *a, const char *path);
