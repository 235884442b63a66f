/* Steps and comparisons that the tests of the rope share; all of them assert. */
#pragma once

#include "indexer/ingest/rope_impl.h"
#include "tests/lib/index_lines.h"

#define T0 INT64_C(1772701964000000000)     /* 2026-03-05T09:12:44Z */

struct rope *empty(enum rope_format f);
struct rope_edit *edit(struct rope *r);
void put(struct rope_edit *x, struct model *m, const struct index_item *item);
void put_new(struct rope_edit *x, struct model *m, const char *name, const char *version,
             int64_t created_ns, size_t pad, uint64_t seed);
void commit(struct rope_edit *x, struct rope **r);       /* replaces *r */
struct rope *built(const struct model *m, enum rope_format f);
/* Versions with lines of about the same size: charts × versions of each. */
void fill_model(struct model *m, unsigned charts, unsigned versions, size_t pad);

struct str rope_text(const struct rope *r);              /* the pieces as one; drop() */
void drop(struct str text);
void check_text(const struct rope *r, struct model *m, enum rope_format f);   /* sorts the model */
void check_lookups(const struct rope *r, const struct model *m);              /* wants it sorted */
void check_leaves(const struct rope *r);                 /* all but the last end with a piece */
/* One gzip member that inflates to `text`, nothing behind it. */
void check_gzip(struct rope *r, struct str text);
/* Text and gzip bytes are those of a rope built from the same lines at once. */
void check_against_built(struct rope *r, const struct model *m, enum rope_format f);
