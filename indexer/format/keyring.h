/* Keyrings as people hand them in: public keys in armor, and nothing else.
 *
 * A keyring is a setting of a repository, and who sees a repository sees its settings, in its log for ever. So a file
 * that is another one than was meant, a secret key above all, has to be refused before it is stored.
 *
 *     armor_keyring(&arena, bytes of a file, &keys, e);     what is binary becomes text
 *     keyring_check(keys, e);                               before it becomes a setting                           */
#pragma once

#include "indexer/base/arena.h"

/* Of text that is not empty. INVALID: "keyring: <why>", which repeats nothing of it. NOMEM. */
NODISCARD enum err keyring_check(struct str keys, struct errinfo *e);
/* Whether it may be shown: of packets of public keys alone. Nothing of it is verified, so that it can be asked of every
 * repository at start, whose settings may be older than keyring_check. NOMEM. */
NODISCARD enum err keyring_is_public(struct str keys, bool *ret, struct errinfo *e);
/* The same before it is shown: without memory it is not. An empty one may be. */
bool keyring_may_be_shown(struct str keys);
