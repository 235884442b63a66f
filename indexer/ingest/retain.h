/* Retention of one repository: what its rules say of each version, and doing it. */
#pragma once

#include "indexer/format/retention.h"
#include "indexer/ingest/ingest.h"

struct retained {
	struct str chart, file;
	struct sha256 digest;
	struct retention_version judged;
	enum err err;                    /* of the deletion, when there was one */
};

struct retention_plan {
	struct retained *list;           /* by chart, the newest version first */
	size_t count, taken;
	struct str rules;                /* "keep_last=5"; empty: none is set */
};

/* Everything that is neither deleted nor damaged is judged, yanked versions too, which do not count among the
 * newest. In the arena; may block. REPO_NOT_FOUND.                                            */
NODISCARD enum err retention_plan(struct ingest *g, struct arena *a, struct str repo,
                                  struct retention_plan *ret, struct errinfo *e);
/* Deletes what the plan takes, one change each, many of them in a commit, with the rules as the reason;
 * one that is refused has its err set, the others go on. Blocks; not on the writer's thread. `note` is
 * each change's; NULL is fine.                                                                */
void retention_apply(struct ingest *g, struct str repo, struct str actor, struct audit_note *note,
                     struct retention_plan *plan);
