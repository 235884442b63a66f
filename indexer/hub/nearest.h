/* The name that a person meant who mistyped it: the nearest one by insertions, omissions, changes and
 * swapped neighbours of letters, one of each in words of three letters, two from six on. Pure.
 *
 *     struct nearest n = nearest_of(typed, true);          or nearest_within
 *     for each word: if (nearest_may_be(&n, bytes, letters) && nearest_is(&n, word))
 *         nearest_offer(&n, word, shown, kind);
 *     n.best: what was shown for the nearest one, or empty
 *
 * Words are as word_next gives them. What is offered is borrowed until the end.              */
#pragma once

#include "indexer/base/limits.h"
#include "indexer/base/str.h"

/* How many edits make one of the other; more than `max`: max + 1. As a `beginning`: of any
 * beginning of `word`. Takes time of n * max, and none for words of other lengths.           */
unsigned nearest_distance(struct str typed, struct str word, unsigned max, bool beginning);
/* How many edits a word of so many bytes may have; 0: too short to tell. */
unsigned nearest_edits(size_t bytes);
#define NEAREST_EDITS_MAX 2u

struct nearest {
	struct str typed;
	uint32_t letters;                /* word.h */
	unsigned max;
	bool beginning;                  /* the typed word may go on */
	struct str best;                 /* as `shown` when it was offered */
	unsigned distance;               /* of it, in halves */
	unsigned kind;
};
struct nearest nearest_of(struct str typed, bool beginning);
/* The same with no more than so many edits, which looks at far fewer words: try 1 before 2. */
struct nearest nearest_within(struct str typed, bool beginning, unsigned edits);
/* False: it is not near enough, as its length and its letters (word.h) tell. */
bool nearest_may_be(const struct nearest *n, size_t bytes, uint32_t letters);
/* How far away it is, in halves, of which a beginning has one more; at most 2 * max + 1 is near. */
unsigned nearest_halves(const struct nearest *n, struct str word);
/* Whether it is near enough, and no further away than the nearest one so far. */
bool nearest_is(const struct nearest *n, struct str word);
/* A word that is. Of words as near, the smaller `kind` wins, then the one that begins as what was
 * typed, the shorter one, the first one in the alphabet.                                     */
void nearest_offer(struct nearest *n, struct str word, struct str shown, unsigned kind);
