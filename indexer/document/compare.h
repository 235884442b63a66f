/* What differs between two charts, mostly two versions of one: what to know before an upgrade.
 *
 *     struct comparison c;
 *     err = compare_charts(&arena, &old, &new, NULL, &c, e);       // NOMEM alone
 *     for (size_t i = 0; i < c.summary_count; i++)
 *         … c.summary[i].text …                                   // "3 values removed"
 *     err = compare_file_diff(&arena, &c.files[i], &diff, e);
 *
 * Every section lists what changed and counts what did not. Subcharts that are packed in belong to
 * the chart: their values, images, kinds and files are compared as well. What cannot be read in one
 * of the charts is a problem in words, and all else is compared.
 *
 * Everything is in the arena or borrows from the charts, which must live as long.            */
#pragma once

#include "indexer/document/changelog.h"
#include "indexer/document/diff.h"
#include "indexer/document/images.h"
#include "indexer/document/kinds.h"
#include "indexer/document/schema.h"
#include "indexer/document/values.h"
#include "indexer/format/chart.h"

enum compare_change { COMPARE_REMOVED, COMPARE_ADDED, COMPARE_CHANGED };
const char *compare_change_word(enum compare_change c);          /* "removed"; static */

/* How far one version is from another. Other: one of them is none, or they are the same. */
enum compare_step { STEP_OTHER, STEP_PATCH, STEP_MINOR, STEP_MAJOR };
const char *compare_step_word(enum compare_step s);              /* "major"; static */
enum compare_step compare_step_of(struct str old, struct str new);

/* ---- what is counted ---- */

enum compare_severity { COMPARE_NOTE, COMPARE_CHECK, COMPARE_BREAKING };
const char *compare_severity_word(enum compare_severity s);      /* "breaking"; static */

/* X(name, section, severity, of one, of many); the sections are those of a page. */
#define COMPARE_FACTS(X) \
	X(VALUES_REMOVED, "values", BREAKING, "value removed", "values removed") \
	X(VALUES_TYPE, "values", BREAKING, "value of another type", "values of another type") \
	X(VALUES_SUBCHART_REMOVED, "values", BREAKING, "value of a subchart removed", "values of subcharts removed") \
	X(VALUES_SUBCHART_TYPE, "values", BREAKING, "value of a subchart of another type", \
	  "values of subcharts of another type") \
	X(VALUES_DEFAULT, "values", CHECK, "default changed", "defaults changed") \
	X(VALUES_SUBCHART_DEFAULT, "values", CHECK, "default of a subchart changed", "defaults of subcharts changed") \
	X(VALUES_ADDED, "values", NOTE, "value added", "values added") \
	X(VALUES_SUBCHART_ADDED, "values", NOTE, "value of a subchart added", "values of subcharts added") \
	X(VALUES_COMMENT, "values", NOTE, "comment changed", "comments changed") \
	X(SCHEMA_REQUIRED, "schema", BREAKING, "value required now", "values required now") \
	X(SCHEMA_TYPE, "schema", BREAKING, "type changed in the schema", "types changed in the schema") \
	X(SCHEMA_CONSTRAINT, "schema", CHECK, "constraint changed in the schema", \
	  "constraints changed in the schema") \
	X(SCHEMA_REMOVED, "schema", CHECK, "value removed from the schema", \
	  "values removed from the schema") \
	X(SCHEMA_OTHER, "schema", NOTE, "other change in the schema", "other changes in the schema") \
	X(DEPENDENCIES_MAJOR, "dependencies", BREAKING, "dependency major", "dependencies major") \
	X(DEPENDENCIES_REMOVED, "dependencies", CHECK, "dependency removed", "dependencies removed") \
	X(DEPENDENCIES_ADDED, "dependencies", CHECK, "dependency added", "dependencies added") \
	X(DEPENDENCIES_CHANGED, "dependencies", CHECK, "dependency changed", "dependencies changed") \
	X(IMAGES_MAJOR, "images", BREAKING, "image major", "images major") \
	X(IMAGES_OTHER, "images", CHECK, "image changed", "images changed") \
	X(IMAGES_ADDED, "images", CHECK, "image added", "images added") \
	X(IMAGES_REMOVED, "images", NOTE, "image removed", "images removed") \
	X(IMAGES_MINOR, "images", NOTE, "image minor", "images minor") \
	X(IMAGES_PATCH, "images", NOTE, "image patch", "images patch") \
	X(CRDS_REMOVED, "crds", BREAKING, "CRD removed", "CRDs removed") \
	X(CRDS_UNSERVED, "crds", BREAKING, "CRD that no longer serves a version", "CRDs that no longer serve a version") \
	X(CRDS_CHANGED, "crds", CHECK, "CRD with other versions", "CRDs with other versions") \
	X(CRDS_ADDED, "crds", NOTE, "CRD added", "CRDs added") \
	X(RIGHTS_DANGEROUS, "rights", BREAKING, "dangerous right added", "dangerous rights added") \
	X(RIGHTS_ADDED, "rights", CHECK, "right added", "rights added") \
	X(RIGHTS_REMOVED, "rights", CHECK, "right removed", "rights removed") \
	X(KINDS_REMOVED, "kinds", CHECK, "kind of resource removed", "kinds of resources removed") \
	X(KINDS_ADDED, "kinds", NOTE, "kind of resource added", "kinds of resources added") \
	X(TEMPLATES, "files", NOTE, "template changed", "templates changed") \
	X(FILES, "files", NOTE, "other file changed", "other files changed") \
	X(METADATA, "metadata", NOTE, "field of Chart.yaml changed", "fields of Chart.yaml changed")

