/* The shape of a version's text, shared by semver.c, semver_range.c and semver_follow.c alone. */
#pragma once

#include "indexer/format/semver.h"

#define SEMVER_PARTS 3

struct semver_scan {
	bool has_v;
	struct str part[SEMVER_PARTS];   /* digits, 'x', '*' and '|'; empty: not given */
	struct str pre, meta;
};

/* The longest version at the front of `s`: its length, 0 if there is none. */
size_t semver_scan(struct str s, struct semver_scan *ret);

/* Missing parts are 0. False when a part is no number of 64 bits or `pre` is not valid. */
bool semver_from_scan(const struct semver_scan *scan, struct str text, struct semver *ret);
