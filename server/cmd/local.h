/* A data directory that no server has open, for a command that changes it by itself. */
#pragma once

#include "indexer/ingest/ingest.h"

/* As `serve` would with its defaults; what differs is in `how`, of which path, default_repo and as_served do not
 * count. Closed by ingest_close. LOCKED: somebody has it open; INVALID: as owner_check.       */
NODISCARD enum err local_open(const char *data, struct ingest_options how, struct ingest **ret, struct errinfo *e);

/* INVALID, and as whom to do it, for root where another user's server made LOCK: files that root makes there, that
 * server cannot read.                                                                         */
NODISCARD enum err owner_check(const char *data, struct errinfo *e);
