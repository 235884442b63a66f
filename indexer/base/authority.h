/* A certificate authority (X.509), and the certificates that it signs for hosts.
 *
 *     authority_new(&wish, &ca, e); authority_save(ca, dir, "shadow-ca.crt", "shadow-ca.key", e);
 *     authority_load(dir, "shadow-ca.crt", "shadow-ca.key", AUTHORITY_OWNER, &ca, e);
 *     authority_sign(ca, STR("charts.jetstack.io"), now_ns, life_ns, &out, e);
 *     authority_free(ca);
 *
 * One is used by one thread at a time. */
#pragma once

#include "indexer/base/sbuf.h"

struct authority;

#define AUTHORITY_NAME_MAX_BYTES 64
#define AUTHORITY_FINGERPRINT_BYTES 96       /* "AB:CD:…" of the SHA-256, as openssl prints it */

struct authority_wish {
	struct str name;                 /* at most AUTHORITY_NAME_MAX_BYTES count */
	const struct str *hosts;         /* it is good for these alone, and what is below them; none: for all */
	size_t host_count;               /* at most AUTHORITY_HOSTS_MAX */
	int64_t now_ns, until_ns;
};

struct authority_facts {
	char name[4 * AUTHORITY_NAME_MAX_BYTES];     /* CN; may be empty */
	char fingerprint[AUTHORITY_FINGERPRINT_BYTES];
	int64_t until_ns;
};

/* A name that a certificate can be for, as DNS has them: small letters, without a dot at its end; neither an
 * address nor a wildcard.                                                                     */
bool authority_host_is_plain(struct str host);

/* ECDSA P-256; for servers of TLS alone, and for no further authorities. INVALID names the host. */
NODISCARD enum err authority_new(const struct authority_wish *w, struct authority **ret, struct errinfo *e);
void authority_free(struct authority *a);    /* NULL is fine */

/* PEM files, durable: the certificate replaces what is there, then the key (0600): EXISTS. */
NODISCARD enum err authority_save(const struct authority *a, int dir, const char *cert, const char *key,
                                  struct errinfo *e);
/* The certificate first, then those that lead to a root. Links are followed. NOT_FOUND; CONFIG: these are no
 * authority and its key, a weak one, or the key's file has bits of `refused_mode`. One that has expired is
 * one all the same.                                                                          */
NODISCARD enum err authority_load(int dir, const char *cert, const char *key, unsigned refused_mode,
                                  struct authority **ret, struct errinfo *e);
#define AUTHORITY_OWNER 077u         /* only the owner may do anything */
#define AUTHORITY_GROUP 037u         /* its group may read */
NODISCARD enum err authority_facts(const struct authority *a, struct authority_facts *ret, struct errinfo *e);

/* PEM; `key` is to be wiped. */
struct authority_signed { struct sbuf chain, key; int64_t until_ns; };
/* A new key (ECDSA P-256) and its certificate for a plain host, which counts `life_ns` at most, and an hour
 * before now, because clocks differ. Both buffers are empty and are filled. FORBIDDEN: the authority is not
 * good for this host.                                                                         */
NODISCARD enum err authority_sign(const struct authority *a, struct str host, int64_t now_ns, int64_t life_ns,
                                  struct authority_signed *out, struct errinfo *e);
