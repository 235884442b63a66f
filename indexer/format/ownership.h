/* Which member of a virtual repository has a chart's name there: members, pins and own_names. A pure
 * function: who has a chart by that name is told by the caller.
 *
 *     ownership_new       once, from the settings
 *     ownership_members   what is asked for the name
 *     ownership_judge     each name: one member wins, or none; every other is told why it does not
 *
 * The rules, the first that speaks of a name decides:
 *
 *     a private member is left out of a public virtual repository; a hosted one keeps its names from
 *     upstreams all the same
 *     a pin gives the name to its member, and to nobody if that one does not have it
 *     below own_names stand names of hosted members alone; what an upstream has there is held back
 *     a hosted member goes before all upstreams, whatever the order
 *     the upstream that had it first, if first_keeps: one that begins with a name that another one has
 *     does not take it over, though it stands before that one
 *     the first member                                                                      */
#pragma once

#include <sys/types.h>

#include "indexer/format/repo_settings.h"

struct ownership;

/* In the arena, which outlives it. `repo`: its own name. INVALID names the setting and says what is wrong:
 * a member that is no name, stands there twice or is the repository itself; a pin that is no
 * NAME=REPOSITORY, of no member, or a second one of a name; a pattern that matches no name; too many of
 * them.                                                                                      */
NODISCARD enum err ownership_new(struct arena *a, struct str repo, const struct repo_settings *s,
                                 struct ownership **ret, struct errinfo *e);
/* In the order of the setting; borrowed from the arena. */
const struct str *ownership_members(const struct ownership *o, size_t *ret_count);

#define OWNERSHIP_VERDICTS(X) \
	X(PINNED,    "pinned")                    /* these four win */ \
	X(HOSTED,    "hosted here") \
	X(FIRST,     "first member") \
	X(KEPT,      "had it first")              /* though another one stands before it */ \
	X(SHADOWED,  "shadowed") \
	X(LATER,     "came later")                /* and would win by the order of the members */ \
	X(ELSEWHERE, "pinned to another member") \
	X(HELD,      "held back")                 /* below own_names, and an upstream's */ \
	X(RESERVED,  "kept for a private member") /* that is hosted here; this one is an upstream */ \
	X(PRIVATE,   "private member")

enum ownership_verdict {
#define X(name, word) OWNERSHIP_##name,
	OWNERSHIP_VERDICTS(X)
#undef X
};
const char *ownership_word(enum ownership_verdict v);            /* static */

/* A member that has the name. */
struct ownership_candidate {
	size_t member;                   /* its place in ownership_members */
	bool hosted;                     /* of a virtual member: what wins the name there is */
	bool private;
	bool hidden;                     /* a virtual member that has nothing to show: the name is one of a
	                                    private repository's below it                        */
	uint64_t since;                  /* of an upstream: the event that it has the name since; equal ones: the
	                                    order decides                                        */
	enum ownership_verdict verdict;  /* set by ownership_judge */
};

/* Whether `since` counts: no hosted member and no pin decides, and several might win. After a judgement
 * that was made with all of them 0.                                                            */
bool ownership_asks_since(const struct ownership *o, const struct ownership_candidate *candidates,
                          size_t count);

/* The place of the one that wins among them, in whatever order they are; -1: none does. */
ssize_t ownership_judge(const struct ownership *o, struct str chart,
                        struct ownership_candidate *candidates, size_t count);
