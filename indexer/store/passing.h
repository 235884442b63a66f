/* What of bundles is in DATA on its way to somewhere else: outgoing/ (made for others to fetch), arriving/ (tars
 * that are being fetched) and incoming/ (what is read in). A purge looks there, too.              */
#pragma once

#include "indexer/base/hash.h"
#include "indexer/store/datadir.h"

/* Removes all of outgoing/, which is made again when somebody asks, and of the other two each bundle that has one
 * of these files, by its MANIFEST as far as that came. Who works on such a one finds it gone, and begins anew.
 * `digests` is sorted in place.                                                               */
NODISCARD enum err passing_forget(struct datadir *d, struct sha256 *digests, size_t count, struct errinfo *e);
