/* Chart.lock: what the dependencies of a chart were resolved to, and the digest that ties it to
 * Chart.yaml (clients.md §3.3).
 *
 * Helm hashes the JSON that Go would write of both lists, so that is made here, byte for byte. A
 * chart of Helm 2 may carry a requirements.lock with the older digest, of the wishes alone.  */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/format/chart.h"

#define LOCK_DIGEST_BYTES 71         /* "sha256:" and 64 hex digits */

enum lock_state { LOCK_NONE, LOCK_IN_SYNC, LOCK_OUT_OF_SYNC };

/* The digest of the dependencies of `m` and what they were resolved to, in the same order. */
NODISCARD enum err lock_digest(const struct chart_meta *m, const struct chart_lock_entry *locked,
                               size_t count, char ret[LOCK_DIGEST_BYTES + 1], struct errinfo *e);

/* The repository of a dependency, as it went into the digest. Helm replaces the names that its
 * settings have ("@stable", "alias:stable"); what they stood for is in the lock alone. `locked`
 * may be NULL.                                                                               */
struct str lock_repository(const struct chart_dependency *d, const struct chart_lock_entry *locked);

/* OUT_OF_SYNC where `helm dependency build` would refuse the lock. */
NODISCARD enum err lock_check(const struct chart *c, enum lock_state *ret, struct errinfo *e);

/* "Chart.lock", or "requirements.lock" for apiVersion v1. Static. */
const char *lock_file_name(const struct chart_meta *m);

/* The file as Helm writes it; `generated` is an RFC 3339 time. */
void lock_write(struct sbuf *b, const struct chart_lock_entry *locked, size_t count,
                const char *digest, struct str generated);
