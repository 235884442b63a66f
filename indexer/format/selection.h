/* Which charts and versions of another repository are taken: the take_… settings of an upstream and
 * of a virtual repository. A pure function: the clock comes in.
 *
 *     selection_new       once, from the settings
 *     selection_judge     each version by itself, as its index entry says what it is
 *     selection_trim      the versions of one chart against each other: take_last, take_last_per_minor
 *
 * A rule that is not set takes everything. `!PATTERN` in take_charts leaves out what a pattern before
 * it took; a list of nothing but such begins with everything.                                 */
#pragma once

#include "indexer/format/index.h"
#include "indexer/format/publisher.h"
#include "indexer/format/repo_settings.h"

struct selection;

/* In the arena, which outlives it. INVALID names the setting and says what is wrong: a pattern that matches
 * no name, an improper range, a date that is none, an annotation without a key, a version of
 * Kubernetes that is none.                                                                    */
NODISCARD enum err selection_new(struct arena *a, const struct repo_settings *s,
                                 struct selection **ret, struct errinfo *e);

/* What the publisher wants left out is left out; borrowed. NULL: nothing. */
void selection_ignore(struct selection *s, const struct publisher *publisher);

/* Word: the setting that left it out, mostly. */
#define SELECTION_VERDICTS(X) \
	X(TAKEN,       "taken") \
	X(NAME,        "take_charts") \
	X(RANGE,       "take_versions") \
	X(SINCE,       "take_since") \
	X(PRERELEASE,  "take_prereleases") \
	X(DEPRECATED,  "take_deprecated") \
	X(ANNOTATION,  "take_annotations") \
	X(KUBE,        "take_kube") \
	X(SIGNED,      "take_signed") \
	X(IGNORED,     "ignored by its publisher") \
	X(UNREADABLE,  "its entry cannot be read") \
	X(LAST,        "take_last") \
	X(PER_MINOR,   "take_last_per_minor") \
	X(NEEDED,      "take_closure")       /* left out by a rule, but what is taken depends on it */

enum selection_verdict {
#define X(name, word) SELECTION_##name,
	SELECTION_VERDICTS(X)
#undef X
	SELECTION_VERDICT_COUNT
};
const char *selection_word(enum selection_verdict v);            /* static */

/* Cheap: before an entry is read. */
bool selection_takes_name(const struct selection *s, struct str chart);
/* Everything but the rules over several versions. `chart`: the key in the index. `verified`: a key
 * of its repository's keyring signed it. NOMEM alone is an error.                             */
NODISCARD enum err selection_judge(const struct selection *s, struct str chart,
                                   const struct index_entry *entry, bool verified,
                                   enum selection_verdict *ret, struct errinfo *e);

struct selection_version {
	struct str version;
	enum selection_verdict verdict;  /* from selection_judge; set here to LAST or PER_MINOR */
};
/* The versions of one chart, the newest first (index_key_cmp): of those that are TAKEN, what is kept by
 * at least one of take_last and take_last_per_minor, where one is set. take_last=0 and
 * take_last_per_minor=0 leave all.                                                            */
void selection_trim(const struct selection *s, struct selection_version *v, size_t count);
/* "take_charts=redis*, take_last=5": what is set; empty: nothing is. */
void selection_rules(const struct repo_settings *s, struct sbuf *b);
