/* Reads certificates and keys, again when their files change, and judges those of clients. */
#include "server/http/tls_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/fs.h"
#include "indexer/base/log.h"
#include "indexer/base/secret.h"

#define PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
#define SUBJECT_MAX_BYTES 256

/* ---- reading ---- */

static enum err broken(const char *path, int code, struct errinfo *e)
{
	return ERR(e, CONFIG, "%s: %s", path, gnutls_strerror(code));
}

static enum err read_fd(int fd, const char *path, char **ret, size_t *ret_bytes, struct errinfo *e)
{
	enum err err = fs_read_fd(fd, TLS_FILE_MAX_BYTES, ret, ret_bytes, e);
	if (err)
		err_prefix(e, "%s", path);
	return err;
}

/* Certificates may be links, as Kubernetes and certbot make them. */
static enum err read_pem(const char *path, char **ret, size_t *ret_bytes, struct errinfo *e)
{
	AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return ERR(e, CONFIG, "%s %s", path, fs_unreadable(errno));
	return read_fd(fd, path, ret, ret_bytes, e);
}

static void pair_free(struct pair *p)
{
	if (!p)
		return;
	for (unsigned i = 0; i < p->count; i++)
		gnutls_pcert_deinit(&p->chain[i]);
	if (p->key)
		gnutls_privkey_deinit(p->key);
	free(p);
}

static enum err read_chain(struct pair *p, const char *path, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t bytes;
	unsigned count = TLS_CHAIN_MAX;
	enum err err = read_pem(path, &text, &bytes, e);
	if (err)
		return err;
	gnutls_datum_t pem = { (unsigned char *)text, (unsigned)bytes };
	int code = gnutls_pcert_list_import_x509_raw(p->chain, &count, &pem, GNUTLS_X509_FMT_PEM, 0);
	if (code < 0)
		return broken(path, code, e);
	p->count = count;
	return count ? OK : ERR(e, CONFIG, "%s: there is no certificate in it", path);
}

/* A certificate that has expired is shown all the same: clients say so better than no answer does. */
static enum err judge_certificate(struct pair *p, const char *path, struct errinfo *e)
{
	unsigned bits;
	gnutls_x509_crt_t cert;
	int algorithm = gnutls_pubkey_get_pk_algorithm(p->chain[0].pubkey, &bits);
	gnutls_sec_param_t strength = algorithm < 0 ? GNUTLS_SEC_PARAM_UNKNOWN :
		gnutls_pk_bits_to_sec_param((gnutls_pk_algorithm_t)algorithm, bits);
	if (strength < GNUTLS_SEC_PARAM_MEDIUM)
		return ERR(e, CONFIG, "%s: a key of %u bits is too weak; RSA takes 2048, elliptic curves 256",
		           path, bits);
	int code = gnutls_pcert_export_x509(&p->chain[0], &cert);
	if (code)
		return broken(path, code, e);
	p->expires = gnutls_x509_crt_get_expiration_time(cert);
	gnutls_x509_crt_deinit(cert);
	if (p->expires < clock_wall() / NS_PER_SECOND)
		LOG(LOG_WARN, "tls.certificate_expired", KV("certificate", path),
		    KV("advice", "clients refuse it; renew it"));
	return OK;
}

