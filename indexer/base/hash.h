/* SHA-256, its hexadecimal form, other digests, and random bytes. */
#pragma once

#include <stdint.h>

#include "indexer/base/err.h"
#include "indexer/base/sbuf.h"

#define SHA256_BYTES 32
#define SHA256_HEX_BYTES 64

struct sha256 { unsigned char bytes[SHA256_BYTES]; };
struct sha256_stream;                /* one running hash; not thread-safe */

NODISCARD enum err sha256_of(struct str data, struct sha256 *ret, struct errinfo *e);

NODISCARD struct sha256_stream *sha256_new(void);          /* NULL: out of memory */
NODISCARD bool sha256_add(struct sha256_stream *s, struct str data);
NODISCARD bool sha256_end(struct sha256_stream *s, struct sha256 *ret);  /* may then be reused */
void sha256_free(struct sha256_stream *s);

void sha256_hex(const struct sha256 *digest, char ret[SHA256_HEX_BYTES + 1]);
bool sha256_parse(struct str hex, struct sha256 *ret);     /* exactly 64 lowercase hex digits */
static inline bool sha256_eq(const struct sha256 *a, const struct sha256 *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

/* The hexadecimal digest of data, for those who ask for one: no use for trust. */
enum hash_kind { HASH_SHA1, HASH_SHA256, HASH_SHA512 };
NODISCARD bool hash_put(struct sbuf *b, enum hash_kind kind, struct str data);

NODISCARD bool random_bytes(void *to, size_t n);           /* from the kernel */
