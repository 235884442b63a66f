/* Which repository a name in an old event means: names end by renaming and deleting, and others get
 * them again. Read from the log, so that it is the same after a restart.                     */
#pragma once

#include "indexer/store/catalog.h"

enum ending { RENAMED, DELETED, PURGED };

struct name_end {                    /* in the order of the log */
	struct name_end *next;
	uint64_t seq;
	enum ending how;                 /* PURGED: after it was deleted */
	struct str repo, to;
};

struct lineage {
	struct arena arena;
	struct name_end *first, **last;
};

/* Costs as much as there are ends. */
NODISCARD enum err lineage_read(struct catalog *c, struct lineage *ret, struct errinfo *e);
void lineage_done(struct lineage *l);

struct fate {
	struct str name;                 /* that it has now, or had when it was deleted */
	bool deleted, purged;
};

/* Of the repository that had the name at an event. */
struct fate lineage_follow(const struct lineage *l, struct str name, uint64_t event);
/* What the repository that has the name now was called at an event, and since which event; false: the
 * name was another one's or nobody's then.                                                   */
bool lineage_name_at(const struct lineage *l, struct str now, uint64_t event, struct str *ret_name,
                     uint64_t *ret_from);
/* The end of a name is a purge: nobody had it, lost it, and was not purged since. */
bool lineage_ends_purged(const struct name_end *end);
