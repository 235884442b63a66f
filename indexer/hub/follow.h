/* Private to the follower: follow.c is its thread and where it begins, follow_events.c what it does
 * with events.                                                                               */
#pragma once

#include "indexer/hub/sync.h"

/* The next events; up to `until` at most. */
NODISCARD enum err follow_events(struct hub *h, uint64_t since, uint64_t until, struct errinfo *e);

/* In the transaction: search.db has what is in the log up to here. */
NODISCARD enum err follow_note_place(struct hub *h, uint64_t event, const char *leaf,
                                     struct errinfo *e);
/* After the commit; event 0: where it was. NOMEM: some charts are not in memory, and all are looked at
 * again at the next try.                                                                      */
NODISCARD enum err follow_arrive(struct hub *h, struct sync *s, uint64_t event, struct errinfo *e);
