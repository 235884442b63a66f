/* The values of a chart as people read them: one row a value, in the order of values.yaml, with its
 * documentation, what values.schema.json says of it, and the subcharts' values where Helm puts them.
 *
 *     struct values_view v;
 *     err = values_view(&arena, &chart, &v, e);          // NOMEM alone
 *     for (size_t i = 0; i < v.count; i++)
 *         … v.rows[i].path, v.rows[i].shown, v.rows[i].comment …
 *
 * The defaults are merged as `helm install` merges them: the parent's win, maps merge, lists and
 * scalars replace, null takes a subchart's key away, `global` reaches the subcharts, import-values
 * reach the parent. (Helm 3 keeps nulls of the chart's own, as here; Helm 4 leaves them out.)
 * Subcharts that are off by default are shown all the same. What cannot be read is a problem in
 * words, and the rest is shown. Nothing is executed, rendered or fetched.
 *
 * Everything is in the arena, or borrowed from the chart, which must live as long. A large umbrella
 * takes 1 to 2 MiB and a few milliseconds; what a stranger can ask for, a few dozen MiB.        */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"
#include "indexer/format/chart.h"
#include "indexer/format/node.h"

enum value_type { VALUE_MAP, VALUE_LIST, VALUE_STRING, VALUE_NUMBER, VALUE_BOOL, VALUE_NULL };

struct value_row {
	struct str path;                 /* as `helm --set` takes it: auth.existingSecret, a\.b, list[0].x */
	struct str key;                  /* its last part, as Helm sees it; of a list's element "[0]" */
	unsigned depth;                  /* 0: top level */
	enum value_type type;            /* VALUE_NULL where absent */
	bool absent;                     /* the schema knows it, no values.yaml sets it */
	struct str shown;                /* the default as JSON in one line; empty: absent, or rows below */
	bool cut;                        /* shown ends at VALUE_SHOWN_MAX_BYTES, perhaps amid a text */
	const struct node *value;        /* the whole default; NULL: absent */
	const struct node *was;          /* the subchart's own default where overridden, else NULL */
	struct str comment;              /* documentation, lines separated by '\n' */
	struct str declared_type;        /* "string", "integer or null"; of the schema, else of the comment */
	struct str constraints;          /* "≥ 1, ≤ 10", "one of: a, b"; where absent also "default 5" */
	bool required, deprecated;       /* by the schema */
	struct str subchart;             /* whose values these are, by name or alias: "db", "db.common";
	                                    empty: the chart's own */
	bool disabled;                   /* that subchart is off by default (condition or tags) */
	bool overridden;                 /* the parent sets another default than the subchart's own */
	struct str file;                 /* where the default stands: "values.yaml",
	                                    "charts/db/values.yaml"; empty: absent */
	uint32_t line;                   /* in it, from 1; 0: unknown */
	size_t children;                 /* the rows after this one that are below it, at all depths */
	struct str problem;              /* "the default violates the schema: …"; mostly empty */
};

struct values_view {
	struct value_row *rows;          /* a row stands before those below it; paths are unique */
	size_t count;
	bool cut;                        /* there are more values than are shown */
	struct str *problems;            /* of the files as a whole: "values.schema.json: …" */
	size_t problem_count;
	uint32_t *by_path;               /* count indexes of rows, ordered by path */
	const struct node *merged;       /* what an install without values of its own has in .Values:
	                                    without subcharts that are off; NULL: nothing */
};

NODISCARD enum err values_view(struct arena *a, const struct chart *c, struct values_view *ret,
                               struct errinfo *e);

/* By its path, exactly as in the row; NULL: there is none. */
const struct value_row *values_find(const struct values_view *v, struct str path);

/* For tests: whether two defaults mean the same to Helm: 1 and 1.0 do, 1 and "1" do not, nor does the order of
 * keys matter. NULL is null. Of maps so large that comparing them would take long: false.      */
bool values_same(const struct node *x, const struct node *y);

/* The option of `helm install` that sets a row to its default, quoted for a shell:
 * "--set replicas=1", "--set-string 'tag=1.10'", "--set-json 'list=[1,2]'". Empty where it would be
 * longer than VALUE_SET_MAX_BYTES. False: out of memory.                                       */
NODISCARD bool values_set_line(struct arena *a, const struct value_row *row, struct str *ret);

/* A values file that sets this row alone: YAML from the root down. Of an element of a list it is the
 * whole list, which Helm replaces as one. Empty above VALUE_YAML_MAX_BYTES. False: out of memory. */
NODISCARD bool values_yaml(struct arena *a, const struct values_view *v,
                           const struct value_row *row, struct str *ret);

/* For search: a line for each value that the chart's own values.yaml sets, path and comment. What does
 * not fit into the buffer is left out.                                                        */
void values_keys(const struct values_view *v, struct sbuf *b);
