/* The files of the keys; internal to keys.c and keys_files.c. */
#pragma once

#include "indexer/bundle/keys.h"

#define KEYS_FOLDER "keys"
#define KEYS_TRUSTED "keys/trusted"
#define KEYS_PRIVATE "bundle.key"
#define KEYS_PUBLIC "bundle.pub"
#define KEYS_AUTHORITY "shadow-ca"
#define KEY_HASH_HEX_BYTES (2 * NOTE_KEY_HASH_BYTES)
#define KEY_FILE_NAME_BYTES 256

/* A key, and the file that tells of it, in its folder. */
struct key_file { struct bundle_key key; const char *name; };

struct key_files {
	struct key_file *p;              /* in the arena */
	size_t count, capacity;
};

void key_hash_hex(const unsigned char hash[NOTE_KEY_HASH_BYTES], char ret[KEY_HASH_HEX_BYTES + 1]);
/* "bundle.c74f20a3.key", with ".pub" the public one: of a key of ours that is not the current one. */
void key_other_name(const struct note_verifier *v, const char *end, char ret[KEY_FILE_NAME_BYTES]);

void key_text_put(struct sbuf *b, const struct bundle_key *key);
/* INVALID. The name is in the arena. */
NODISCARD enum err key_text_parse(struct arena *a, struct str text, struct bundle_key *ret,
                                  struct errinfo *e);

/* What keys_list tells, in no order. */
NODISCARD enum err key_files_read(struct datadir *d, struct arena *a, struct key_files *ret,
                                  struct errinfo *e);
