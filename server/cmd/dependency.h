/* `helm dependency update`: the charts that a chart directory depends on, into its charts/ folder,
 * and what was chosen into Chart.lock.
 *
 *     dependency.c         the steps, and what ends up on disk
 *     dependency_fetch.c   charts from a directory beside this one, or from a repository
 *
 * Everything is resolved and downloaded, and what will be there packaged in memory, before the first
 * file changes. The lock is written only when it says something else than before, as Helm does.
 * Unlike Helm, which packs such a chart twice, a file:// into the chart's own charts/ writes nothing. */
#pragma once

#include "indexer/fetch/fetch.h"
#include "indexer/format/index.h"
#include "server/cmd/chart_dir.h"

/* `path` is the chart's directory, which is going to be packaged with these options. METADATA, before
 * anything is written, also for what could not be packaged.                                  */
NODISCARD enum err dependency_update(const char *path, const struct package_options *o,
                                     struct errinfo *e);

/* ---- between the two files ---- */

struct dependency_index {            /* a repository's index, read once */
	struct str url;
	struct index_file file;
	struct dependency_index *next;
};

struct dependency_update {
	struct arena *arena;
	const char *path;
	const struct package_options *options;
	struct chart_dir dir;            /* as it is before */
	struct chart chart;
	struct fetch *fetch;             /* made when it is needed */
	struct dependency_index *indexes;
	struct errinfo *e;
};

/* One dependency, resolved. Everything is in the arena. */
struct dependency_found {
	struct str version;
	struct str file, tgz;            /* for charts/; empty: it is there already, or another one's */
	const struct chart *own;         /* of charts/, where file:// leads into that */
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
