/* What a backup says of itself: backup.json and SHA256SUMS; internal to this folder. */
#pragma once

#include "indexer/backup/copy.h"

/* Into the target of the copy, from c->report and the files of the last round. Not synced. */
NODISCARD enum err manifest_write(const struct copying *c, struct errinfo *e);
/* The digest of the catalog.db that stands there. */
NODISCARD enum err manifest_catalog(struct datadir *d, struct sha256 *ret, struct errinfo *e);
/* CORRUPT: `d` is no complete backup. Of *ret events, root, catalog, created_ns and problems are set. */
NODISCARD enum err manifest_read(struct datadir *d, struct backup_report *ret, struct errinfo *e);
