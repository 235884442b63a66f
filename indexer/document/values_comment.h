/* Documentation of values, taken from the comments of values.yaml.
 *
 * Understood are plain comments above a key or behind it, helm-docs ("# -- text", "# -- (type) text",
 * "# path -- text", "@default --") and Bitnami's readme-generator ("## @param path [type] text"). What
 * is commented out, rulers, licenses and the sentences of `helm create` are not documentation.  */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/format/node.h"

struct comment_param {
	struct str path, type, text;
	bool tagged;                     /* "@param", which does not count where it stands */
};

struct comments {
	struct str text;                 /* values.yaml, without a byte order mark */
	uint32_t *starts;                /* of line i + 1; one more, for the end of the last */
	bool *inside;                    /* the line belongs to a text that began above it */
	uint32_t count;
	struct comment_param *params;    /* what names its value by path; ordered by it */
	size_t param_count;
};

/* False: out of memory. `root` is what the reader made of `yaml`; NULL: nothing. */
NODISCARD bool comments_read(struct arena *a, struct str yaml, const struct node *root,
                             struct comments *ret);

struct comment_place {
	struct str path;                 /* from the root of the file; empty: only where it stands counts */
	struct str key;
	const struct node *value;
	uint32_t line;
	bool first_on_line;              /* what stands above the line is about it */
	bool has_line;                   /* what stands behind it on the line is */
};
struct comment { struct str text, type; };

/* At most VALUE_COMMENT_MAX_BYTES of text; empty where there is none. False: out of memory. */
NODISCARD bool comment_of(struct arena *a, const struct comments *c, const struct comment_place *at,
                          struct comment *ret);
