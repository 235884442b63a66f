/* The versions of a repository with all that is known of them, page by page. */
#pragma once

#include "indexer/ingest/ingest.h"
#include "indexer/store/catalog.h"

enum version_standing { STANDING_LIVE = 1, STANDING_YANKED = 2, STANDING_DELETED = 4,
                        STANDING_DAMAGED = 8, STANDING_PURGED = 16, STANDING_ALL = 31 };
enum version_standing version_standing(const struct version_row *row);

/* "good", …: what its provenance file was found to be; "unchecked": nobody looked; empty: there is none.
 * Borrowed from the arena or static.                                                         */
struct str version_verdict(struct arena *a, const struct version_row *row);
/* Whether such a verdict counts as signed: the same answer on every page, in every facet and API. */
bool verdict_is_signed(struct str verdict);
/* Whether it was verified: by a key of the repository's keyring. */
bool verdict_is_verified(struct str verdict);

struct versions_query {
	struct str repo;
	struct str chart;                /* empty: all */
	unsigned standings;              /* of these, or-ed */
	int64_t after;                   /* an id: where the last page ended */
	unsigned limit;
};
/* The row is borrowed during the call. *ret_full = true ends the page with it. */
typedef enum err versions_visit(void *ctx, const struct version_row *row,
                                const struct pull_count *pulls, bool *ret_full,
                                struct errinfo *e);
/* Ascending by id; *ret_next is where the next page begins, 0 when this was the last. May block.
 * REPO_NOT_FOUND.                                                                            */
NODISCARD enum err ingest_versions(struct ingest *g, const struct versions_query *q,
                                   versions_visit *each, void *ctx, int64_t *ret_next,
                                   struct errinfo *e);
/* One of them, whatever became of it. In the arena. May block. REPO_NOT_FOUND, NOT_FOUND. */
NODISCARD enum err ingest_version(struct ingest *g, struct arena *a, struct str repo,
                                  struct str chart, struct str version, struct version_row *ret,
                                  struct errinfo *e);
/* The versions of a chart that only an upstream has the archives of, sorted by str_cmp. In the arena. May
 * block. REPO_NOT_FOUND.                                                                      */
NODISCARD enum err ingest_absent(struct ingest *g, struct arena *a, struct str repo, struct str chart,
                                 struct str **ret, size_t *ret_count, struct errinfo *e);
/* What the quotas count, and the downloads of all days. May block. REPO_NOT_FOUND. */
struct repo_figures { struct repo_usage stored; uint64_t pulls; };
NODISCARD enum err ingest_repo_figures(struct ingest *g, struct str repo, struct repo_figures *ret,
                                       struct errinfo *e);
