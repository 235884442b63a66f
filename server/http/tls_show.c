/* Which certificate a client is shown: that made for the host it names, if it is another one that is answered
 * for, else the server's own.                                                                */
#include "server/http/tls_impl.h"

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/base/secret.h"

struct shown { gnutls_pcert_st *chain; unsigned count; gnutls_privkey_t key; unsigned flags; };

/* GnuTLS frees them with the session, because what the issuer has may go before. */
static int import(struct str chain, struct str key, struct shown *ret)
{
	gnutls_datum_t chain_pem = { (unsigned char *)(uintptr_t)chain.p, (unsigned)chain.n };
	gnutls_datum_t key_pem = { (unsigned char *)(uintptr_t)key.p, (unsigned)key.n };
	struct shown s = { gnutls_calloc(TLS_CHAIN_MAX, sizeof *s.chain), TLS_CHAIN_MAX, NULL,
	                   GNUTLS_CERT_RETR_DEINIT_ALL };
	int code = s.chain ? gnutls_privkey_init(&s.key) : GNUTLS_E_MEMORY_ERROR;
	if (!code)
		code = gnutls_privkey_import_x509_raw(s.key, &key_pem, GNUTLS_X509_FMT_PEM, NULL, 0);
	if (!code)
		code = gnutls_pcert_list_import_x509_raw(s.chain, &s.count, &chain_pem, GNUTLS_X509_FMT_PEM, 0);
	if (code < 0) {
		gnutls_free(s.chain);
		if (s.key)
			gnutls_privkey_deinit(s.key);
		return code;
	}
	*ret = s;
	return 0;
}

static void warn(struct tls *t, struct str host, const struct errinfo *e)
{
	int64_t now = clock_monotonic(), before = atomic_load(&t->warned_ns);
	if (now - before > NS_PER_SECOND && atomic_compare_exchange_strong(&t->warned_ns, &before, now))
		LOG(LOG_WARN, "shadow.no_certificate", KV("host", host), KV("detail", (const char *)e->detail));
}

/* For another host that is answered for. OK without a chain: the server's own is to be shown. */
static enum err find_issued(struct tls *t, struct str host, struct shown *ret)
{
	AUTO_SBUF struct sbuf chain = sbuf_make(TLS_FILE_MAX_BYTES), key = sbuf_make(TLS_FILE_MAX_BYTES);
	struct errinfo e = { 0 };
	if (!t->issuer || !host.n || !t->shadow.answers_for(t->shadow.ctx, host))
		return OK;
	enum err err = issuer_get(t->issuer, host, clock_wall(), &chain, &key, &e);
	if (!err && import(sbuf_str(&chain), sbuf_str(&key), ret) < 0)
		err = ERR(&e, NOMEM, "a certificate");
	if (key.p)
		secret_wipe(key.p, key.n);
	if (err && err != ERR_NOT_FOUND && err != ERR_INVALID)
		warn(t, host, &e);
	return err == ERR_BUSY || err == ERR_NOMEM ? err : OK;
}

static void find_own(struct tls *t, struct shown *ret)
{
	struct pair *p = atomic_load(&t->current);
	if (p)
		*ret = (struct shown){ p->chain, p->count, p->key, 0 };
}

/* GnuTLS refuses what is no name; names are ASCII here, whatever they look like to people. */
static struct str host_of(gnutls_session_t session, char *to, size_t bytes)
{
	unsigned kind = 0;
	size_t n = bytes;
	int code = gnutls_server_name_get(session, to, &n, &kind, 0);
	return code || kind != GNUTLS_NAME_DNS ? (struct str){ 0 } : str_make(to, strnlen(to, n));
}

int tls_show(gnutls_session_t session, const struct gnutls_cert_retr_st *info, gnutls_pcert_st **ret_chain,
             unsigned *ret_count, gnutls_ocsp_data_st **ret_ocsp, unsigned *ret_ocsp_count,
             gnutls_privkey_t *ret_key, unsigned *ret_flags)
{
	struct tls *t = http_tls_of(gnutls_session_get_ptr(session));
	char name[DNS_NAME_MAX_BYTES + 3];           /* a dot at its end, and NUL */
	struct shown s = { 0 };
	(void)info;
	if (!t || find_issued(t, host_of(session, name, sizeof name), &s))
		return -1;
	if (!s.count)
		find_own(t, &s);
	if (!s.count) {
		(void)gnutls_alert_send(session, GNUTLS_AL_FATAL, GNUTLS_A_UNRECOGNIZED_NAME);
		return -1;
	}
	*ret_chain = s.chain;
	*ret_count = s.count;
	*ret_ocsp = NULL;
	*ret_ocsp_count = 0;
	*ret_key = s.key;
	*ret_flags = s.flags;
	return 0;
}
