/* Making certificates: that of an authority, and those that it signs. */
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "indexer/base/ascii.h"
#include "indexer/base/authority_impl.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/hash.h"
#include "indexer/base/limits.h"
#include "indexer/base/pem_impl.h"
#include "indexer/base/secret.h"

#define SERIAL_BYTES 16
#define LABEL_MAX_BYTES 63u
#define PEM_MAX_BYTES (4u * KIB)
#define NAME_CONSTRAINTS_MAX_BYTES (AUTHORITY_HOSTS_MAX * (DNS_NAME_MAX_BYTES + 16) + 128)
#define NO_ADDRESSES "excluded;IP:0.0.0.0/0.0.0.0,excluded;IP:0:0:0:0:0:0:0:0/0:0:0:0:0:0:0:0"

static bool label_is_plain(struct str label, bool *ret_number)
{
	*ret_number = true;
	for (size_t i = 0; i < label.n; i++) {
		char c = label.p[i];
		bool digit = ascii_is_digit(c), hyphen = c == '-' && i && i + 1 < label.n;
		if (!digit && !hyphen && c != '_' && (c < 'a' || c > 'z'))
			return false;
		*ret_number &= digit;
	}
	return label.n && label.n <= LABEL_MAX_BYTES;
}

bool authority_host_is_plain(struct str host)
{
	bool more = true, number = true;
	if (host.n > DNS_NAME_MAX_BYTES)
		return false;
	while (more)
		if (!label_is_plain(str_cut(&host, '.', &more), &number))
			return false;
	return !number;                  /* 192.0.2.1 */
}

/* ---- parts of a certificate ---- */

static bool put_serial(X509 *x)
{
	unsigned char bytes[SERIAL_BYTES];
	if (!random_bytes(bytes, sizeof bytes))
		return false;
	bytes[0] = (bytes[0] & 0x3f) | 0x40;         /* positive, and all have one length */
	BIGNUM *n = BN_bin2bn(bytes, sizeof bytes, NULL);
	bool ok = n && BN_to_ASN1_INTEGER(n, X509_get_serialNumber(x));
	BN_free(n);
	return ok;
}

static bool put_times(X509 *x, int64_t from_ns, int64_t until_ns)
{
	return ASN1_TIME_set(X509_getm_notBefore(x), from_ns / NS_PER_SECOND) &&
	       ASN1_TIME_set(X509_getm_notAfter(x), until_ns / NS_PER_SECOND);
}

static bool put_extension(X509 *x, X509 *issuer, int kind, const char *text)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, kind, text);
	bool ok = extension && X509_add_ext(x, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return ok;
}

/* With the key, and all that depends on neither purpose nor issuer. */
static X509 *begin(EVP_PKEY *key, int64_t from_ns, int64_t until_ns)
{
	X509 *x = X509_new();
	if (x && X509_set_version(x, X509_VERSION_3) == 1 && put_serial(x) && put_times(x, from_ns, until_ns) &&
	    X509_set_pubkey(x, key) == 1)
		return x;
	X509_free(x);
	return NULL;
}

/* Ed25519 has its digest within. */
static bool sign(X509 *x, EVP_PKEY *key)
{
	int digest = NID_undef;
	bool has_own = EVP_PKEY_get_default_digest_nid(key, &digest) == 2 && digest == NID_undef;
	return X509_sign(x, key, has_own ? NULL : EVP_sha256()) > 0;
}

/* ---- an authority ---- */

static enum err constrain(X509 *x, const struct authority_wish *w, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(NAME_CONSTRAINTS_MAX_BYTES);
	if (w->host_count > AUTHORITY_HOSTS_MAX)
		return ERR(e, INVALID, "an authority for more than %u hosts; name the domains above them",
		           AUTHORITY_HOSTS_MAX);
	sbuf_puts(&b, "critical,");
	for (size_t i = 0; i < w->host_count; i++) {
		if (!authority_host_is_plain(w->hosts[i]))
			return ERR(e, INVALID, "\"%.*s\" is no name of a host: charts.example.org, without scheme, port"
			           " and *, is expected", STR_ARG(w->hosts[i]));
		sbuf_printf(&b, "permitted;DNS:%.*s,", STR_ARG(w->hosts[i]));
	}
	sbuf_puts(&b, NO_ADDRESSES);
	bool ok = sbuf_ok(&b) && put_extension(x, x, NID_name_constraints, b.p);
	return ok ? OK : ERR(e, NOMEM, "an authority");
}

static bool name_it(X509 *x, struct str name)
{
	X509_NAME *subject = X509_get_subject_name(x);
	name = str_first(name, AUTHORITY_NAME_MAX_BYTES);
	return X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, (const unsigned char *)name.p,
	                                  (int)name.n, -1, 0) == 1 &&
	       X509_set_issuer_name(x, subject) == 1;
}

