/* A packaged chart: its metadata as Helm would put it into index.yaml, and the files in it.
 *
 *     struct chart c;
 *     err = chart_read(&arena, &scratch, tgz, &c, e);
 *
 * chart_read is the whole verdict of a publish: gzip and tar by the strict profile, then what
 * `helm` itself would refuse when loading (clients.md §2), then the limits of ours. Fields
 * are coerced as clients.md §1.10 says. Everything lives in the arena or borrows from the
 * inflate buffer (files), so both must live as long as the chart.                           */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/hash.h"
#include "indexer/base/limits.h"
#include "indexer/format/gzip.h"
#include "indexer/format/tar.h"

struct chart_maintainer { struct str name, email, url; };
struct chart_annotation { struct str key, value; };      /* sorted by key */
struct chart_import { struct str name; struct str child, parent; };  /* a string, or child/parent */

struct chart_dependency {
	struct str name, version, repository, condition, alias;
	struct str *tags;
	size_t tag_count;
	bool enabled;
	struct chart_import *imports;    /* import-values */
	size_t import_count;
};

/* What its chart is called in the parent's charts/ and values. */
static inline struct str dependency_key(const struct chart_dependency *d)
{
	return d->alias.n ? d->alias : d->name;
}

struct chart_meta {
	struct str api_version, name, version, kube_version, type, description, home, icon,
	           app_version, condition, tags;             /* empty: not given */
	bool deprecated;
	struct str *keywords, *sources;
	size_t keyword_count, source_count;
	struct chart_maintainer *maintainers;
	size_t maintainer_count;
	struct chart_annotation *annotations;
	size_t annotation_count;
	struct chart_dependency *dependencies;               /* v1: from requirements.yaml */
	size_t dependency_count;
};

struct chart_lock_entry { struct str name, version, repository; };

struct chart_warning { char text[240]; };                /* "values.yaml:17: duplicate key \"x\"" */

struct chart {
	struct chart_meta meta;
	struct str path;                 /* in its parent: "charts/x", "charts/x-1.0.0.tgz"; else empty */
	struct tar_listing members;      /* every regular file, names without the top folder */
	struct str values, schema, readme, license, changelog, lock,
	           chart_yaml;           /* contents; absent: p is NULL */
	struct chart_lock_entry *locked; /* Chart.lock or requirements.lock */
	size_t locked_count;
	struct str lock_digest;
	struct chart *subcharts;         /* charts/, packed or unpacked, recursively; by path */
	size_t subchart_count;
	size_t template_count, crd_count;
	struct chart_warning warnings[CHART_WARNINGS_MAX];
	size_t warning_count;
};

/* What a thread keeps from one archive to the next: the inflate buffer, and the digests of
 * values.yaml files that were judged good, because the versions of a chart and the subcharts of
 * umbrellas bring the same ones again and again. Zeroed at first; one user at a time.        */
struct chart_scratch {
	struct gzip_buffer inflated;
	struct sha256 *good_values;      /* CHART_GOOD_VALUES of them, by their first bytes; NULL: none yet */
};
#define CHART_GOOD_VALUES 1024u
void chart_scratch_done(struct chart_scratch *s);

/* ARCHIVE, METADATA, TOO_LARGE, NOMEM; the detail names the member and the line. */
NODISCARD enum err chart_read(struct arena *a, struct chart_scratch *s, struct str tgz,
                              struct chart *ret, struct errinfo *e);

/* The second half alone, from files that are in memory (a chart directory): names as in
 * chart.members. Used by package and lint. Its Chart.yaml may have anchors, aliases and merge keys, which one in an
 * archive may not: Helm, and package_build, write it out without.                            */
NODISCARD enum err chart_load(struct arena *a, const struct tar_member *files, size_t count,
                              struct chart *ret, struct errinfo *e);

/* "<name>-<version>.tgz"; METADATA when longer than CHART_FILE_NAME_MAX_BYTES. In the arena. */
NODISCARD enum err chart_file_name(struct arena *a, const struct chart_meta *m, struct str *ret,
                                   struct errinfo *e);

/* Rules for the name of a chart published here. Helm itself asks only for a base name and
 * ChartMuseum takes what Helm takes, so upper case, '_', '.' and single spaces inside are fine:
 * 1 … CHART_NAME_MAX_BYTES of [A-Za-z0-9._ -], beginning and ending with a letter or a digit, and
 * not "index.yaml" or "index.json". METADATA.                                                */
NODISCARD enum err chart_name_check(struct str name, struct errinfo *e);
/* What lets Helm leave a version out of an index, name and version apart; NULL: nothing. Static. */
const char *chart_why_skipped(const struct chart_meta *m);

/* Whether Helm takes a file below crds/ of this name: .yaml, .yml or .json, in any case. */
bool chart_is_manifest(struct str name);
/* Whether Helm keeps a file for `.Files`, and packs it with what has no place of its own: requirements.yaml and
 * .lock, which it reads, in version 1 alone; of charts/ the provenance files, which are no charts. */
bool chart_file_is_other(const struct chart *c, struct str name);

/* The first of its subcharts that is called so; NULL: none is. */
const struct chart *chart_subchart(const struct chart *c, struct str name);

int annotation_cmp(const void *a, const void *b);        /* for qsort: by key */
/* The value of an annotation; p is NULL when there is none. */
struct str annotation_get(const struct chart_meta *m, const char *key);
/* It says "true", or another word for it. */
bool annotation_says(const struct chart_meta *m, const char *key);
/* By its version, or because the annotation says so. */
bool chart_is_prerelease(const struct chart_meta *m);
