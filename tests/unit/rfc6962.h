/* MTH, PATH and SUBPROOF of RFC 6962 §2.1, word for word: what ours is held against. */
#pragma once

#include "indexer/base/merkle_proof.h"
#include "table.h"

static inline struct sha256 rfc_join(const struct sha256 *left, const struct sha256 *right)
{
	char bytes[1 + 2 * SHA256_BYTES] = { 1 };
	struct sha256 hash;
	memcpy(bytes + 1, left, SHA256_BYTES);
	memcpy(bytes + 1 + SHA256_BYTES, right, SHA256_BYTES);
	assert_int_equal(sha256_of(str_make(bytes, sizeof bytes), &hash, NULL), OK);
	return hash;
}

/* The largest power of two below n. */
static inline size_t rfc_half(size_t n)
{
	size_t k = 1;
	while (2 * k < n)
		k *= 2;
	return k;
}

static inline struct sha256 rfc_root(const struct sha256 *d, size_t n)
{
	if (n == 1)
		return d[0];
	struct sha256 left = rfc_root(d, rfc_half(n)), right = rfc_root(d + rfc_half(n), n - rfc_half(n));
	return rfc_join(&left, &right);
}

static inline void rfc_put(struct merkle_proof *p, struct sha256 hash) { p->hashes[p->count++] = hash; }

static inline void rfc_path(size_t m, const struct sha256 *d, size_t n, struct merkle_proof *p)
{
	size_t k = rfc_half(n);
	if (n == 1)
		return;
	if (m < k) {
		rfc_path(m, d, k, p);
		rfc_put(p, rfc_root(d + k, n - k));
	} else {
		rfc_path(m - k, d + k, n - k, p);
		rfc_put(p, rfc_root(d, k));
	}
}

static inline void rfc_subproof(size_t m, const struct sha256 *d, size_t n, bool b, struct merkle_proof *p)
{
	size_t k = rfc_half(n);
	if (m == n && b)
		return;
	if (m == n) {
		rfc_put(p, rfc_root(d, n));
	} else if (m <= k) {
		rfc_subproof(m, d, k, b, p);
		rfc_put(p, rfc_root(d + k, n - k));
	} else {
		rfc_subproof(m - k, d + k, n - k, false, p);
		rfc_put(p, rfc_root(d, k));
	}
}
