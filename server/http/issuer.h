/* Certificates for hosts that are answered for: made when one is asked for, by an authority in two files, and
 * kept in memory: at most ISSUED_MAX of them, and at most ISSUED_PER_SECOND new ones. Who calls decides
 * whether a host is to have one.
 *
 *     issuer_open → issuer_get by any thread; issuer_refresh by one → issuer_close               */
#pragma once

#include "indexer/base/sbuf.h"
#include "server/http/http.h"

struct issuer;

/* CONFIG: the files are none, unless o->may_be_absent and they are not there. */
NODISCARD enum err issuer_open(const struct http_shadow *o, struct issuer **ret, struct errinfo *e);
void issuer_close(struct issuer *s);             /* NULL is fine */

/* Reads the files again if they are others than last time, and forgets what the authority before signed.
 * What is no authority is logged, and the old one stays.                                     */
void issuer_refresh(struct issuer *s);
/* When the authority expires, in seconds since 1970; 0: there is none. */
uint64_t issuer_expires(struct issuer *s);

/* Adds the chain and the key for a host, in any case and with a dot at its end or not: PEM texts; the key
 * is to be wiped. NOT_FOUND: there is no authority. INVALID: that is no name of a host. FORBIDDEN: the
 * authority is not good for it. BUSY: too many new ones. NOMEM.                               */
NODISCARD enum err issuer_get(struct issuer *s, struct str host, int64_t now_ns, struct sbuf *chain,
                              struct sbuf *key, struct errinfo *e);