static enum err read_key(struct pair *p, const char *path, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	AUTO_FD int fd = -1;
	size_t bytes;
	enum err err = secret_open(path, &fd, e);
	if (!err)
		err = read_fd(fd, path, &text, &bytes, e);
	if (err)
		return err;
	gnutls_datum_t pem = { (unsigned char *)text, (unsigned)bytes };
	int code = gnutls_privkey_init(&p->key);
	if (!code)
		code = gnutls_privkey_import_x509_raw(p->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	explicit_bzero(text, bytes);
	return code ? broken(path, code, e) : OK;
}

/* While the files are being replaced, one may be new and the other old. */
static enum err check_pair(const struct pair *p, const struct tls *t, struct errinfo *e)
{
	unsigned char of_cert[64], of_key[64];
	size_t cert_n = sizeof of_cert, key_n = sizeof of_key;
	gnutls_pubkey_t public;
	int code = gnutls_pubkey_init(&public);
	if (code)
		return broken(t->key, code, e);
	code = gnutls_pubkey_import_privkey(public, p->key, 0, 0);
	if (!code)
		code = gnutls_pubkey_get_key_id(public, 0, of_key, &key_n);
	if (!code)
		code = gnutls_pubkey_get_key_id(p->chain[0].pubkey, 0, of_cert, &cert_n);
	gnutls_pubkey_deinit(public);
	if (code)
		return broken(t->key, code, e);
	if (cert_n != key_n || memcmp(of_cert, of_key, key_n) != 0)
		return ERR(e, CONFIG, "%s is not the key of the certificate in %s", t->key, t->cert);
	return OK;
}

static enum err read_pair(struct tls *t, struct errinfo *e)
{
	struct pair *p = calloc(1, sizeof *p);
	if (!p)
		return ERR(e, NOMEM, "certificate");
	enum err err = read_chain(p, t->cert, e);
	if (!err)
		err = judge_certificate(p, t->cert, e);
	if (!err)
		err = read_key(p, t->key, e);
	if (!err)
		err = check_pair(p, t, e);
	if (err) {
		pair_free(p);
		return err;
	}
	p->older = t->newest;
	t->newest = p;
	atomic_store(&t->current, p);
	return OK;
}

/* ---- changing ---- */

uint64_t tls_expires(const struct tls *t)
{
	const struct pair *p = t ? atomic_load(&t->current) : NULL;
	return p && p->expires > 0 ? (uint64_t)p->expires : 0;
}

uint64_t tls_authority_expires(const struct tls *t)
{
	return t && t->issuer ? issuer_expires(t->issuer) : 0;
}

bool tls_has_certificate(const struct tls *t) { return t && t->cert; }

static void refresh_own(struct tls *t)
{
	struct errinfo e = { 0 };
	struct seen now[] = { seen_now(AT_FDCWD, t->cert), seen_now(AT_FDCWD, t->key) };
	if (seen_same(&now[0], &t->seen[0]) && seen_same(&now[1], &t->seen[1]))
		return;
	memcpy(t->seen, now, sizeof now);
	if (read_pair(t, &e))
		LOG(LOG_ERROR, "tls.not_reloaded", KV("detail", (const char *)e.detail));
	else
		LOG(LOG_INFO, "tls.reloaded", KV("certificate", t->cert));
}

void tls_refresh(struct tls *t)
{
	if (t->cert)
		refresh_own(t);
	if (t->issuer)
		issuer_refresh(t->issuer);
}

/* Without one in it every client would be refused. */
static enum err read_authorities(struct tls *t, const char *path, struct errinfo *e)
{
	gnutls_x509_crt_t *list = NULL;
	unsigned count = 0;
	size_t bytes;
	enum err err = read_pem(path, &t->authorities, &bytes, e);
	if (err)
		return err;
	gnutls_datum_t pem = { (unsigned char *)t->authorities, (unsigned)bytes };
	int code = gnutls_x509_crt_list_import2(&list, &count, &pem, GNUTLS_X509_FMT_PEM, 0);
	if (code < 0)
		return broken(path, code, e);
	for (unsigned i = 0; i < count; i++)
		gnutls_x509_crt_deinit(list[i]);
	gnutls_free(list);
	return OK;
}

static enum err open_own(struct tls *t, const struct http_tls *o, struct errinfo *e)
{
	t->cert = o->cert;
	t->key = o->key;
	t->client_auth = o->client_auth;
	t->seen[0] = seen_now(AT_FDCWD, o->cert);
	t->seen[1] = seen_now(AT_FDCWD, o->key);
	enum err err = read_pair(t, e);
	return err || !o->client_auth ? err : read_authorities(t, o->client_ca, e);
}

enum err tls_open(const struct http_options *o, struct tls **ret, struct errinfo *e)
{
	*ret = NULL;
	if (!o->tls.cert && !o->shadow.answers_for)
		return OK;
	struct tls *t = calloc(1, sizeof *t);
	if (!t)
		return ERR(e, NOMEM, "TLS");
	t->shadow = o->shadow;
	enum err err = o->tls.cert ? open_own(t, &o->tls, e) : OK;
	if (!err && o->shadow.answers_for)
		err = issuer_open(&o->shadow, &t->issuer, e);
	if (err)
		tls_close(t);
	else
		*ret = t;
	return err;
}

enum err http_certificates_check(const struct http_options *o, struct errinfo *e)
{
	struct tls *t;
	enum err err = tls_open(o, &t, e);
	if (!err)
		tls_close(t);
	return err;
}

void tls_close(struct tls *t)
{
	if (!t)
		return;
	for (struct pair *p = t->newest, *older; p; p = older) {
		older = p->older;
		pair_free(p);
	}
	issuer_close(t->issuer);
	free(t->authorities);
	free(t);
}

/* ---- a connection ---- */

void tls_daemon_options(struct tls *t, struct MHD_OptionItem *ret)
{
	size_t n = 0;
	ret[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_CERT_CALLBACK2, 0,
		(void *)(uintptr_t)(gnutls_certificate_retrieve_function3 *)tls_show };
	ret[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0,
		(void *)(uintptr_t)PRIORITIES };
	if (t->authorities)
		ret[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_TRUST, 0, t->authorities };
	ret[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
}

static gnutls_session_t session_of(struct MHD_Connection *mhd)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	return info ? info->tls_session : NULL;
}

/* One that says what it is for must say that it is for clients: an authority may sign those of servers too. */
static enum err check_chain(gnutls_session_t session, struct errinfo *e)
{
	unsigned status = 0;
	gnutls_datum_t why = { 0 };
	gnutls_typed_vdata_st purpose = { GNUTLS_DT_KEY_PURPOSE_OID,
		(unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT, 0 };
	int code = gnutls_certificate_verify_peers(session, &purpose, 1, &status);
	if (!code && !status)
		return OK;
	if (code || gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &why, 0))
		return ERR(e, FORBIDDEN, "the client certificate cannot be verified");
	enum err err = ERR(e, FORBIDDEN, "the client certificate: %s", (const char *)why.data);
	gnutls_free(why.data);
	return err;
}

static enum err read_subject(const gnutls_datum_t *der, struct arena *a, struct str *ret,
                             struct errinfo *e)
{
	char name[SUBJECT_MAX_BYTES] = "";
	size_t n = sizeof name;
	gnutls_x509_crt_t certificate;
	int code = gnutls_x509_crt_init(&certificate);
	if (code)
		return ERR(e, NOMEM, "client certificate");
	code = gnutls_x509_crt_import(certificate, der, GNUTLS_X509_FMT_DER);
	if (!code)
		code = gnutls_x509_crt_get_dn_by_oid(certificate, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &n);
	gnutls_x509_crt_deinit(certificate);
	if (code || !n || memchr(name, '\0', n))
		return ERR(e, FORBIDDEN, "the client certificate has no usable common name (CN)");
	return arena_str(a, str_make(name, n), ret) ? OK : ERR(e, NOMEM, "client certificate");
}

enum err tls_client(struct tls *t, struct MHD_Connection *mhd, struct arena *a,
                    struct str *ret_subject, struct errinfo *e)
{
	gnutls_session_t session = session_of(mhd);
	unsigned count = 0;
	*ret_subject = (struct str){ 0 };
	if (!t || !t->client_auth)
		return OK;
	const gnutls_datum_t *chain = session ? gnutls_certificate_get_peers(session, &count) : NULL;
	if (!chain || !count)
		return t->client_auth == HTTP_CLIENT_REQUIRE
			? ERR(e, FORBIDDEN, "a client certificate is required here") : OK;
	enum err err = check_chain(session, e);
	return err ? err : read_subject(&chain[0], a, ret_subject, e);
}

void tls_read_by(struct MHD_Connection *mhd, ssize_t (*read)(void *ctx, void *to, size_t n), void *ctx, int fd)
{
	gnutls_session_t session = session_of(mhd);
	if (!session)
		return;
	gnutls_transport_set_ptr2(session, ctx, (gnutls_transport_ptr_t)(intptr_t)fd);
	gnutls_transport_set_pull_function(session, read);
}

void tls_send_last(struct MHD_Connection *mhd, struct str text)
{
	gnutls_session_t session = session_of(mhd);
	if (session)
		(void)gnutls_record_send(session, text.p, text.n);
}
