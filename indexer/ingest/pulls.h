/* Downloads, counted in memory and written now and then in one transaction, so that no request waits
 * for it. At most PULLS_MAX files between two flushes; what is downloaded beyond them is not counted
 * per file. Counts that were not written when the power goes are lost. Thread-safe.          */
#pragma once

#include "indexer/ingest/ingest.h"

struct pulls;

NODISCARD enum err pulls_new(struct pulls **ret, struct errinfo *e);
void pulls_free(struct pulls *p);                /* NULL is fine */
/* One download of a chart file. Holds a lock for an instant. */
void pulls_note(struct pulls *p, struct str repo, struct str file, int64_t now_ns);
uint64_t pulls_total(const struct pulls *p);     /* since pulls_new */
/* Writes what was counted; on an error it is kept for the next time. Blocks; one thread. */
NODISCARD enum err pulls_flush(struct pulls *p, struct ingest *g, struct errinfo *e);
