/* What the files of the comparison share; nobody else includes this.
 *
 *     compare.c               all sections one after the other; the changelog; what differs how far
 *     compare_summary.c       counts in words
 *     compare_metadata.c      Chart.yaml
 *     compare_values.c        compare_schema.c        compare_dependencies.c
 *     compare_images.c        compare_kinds.c (kinds, CRDs, rights)     compare_files.c           */
#pragma once

#include "indexer/document/compare.h"
#include "indexer/format/semver.h"

struct comparer {
	struct arena *a;
	struct comparison *c;            /* being filled */
	struct errinfo *e;
	const struct compare_side *old, *new;
	size_t problem_room;
	size_t same_steps;               /* that are left for comparing defaults */
};

/* Two lists of the same things, each thing with its counterpart. */
struct compare_list { const void *at; size_t count, bytes_each; };
struct compare_pair { const void *old, *new; };          /* NULL: there is none */
struct compare_pairs { struct compare_pair *pairs; size_t count; };
#define COMPARE_LIST(array, count) ((struct compare_list){ (array), (count), sizeof *(array) })

typedef int compare_order(const void *, const void *);

/* Things are counterparts when the first of the orders finds them equal; of what is left, when the
 * next one does, and so on to NULL. Of several that are equal the first goes with the first. The
 * pairs are sorted by the first order. NOMEM.                                                */
NODISCARD enum err compare_pair_up(struct comparer *x, struct compare_list old, struct compare_list new,
                                   compare_order *const *orders, struct compare_pairs *ret);
static inline enum compare_change compare_change_of(const struct compare_pair *p)
{
	return !p->new ? COMPARE_REMOVED : !p->old ? COMPARE_ADDED : COMPARE_CHANGED;
}

enum compare_step compare_step_between(const struct semver *old, const struct semver *new);

/* A text made in a buffer, as a slice in the arena. NOMEM. */
NODISCARD enum err compare_keep(struct comparer *x, const struct sbuf *b, struct str *ret);
/* As values_same; of all together no more than VALUES_STEPS_MAX: what follows is taken for the same, and cut. */
bool compare_same(struct comparer *x, const struct node *one, const struct node *other);
NODISCARD enum err compare_problem(struct comparer *x, const struct chart *of, struct str text);
extern compare_order *const compare_by_str[];            /* of what begins with a struct str */

NODISCARD enum err compare_metadata(struct comparer *x);
NODISCARD enum err compare_values(struct comparer *x);
NODISCARD enum err compare_schemas(struct comparer *x);
NODISCARD enum err compare_dependencies(struct comparer *x);
NODISCARD enum err compare_images(struct comparer *x);
NODISCARD enum err compare_kinds(struct comparer *x);
NODISCARD enum err compare_files(struct comparer *x);
NODISCARD enum err compare_summarize(struct comparer *x);
