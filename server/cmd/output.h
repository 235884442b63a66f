/* Files that commands write for people: whole or not at all, readable for everyone. */
#pragma once

#include <stdint.h>

#include "indexer/base/err.h"
#include "indexer/base/str.h"

/* Writes `path`, replacing what is there; its directory must exist. Mode 0644. */
NODISCARD enum err output_write(const char *path, struct str data, struct errinfo *e);

/* SOURCE_DATE_EPOCH in seconds, -1 where it is not set: the time that reproducible output states.
 * CONFIG when it is no number.                                                               */
NODISCARD enum err source_date(int64_t *ret_seconds, struct errinfo *e);
/* That time, or now where it is not set. */
NODISCARD enum err source_date_or_now(int64_t *ret_ns, struct errinfo *e);
