/* Private to the follower: follow.c is its thread, follow_begin.c where it begins, follow_events.c what it
 * does with events.                                                                          */
#pragma once

#include "indexer/hub/sync.h"

/* The next events; up to `until` at most. */
NODISCARD enum err follow_events(struct hub *h, uint64_t since, uint64_t until, struct errinfo *e);

/* What purges have left in search.db goes: who purges waits for that, and the next start does what is left. Not in a
 * transaction. Sets h->sweep_ns.                                                               */
void follow_sweep(struct hub *h);
bool follow_is_unswept(struct hub *h);

/* Some versions, for RENDER_NS; what an install of them runs is searched then. *ret_more: there are others. */
NODISCARD enum err follow_render(struct hub *h, bool *ret_more, struct errinfo *e);

/* In the transaction: search.db has what is in the log up to here. */
NODISCARD enum err follow_note_place(struct hub *h, uint64_t event, const char *leaf,
                                     struct errinfo *e);
/* After the commit; event 0: where it was. NOMEM: some charts are not in memory, and all are looked at
 * again at the next try.                                                                      */
NODISCARD enum err follow_arrive(struct hub *h, struct sync *s, uint64_t event, struct errinfo *e);

/* Commits what `s` did, unless `err` says that it failed: then all of it is taken back. Ends s. */
NODISCARD enum err follow_end(struct hub *h, struct sync *s, enum err err, struct errinfo *e);

/* ---- follow_begin.c ---- */
NODISCARD enum err follow_begin(struct hub *h, struct errinfo *e);
/* Everything that is there is of no use: other rows, or of another log. */
NODISCARD enum err follow_begin_anew(struct hub *h, struct errinfo *e);
/* Some charts of a repository, or everything, as the indexes are now. */
NODISCARD enum err follow_look_at(struct hub *h, struct str repo, const struct str *names,
                                  size_t count, struct errinfo *e);
NODISCARD enum err follow_look_over(struct hub *h, struct errinfo *e);
