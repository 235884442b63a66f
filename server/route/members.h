/* Names of repositories in settings and events, as a caller may know them: a public virtual repository may
 * have members that do not exist to most of its readers, and names that nobody has made yet.   */
#pragma once

#include "indexer/store/catalog.h"
#include "indexer/store/trips.h"
#include "server/route/app.h"

/* By the name that settings have, which may be an old one of it. One that is none (yet) is seen by those
 * alone who would see it.                                                                     */
bool call_sees_member(const struct call *c, struct str member);
/* Settings with the names that the caller sees in members and pins: borrowed from *s, or in the arena. What
 * kind it is of is told by *s alone: *ret may have no members. NOMEM.                         */
NODISCARD enum err call_sees_settings(const struct call *c, struct arena *a, const struct repo_settings *s,
                                      struct repo_settings *ret, struct errinfo *e);
/* The pin of a chart in a virtual repository, if it has one: who does not is not told that the name is
 * pinned away.                                                                                */
bool call_sees_pin(const struct call *c, struct str repo, struct str chart);
/* Of an event of a repository that the caller sees: whether he sees those that it names besides. *ret_named:
 * it names some, so that others may not.                                                      */
bool call_sees_named(const struct call *c, const struct event *ev, bool *ret_named);
/* ingest_trips, but what came along with a repository that he does not see has no bundle, selection and parent:
 * those are empty. May block.                                                                 */
NODISCARD enum err call_trips(const struct call *c, struct arena *a, struct str repo, uint64_t limit,
                              struct trip_row **ret, size_t *ret_count, struct errinfo *e);
