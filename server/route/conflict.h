/* What a reader is told of what a virtual repository does not show: names that another member has, versions
 * that cool down, versions that nobody verified. Of members that he may not read, nothing.    */
#pragma once

#include "indexer/ingest/virtual.h"
#include "server/route/app.h"

/* A name that two members have of which one is private is no conflict to whom that one does not exist. Of
 * the call's repository.                                                                      */
bool call_sees_conflict(const struct call *c, const struct virtual_conflict *x);
/* The member that wins; NULL: none does, or the caller may not know of it. */
const struct virtual_claim *call_sees_winner(const struct call *c, const struct virtual_conflict *x);
/* What waits for its cool-down, of all members that the caller may read, as of one: `repo` keeps the next.
 * Zeros where there is no cool-down. In the arena.                                            */
NODISCARD enum err call_waiting(const struct call *c, struct arena *a, struct str repo,
                                struct virtual_waiting *ret, struct errinfo *e);
/* Of a view of signed versions, the repositories of which it shows nothing, for none is verified there;
 * *ret_all: there are no others, so it is empty. None of another one. In the arena.           */
NODISCARD enum err call_unverified(const struct call *c, struct arena *a, struct str repo, struct str **ret,
                                   size_t *ret_count, bool *ret_all, struct errinfo *e);
/* Why a view of signed versions lacks what its members have, in sentences, in the arena; none where all is
 * well. Of a virtual repository. INVALID, REPO_NOT_FOUND, NOMEM.                              */
NODISCARD enum err call_view_warnings(const struct call *c, struct arena *a, struct str repo, struct str **ret,
                                      size_t *ret_count, struct errinfo *e);
