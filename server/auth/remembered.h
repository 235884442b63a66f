/* Verified credentials, so that a password is hashed once and not at each request.
 *
 * Kept is a digest of the Authorization header, as it came, of the address it came from, so that
 * elsewhere a right guess is slowed as a wrong one is, and of a key that this process drew, and whom
 * it stood for: whoever asks compares the generation with the account's, so what was remembered
 * dies with the password. The digest never leaves this table, and is made of one SHA-256 because it
 * is paid at each request. AUTH_REMEMBERED_MAX entries; among those in one place the one that was
 * used longest ago goes. Thread-safe.                                                        */
#pragma once

#include "indexer/base/hash.h"

struct remembered;

NODISCARD enum err remembered_new(struct remembered **ret, struct errinfo *e);
void remembered_free(struct remembered *m);      /* NULL is fine */
NODISCARD enum err remembered_key(const struct remembered *m, struct str header, struct str from,
                                  struct sha256 *ret, struct errinfo *e);
bool remembered_find(struct remembered *m, const struct sha256 *key, int64_t *ret_account,
                     uint64_t *ret_generation);
void remembered_put(struct remembered *m, const struct sha256 *key, int64_t account,
                    uint64_t generation);
