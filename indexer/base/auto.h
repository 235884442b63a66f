/* Cleanup at the end of a scope: AUTO_FD int fd = open(…);  AUTO_FREE char *p = …; */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/arena.h"
#include "indexer/base/sbuf.h"

static inline void auto_close(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}
static inline void auto_free(void *p) { free(*(void **)p); }

#define AUTO_FD    __attribute__((cleanup(auto_close)))
#define AUTO_FREE  __attribute__((cleanup(auto_free)))
#define AUTO_ARENA __attribute__((cleanup(arena_done)))
#define AUTO_SBUF  __attribute__((cleanup(sbuf_done)))

/* Hands a descriptor on: return fd_take(&fd); */
static inline int fd_take(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}
