/* What a reader is told of the names that several members of a virtual repository have. */
#pragma once

#include "indexer/ingest/virtual.h"
#include "server/route/app.h"

/* A name that two members have of which one is private is no conflict to whom that one does not exist. Of
 * the call's repository.                                                                      */
bool call_sees_conflict(const struct call *c, const struct virtual_conflict *x);
/* The member that wins; NULL: none does, or the caller may not know of it. */
const struct virtual_claim *call_sees_winner(const struct call *c, const struct virtual_conflict *x);
/* Why a view of signed versions lacks what its members have, in sentences, in the arena; none where all is
 * well. Of a virtual repository. INVALID, REPO_NOT_FOUND, NOMEM.                              */
NODISCARD enum err call_view_warnings(const struct call *c, struct arena *a, struct str repo, struct str **ret,
                                      size_t *ret_count, struct errinfo *e);