enum compare_fact {
#define X(name, section, severity, one, many) FACT_##name,
	COMPARE_FACTS(X)
#undef X
	FACT_COUNT
};

struct compare_phrase {
	enum compare_severity severity;
	const char *section;             /* static */
	struct str text;                 /* "1 image major", "app version 1.25 → 2.0" */
};

/* ---- sections ---- */

/* A field of Chart.yaml, "kubeVersion" or "annotation example.org/x"; lists are joined by ", ". */
struct compare_field { struct str name, old, new; };             /* empty: not given */

enum { COMPARE_VALUE_TYPE = 1, COMPARE_VALUE_DEFAULT = 2, COMPARE_VALUE_COMMENT = 4 };
struct compare_value {
	enum compare_change change;
	uint32_t what;                   /* of a changed one, bits */
	const struct value_row *old, *new;       /* NULL: not there. Of a map that was removed or added
	                                            the rows below it follow in its view, and are not here */
	size_t leaves;                   /* values in it: 1, or of a map or list those below it */
};

enum {
	COMPARE_SCHEMA_REQUIRED = 1, COMPARE_SCHEMA_TYPE = 2, COMPARE_SCHEMA_CONSTRAINTS = 4,
	COMPARE_SCHEMA_DEFAULT = 8, COMPARE_SCHEMA_DEPRECATED = 16, COMPARE_SCHEMA_TEXT = 32,
};
struct compare_schema {
	enum compare_change change;
	uint32_t what;
	struct str path;                 /* "a.list[].b"; empty: the schema as a whole */
	struct schema_about old, new;
	bool old_required, new_required;
};

enum {
	COMPARE_DEPENDENCY_VERSION = 1,          /* the range */
	COMPARE_DEPENDENCY_LOCKED = 2, COMPARE_DEPENDENCY_REPOSITORY = 4,
	COMPARE_DEPENDENCY_CONDITION = 8, COMPARE_DEPENDENCY_TAGS = 16,
	COMPARE_DEPENDENCY_ALIAS = 32, COMPARE_DEPENDENCY_IMPORTS = 64,
};
struct compare_dependency {
	enum compare_change change;
	uint32_t what;
	const struct chart_dependency *old, *new;
	struct str old_locked, new_locked;       /* by Chart.lock, else what is packed in; empty: unknown */
	enum compare_step step;                  /* between these two; where one is unknown, between the lowest
	                                            that the ranges admit, if they have none in common */
};

