/* Ranking: which of the charts that were found a person most likely meant.
 *
 * First of all counts where the words stand, in steps of RANK_STEP:
 *
 *     the name is what was typed, separators apart
 *     the name begins with it
 *     all words are in the name
 *     … in the name, another name or the keywords
 *     … in those or the description
 *     … in those, maintainers, repository, dependencies, images or kinds
 *     one of them stands in README or values alone
 *
 * Within a step the points of the table in rank.c are added, which make less than a step together:
 * for a name that is little longer than what was typed, words that are whole, words that stand in
 * a better place than the worst one; then for what is good about the chart itself: signed, hosted here
 * and not by an upstream, released not long ago (half as much after each year), downloaded, depended
 * upon, and most of all that it has a version that is no pre-release. Deprecated charts come after all
 * others.
 *
 * Before all others comes the chart whose repository and name were typed with a slash between them,
 * also a deprecated one; of another repository it is one whose name was typed. Behind a slash that a
 * name of this repository begins with, it counts as the beginning of a name.
 */
#pragma once

#include "indexer/hub/impl.h"
#include "indexer/hub/query.h"
#include "indexer/hub/search.h"
#include "indexer/hub/views.h"

#define RANK_STEP 2000u

struct ranker;

/* In the arena; borrows the query and its views (NULL: it names none). Good for as long as the table's lock is held; charts are told by
 * their ids, which are those of rows that are there.                                         */
NODISCARD enum err ranker_new(struct arena *a, const struct hub_table *t, const struct query *q,
                              const struct views *views, int64_t now_ns, struct ranker **ret,
                              struct errinfo *e);

/* Whether the terms that are compared with memory let the chart through: fields and exclusions. */
bool ranker_admits(const struct ranker *r, uint32_t id);

struct rank {
	uint32_t points;                 /* more is better */
	bool near;                       /* every word is in a name or the keywords */
	enum hub_where where;            /* the worst place of a word */
};
/* `used_by`: how many charts depend on it. */
struct rank ranker_rank(const struct ranker *r, uint32_t id, uint64_t used_by);

/* Whether the chart has a term of words, README and values apart. */
bool ranker_knows(const struct ranker *r, size_t term, uint32_t id);
