/* Secrets: passwords, tokens, and codes that only who has the key can make. Random bytes are
 * random_bytes of hash.h.
 *
 *     password_hash(text, hash, e)               kept: "scrypt$15$8$3$<salt>$<hash>"
 *     password_verify(text, hash, &matches, e)   0.25 s and 32 MiB, meant to be slow: on a worker,
 *                                                few at a time, never where requests are read
 *
 *     token_new(token, e)                        shown once; kept: its SHA-256 (hash.h), which
 *                                                is enough for 160 random bits
 *
 * Whoever holds a secret's text wipes it with secret_wipe when it was used.                  */
#pragma once

#include "indexer/base/hash.h"

/* Takes equally long wherever the two differ; their lengths are no secret. */
NODISCARD bool secret_eq(struct str a, struct str b);
void secret_wipe(void *p, size_t n);                 /* NULL is fine; never optimised away */

/* A file with a secret that a setting names, for reading; links are followed, because Kubernetes mounts
 * secrets as such. The caller closes *ret_fd. CONFIG: it is not there, cannot be read, is no regular file,
 * or everybody on this machine may do something with it.                                      */
NODISCARD enum err secret_open(const char *path, int *ret_fd, struct errinfo *e);

NODISCARD enum err hmac_sha256(struct str key, struct str data, struct sha256 *ret,
                               struct errinfo *e);

#define PASSWORD_HASH_BYTES 96                       /* room for any, with its NUL */

/* INVALID: empty or longer than PASSWORD_MAX_BYTES. Every byte counts, NUL as well. */
NODISCARD enum err password_hash(struct str password, char ret[PASSWORD_HASH_BYTES],
                                 struct errinfo *e);
/* With an empty `stored`, for a user who does not exist, it takes as long and does not match.
 * INVALID: `stored` is no such text, or asks for more work than the program ever would.      */
NODISCARD enum err password_verify(struct str password, struct str stored, bool *ret_matches,
                                   struct errinfo *e);

/* "clk_", 27 random letters and digits (160 bits), and six that are their CRC-32: programs that
 * search for leaked secrets recognise one, and a mistyped one is refused without a look-up.  */
#define TOKEN_PREFIX "clk_"
#define TOKEN_BYTES 37

NODISCARD enum err token_new(char ret[TOKEN_BYTES + 1], struct errinfo *e);
bool token_is_well_formed(struct str text);
