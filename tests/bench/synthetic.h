/* Charts made up for measuring: small, valid, and each with about 900 bytes of index line.
 *
 *     synthetic_chart(17, 1, &tgz, &bytes)      chart-00017 1.1.0, an archive of about 1 KiB
 *
 * The same numbers give the same bytes.                                                      */
#pragma once

#include <stddef.h>

#include "indexer/base/err.h"

#define SYNTHETIC_VERSIONS 100u      /* of each chart, in a repository that is full of them */

/* free() *ret */
NODISCARD enum err synthetic_chart(unsigned chart, unsigned version, char **ret, size_t *ret_bytes,
                                   struct errinfo *e);
