/* What one side has of a repository, for the other side to leave out of the next bundle: small text, which
 * may be signed (bundle/keys.h).
 *
 *     chartlocker inventory 1
 *     repo stable
 *     instance 0d5c…               of the data directory where the bundles are made
 *     trip 57                      the last one that came; 0: none did
 *     leaf …                       of that event
 *     root …                       of the log there with so many events
 *     filter ingress-* >=4         of that trip
 *     repository stable            files of it: what stands below, one digest a line, sorted
 *     8f43…
 *     deleted stable               archives of it that were deleted here, and not by a trip: they are not wanted;
 *     51aa…                        not there if there are none
 *     repository bitnami           what came for its sake
 *     …
 *     sha256 …                     of everything before this line, so that a torn one is found
 *
 * and, where the data directory has a key, an empty line and signatures.                       */
#pragma once

#include "indexer/bundle/bundle.h"
#include "indexer/store/catalog.h"

struct inventory_repo {              /* a repository there: its name in the text, the rest in the arena */
	struct str name;
	bool deleted;                    /* of what it does not want */
	struct sha256 *digests;          /* sorted */
	size_t count;
};

struct inventory {
	struct str repo, instance, filter;       /* borrowed from the text */
	struct bundle_state trip;
	struct sha256 root;
	struct inventory_repo *repos;
	size_t repo_count;
	struct str signed_text;          /* in the arena: what signatures are of */
	struct str signatures;           /* empty: it is not signed */
};

struct inventory_made { uint64_t trip; size_t files; };
/* Of the files that the rows of `repo` name, and of repositories that came with its bundles.
 * REPO_NOT_FOUND.                                                                            */
NODISCARD enum err inventory_make(struct catalog *c, struct str repo, struct sbuf *to, struct inventory_made *ret,
                                  struct errinfo *e);
/* The digest at the end of the inventory that another side makes which has all that bundles can bring of `repo` as
 * it is here now, and nothing else of it: by that it may ask whether anything is new. *ret_trip: the last event that
 * it knows then. NOT_FOUND.                                                                  */
NODISCARD enum err inventory_sum_outside(struct catalog *c, struct str repo, struct sha256 *ret,
                                         uint64_t *ret_trip, struct errinfo *e);
/* What stands there. false: it is none.                                                      */
bool inventory_sum(struct str text, struct sha256 *ret);
/* What is signed of one: its first and its last line, which has the digest of all others. In the arena;
 * NULL: out of memory.                                                                       */
char *inventory_signed_text(struct arena *a, struct str text);
/* CORRUPT: it is none, or not whole; NEWER. */
NODISCARD enum err inventory_read(struct arena *a, struct str text, struct inventory *ret,
                                  struct errinfo *e);
/* NULL: nothing of that repository is there. A file is taken from none but its own, whoever else has it.
 * `deleted`: the archives that it does not want.                                              */
const struct inventory_repo *inventory_of(const struct inventory *v, struct str repo, bool deleted);
bool inventory_has(const struct inventory_repo *r, const struct sha256 *digest);         /* NULL is fine */
