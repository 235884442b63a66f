/* Paths of values as `helm --set` takes them: keys with dots between them, what means something there
 * after a backslash, elements of lists as [0].                                               */
#pragma once

#include "indexer/base/sbuf.h"

/* Appended to the path of the map or list that it is in. Helm cannot set a key without characters; it is
 * "" here, which no other key is.                                                            */
void value_path_key(struct sbuf *path, struct str key);
void value_path_index(struct sbuf *path, size_t index);
