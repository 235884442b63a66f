/* What a refresh of an upstream asks the writer for: CHANGE_UPSTREAM. All of it becomes true in one
 * transaction; a refresh that brings much comes in several, whole charts each unless one changes very
 * much, of which the last one has the outcome. Borrowed until done.                          */
#pragma once

#include "indexer/store/upstreams.h"

#define UPSTREAM_LINE_MAX_BYTES (256u * KIB)     /* an index line with all that is in an event */

enum upstream_news {
	UPSTREAM_SAYS,                   /* all of `remote` but seen_ns, gone_ns and drift, which are the
	                                    writer's                                            */
	UPSTREAM_JUDGED,                 /* as it was, which was taken; but left out by a rule over several
	                                    versions, or taken for another reason: chart, version, state
	                                    and why of `remote`                                 */
	UPSTREAM_GONE                    /* not in the index any more: chart and version of `remote` */
};

struct upstream_entry {
	enum upstream_news news;
	struct remote_row remote;
	struct str line;                 /* TAKEN: of our index */
	struct str file;                 /* TAKEN: "redis-1.0.0.tgz"; NUL behind it */
	bool has_twin;                   /* SAYS: the index has it once more, … */
	struct sha256 twin;              /* … with this other digest */
};

struct upstream_change {
	const struct upstream_entry *entries;
	size_t count;
	/* That it was read under, of a snapshot. Where others hold by now, it is due again at once, and what
	 * comes from another address than theirs is refused (BUSY). NULL: nobody looks.        */
	const struct repo_settings *settings;
	const struct upstream_row *row;  /* NULL: later */
	const struct upstream_run_row *run;      /* NULL: none to be remembered */
	const struct skipped_row *skipped;
	size_t skipped_count;
	bool has_skipped;                /* instead of those that there were */
	struct str frozen;               /* it had nothing new for long: canonical JSON that says since when; or
	                                    empty                                               */
	struct str fork;                 /* its log is another one: canonical JSON that says how; or empty */
};
