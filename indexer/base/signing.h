/* Ed25519: keys, signatures, and the file a key is kept in.
 *
 *     signing_key_new(&key, e); signing_key_save(key, dir, "checkpoint.key", e);
 *     signing_key_load(dir, "checkpoint.key", &key, e);
 *     signing_key_sign(key, text, &signature, e);
 *     signature_is_good(&public, text, &signature)
 *
 * A key may be used by several threads at once. */
#pragma once

#include "indexer/base/err.h"
#include "indexer/base/str.h"

#define SIGNING_PUBLIC_BYTES 32
#define SIGNATURE_BYTES 64

struct signing_key;
struct signing_public { unsigned char bytes[SIGNING_PUBLIC_BYTES]; };
struct signature { unsigned char bytes[SIGNATURE_BYTES]; };

NODISCARD enum err signing_key_new(struct signing_key **ret, struct errinfo *e);
void signing_key_free(struct signing_key *key);      /* NULL is fine */

/* PEM (PKCS #8, not encrypted), mode 0600, durable. EXISTS: never replaced. */
NODISCARD enum err signing_key_save(const struct signing_key *key, int dir, const char *name,
                                    struct errinfo *e);
/* NOT_FOUND; CONFIG for a file that is no such key, or that others than its owner may use. */
NODISCARD enum err signing_key_load(int dir, const char *name, struct signing_key **ret,
                                    struct errinfo *e);

NODISCARD enum err signing_key_public(const struct signing_key *key, struct signing_public *ret,
                                      struct errinfo *e);
NODISCARD enum err signing_key_sign(const struct signing_key *key, struct str data,
                                    struct signature *ret, struct errinfo *e);
/* False as well when memory is used up. */
NODISCARD bool signature_is_good(const struct signing_public *by, struct str data,
                                 const struct signature *signature);
