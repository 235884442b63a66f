/* TLS: the certificate that is shown, and the client's. The rest of this room knows neither GnuTLS
 * nor files of keys.                                                                         */
#pragma once

#include <microhttpd.h>

#include "server/http/http.h"

struct tls;

/* Reads certificate chain, key, the authorities of clients, and the one that signs for other hosts; CONFIG
 * when they are none, the key is not the certificate's, or a weak one, or everybody may read it. Without o->tls.cert and
 * o->shadow.answers_for *ret is NULL.                                                        */
NODISCARD enum err tls_open(const struct http_options *o, struct tls **ret, struct errinfo *e);
void tls_close(struct tls *t);                   /* after the daemons; NULL is fine */

/* Reads them again if the files are others than last time; a pair that is none is logged and the
 * old one stays. One thread.                                                                 */
void tls_refresh(struct tls *t);

/* When the certificate that is shown expires, in seconds since 1970; 0: none is shown. NULL is fine. */
uint64_t tls_expires(const struct tls *t);
/* The same of the authority that signs for other hosts. */
uint64_t tls_authority_expires(const struct tls *t);
/* There is one of the server's own. NULL is fine. */
bool tls_has_certificate(const struct tls *t);

/* For MHD_start_daemon, which has tls_show.c choose what a client is shown. */
void tls_daemon_options(struct tls *t, struct MHD_OptionItem *ret);
#define TLS_DAEMON_OPTIONS_MAX 4

/* connection.c: the server's tls, by the connection that a session belongs to. */
struct tls *http_tls_of(struct MHD_Connection *mhd);

/* The CN of the client's certificate goes to *ret_subject, empty where it showed none. FORBIDDEN
 * when it is none of ours, not meant for clients, or missing though required.                 */
NODISCARD enum err tls_client(struct tls *t, struct MHD_Connection *mhd, struct arena *a,
                              struct str *ret_subject, struct errinfo *e);

/* Of a connection that has just begun; `fd` is its socket. */
void tls_read_by(struct MHD_Connection *mhd, ssize_t (*read)(void *ctx, void *to, size_t n), void *ctx, int fd);

/* Past libmicrohttpd, on its thread, before that closes. */
void tls_send_last(struct MHD_Connection *mhd, struct str text);
