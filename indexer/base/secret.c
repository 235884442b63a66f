/* Comparing, authenticating and hashing secrets; the arithmetic is OpenSSL's. */
#include "indexer/base/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/base/base64.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"

bool secret_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || CRYPTO_memcmp(a.p, b.p, a.n) == 0);
}

void secret_wipe(void *p, size_t n)
{
	if (p)
		explicit_bzero(p, n);
}

enum err secret_open(const char *path, int *ret_fd, struct errinfo *e)
{
	struct stat st;
	AUTO_FD int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return ERR(e, CONFIG, "%s %s", path, fs_unreadable(errno));
	if (fstat(fd, &st) != 0)
		return ERR_SYS(e, "fstat %s", path);
	if (!S_ISREG(st.st_mode))
		return ERR(e, CONFIG, "%s is not a regular file", path);
	if (st.st_mode & S_IRWXO)
		return ERR(e, CONFIG, "%s holds a secret, and everybody on this machine may read it; say: "
		           "chmod o= %s", path, path);
	*ret_fd = fd_take(&fd);
	return OK;
}

enum err hmac_sha256(struct str key, struct str data, struct sha256 *ret, struct errinfo *e)
{
	const unsigned char *bytes = (const unsigned char *)(data.n ? data.p : "");
	struct sha256 code;
	if (key.n > INT32_MAX || !HMAC(EVP_sha256(), key.n ? key.p : "", (int)key.n, bytes, data.n,
	                               code.bytes, NULL))
		return ERR(e, NOMEM, "HMAC");
	*ret = code;
	return OK;
}

/* ---- passwords ---- */

#define SALT_BYTES 16
#define KEY_BYTES 32

struct scrypt {
	uint64_t log2_n, r, p;
	unsigned char salt[SALT_BYTES], key[KEY_BYTES];
};

/* What new ones are hashed with, and the most that a stored one may ask for. */
static const struct scrypt standard = { .log2_n = 15, .r = 8, .p = 3 };
static const struct scrypt costliest = { .log2_n = 17, .r = 8, .p = 4 };

static enum err derive(struct str password, const struct scrypt *s, unsigned char ret[KEY_BYTES],
                       struct errinfo *e)
{
	uint64_t n = UINT64_C(1) << s->log2_n, r = s->r, p = s->p;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD,
		                                  (void *)(uintptr_t)(password.n ? password.p : ""),
		                                  password.n),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (void *)(uintptr_t)s->salt,
		                                  SALT_BYTES),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_R, &r),
		OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_P, &p),
		OSSL_PARAM_construct_end(),
	};
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "SCRYPT", NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	bool done = ctx && EVP_KDF_derive(ctx, ret, KEY_BYTES, params) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return done ? OK : ERR(e, NOMEM, "scrypt");
}

enum err password_hash(struct str password, char ret[PASSWORD_HASH_BYTES], struct errinfo *e)
{
	struct scrypt s = standard;
	if (!password.n || password.n > PASSWORD_MAX_BYTES)
		return ERR(e, INVALID, "a password has 1 to %u bytes, not %zu", PASSWORD_MAX_BYTES,
		           password.n);
	if (!random_bytes(s.salt, sizeof s.salt))
		return ERR_SYS(e, "getrandom");
	enum err err = derive(password, &s, s.key, e);
	if (err)
		return err;
	struct sbuf b = sbuf_make(PASSWORD_HASH_BYTES - 1);
	sbuf_printf(&b, "scrypt$%u$%u$%u$", (unsigned)s.log2_n, (unsigned)s.r, (unsigned)s.p);
	base64_put(&b, str_make(s.salt, sizeof s.salt));
	sbuf_putc(&b, '$');
	base64_put(&b, str_make(s.key, sizeof s.key));
	if (sbuf_ok(&b))
		memcpy(ret, b.p, b.n + 1);
	else
		err = ERR(e, NOMEM, "password");
	sbuf_done(&b);
	return err;
}

static bool read_cost(struct str *rest, uint64_t most, uint64_t *ret)
{
	return str_to_u64(str_cut(rest, '$', NULL), ret) && *ret >= 1 && *ret <= most;
}

static bool read_bytes(struct str text, unsigned char *ret, size_t bytes)
{
	size_t n;
	return base64_read(text, ret, bytes, &n) && n == bytes;
}

static bool parse(struct str rest, struct scrypt *ret)
{
	return str_eq_c(str_cut(&rest, '$', NULL), "scrypt") &&
	       read_cost(&rest, costliest.log2_n, &ret->log2_n) &&
	       read_cost(&rest, costliest.r, &ret->r) && read_cost(&rest, costliest.p, &ret->p) &&
	       read_bytes(str_cut(&rest, '$', NULL), ret->salt, SALT_BYTES) &&
	       read_bytes(rest, ret->key, KEY_BYTES);
}

enum err password_verify(struct str password, struct str stored, bool *ret_matches,
                         struct errinfo *e)
{
	struct scrypt s = standard;
	unsigned char key[KEY_BYTES];
	if (stored.n && !parse(stored, &s))
		return ERR(e, INVALID, "what is stored is not the hash of a password");
	if (password.n > PASSWORD_MAX_BYTES) {
		*ret_matches = false;
		return OK;
	}
	enum err err = derive(password, &s, key, e);
	if (!err)
		*ret_matches = stored.n && secret_eq(str_make(key, KEY_BYTES), str_make(s.key, KEY_BYTES));
	secret_wipe(key, sizeof key);
	secret_wipe(&s, sizeof s);
	return err;
}
