/* One version as it is, in the catalog and on disk, against what the log says of it. */
#pragma once

#include "indexer/ingest/fsck.h"
#include "indexer/ingest/ingest_impl.h"
#include "indexer/ingest/replay.h"

struct finding {
	enum fsck_kind kind;             /* FSCK_KINDS: all is well */
	char why[ERR_DETAIL_MAX_BYTES];
};

/* `ret_bytes` (NULL is fine) is set when the file has the bytes it should have. An error: it could
 * not be looked at. DRAINING: the server ends, and does not wait for the others.              */
NODISCARD enum err fsck_version(struct ingest *g, struct catalog *catalog, struct repository *r,
                                const struct replayed *v, struct finding *ret, uint64_t *ret_bytes,
                                struct errinfo *e);

enum fsck_prov { PROV_FINE, PROV_MISSING, PROV_OTHER };

/* Its provenance file, if it has one: fine, missing or unreadable, of other bytes. `ret_bytes` (NULL is
 * fine) is set when there is one with the bytes it should have.                                  */
NODISCARD enum err fsck_prov(const struct repository *r, const struct replayed *v,
                             char ret_name[PROV_NAME_BYTES], enum fsck_prov *ret, uint64_t *ret_bytes,
                             struct errinfo *e);
