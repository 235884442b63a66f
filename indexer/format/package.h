/* `helm package`: a chart directory, already in memory, becomes a reproducible .tgz.
 *
 * Order, modes and header as in clients.md §2.3; Chart.yaml is written again from the metadata
 * (sorted keys, as Helm does), modification times are the files' own or the given one.       */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/format/chart.h"

struct package_file {
	struct str name;                 /* relative to the chart's folder */
	struct str data;
	int64_t mtime_seconds;
};

struct package_options {
	struct str version, app_version; /* override Chart.yaml; empty: keep */
	int64_t mtime_seconds;           /* for every member; <0: the files' own */
	const char *missing_hint;        /* put behind what is missing in charts/; NULL: nothing */
};

struct package {
	char *tgz;                       /* free() */
	size_t bytes;
	struct str file_name;            /* in the arena */
	struct chart chart;              /* what was packed, in the arena */
};

/* The chart that these files are, as chart_load reads it: without .helmignore, and whether or not it can be
 * packaged.                                                                                  */
NODISCARD enum err package_load(struct arena *a, const struct package_file *files, size_t count,
                                struct chart *ret, struct errinfo *e);

/* METADATA, TOO_LARGE, ARCHIVE as chart_read, through which the result goes before it is returned;
 * METADATA when a dependency is missing in charts/ (Helm's words). Files may come in any order;
 * those that .helmignore or Helm's built-in rule leave out are left out here, so the caller need
 * apply it only to spare itself the reading.                                                 */
NODISCARD enum err package_build(struct arena *a, const struct package_file *files, size_t count,
                                 const struct package_options *o, struct package *ret,
                                 struct errinfo *e);

/* The Chart.yaml that Helm would write for this metadata: sorted keys, block style. */
void package_chart_yaml(struct sbuf *b, const struct chart_meta *m);

/* .helmignore (clients.md §2.4). */
struct helmignore;
NODISCARD enum err helmignore_parse(struct arena *a, struct str text, struct helmignore **ret,
                                    struct errinfo *e);
bool helmignore_matches(const struct helmignore *h, struct str path, bool is_directory);
