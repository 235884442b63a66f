/* Doubling in one place, so that the arithmetic is checked in one place. */
#include "indexer/base/array.h"

#include <stdlib.h>

#define FIRST_CAPACITY 16u

static size_t next_capacity(size_t capacity) { return capacity ? 2 * capacity : FIRST_CAPACITY; }

void *array_room(void *array, size_t count, size_t *capacity, size_t bytes_each)
{
	if (count < *capacity)
		return array;
	size_t more = next_capacity(*capacity), bytes;
	if (__builtin_mul_overflow(more, bytes_each, &bytes))
		return NULL;
	void *grown = realloc(array, bytes);
	if (grown)
		*capacity = more;
	return grown;
}

void *arena_room(struct arena *a, void *array, size_t count, size_t *capacity, size_t bytes_each)
{
	if (count < *capacity)
		return array;
	size_t more = next_capacity(*capacity);
	void *grown = arena_array(a, more, bytes_each);
	if (!grown)
		return NULL;
	if (count)
		memcpy(grown, array, count * bytes_each);
	*capacity = more;
	return grown;
}
