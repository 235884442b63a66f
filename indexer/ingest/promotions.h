/* The promotions of virtual repositories, as the log alone tells them: rows of release are a projection
 * of it, which rebuild makes again and fsck compares. A repository that was renamed takes them along; one
 * that is deleted leaves none.                                                                */
#pragma once

#include "indexer/store/catalog.h"
#include "indexer/store/upstreams.h"

struct promotions;

/* Of all repositories, in the arena. */
NODISCARD enum err promotions_read(struct catalog *c, struct arena *a, struct promotions **ret,
                                   struct errinfo *e);
/* Whether the rows of a repository are those. */
NODISCARD enum err promotions_agree(const struct promotions *p, struct catalog *c,
                                    const struct repo_row *repo, bool *ret, struct errinfo *e);
/* The rows of one repository made again. */
NODISCARD enum err promotions_remake(struct catalog *c, int64_t repo_id, struct str repo,
                                     struct errinfo *e);
