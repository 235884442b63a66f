/* What tls.c and tls_show.c share. */
#pragma once

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <stdatomic.h>

#include "server/http/issuer.h"
#include "server/http/seen.h"
#include "server/http/tls.h"

/* A handshake may still use what was replaced meanwhile, so pairs live as long as the server: a
 * few KiB for each renewal.                                                                  */
struct pair {
	gnutls_pcert_st chain[TLS_CHAIN_MAX];
	unsigned count;
	int64_t expires;                 /* seconds since 1970 */
	gnutls_privkey_t key;
	struct pair *older;
};

struct tls {
	const char *cert, *key;          /* paths, borrowed; NULL: none of the server's own */
	enum http_client_auth client_auth;
	char *authorities;               /* PEM text */
	struct seen seen[2];             /* of cert and key when they were read last */
	_Atomic(struct pair *) current;
	struct pair *newest;             /* of all */
	struct http_shadow shadow;
	struct issuer *issuer;           /* NULL: no other hosts */
	_Atomic int64_t warned_ns;       /* that none could be made for a host */
};

/* gnutls_certificate_retrieve_function3: what the client is shown. */
int tls_show(gnutls_session_t session, const struct gnutls_cert_retr_st *info, gnutls_pcert_st **ret_chain,
             unsigned *ret_count, gnutls_ocsp_data_st **ret_ocsp, unsigned *ret_ocsp_count,
             gnutls_privkey_t *ret_key, unsigned *ret_flags);
