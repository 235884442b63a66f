/* The catalog of a data directory for a command that only reads: beside a server, and also where nothing
 * can be written, such as a backup.                                                          */
#pragma once

#include "indexer/store/catalog.h"

struct reader { struct datadir *dir; struct catalog *catalog; };

/* NOT_FOUND: there is no such directory. After a failure *ret may be closed as well. */
NODISCARD enum err reader_open(const char *data, struct reader *ret, struct errinfo *e);
void reader_close(struct reader *r);             /* all zeroes are fine */
