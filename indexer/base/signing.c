/* Ed25519 by OpenSSL. A struct signing_key is an EVP_PKEY. */
#include "indexer/base/signing.h"

#include <openssl/bio.h>
#include <openssl/evp.h>

#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/base/pem_impl.h"

#define OTHERS_MAY 077u

static EVP_PKEY *pkey(const struct signing_key *key) { return (EVP_PKEY *)(uintptr_t)key; }

enum err signing_key_new(struct signing_key **ret, struct errinfo *e)
{
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (!key)
		return ERR(e, NOMEM, "Ed25519 key");
	*ret = (struct signing_key *)key;
	return OK;
}

void signing_key_free(struct signing_key *key) { EVP_PKEY_free(pkey(key)); }

/* ---- the file ---- */

enum err signing_key_save(const struct signing_key *key, int dir, const char *name,
                          struct errinfo *e)
{
	BIO *pem = BIO_new(BIO_s_mem());
	enum err err = pem && pem_key_put(pem, pkey(key)) ? fs_put(dir, name, 0600, pem_text(pem), false, e)
	                                                  : ERR(e, NOMEM, "Ed25519 key");
	BIO_free(pem);
	return err;
}

enum err signing_key_load(int dir, const char *name, struct signing_key **ret, struct errinfo *e)
{
	AUTO_FD int fd = -1;
	EVP_PKEY *key = NULL;
	enum err err = fs_open_regular(dir, name, &fd, NULL, e);
	if (!err)
		err = pem_key_read(fd, name, OTHERS_MAY, SIGNING_KEY_FILE_MAX_BYTES, &key, e);
	if (err)
		return err;
	if (!key || EVP_PKEY_get_id(key) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(key);
		return ERR(e, CONFIG, "%s is not an Ed25519 private key in PEM (PKCS #8) without a password",
		           name);
	}
	*ret = (struct signing_key *)key;
	return OK;
}

/* ---- signatures ---- */

enum err signing_key_public(const struct signing_key *key, struct signing_public *ret,
                            struct errinfo *e)
{
	struct signing_public public;
	size_t n = sizeof public.bytes;
	if (EVP_PKEY_get_raw_public_key(pkey(key), public.bytes, &n) != 1 || n != sizeof public.bytes)
		return ERR(e, NOMEM, "Ed25519 key");
	*ret = public;
	return OK;
}

enum err signing_key_sign(const struct signing_key *key, struct str data, struct signature *ret,
                          struct errinfo *e)
{
	struct signature made;
	size_t n = sizeof made.bytes;
	const unsigned char *bytes = (const unsigned char *)(data.n ? data.p : "");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool done = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey(key)) == 1 &&
	            EVP_DigestSign(ctx, made.bytes, &n, bytes, data.n) == 1 && n == sizeof made.bytes;
	EVP_MD_CTX_free(ctx);
	if (!done)
		return ERR(e, NOMEM, "Ed25519 signature");
	*ret = made;
	return OK;
}

bool signature_is_good(const struct signing_public *by, struct str data,
                       const struct signature *signature)
{
	const unsigned char *bytes = (const unsigned char *)(data.n ? data.p : "");
	EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, by->bytes,
	                                            sizeof by->bytes);
	EVP_MD_CTX *ctx = key ? EVP_MD_CTX_new() : NULL;
	bool good = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
	            EVP_DigestVerify(ctx, signature->bytes, sizeof signature->bytes, bytes,
	                             data.n) == 1;
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	return good;
}
