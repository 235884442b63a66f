/* Signed notes, as Go's golang.org/x/mod/sumdb/note writes them:
 *
 *     charts.example.org/log          the text: here a checkpoint (checkpoint.h)
 *     1234
 *     qlYvHP3qLsV3FDf…=
 *
 *     — charts.example.org/log x08go/ZJkuBS9UG/SffcvI…
 *
 * The text ends before the empty line; its last newline is part of what is signed. Before the
 * base64 signature stand four bytes that tell the keys of a name apart. Who checks notes has the
 * key's text, "name+c74f20a3+ARpc2QcUPDhM…".                                                 */
#pragma once

#include "indexer/base/hash.h"
#include "indexer/base/sbuf.h"
#include "indexer/base/signing.h"

#define NOTE_KEY_HASH_BYTES 4

struct note_verifier {
	struct str name;                 /* borrowed */
	struct signing_public key;
	unsigned char hash[NOTE_KEY_HASH_BYTES];
};

/* INVALID unless `name` is 1 to NOTE_NAME_MAX_BYTES of UTF-8 without spaces, '+' and controls. */
NODISCARD enum err note_verifier_make(struct str name, const struct signing_public *key,
                                      struct note_verifier *ret, struct errinfo *e);
void note_verifier_put(struct sbuf *b, const struct note_verifier *v);
/* The name borrows from `text`. INVALID: not the text of an Ed25519 key. */
NODISCARD enum err note_verifier_parse(struct str text, struct note_verifier *ret,
                                       struct errinfo *e);

/* Appends the text, an empty line and the signature. INVALID: the text does not end with a newline,
 * is not UTF-8, or has other control characters. After NOMEM the buffer is spoiled.          */
NODISCARD enum err note_sign(struct sbuf *b, struct str text, struct str name,
                             const struct signing_key *key, struct errinfo *e);
/* The text, borrowed from `note`, when `v` signed it; what others signed is passed over. INVALID:
 * not a note, without a signature of v's, or with a wrong one.                               */
NODISCARD enum err note_open(struct str note, const struct note_verifier *v, struct str *ret_text,
                             struct errinfo *e);

/* Pulls the first of the lines of signatures, which follow the empty line: by whom it says it is. The name
 * borrows. INVALID: it is no such line.                                                      */
struct note_signer { struct str name; unsigned char hash[NOTE_KEY_HASH_BYTES]; };
NODISCARD enum err note_signer_next(struct str *lines, struct note_signer *ret, struct errinfo *e);
