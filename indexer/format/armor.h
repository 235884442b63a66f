/* OpenPGP's armor: blocks of Base64 between lines of dashes.
 *
 * The checksum that ends a block ("=9B2k") is optional (RFC 9580 §6.1), and Helm 3.22 and 4 leave it out. librnp
 * 0.16 reads nothing of a block that has neither it nor padding, as every third length has none: signatures by
 * RSA keys of 4096 bits and by Ed25519 keys, and one in 256 of others.                        */
#pragma once

#include "indexer/base/arena.h"

/* *ret is `text`, or a copy in the arena where a block has no checksum and gets one. A block that cannot be read stays
 * as it is. NOMEM.                                                                            */
NODISCARD enum err armor_complete(struct arena *a, struct str text, struct str *ret, struct errinfo *e);

/* A keyring as text: what `gpg --export` writes without --armor, which is what Helm reads, in armor; else *ret is
 * `keys`. In the arena. NOMEM.                                                                */
NODISCARD enum err armor_keyring(struct arena *a, struct str keys, struct str *ret, struct errinfo *e);
