/* artifacthub-repo.yml, in which the publisher of a repository says whose it is and what a catalog
 * shall leave out. A pure function.
 *
 *     repositoryID: 1d2f…              what a hub calls the repository: who writes it here has both
 *     repositoryIDs: [1d2f…, …]        the same for several hubs
 *     owners: [{name: …, email: …}]
 *     ignore: [{name: redis, version: beta}]      a regular expression, anywhere in the version
 *
 * Read leniently: what is of another shape, too long or too much is passed by. An expression that
 * is none, or that expression.h does not read, matches no version, so that its chart is shown.   */
#pragma once

#include "indexer/base/arena.h"

#define PUBLISHER_ID_BYTES 36

struct expression;
struct sbuf;

struct publisher_owner { struct str name, email; };
struct publisher_ignored {
	struct str name, version;        /* version empty: all of them */
	const struct expression *matches;        /* NULL, with a version: none */
};

struct publisher {
	struct str *ids;                 /* UUIDs */
	struct publisher_owner *owners;
	struct publisher_ignored *ignored;
	size_t id_count, owner_count, ignored_count;
};

/* In the arena, apart from the text. An empty text: nothing is said. INVALID: it is no YAML, no map, or
 * too long.                                                                                   */
NODISCARD enum err publisher_read(struct arena *a, struct str text, struct publisher *ret,
                                  struct errinfo *e);
/* Case does not matter. False for an empty id. */
bool publisher_has_id(const struct publisher *p, struct str id);
bool publisher_ignores(const struct publisher *p, struct str chart, struct str version);

bool publisher_id_is_valid(struct str id);       /* a UUID */

/* The file that says so, in the same form whoever asks. `owners` as the setting maintainers has them: NAME
 * <EMAIL>, one a line.                                                                         */
void publisher_write(struct sbuf *b, struct str id, struct str owners);
