/* What makes a diff true: done to the old text it gives the new one. */
#pragma once

#include "indexer/base/sbuf.h"
#include "indexer/document/diff.h"

/* The old text with the hunks done to it. False: they do not fit it, or their numbers do not add up. */
NODISCARD bool diff_apply(const struct diff *d, struct str old, struct sbuf *ret);
