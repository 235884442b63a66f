/* The values of a chart with those of its subcharts, merged as Helm merges them (pkg/chartutil: coalesce
 * and dependencies). Nobody but the files values*.c, render_input.c and images_values.c includes this.
 *
 * A chart is read once (values_source) and may be used several times, under its name or aliases
 * (values_chart). Of each use a map of entries is made; the maps are merged from the innermost chart
 * outwards, so that an entry knows whose it is and what it replaced.                         */
#pragma once

#include "indexer/document/schema.h"
#include "indexer/document/values.h"
#include "indexer/document/values_comment.h"
#include "indexer/format/chart.h"

struct values_source {               /* a chart in the archive */
	const struct chart *chart;
	struct str folder;               /* "", "charts/db/" */
	struct str file;                 /* its values.yaml */
	bool is_read;
	const struct node *root;         /* of values.yaml; NULL: empty or unreadable */
	struct comments comments;
	struct schema *schema;           /* NULL: none that can be read */
	struct values_source *subs;      /* as chart->subcharts; NULL: not needed yet */
};

struct values_chart {                /* a chart where it is used */
	struct values_source *source;
	struct str name;                 /* or alias: its key in the parent's values */
	struct str path;                 /* from the root: "", "db", "db.common" */
	bool enabled;                    /* with the defaults, and everything it is in */
	bool processed;                  /* its dependencies count, but for their import-values */
	bool below_dependencies;         /* a chart that it is in has some: its values were merged before */
	bool *dependency_enabled;        /* of source->chart->meta.dependencies */
	struct values_chart *subs;
	size_t sub_count;
};

struct values_entry {                /* a key of a map that is merged */
	struct str key;
	const struct node *value;        /* a map that was merged: once all is done */
	bool is_map;
	struct values_entry *first, *next;
	const struct values_chart *owner;        /* whose values.yaml it stands in */
	uint32_t line;
	bool first_on_line;              /* no other key of the file stands before it there */
	const struct values_entry *under;        /* what it replaced or was merged into */
	bool overrides;                  /* … which was another value */
	bool deleted;                    /* by null */
	bool imported;                   /* by import-values */
	bool inherited;                  /* a global of the parent, in the subchart */
	bool is_chart;                   /* all values of a subchart */
	bool in_the_way;                 /* no map, where those go */
	bool vanishes;                   /* a null of the subchart itself, which Helm drops */
	bool placed;                     /* within merging */
};

struct values_build {
	struct arena *a;
	size_t nodes_left, steps_left, charts_left, sorts_left;
	uint32_t events_left;
	size_t schema_bytes_left, schema_steps;
	bool all;                        /* with subcharts that are off */
	bool imports;
	bool for_rendering;              /* without comments and schemas; nulls as Helm 4 takes them */
	bool cut, failed;                /* failed: out of memory */
	struct str *problems;
	size_t problem_count;
	struct values_source source;     /* of the chart itself */
	struct values_chart root;
};

#define VALUES_BUILD(arena) \
	(struct values_build){ .a = (arena), .steps_left = VALUES_STEPS_MAX, \
	                       .charts_left = VALUES_SUBCHARTS_MAX, .sorts_left = VALUES_SORTS_MAX, \
	                       .events_left = VALUES_EVENTS_MAX, \
	                       .schema_bytes_left = SCHEMA_MAX_BYTES, .schema_steps = SCHEMA_STEPS_MAX }

/* Everything below sets failed instead of returning an error. */
void values_problem(struct values_build *b, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* ---- values_chart.c: what there is ---- */
/* Which subcharts there are and under which names; nothing is enabled yet. */
void values_find_charts(struct values_build *b, const struct chart *c);
/* Conditions and tags, asked of the merged values. */
void values_enable(struct values_build *b, struct values_entry *merged);
/* The key of a dependency's values. */
struct str values_name(const struct values_chart *c, const struct chart_dependency *d);
/* values.yaml and values.schema.json, at the first use. */
void values_read(struct values_build *b, struct values_source *s);

/* ---- values_merge.c: maps of entries ---- */
/* NULL: there are too many, or no memory. */
struct values_entry *values_new_map(struct values_build *b, struct str key,
                                    const struct values_chart *owner);
struct values_entry **values_end(struct values_entry *map);
/* Appends what the YAML has; `line` is that of the key that the map belongs to. */
void values_fill(struct values_build *b, struct values_entry *map, const struct node *from,
                 uint32_t line);
/* Merges: `over` wins, and takes what it lacks out of `under`, whose keys come first or last. */
void values_put_under(struct values_build *b, struct values_entry *over,
                      struct values_entry *under, bool under_first);
/* Appends copies that are marked as inherited, else as imported. */
void values_copy(struct values_build *b, struct values_entry *to, const struct values_entry *from,
                 bool inherited);
struct values_entry *values_child(struct values_build *b, const struct values_entry *map,
                                  struct str key);
/* "a.b.c", without escapes, as conditions name values. NULL: it is not there. */
struct values_entry *values_at(struct values_build *b, struct values_entry *map, struct str path);
bool values_is_null(const struct values_entry *e);

/* ---- values_tree.c ---- */
/* All values as b->all and b->imports say. */
struct values_entry *values_merge(struct values_build *b);
/* All of them, and which are on; with their values set. NULL: out of memory, or too many. */
struct values_entry *values_merge_all(struct values_build *b);
/* What an install has: without those that are off. */
const struct node *values_merge_enabled(struct values_build *b, const struct values_entry *all);

/* ---- values_row.c ---- */
/* Fills rows, count and by_path of ret. */
void values_make_rows(struct values_build *b, const struct values_entry *map,
                      struct values_view *ret);
