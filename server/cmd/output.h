/* Files that commands write: whole or not at all. */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "indexer/base/err.h"
#include "indexer/base/str.h"

/* Writes `name` in the directory, replacing what is there; durable. */
NODISCARD enum err output_replace(int dir, const char *name, mode_t mode, struct str data,
                                  struct errinfo *e);
/* For people: writes `path` so, through links and with the mode it has; a new one gets 0644. Its directory
 * must exist.                                                                                 */
NODISCARD enum err output_write(const char *path, struct str data, struct errinfo *e);

/* SOURCE_DATE_EPOCH in seconds, -1 where it is not set: the time that reproducible output states.
 * CONFIG when it is no number.                                                               */
NODISCARD enum err source_date(int64_t *ret_seconds, struct errinfo *e);
/* That time, or now where it is not set. */
NODISCARD enum err source_date_or_now(int64_t *ret_ns, struct errinfo *e);
