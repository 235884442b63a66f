/* The only user of OpenSSL's digests. */
#include "indexer/base/hash.h"

#include <errno.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sys/random.h>

#include "indexer/base/ascii.h"

/* Fetched once: looking an algorithm up by name costs more than hashing a small chart. */
static EVP_MD *algorithm;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void fetch(void) { algorithm = EVP_MD_fetch(NULL, "SHA256", NULL); }

struct sha256_stream *sha256_new(void)
{
	(void)pthread_once(&once, fetch);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (!ctx || !algorithm || EVP_DigestInit_ex2(ctx, algorithm, NULL) != 1) {
		EVP_MD_CTX_free(ctx);
		return NULL;
	}
	return (struct sha256_stream *)ctx;
}

bool sha256_add(struct sha256_stream *s, struct str data)
{
	return EVP_DigestUpdate((EVP_MD_CTX *)s, data.p, data.n) == 1;
}

bool sha256_end(struct sha256_stream *s, struct sha256 *ret)
{
	EVP_MD_CTX *ctx = (EVP_MD_CTX *)s;
	return EVP_DigestFinal_ex(ctx, ret->bytes, NULL) == 1 &&
	       EVP_DigestInit_ex2(ctx, algorithm, NULL) == 1;
}

void sha256_free(struct sha256_stream *s) { EVP_MD_CTX_free((EVP_MD_CTX *)s); }

enum err sha256_of(struct str data, struct sha256 *ret, struct errinfo *e)
{
	(void)pthread_once(&once, fetch);
	const char *bytes = data.n ? data.p : "";
	if (!algorithm || EVP_Digest(bytes, data.n, ret->bytes, NULL, algorithm, NULL) != 1)
		return ERR(e, NOMEM, "SHA-256");
	return OK;
}

void sha256_hex(const struct sha256 *digest, char ret[SHA256_HEX_BYTES + 1])
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < SHA256_BYTES; i++) {
		ret[2 * i] = digits[digest->bytes[i] >> 4];
		ret[2 * i + 1] = digits[digest->bytes[i] & 15];
	}
	ret[SHA256_HEX_BYTES] = '\0';
}

static int nibble(char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool sha256_parse(struct str hex, struct sha256 *ret)
{
	struct sha256 parsed;
	if (hex.n != SHA256_HEX_BYTES)
		return false;
	for (size_t i = 0; i < SHA256_BYTES; i++) {
		int high = nibble(hex.p[2 * i]), low = nibble(hex.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		parsed.bytes[i] = (unsigned char)(high << 4 | low);
	}
	*ret = parsed;
	return true;
}

bool hash_put(struct sbuf *b, enum hash_kind kind, struct str data)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned bytes = 0;
	const EVP_MD *md = kind == HASH_SHA1 ? EVP_sha1() : kind == HASH_SHA256 ? EVP_sha256() : EVP_sha512();
	if (EVP_Digest(data.n ? data.p : "", data.n, digest, &bytes, md, NULL) != 1)
		return false;
	for (unsigned i = 0; i < bytes; i++)
		sbuf_printf(b, "%02x", digest[i]);
	return sbuf_ok(b);
}

bool random_bytes(void *to, size_t n)
{
	char *p = to;
	while (n) {
		ssize_t got = getrandom(p, n, 0);
		if (got < 0 && errno != EINTR)
			return false;
		p += got > 0 ? got : 0;
		n -= got > 0 ? (size_t)got : 0;
	}
	return true;
}
