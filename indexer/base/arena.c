/* Arenas as a list of blocks; a large object gets a block of its own. */
#include "indexer/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define ARENA_BLOCK_BYTES 8192u

struct arena_block {
	struct arena_block *older;
	alignas(max_align_t) char bytes[];
};

void arena_done(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *older = a->blocks->older;
		free(a->blocks);
		a->blocks = older;
	}
	a->next = a->end = NULL;
	a->used = 0;
}

static struct arena_block *add_block(struct arena *a, size_t bytes)
{
	if (bytes > SIZE_MAX - sizeof(struct arena_block))
		return NULL;
	if (a->limit && (bytes > a->limit || a->used > a->limit - bytes))
		return NULL;
	struct arena_block *block = malloc(sizeof *block + bytes);
	if (!block)
		return NULL;
	block->older = a->blocks;
	a->blocks = block;
	a->used += bytes;
	return block;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	if (bytes > SIZE_MAX - alignof(max_align_t))
		return NULL;
	bytes = bytes ? bytes : 1;           /* a pointer of its own, never NULL */
	bytes = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if ((size_t)(a->end - a->next) < bytes) {
		bool large = bytes > ARENA_BLOCK_BYTES / 4;
		struct arena_block *block = add_block(a, large ? bytes : ARENA_BLOCK_BYTES);
		if (!block)
			return NULL;
		if (large)
			return memset(block->bytes, 0, bytes);
		a->next = block->bytes;
		a->end = block->bytes + ARENA_BLOCK_BYTES;
	}
	void *p = a->next;
	a->next += bytes;
	return memset(p, 0, bytes);
}

void *arena_array(struct arena *a, size_t count, size_t bytes_each)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, bytes_each, &bytes))
		return NULL;
	return arena_alloc(a, bytes);
}

char *arena_dup(struct arena *a, struct str s)
{
	char *copy = arena_alloc(a, s.n + 1);
	if (copy && s.n)
		memcpy(copy, s.p, s.n);
	return copy;
}

bool arena_str(struct arena *a, struct str s, struct str *ret)
{
	char *copy = arena_dup(a, s);
	if (!copy)
		return false;
	*ret = str_make(copy, s.n);
	return true;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	char *text = n < 0 ? NULL : arena_alloc(a, (size_t)n + 1);
	if (text)
		(void)vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	return text;
}
