/* Reading and writing the files of an authority. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#include "indexer/base/authority_impl.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/fs.h"
#include "indexer/base/hash.h"
#include "indexer/base/limits.h"
#include "indexer/base/pem_impl.h"

#define SECURITY_MIN_BITS 112            /* RSA of 2048 bits */

void authority_free(struct authority *a)
{
	if (!a)
		return;
	X509_free(a->cert);
	EVP_PKEY_free(a->key);
	BIO_free(a->chain);
	free(a);
}

int64_t authority_time_ns(const ASN1_TIME *t)
{
	struct tm tm;
	if (!ASN1_TIME_to_tm(t, &tm))
		return 0;
	return clock_of((struct timespec){ timegm(&tm), 0 });
}

/* ---- reading ---- */

/* It may be a link, as Kubernetes makes them. */
static enum err open_file(int dir, const char *name, int *ret, struct errinfo *e)
{
	struct stat st;
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return ERR(e, NOT_FOUND, "%s: it is not there", name);
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return ERR(e, CONFIG, "%s: %s", name, fd < 0 ? fs_unreadable(errno) : "is no regular file");
	*ret = fd_take(&fd);
	return OK;
}

/* A root is known to clients, or of no use to them. */
static bool keep(BIO *chain, X509 *cert)
{
	return X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0 ||
	       PEM_write_bio_X509(chain, cert) == 1;
}

static enum err read_certs(struct authority *a, struct str pem, const char *name, struct errinfo *e)
{
	unsigned count = 0;
	BIO *in = BIO_new_mem_buf(pem.p, (int)pem.n);
	bool ok = in && a->chain;
	X509 *cert;
	while (ok && (cert = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL) {
		ok = ++count < TLS_CHAIN_MAX && keep(a->chain, cert);
		if (a->cert)
			X509_free(cert);
		else
			a->cert = cert;
	}
	BIO_free(in);
	if (count == TLS_CHAIN_MAX)
		return ERR(e, CONFIG, "%s: %u certificates or more are too many", name, TLS_CHAIN_MAX);
	if (!ok)
		return ERR(e, NOMEM, "an authority");
	return a->cert ? OK : ERR(e, CONFIG, "%s: there is no certificate in it (PEM)", name);
}

static enum err check_cert(const struct authority *a, const char *name, struct errinfo *e)
{
	const EVP_PKEY *key = X509_get0_pubkey(a->cert);
	if (!key || EVP_PKEY_get_security_bits(key) < SECURITY_MIN_BITS)
		return ERR(e, CONFIG, "%s: its key is too weak; RSA takes 2048 bits, elliptic curves 256", name);
	if (X509_check_ca(a->cert) != 1)
		return ERR(e, CONFIG, "%s: this certificate is not that of an authority (CA:TRUE, and keyCertSign"
		           " where it tells of uses): clients would not take what it signs", name);
	return OK;
}

static enum err load_cert(struct authority *a, int dir, const char *name, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	AUTO_FD int fd = -1;
	size_t n;
	enum err err = open_file(dir, name, &fd, e);
	if (!err && (err = fs_read_fd(fd, TLS_FILE_MAX_BYTES, &text, &n, e)) != OK)
		err_prefix(e, "%s", name);
	if (!err)
		err = read_certs(a, str_make(text, n), name, e);
	return err ? err : check_cert(a, name, e);
}

static enum err load_key(struct authority *a, int dir, const char *name, unsigned refused_mode,
                         const char *cert, struct errinfo *e)
{
	AUTO_FD int fd = -1;
	enum err err = open_file(dir, name, &fd, e);
	if (!err)
		err = pem_key_read(fd, name, refused_mode, TLS_FILE_MAX_BYTES, &a->key, e);
	if (err)
		return err;
	if (!a->key)
		return ERR(e, CONFIG, "%s: there is no private key in it (PEM, without a password)", name);
	if (X509_check_private_key(a->cert, a->key) != 1)
		return ERR(e, CONFIG, "%s is not the key of the authority in %s", name, cert);
	return OK;
}

static struct authority *empty(void)
{
	struct authority *a = calloc(1, sizeof *a);
	if (a)
		a->chain = BIO_new(BIO_s_mem());
	return a;
}

enum err authority_load(int dir, const char *cert, const char *key, unsigned refused_mode,
                        struct authority **ret, struct errinfo *e)
{
	struct authority *a = empty();
	enum err err = a ? load_cert(a, dir, cert, e) : ERR(e, NOMEM, "an authority");
	if (!err)
		err = load_key(a, dir, key, refused_mode, cert, e);
	if (err)
		authority_free(a);
	else
		*ret = a;
	return err;
}

enum err authority_facts(const struct authority *a, struct authority_facts *ret, struct errinfo *e)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned n;
	if (X509_digest(a->cert, EVP_sha256(), digest, &n) != 1 || n != SHA256_BYTES)
		return ERR(e, NOMEM, "an authority");
	for (unsigned i = 0; i < n; i++)
		(void)snprintf(ret->fingerprint + 3 * i, sizeof ret->fingerprint - 3 * i, "%02X%s", digest[i],
		               i + 1 < n ? ":" : "");
	if (X509_NAME_get_text_by_NID(X509_get_subject_name(a->cert), NID_commonName, ret->name,
	                              sizeof ret->name) < 0)
		ret->name[0] = '\0';
	ret->until_ns = authority_time_ns(X509_get0_notAfter(a->cert));
	return OK;
}

/* ---- writing ---- */

enum err authority_save(const struct authority *a, int dir, const char *cert, const char *key,
                        struct errinfo *e)
{
	BIO *cert_pem = BIO_new(BIO_s_mem()), *key_pem = BIO_new(BIO_s_mem());       /* wiped when freed */
	bool ok = cert_pem && key_pem && PEM_write_bio_X509(cert_pem, a->cert) == 1 &&
	          pem_key_put(key_pem, a->key);
	enum err err = ok ? OK : ERR(e, NOMEM, "an authority");
	if (!err)
		err = fs_put(dir, cert, 0644, pem_text(cert_pem), true, e);
	if (!err)
		err = fs_put(dir, key, 0600, pem_text(key_pem), false, e);
	BIO_free(cert_pem);
	BIO_free(key_pem);
	return err;
}
