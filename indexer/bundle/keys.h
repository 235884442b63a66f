/* Who signs bundles, and whose bundles are taken: files below DATA/keys, readable for their owner alone.
 *
 *     DATA/keys/bundle.key             the private key (PEM, 0600): only where bundles are made
 *     DATA/keys/bundle.pub             what the other side has to trust
 *     DATA/keys/bundle.<hash>.key      the key before: signs too, until `until`; with its bundle.<hash>.pub
 *     DATA/keys/trusted/<name>+<hash>.pub      whose bundles are taken here
 *
 *     DATA/keys/shadow-ca.crt, .key    an authority (base/authority.h) that signs certificates for the hosts that
 *                                      a server answers for besides its own
 *
 * A public key's file is text: the key as base/note.h writes it, and a line that says how long it counts:
 *
 *     stable.example.org+c74f20a3+ARpc2QcUPDhM…
 *     until 2027-11-20T00:00:00Z                  (absent: for good)
 *
 * Nothing here needs a running server.                                                        */
#pragma once

#include "indexer/base/arena.h"
#include "indexer/base/authority.h"
#include "indexer/base/note.h"
#include "indexer/store/datadir.h"

struct bundle_key {
	struct note_verifier key;        /* name in the arena */
	int64_t until_ns;                /* counts before that; 0: for good */
	bool trusted;                    /* else ours */
	bool has_private;
	bool is_current;                 /* ours: it signs first */
};

#define KEYS_OUR_PUBLIC "keys/bundle.pub"            /* relative to DATA: the one to carry */

/* EXISTS: there is one (rotate makes the next). CONFIG: there are BUNDLE_KEYS_MAX already. */
NODISCARD enum err keys_generate(struct datadir *d, struct str name, int64_t until_ns, struct errinfo *e);
/* The old key goes on signing until `old_until_ns`. An empty name: as the old one's. NOT_FOUND: there is
 * none yet. CONFIG: as keys_generate.                                                        */
NODISCARD enum err keys_rotate(struct datadir *d, struct str name, int64_t until_ns, int64_t old_until_ns,
                               struct errinfo *e);
/* The text of a public key's file. INVALID: it is none; CONFIG: it is a private key (and says so), or as
 * keys_generate. Twice is fine, and may change how long it counts.                            */
NODISCARD enum err keys_trust(struct datadir *d, struct arena *a, struct str text, struct bundle_key *ret,
                              struct errinfo *e);
/* By "name+hash", or a name that only one has. NOT_FOUND. */
NODISCARD enum err keys_distrust(struct datadir *d, struct str key, struct errinfo *e);
/* Ours first, then by name. CONFIG: a file's mode lets others use it, or it is no key: it is named. */
NODISCARD enum err keys_list(struct datadir *d, struct arena *a, struct bundle_key **ret, size_t *ret_count,
                             struct errinfo *e);

#define KEYS_AUTHORITY_CERT "keys/shadow-ca.crt"     /* relative to DATA */
#define KEYS_AUTHORITY_KEY "keys/shadow-ca.key"

/* EXISTS: there is one. INVALID: see authority.h. */
NODISCARD enum err keys_make_authority(struct datadir *d, const struct authority_wish *w,
                                       struct authority_facts *ret, struct errinfo *e);
/* NOT_FOUND: there is none. CONFIG: it is none, or not with its key. */
NODISCARD enum err keys_authority(struct datadir *d, struct authority_facts *ret, struct errinfo *e);

/* What BUNDLE.sig holds: signatures by all keys that count at `now_ns`, then the digest of these lines.
 * NOT_FOUND: there is none: what to do.                                                       */
NODISCARD enum err keys_sign(struct datadir *d, struct str text, int64_t now_ns, struct sbuf *lines,
                             struct errinfo *e);
/* Who signed it, of those that are trusted at `now_ns`; in the arena. SIGNATURE says which: none that is
 * known here (with their names), a wrong one, one that is over (since when).                  */
NODISCARD enum err keys_verify(struct datadir *d, struct arena *a, struct str text, struct str lines,
                               int64_t now_ns, struct bundle_key **ret, size_t *ret_count,
                               struct errinfo *e);
