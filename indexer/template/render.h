/* What `helm template` prints of a chart with its defaults, without running anything.
 *
 *     struct rendered x;
 *     err = render_chart(&arena, &input, &x, e);
 *
 * The caller says which subcharts take part and what each one's values are (document/values_merge.h has
 * merged them). All templates of all charts are one set, and a definition of a parent wins over its
 * subchart's (Helm's pkg/engine parses the deepest first). Every file is executed by itself: one that
 * fails leaves the others whole, and what it wrote until then is kept. Partials (`_helpers.tpl`) and
 * NOTES.txt are not in the result, unless one cannot be parsed; crds/ are, as they stand.              */
#pragma once

#include "indexer/format/chart.h"
#include "indexer/template/template.h"

struct render_chart {
	const struct chart *chart;
	struct str name;                 /* what Helm calls it: its alias, else its name */
	const struct node *values;       /* its own scope, merged, with `global`; NULL: none. A subchart's
	                                    are looked up in its parent's, so that templates share them */
	struct render_chart *subs;       /* that take part */
	size_t sub_count;
};

struct render_options {
	struct str release, namespace;   /* empty: "release-name", "default", as helm template says */
	struct str kube_version;         /* empty: RENDER_KUBE_VERSION */
	bool forgiving;
};

struct rendered_file {
	struct str name;                 /* "app/charts/db/templates/svc.yaml" */
	struct str text;                 /* in the arena */
	struct str failure;              /* why it ended early; empty: it did not */
	size_t chart;                    /* number of the chart, the outermost is 0, in the order of a walk */
};
struct rendered {
	struct rendered_file *files;     /* by name */
	size_t count, failed;
	bool cut;                        /* limits were met: files are missing */
};

/* NOMEM alone is an error. */
NODISCARD enum err render_chart(struct arena *a, const struct render_chart *c,
                                const struct render_options *o, struct rendered *ret,
                                struct errinfo *e);
