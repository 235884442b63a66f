/* What the files of the chart reader share. Nobody but them, package.c and lint includes this.
 *
 *     chart.c         archive → members → struct chart
 *     chart_sub.c     the charts inside charts/
 *     chart_meta.c    Chart.yaml and requirements.yaml, Helm's rules for them; the lock
 *     chart_decode.c  YAML nodes → structs, with Helm's coercions and refusals
 *     chart_schema.c  values.schema.json
 *     chart_text.c    characters                                                              */
#pragma once

#include "indexer/base/limits.h"
#include "indexer/format/chart.h"
#include "indexer/format/node.h"

/* One chart_read or chart_load with all the charts inside: the budgets are for all of them. */
struct chart_loader {
	struct arena *a;
	struct gzip_buffer inner;        /* packed subcharts are inflated here, one at a time */
	struct sha256 *good_values;      /* of the caller's scratch; NULL: nothing is remembered */
	size_t bytes_left, parsed_left, members_left;
	bool source;                     /* files as people have them, of which Chart.yaml is still to be written anew */
	struct errinfo *e;
};

/* Depth 0 is the chart itself. The members' array becomes the chart's. */
NODISCARD enum err chart_load_members(struct chart_loader *l, struct tar_listing members,
                                      unsigned depth, struct chart *ret);
NODISCARD enum err chart_load_tar(struct chart_loader *l, struct str tar, unsigned depth,
                                  struct chart *ret);
/* Fills c->subcharts from c->members. */
NODISCARD enum err chart_load_subcharts(struct chart_loader *l, unsigned depth, struct chart *c);
/* Takes `bytes` from the budget of unpacked bytes. */
NODISCARD enum err chart_take_bytes(struct chart_loader *l, size_t bytes);

void chart_warn(struct chart *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The metadata of c from c->chart_yaml and `requirements` (may be empty), checked. */
NODISCARD enum err chart_meta_read(const struct chart_loader *l, struct str requirements, struct chart *c);
/* c->locked and c->lock_digest from c->lock, which is called `name`. */
NODISCARD enum err chart_lock_read(struct arena *a, const char *name, struct chart *c,
                                   struct errinfo *e);

NODISCARD enum err chart_schema_check(struct str schema, struct errinfo *e);

struct chart_lock_file {
	struct chart_dependency *dependencies;
	size_t count;
	struct str digest, generated;
};

/* Whether a key is a field, in any case of letters, as decoding takes it. */
enum chart_record { CHART_METADATA, CHART_MAINTAINER, CHART_DEPENDENCY };
bool chart_record_has(enum chart_record record, struct str key);
/* Root NULL is an empty document: nothing is given. `file` is the name for messages. */
NODISCARD enum err chart_decode_meta(struct arena *a, const char *file, const struct node *root,
                                     struct chart_meta *to, struct errinfo *e);
/* The dependencies alone; a file that sets other metadata as well is refused. */
NODISCARD enum err chart_decode_requirements(struct arena *a, const char *file,
                                             const struct node *root, struct chart_meta *to,
                                             struct errinfo *e);
NODISCARD enum err chart_decode_lock(struct arena *a, const char *file, const struct node *root,
                                     struct chart_lock_file *to, struct errinfo *e);

/* Helm's sanitizeString: every white space becomes a space, what cannot be seen is dropped.
 * False when memory is used up.                                                              */
NODISCARD bool chart_text_clean(struct arena *a, struct str s, struct str *ret);

/* Quoted for a message as Go's %q quotes: QUOTED(name). Cut when long. */
struct chart_quoted { char text[280]; };
struct chart_quoted chart_text_quote(struct str s);
#define QUOTED(s) chart_text_quote(s).text
