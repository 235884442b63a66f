/* Which versions of a chart a repository keeps. A pure function: numbers and times come in.
 *
 * A version is taken when at least one of keep_last, keep_per_minor and keep_days is set and none of
 * the set rules keeps it. Being downloaded lately, being what another chart here needs, being promoted
 * into a view, or having been brought back by somebody only ever keeps a version. Yanked versions do not
 * count among the newest: one stays while fewer than that many others are newer.              */
#pragma once

#include <stddef.h>

#include "indexer/format/repo_settings.h"

#define RETENTION_VERDICTS(X) \
	X(NO_RULES,   "no rules")           /* nothing is set: everything is kept */ \
	X(LAST,       "keep_last") \
	X(PER_MINOR,  "keep_per_minor") \
	X(DAYS,       "keep_days") \
	X(PULLED,     "keep_pulled_days") \
	X(USED,       "used by another chart") \
	X(PROMOTED,   "promoted") \
	X(UNDELETED,  "undelete") \
	X(TAKEN,      "taken")

enum retention_verdict {
#define X(name, word) RETENTION_##name,
	RETENTION_VERDICTS(X)
#undef X
};
const char *retention_word(enum retention_verdict v);            /* static */

struct retention_version {
	struct str version;
	int64_t created_ns;              /* or when it was first seen here, where that is not known */
	int64_t pulled_day;              /* last download, days since 1970-01-01; 0: never */
	bool yanked;
	bool used;                       /* the newest that some dependency of a hosted chart admits */
	bool promoted;                   /* into a virtual repository that shows what is here */
	bool undeleted;                  /* it was deleted, and somebody brought it back */
	enum retention_verdict verdict;  /* set here: the first rule that keeps it, or TAKEN */
};

/* The versions of one chart, the newest first (index_key_cmp). */
void retention_judge(const struct repo_settings *s, int64_t now_ns, struct retention_version *v,
                     size_t count);
/* "keep_last=5, keep_days=90": the rules that are set and keep by themselves; empty: none. */
void retention_rules(const struct repo_settings *s, struct sbuf *b);
