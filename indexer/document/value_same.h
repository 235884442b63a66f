/* Whether two values are the same to JSON, as `enum` in a schema and a changed default mean it. */
#pragma once

#include "indexer/format/node.h"

/* Takes steps from *steps, and is false as well when there are none left: then *steps is 0. NULL is
 * null; numbers are compared as doubles, maps without regard to the order of keys.            */
bool value_same(size_t *steps, const struct node *x, const struct node *y);
