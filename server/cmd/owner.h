/* Whose data directory it is: files that root makes beside another user's server, that server cannot read. */
#pragma once

#include "indexer/base/err.h"

/* INVALID, and as whom to do it, for root where another user's server made LOCK. */
NODISCARD enum err owner_check(const char *data, struct errinfo *e);
