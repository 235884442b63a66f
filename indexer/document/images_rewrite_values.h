/* Single values of a chart that become others, as the YAML of a file for `helm install -f`. */
#pragma once

#include "indexer/base/sbuf.h"

/* One key, from the outermost chart's values on, and what it becomes. Borrowed. */
struct values_change { const struct str *keys; size_t count; struct str value; };

/* Sorts them; of several on one key the first counts. "{}" if there are none. */
void values_changes_put(struct values_change *changes, size_t count, struct sbuf *b);
