/* By which a file is known to be another one than before. */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>
#include <fcntl.h>
#include <time.h>

#include "indexer/base/err.h"

/* The time of its status: whose mode was put right is another one too. */
struct seen { dev_t dev; ino_t ino; off_t bytes; struct timespec changed; };

/* All zeroes for a file that is not there. */
static inline struct seen seen_now(int dir, const char *path)
{
	struct stat st;
	if (fstatat(dir, path, &st, 0) != 0)
		return (struct seen){ 0 };
	return (struct seen){ st.st_dev, st.st_ino, st.st_size, st.st_ctim };
}

static inline bool seen_same(const struct seen *a, const struct seen *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->bytes == b->bytes &&
	       a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}
