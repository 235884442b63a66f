/* What the settings file declares, and what a data directory has. */
#pragma once

#include "indexer/ingest/ingest.h"
#include "server/config.h"

/* A repository that is there, for declared_judge. */
struct known_repo {
	struct str name, members;        /* members: of a virtual one */
	const char *place;               /* where it is declared; NULL: it is not */
	enum repo_kind kind;
	bool empty;                      /* a hosted one without charts may become of another kind */
	bool ends;                       /* declared_judge's own */
};
/* CONFIG, with the place in the file: a name's kind would change, or a virtual repository would have itself as a
 * member. What declared_apply judges by before it changes anything.                           */
NODISCARD enum err declared_judge(const struct known_repo *known, size_t count, const struct declared_repos *d,
                                  struct errinfo *e);
/* Makes and sets; what is so already leaves no event. Each change is logged. Not on a thread that
 * serves: it waits for the writer. The first failure ends it, with the place in the file; a name that
 * is reserved and was never a repository's is one before anything is changed.                */
NODISCARD enum err declared_apply(struct ingest *g, const struct declared_repos *d,
                                  struct errinfo *e);
/* Logs what `was` has and `is` has not: it is left as it is. */
void declared_no_more(const struct declared_repos *was, const struct declared_repos *is);
/* What declared_apply would change in `data`, which is only read and may be served meanwhile; text
 * has a line for each change, JSON an array of objects. Where there is no directory, everything
 * would be made.                                                                             */
NODISCARD enum err declared_compare(const char *data, const struct declared_repos *d, bool json,
                                    struct sbuf *to, struct errinfo *e);
