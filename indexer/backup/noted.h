/* When the last backup of a data directory was complete: DATA/backed-up.json, written by whoever made it.
 *
 *     {"events":120,"time":"2026-11-21T04:00:07Z"}
 *
 * It is in no backup, so what was restored has had none.                                        */
#pragma once

#include <stdint.h>

#include "indexer/base/err.h"

struct backup_noted {
	int64_t at_ns;                   /* wall clock */
	uint64_t events;                 /* of the log, in the backup */
};

/* Durable; readable by everybody who may look into the directory. */
NODISCARD enum err backup_note(const char *data, const struct backup_noted *n, struct errinfo *e);
/* NOT_FOUND; INVALID. */
NODISCARD enum err backup_noted(int data, struct backup_noted *ret, struct errinfo *e);
