/* Arenas: memory that lives as long as one request or one archive and goes away at once.
 *
 *     struct arena a = { .limit = REQUEST_ARENA_MAX_BYTES };
 *     char *name = arena_printf(&a, "%s-%s.tgz", chart, version);
 *     ...
 *     arena_done(&a);
 *
 * A zeroed arena is ready for use (limit 0: none). Allocation returns NULL when memory or the
 * limit is used up; callers report NOMEM. Not thread-safe; one owner at a time.               */
#pragma once

#include <stddef.h>

#include "indexer/base/err.h"
#include "indexer/base/str.h"

struct arena_block;

struct arena {
	size_t limit;                 /* bytes in all, 0 = none */
	size_t used;                  /* bytes taken from the heap */
	struct arena_block *blocks;
	char *next, *end;
};

void arena_done(struct arena *a);               /* frees all; the arena may be used again */

/* Zeroed, aligned for any type. */
NODISCARD void *arena_alloc(struct arena *a, size_t bytes);
NODISCARD void *arena_array(struct arena *a, size_t count, size_t bytes_each);
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))

NODISCARD char *arena_dup(struct arena *a, struct str s);            /* NUL-terminated */
/* A copy as a slice; sets *ret and returns false when memory is used up. */
NODISCARD bool arena_str(struct arena *a, struct str s, struct str *ret);
NODISCARD char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);
