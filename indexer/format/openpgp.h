/* OpenPGP: whether a clear-signed text was signed by a key of a keyring.
 *
 *     openpgp_keyring_new(bytes, &keyring, e);
 *     openpgp_verify_cleartext(&arena, keyring, text, now, &signature, e);
 *     if (signature.verdict == OPENPGP_GOOD)
 *         … signature.body …                what was signed, and nothing else of the text
 *
 * The only user of librnp. A keyring serves one thread at a time; several threads may each have
 * one. Without a clock: the caller says what time it is.                                     */
#pragma once

#include "indexer/base/arena.h"

struct openpgp_keyring;

#define OPENPGP_SECRET_SENTENCE "the keyring has a secret key; gpg --export writes the public ones"

/* Public keys, binary or armored, as `gpg --export` writes them. INVALID: none, secret ones among
 * them, more than OPENPGP_KEYRING_MAX_BYTES or OPENPGP_KEYS_MAX, or not understood.          */
NODISCARD enum err openpgp_keyring_new(struct str data, struct openpgp_keyring **ret,
                                       struct errinfo *e);
void openpgp_keyring_free(struct openpgp_keyring *k);     /* NULL is fine */
size_t openpgp_keyring_count(struct openpgp_keyring *k);  /* for tests; subkeys among them */

/* In the order in which it is decided; BAD: the text is not what was signed. */
#define OPENPGP_VERDICTS(X) \
	X(GOOD,        "good",        "The signature is good.") \
	X(UNKNOWN_KEY, "unknown_key", "The key is not in the repository's keyring.") \
	X(REVOKED,     "revoked",     "The key was revoked.") \
	X(EXPIRED,     "expired",     "The key or the signature has expired.") \
	X(WEAK,        "weak",        "The hash or the key is too weak to prove anything.") \
	X(BAD,         "bad",         "The signature does not fit the text.")

enum openpgp_verdict {
#define X(name, word, sentence) OPENPGP_##name,
	OPENPGP_VERDICTS(X)
#undef X
};
const char *openpgp_verdict_word(enum openpgp_verdict v);      /* "unknown_key"; static */
const char *openpgp_verdict_sentence(enum openpgp_verdict v);  /* static */

struct openpgp_signature {           /* texts are in the arena */
	enum openpgp_verdict verdict;
	struct str key_id;               /* of what signed: 16 upper-case hex digits */
	struct str fingerprint;          /* of its primary key; empty: unknown */
	struct str user_id;              /* the primary one of the key; empty: unknown or none */
	int64_t signed_at;               /* seconds since 1970, as the signature says */
	struct str body;                 /* empty unless GOOD */
};

/* PROVENANCE: not exactly one clear-signed text with exactly one signature (cleartext.h). NOMEM. */
NODISCARD enum err openpgp_verify_cleartext(struct arena *a, struct openpgp_keyring *k,
                                            struct str text, int64_t now_s,
                                            struct openpgp_signature *ret, struct errinfo *e);
