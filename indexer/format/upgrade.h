/* What a dependency could be brought up to, and how large a step that is. Pure functions. */
#pragma once

#include "indexer/format/semver.h"

enum upgrade_kind { UPGRADE_NONE, UPGRADE_PATCH, UPGRADE_MINOR, UPGRADE_MAJOR, UPGRADE_KINDS };
extern const char *const upgrade_names[UPGRADE_KINDS];   /* "none", "patch", "minor", "major" */
/* By name; false: it is none of the last three. */
bool upgrade_kind_read(struct str name, enum upgrade_kind *ret);

struct upgrade {
	enum upgrade_kind kind;          /* NONE: nothing is newer */
	const struct semver *newest;     /* there is; NULL: nothing can be told of any */
	const struct semver *to[UPGRADE_KINDS];  /* the newest that takes at most such a step; NULL: none */
	bool admitted;                   /* the range admits the newest */
};
struct upgrade_offer {
	const struct semver *versions;   /* the newest first; one without `text` is left out */
	const bool *prerelease;          /* whether each of them is called one; NULL: their numbers say it */
	size_t count;
};
/* Pre-releases, by number or because they are called so, count for one that is in use itself and has no
 * newer release, and where there is nothing else. What a range admits goes by number. `range` may be NULL. */
void upgrade_find(const struct upgrade_offer *from, struct str current, const struct semver_range *range,
                  struct upgrade *ret);

/* Why `range`, which is written so, admits none of them, of the chart `name` in `place`: NULL, it is no range;
 * or it means a pre-release, but does not ask for one. In the arena. NULL: NOMEM.            */
const char *upgrade_unmet(struct arena *a, struct str name, struct str place, struct str written,
                          const struct semver_range *range, const struct semver *versions, size_t count);
