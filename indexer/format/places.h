/* Which repositories of a data directory an address means: each is known by some addresses, as its settings
 * say (known_as, upstream), and by those that the same public repository had elsewhere (moved.def).
 *
 *     places_new → places_add for each repository → places_sort → places_find, by any thread       */
#pragma once

#include "indexer/format/address.h"

struct places;                       /* in the arena */

struct place {
	struct address address;
	struct str repo;
	bool implied;                    /* by moved.def: others that say so themselves come first */
};

NODISCARD enum err places_new(struct arena *a, struct places **ret, struct errinfo *e);
/* `addresses` with spaces between them; what is no address is passed over. Copied. */
NODISCARD enum err places_add(struct places *p, struct str repo, struct str addresses, struct errinfo *e);
void places_sort(struct places *p);
/* Some repository is known by an address of that host, which is as in struct address. */
bool places_has_host(const struct places *p, struct str host);
/* The same, whatever port stands there. */
bool places_has_name(const struct places *p, struct str name);
/* Those with this address, the likeliest first; NULL: there is none. Borrowed. */
const struct place *places_find(const struct places *p, const struct address *address,
                                size_t *ret_count);
