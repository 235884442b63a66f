/* What came of an earlier bundle, for the one that comes now: its files need not come again.
 *
 * A member's header says its name, its size and the time of its bundle, and nothing else, so where the
 * manifest names bytes that are here, the member can be written as it would have come. What is written so
 * is compared with everything else when the bundle is taken in.
 *
 *     bundle_reuse_open(dir, "earlier.tar", "main-0-60.tar", bytes, &u, e)   hashes what is there of the earlier one
 *     while it comes:  bundle_reuse_has(u, have, least)        what comes next is here
 *     then, when nobody writes:  bundle_reuse_fill(u, &have, e); ask for the rest from there
 *
 * Its manifest is not proven before that: whatever stands there, no more is written than it has bytes. */
#pragma once

#include "indexer/base/hash.h"

struct bundle_reuse;

/* Both in `dir`, which stays the caller's; the new one, which will have so many bytes, may be empty. */
NODISCARD enum err bundle_reuse_open(int dir, const char *earlier, const char *coming, uint64_t bytes,
                                     struct bundle_reuse **ret, struct errinfo *e);
void bundle_reuse_close(struct bundle_reuse *u);         /* NULL is fine */
/* At least so many bytes behind the first `have` of the new one, which came. */
bool bundle_reuse_has(struct bundle_reuse *u, uint64_t have, uint64_t least);
/* Writes all of them up to the next member that is not here, and moves *have behind them. */
NODISCARD enum err bundle_reuse_fill(struct bundle_reuse *u, uint64_t *have, struct errinfo *e);
