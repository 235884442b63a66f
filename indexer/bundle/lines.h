/* Lines of a file that may be long, one after the other. Internal to this folder. */
#pragma once

#include "indexer/base/hash.h"
#include "indexer/base/str.h"

struct lines {
	int fd;                          /* own */
	const char *name;                /* for messages; NULL: closed */
	size_t limit;                    /* bytes of a line; twice as many are held */
	uint64_t fetched;                /* of the file */
	char *buffer;
	size_t room, at, n;              /* n bytes from `at` on are not taken yet */
};
/* A file named by its digest. */
NODISCARD enum err lines_open(int dir, const struct sha256 *digest, const char *name, size_t limit,
                              struct lines *ret, struct errinfo *e);
/* From the beginning of a file that stays the caller's. */
NODISCARD enum err lines_of(int fd, const char *name, size_t limit, struct lines *ret, struct errinfo *e);
void lines_close(struct lines *l);               /* zeroes are fine */
/* Without its newline; borrowed until the next. CORRUPT: the last one has none, or it is too long. */
NODISCARD enum err lines_next(struct lines *l, struct str *ret, bool *ret_end, struct errinfo *e);
