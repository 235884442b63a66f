/* Versions and constraints exactly as Helm reads them: Masterminds/semver v3 (≥ 3.4).
 *
 * The rules and the oracle are clients.md §3.4 and §3.5. A version is stored, named and served
 * as it is written ("3.3.000") and only compared as semver. Pure functions; slices borrow from
 * the text that was parsed.                                                                  */
#pragma once

#include <stdint.h>

#include "indexer/base/arena.h"

struct semver {
	uint64_t major, minor, patch;
	struct str pre, meta;            /* without '-' and '+'; empty: none */
	struct str text;                 /* as written */
};

/* Loose, as Helm reads Chart.yaml: "v1.2", "1", leading zeros. At most CHART_VERSION_MAX_BYTES. */
NODISCARD bool semver_parse(struct str text, struct semver *ret);
/* Strict SemVer 2: X.Y.Z, no v, no leading zeros. */
NODISCARD bool semver_parse_strict(struct str text, struct semver *ret);

/* Precedence; build metadata is ignored. <0, 0, >0. */
int semver_cmp(const struct semver *a, const struct semver *b);
static inline bool semver_same_minor(const struct semver *a, const struct semver *b)
{
	return a->major == b->major && a->minor == b->minor;
}

struct semver_range;                 /* a parsed constraint; lives in the arena */

/* INVALID with `improper constraint: "<text>"` (Masterminds' words, which clients print); "" is
 * improper as well. The text is copied into the arena.                                      */
NODISCARD enum err semver_range_parse(struct arena *a, struct str text,
                                      struct semver_range **ret, struct errinfo *e);
bool semver_range_has(const struct semver_range *r, const struct semver *v);
/* The same of a text; false for one that is no version. */
bool semver_range_admits(const struct semver_range *r, struct str version);
/* Whether it admits `v` with any patch below `patches` in place of its own. */
bool semver_range_has_patch(const struct semver_range *r, const struct semver *v, uint64_t patches);
/* The lowest version that it admits; borrows from the range. False: it has several groups ("1.x || 3.x"),
 * no bound says it (">1.0", "<2"), or it admits none.                                        */
NODISCARD bool semver_range_lowest(const struct semver_range *r, struct semver *ret);

/* The constraint written as before, but for a later version: "^1.2.0" for 2.1.0 is "^2.1.0", "1.x" is
 * "2.x", ">=1.0.0 <2.0.0" is ">=2.1.0 <3.0.0". In the arena. False: there is no such way to write
 * it, or memory is used up.                                                                  */
NODISCARD bool semver_range_follow(struct arena *a, struct str range, const struct semver *v,
                                   struct str *ret);
