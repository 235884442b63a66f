/* Arrays that grow by doubling, on the heap or in an arena.
 *
 *     struct item *items = array_room(x->items, x->count, &x->capacity, sizeof *items);
 *     if (!items)
 *         return ERR(e, NOMEM, "items");
 *     x->items = items;
 *     x->items[x->count++] = item;
 *
 * Returned is the array with room for one more element than `count`, often at a new place. NULL:
 * memory is used up; the array and *capacity are as before. Begin with NULL, 0 and 0.        */
#pragma once

#include "indexer/base/arena.h"

NODISCARD void *array_room(void *array, size_t count, size_t *capacity, size_t bytes_each);

/* What was outgrown stays in the arena until its end. New elements are zeroed. */
NODISCARD void *arena_room(struct arena *a, void *array, size_t count, size_t *capacity,
                           size_t bytes_each);
