/* The charts among the paths of a command line. */
#pragma once

#include "indexer/base/arena.h"

struct chart_path {
	const char *path;                /* of a .tgz */
	const char *prov;                /* of its .tgz.prov, NULL if there is none beside it */
	uint64_t bytes;
};
struct chart_paths { struct chart_path *list; size_t count, capacity; uint64_t bytes; struct arena arena; };

/* A file as it is named; of a directory every *.tgz below it, sorted, symbolic links and names
 * that begin with '.' left out. NOT_FOUND names the path.                                    */
NODISCARD enum err chart_paths_add(struct chart_paths *p, const char *path, struct errinfo *e);
void chart_paths_done(struct chart_paths *p);
