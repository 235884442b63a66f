/* A chart as a directory of source files: read into memory, loaded, packaged.
 *
 * .helmignore decides what is looked at. A symbolic link is followed when it leads to something
 * inside the directory; one that leads out of it is refused, so that packaging a stranger's
 * chart cannot carry away this machine's files; so is one that loops.                        */
#pragma once

#include "indexer/format/package.h"

struct chart_dir {
	struct package_file *files;      /* in the arena */
	size_t count;
	int64_t newest_seconds;          /* the youngest file's modification time */
};

/* Whether `path` is a directory with a Chart.yaml. */
bool chart_dir_is(const char *path);

/* NOT_FOUND, INVALID (link that loops or leads out of the directory, special file), TOO_LARGE. */
NODISCARD enum err chart_dir_read(struct arena *a, const char *path, struct chart_dir *ret,
                                  struct errinfo *e);

/* The chart, as chart_load reads it. */
NODISCARD enum err chart_dir_load(struct arena *a, const char *path, struct chart *ret,
                                  struct errinfo *e);

/* Reads and packages. The caller frees ret->tgz. */
NODISCARD enum err chart_dir_package(struct arena *a, const char *path,
                                     const struct package_options *o, struct package *ret,
                                     struct errinfo *e);

/* An archive or a directory, as it is named, with *ret_bytes of the archive, 0 of a directory. The
 * chart borrows from the arena and from *s. Errors begin with the path.                       */
NODISCARD enum err chart_path_load(struct arena *a, struct chart_scratch *s, const char *path,
                                   size_t *ret_bytes, struct chart *ret, struct errinfo *e);
