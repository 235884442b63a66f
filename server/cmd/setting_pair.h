/* Settings of a repository as a command line has them, into the body of a request. */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"

/* "key":"value", or null for an empty one, which gives the default back. INVALID: there is no such setting,
 * or it has no such value.                                                                    */
NODISCARD enum err put_setting(struct arena *a, struct sbuf *b, struct str key, struct str value,
                               struct errinfo *e);
/* Of KEY=VALUE. */
NODISCARD enum err put_setting_pair(struct arena *a, struct sbuf *b, const char *pair,
                                    struct errinfo *e);