static enum err make_root(struct authority *a, const struct authority_wish *w, struct errinfo *e)
{
	a->key = EVP_EC_gen("P-256");
	a->cert = a->key ? begin(a->key, w->now_ns - NS_PER_HOUR, w->until_ns) : NULL;
	bool ok = a->cert && name_it(a->cert, w->name) &&
	          put_extension(a->cert, a->cert, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
	          put_extension(a->cert, a->cert, NID_key_usage, "critical,keyCertSign") &&
	          put_extension(a->cert, a->cert, NID_ext_key_usage, "serverAuth") &&
	          put_extension(a->cert, a->cert, NID_subject_key_identifier, "hash");
	enum err err = ok ? OK : ERR(e, NOMEM, "an authority");
	if (!err && w->host_count)
		err = constrain(a->cert, w, e);
	if (!err && !sign(a->cert, a->key))
		err = ERR(e, NOMEM, "an authority");
	return err;
}

enum err authority_new(const struct authority_wish *w, struct authority **ret, struct errinfo *e)
{
	struct authority *a = calloc(1, sizeof *a);
	if (!a)
		return ERR(e, NOMEM, "an authority");
	a->chain = BIO_new(BIO_s_mem());
	enum err err = a->chain ? make_root(a, w, e) : ERR(e, NOMEM, "an authority");
	if (err)
		authority_free(a);
	else
		*ret = a;
	return err;
}

/* ---- a host ---- */

/* Its name stands in the extension alone, where 64 bytes are no limit. */
static X509 *make_leaf(const struct authority *a, EVP_PKEY *key, struct str host, int64_t from_ns,
                       int64_t until_ns)
{
	char names[sizeof "critical,DNS:" + DNS_NAME_MAX_BYTES];
	X509 *x = begin(key, from_ns, until_ns);
	(void)snprintf(names, sizeof names, "critical,DNS:%.*s", STR_ARG(host));
	bool ok = x && X509_set_issuer_name(x, X509_get_subject_name(a->cert)) == 1 &&
	          put_extension(x, a->cert, NID_basic_constraints, "critical,CA:FALSE") &&
	          put_extension(x, a->cert, NID_key_usage, "critical,digitalSignature") &&
	          put_extension(x, a->cert, NID_ext_key_usage, "serverAuth") &&
	          put_extension(x, a->cert, NID_subject_alt_name, names);
	if (ok && X509_get0_subject_key_id(a->cert))
		ok = put_extension(x, a->cert, NID_authority_key_identifier, "keyid");
	if (ok && sign(x, a->key))
		return x;
	X509_free(x);
	return NULL;
}

static enum err check_constraints(const struct authority *a, X509 *leaf, struct str host, struct errinfo *e)
{
	NAME_CONSTRAINTS *nc = X509_get_ext_d2i(a->cert, NID_name_constraints, NULL, NULL);
	(void)X509_check_purpose(leaf, -1, 0);       /* or the names are not looked at */
	int why = nc ? NAME_CONSTRAINTS_check(leaf, nc) : X509_V_OK;
	NAME_CONSTRAINTS_free(nc);
	return why == X509_V_OK ? OK : ERR(e, FORBIDDEN, "the authority is not good for %.*s: %s", STR_ARG(host),
	                                   X509_verify_cert_error_string(why));
}

static enum err put_signed(const struct authority *a, X509 *leaf, EVP_PKEY *key, struct authority_signed *out,
                           struct errinfo *e)
{
	BIO *cert_pem = BIO_new(BIO_s_mem()), *key_pem = BIO_new(BIO_s_mem());       /* wiped when freed */
	bool ok = cert_pem && key_pem && PEM_write_bio_X509(cert_pem, leaf) == 1 &&
	          pem_key_put(key_pem, key);
	out->key = sbuf_make(PEM_MAX_BYTES);
	out->chain = sbuf_make(PEM_MAX_BYTES + TLS_FILE_MAX_BYTES);
	if (ok) {
		sbuf_put(&out->key, pem_text(key_pem));
		sbuf_put(&out->chain, pem_text(cert_pem));
		sbuf_put(&out->chain, pem_text(a->chain));
		ok = sbuf_ok(&out->key) && sbuf_ok(&out->chain);
	}
	BIO_free(cert_pem);
	BIO_free(key_pem);
	if (ok)
		return OK;
	if (out->key.p)
		secret_wipe(out->key.p, out->key.n);
	sbuf_done(&out->key);
	sbuf_done(&out->chain);
	return ERR(e, NOMEM, "a certificate");
}

/* Not longer than its issuer, if that counts at all. */
enum err authority_sign(const struct authority *a, struct str host, int64_t now_ns, int64_t life_ns,
                        struct authority_signed *out, struct errinfo *e)
{
	int64_t until_ns = now_ns + life_ns, end_ns = authority_time_ns(X509_get0_notAfter(a->cert));
	if (!authority_host_is_plain(host))
		return ERR(e, INVALID, "this is no name of a host");
	if (end_ns > now_ns && end_ns < until_ns)
		until_ns = end_ns;
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *leaf = key ? make_leaf(a, key, host, now_ns - NS_PER_HOUR, until_ns) : NULL;
	enum err err = leaf ? check_constraints(a, leaf, host, e) : ERR(e, NOMEM, "a certificate");
	if (!err)
		err = put_signed(a, leaf, key, out, e);
	if (!err)
		out->until_ns = until_ns;
	X509_free(leaf);
	EVP_PKEY_free(key);
	return err;
}
