/* Comparing a file's bytes with a digest, in steps, from its beginning; where it stands does not change. */
#pragma once

#include "indexer/base/hash.h"

/* Called before each step with the bytes that were read by the last one; false: no further. */
typedef bool digest_pace(void *ctx, uint64_t bytes);

/* DAMAGED when the open file cannot be read; NOMEM. */
NODISCARD enum err digest_of(int fd, struct sha256 *ret, struct errinfo *why);
/* DAMAGED with what the bytes hash to, unless that is what they should. */
NODISCARD enum err digest_judge(const struct sha256 *have, const struct sha256 *want, struct errinfo *why);
/* DAMAGED when the open file has other bytes, or cannot be read; DRAINING when `pace` (NULL is
 * fine) ended it; NOMEM. *why says so.                                                       */
NODISCARD enum err digest_check(int fd, const struct sha256 *want, digest_pace *pace, void *ctx,
                                struct errinfo *why);
/* An open regular file of `dir` (-1: there is no such folder); DAMAGED: there is none, or it cannot
 * be opened; NOMEM and NO_FILES.                                                             */
struct stat;
NODISCARD enum err digest_open(int dir, const char *name, int *ret_fd, struct stat *ret_stat,
                               struct errinfo *why);
