/* fsck and rebuild as JSON: for the control socket, and for the commands without a server. */
#pragma once

#include "indexer/ingest/fsck.h"
#include "server/route/app.h"

typedef void maintain_progress(void *ctx, uint64_t files, uint64_t bytes);

/* {"problems":[{"kind","repo","file","text","repaired"}…],"problem_count":…,"repaired":…,
 *  "repositories":…,"versions":…,"files":…,"bytes":…,"events":…,"root":"…"}; at most
 * MAINTAIN_PROBLEMS_MAX problems are listed, "problem_count" has them all.                   */
NODISCARD enum err maintain_fsck(struct ingest *g, bool repair, maintain_progress *progress,
                                 void *ctx, struct sbuf *json, struct errinfo *e);
/* {"repositories":…,"versions":…,"changed_lines":…,"damaged":…} */
NODISCARD enum err maintain_rebuild(struct ingest *g, struct sbuf *json, struct errinfo *e);

NODISCARD enum err control_fsck(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err control_rebuild(struct call *c, struct response *s, struct errinfo *e);
