/* `helm dependency update`: the charts that a chart directory depends on, into its charts/ folder,
 * and what was chosen into Chart.lock.
 *
 *     dependency.c         the steps, and what ends up on disk
 *     dependency_fetch.c   charts from a directory beside this one, or from a repository
 *
 * Everything is resolved and downloaded before the first file changes. The lock is written only
 * when it says something else than before, as Helm does.                                     */
#pragma once

#include "indexer/fetch/fetch.h"
#include "indexer/format/index.h"

/* `path` is the chart's directory; `seconds` is what source_date says: the time of the files in an
 * archive, -1: their own.                                                                    */
NODISCARD enum err dependency_update(const char *path, int64_t seconds, struct errinfo *e);

/* ---- between the two files ---- */

struct dependency_index {            /* a repository's index, read once */
	struct str url;
	struct index_file file;
	struct dependency_index *next;
};

struct dependency_update {
	struct arena *arena;
	const char *path;
	int64_t seconds;
	struct chart chart;
	struct fetch *fetch;             /* made when it is needed */
	struct dependency_index *indexes;
	struct errinfo *e;
};

/* One dependency, resolved. Everything is in the arena. */
struct dependency_found {
	struct str version;
	struct str file, tgz;            /* for charts/; empty: it is there already */
	int64_t mtime_seconds;           /* for the file: packages of it are reproducible */
};

struct semver_range;
/* The index of a repository, which is asked once. In the arena. */
NODISCARD enum err dependency_read_index(struct dependency_update *u, struct str repository,
                                         const struct index_file **ret);
NODISCARD enum err dependency_from_directory(struct dependency_update *u,
                                             const struct chart_dependency *d,
                                             const struct semver_range *range,
                                             struct dependency_found *ret);
NODISCARD enum err dependency_from_repository(struct dependency_update *u,
                                              const struct chart_dependency *d,
                                              const struct semver_range *range,
                                              struct dependency_found *ret);
