/* Whose bundles give way when there is no room for another one: who asks for many throws out his own, and nobody has
 * more than his share at the cost of others. What is beyond a share stays as long as nobody needs the room.
 *
 * A share is BUNDLES_SHARE_MAX bundles and BUNDLES_SHARE_MAX_BYTES, less on a small disk: all shares together are half
 * of what it would have without bundles. No files, no clock.                                  */
#pragma once

#include "indexer/base/limits.h"
#include "indexer/base/str.h"

struct share {
	struct str owner;                /* empty: nobody's, because it is not whole */
	uint64_t bytes;
	int64_t used_ns;                 /* by the wall clock: made, or asked for last */
	bool stays;                      /* it is being made */
	bool goes;                       /* the verdict; false at first */
};

/* Of `list`, of which the one that was used last comes first, those get `goes` that *fresh needs to go; its used_ns
 * is now. In this order, and of each kind the one that was used longest ago first: nobody's; its owner's, as long as he
 * has more than his share; those of others who have, but for the one that each asked for last; what nobody asked for in
 * BUNDLES_IDLE_SECONDS. False: there is no room all the same, and none is to go. `free_bytes`: of the disk. */
bool shares_fit(struct share *list, size_t count, const struct share *fresh, uint64_t free_bytes);