struct compare_image {
	enum compare_change change;
	const struct chart_image *old, *new;     /* a changed one: the same image with another tag or digest,
	                                            or one of the same name from elsewhere */
	enum compare_step step;                  /* between the tags, where only they differ */
};

struct compare_crd {
	enum compare_change change;
	const struct chart_crd *old, *new;
	struct str old_versions, new_versions;   /* "v1 (stored), v1beta1 (not served)" */
};

/* A rule or a binding; they have no names, so one that was changed was removed and added. */
struct compare_right {
	enum compare_change change;
	const struct chart_rule *rule;           /* either this or that */
	const struct chart_binding *binding;
};

struct compare_kind {
	enum compare_change change;              /* changed: there are more or fewer of it */
	struct str kind, api_version;
	size_t old_count, new_count;             /* places in templates, not resources in a cluster */
};

#define COMPARE_FILE_KINDS(X) \
	X(METADATA, "Metadata") X(VALUES, "Values") X(SCHEMA, "Schema") X(TEMPLATE, "Templates") \
	X(CRD, "CRDs") X(README, "README") X(CHANGELOG, "Changelog") X(OTHER, "Other files") \
	X(SUBCHART, "Files of subcharts")
enum compare_file_kind {
#define X(name, title) COMPARE_FILE_##name,
	COMPARE_FILE_KINDS(X)
#undef X
	COMPARE_FILE_KIND_COUNT
};
const char *compare_file_title(enum compare_file_kind k);        /* static */

struct compare_file {
	enum compare_change change;
	enum compare_file_kind kind;
	struct str name;                 /* "templates/a.yaml", "charts/redis/templates/b.yaml" */
	struct str old, new;             /* the bytes; p is NULL where the file is not there */
	uint32_t removed, added;         /* lines */
	bool binary;                     /* no lines are counted */
	bool cut;                        /* counted coarsely, as struct diff tells: there is more to count in
	                                    the file, or in all of them, than is counted */
};

struct comparison {
	const struct chart *old, *new;
	bool backwards;                  /* old is the newer version: releases are those that are undone */
	struct compare_phrase *summary;  /* the most severe first; at least one */
	size_t summary_count;
	size_t facts[FACT_COUNT];

	struct compare_field *fields;    /* the version, which always differs, is not among them */
	struct compare_value *values;    /* removed, then added, then changed ones; in the order of the files */
	struct compare_schema *schema;
	struct compare_dependency *dependencies;
	struct compare_image *images;
	struct compare_crd *crds;
	struct compare_right *rights;
	struct compare_kind *kinds;
	struct compare_file *files;      /* by name */
	size_t field_count, value_count, schema_count, dependency_count, image_count, crd_count,
	       right_count, kind_count, file_count;
	size_t same_fields, same_values, same_schema, same_dependencies, same_images, same_crds,
	       same_rights, same_kinds, same_files[COMPARE_FILE_KIND_COUNT];
	struct changelog releases;       /* after the old version up to the new one, newest first */

	bool cut;                        /* a section is not complete: too much in one of the charts */
	struct str *problems;            /* "1.2.0: values.schema.json: …" */
	size_t problem_count;
	struct values_view old_values, new_values;       /* what the rows above point to */
};

/* What of a chart is read before it can be compared; most of the time it takes. */
struct compare_side {
	const struct chart *chart;
	const struct values_view *values;
	const struct chart_images *images;
	const struct chart_kinds *kinds;
};

/* Renders both with their defaults, for their images. `notes`: what the annotations of versions between the two say, one release each, in any order; NULL:
 * nothing is known but what the newer of the two charts says. NOMEM.                         */
NODISCARD enum err compare_charts(struct arena *a, const struct chart *old, const struct chart *new,
                                  const struct changelog *notes, struct comparison *ret,
                                  struct errinfo *e);
/* The same, of what was read before. */
NODISCARD enum err compare_sides(struct arena *a, const struct compare_side *old,
                                 const struct compare_side *new, const struct changelog *notes,
                                 struct comparison *ret, struct errinfo *e);
/* NOMEM. */
NODISCARD enum err compare_file_diff(struct arena *a, const struct compare_file *file,
                                     struct diff *ret, struct errinfo *e);
