/* A data directory that no server has open, for a command that changes it by itself. */
#pragma once

#include "indexer/ingest/ingest.h"

/* As `serve` would with its defaults; what differs is in `how`, of which path, default_repo and as_served do not
 * count. Closed by ingest_close. LOCKED: somebody has it open; INVALID: as owner_check.       */
NODISCARD enum err local_open(const char *data, struct ingest_options how, struct ingest **ret, struct errinfo *e);

#define OWNER_NAME_BYTES 256

/* Who made LOCK, or else the directory, where no server was yet: a name, or "#1000" of one without; as `sudo -u`
 * takes it. False: root, or there is no directory.                                            */
bool owner_name(const char *data, char ret[OWNER_NAME_BYTES]);

/* INVALID, and as whom to do it, for root in a directory of another user: files that root makes there, that one's
 * server cannot read.                                                                         */
NODISCARD enum err owner_check(const char *data, struct errinfo *e);
