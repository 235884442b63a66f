/* Private to the writer: a version of an upstream while a change is applied to it. */
#pragma once

#include "indexer/ingest/batch.h"

struct entry_work {
	struct batch *b;
	struct repository *r;
	struct change *c;
	const struct upstream_entry *entry;
	struct str line;                 /* of our index */
	int64_t created_ns;              /* as it says */
	struct version_row row;          /* id 0: there is none */
	struct remote_row was;           /* as stored; only where has_was */
	struct remote_row is;            /* to be stored */
	bool has_was;
	bool new_name;                   /* its index here has no version of the chart yet */
};

static const struct sha256 upstream_no_digest;   /* of a version of which nothing was promised */

static inline bool upstream_is_promised(const struct version_row *row)
{
	return !sha256_eq(&row->digest, &upstream_no_digest);
}

/* Shows w->line from now on: the event, the row, the index; the line before goes to the past. */
NODISCARD enum err upstream_show_line(struct entry_work *w, const char *kind, const char *why);
/* The version is the first of its name here: an event for each virtual repository in which that name is
 * another member's, or held back.                                                              */
NODISCARD enum err upstream_tell_shadowed(struct entry_work *w);
/* The version went for good, by a person here: it is not asked for any more. Of an upstream, else nothing happens. */
NODISCARD enum err upstream_deleted_here(struct batch *b, const struct version_row *row, struct errinfo *e);
/* Its row, once its settings are `next`. */
NODISCARD enum err upstream_settings_changed(struct batch *b, struct repository *r,
                                             const struct repo_settings *next, struct errinfo *e);
/* *line with this digest, in the batch's arena. */
NODISCARD enum err upstream_line_with_digest(struct batch *b, struct change *c,
                                             const struct sha256 *digest, struct str *line);
