/* The members of a bundle as a stream of bytes: written to files, parts or a pipe, and read from them with
 * everything compared.
 *
 * Nothing in a bundle is left to a reader's mercy: a header has to be, byte for byte, the one that the
 * writer would have made of name, size and time; padding and the two blocks of the end are zeros, and
 * nothing follows. So each flipped bit is found, and named by the member it is in, or stands before.
 *
 * Parts (`--split`): "<name>.001", … and "<name>.parts", which has "<sha256> <bytes> <part>" lines and
 * ends with the digest of these lines. A part is compared as it is read, so a bad one is named, and it
 * alone has to be carried again.                                                               */
#pragma once

#include <time.h>

#include "indexer/bundle/bundle.h"

/* ---- writing ---- */
struct bundle_writer;

struct bundle_target {
	int dir;                         /* where the files go; -1: one stream, to `fd` */
	int fd;
	const char *name;                /* "stable-0-57.tar" */
	uint64_t part_bytes;             /* 0: one file */
	int64_t mtime_seconds;
	void (*progress)(void *ctx, uint64_t files, uint64_t bytes);     /* may be NULL */
	void *ctx;
};
/* Written under temporary names: nothing has its name before bundle_writer_end, which replaces what stood
 * under it. BUSY: somebody else is writing it.                                               */
NODISCARD enum err bundle_writer_new(const struct bundle_target *t, struct bundle_writer **ret,
                                     struct errinfo *e);
/* A member from memory, or of `bytes` bytes from an open file, which must have this digest (DAMAGED). After
 * an error it will be no bundle: bundle_writer_free.                                         */
NODISCARD enum err bundle_put(struct bundle_writer *w, struct str path, struct str data,
                              struct errinfo *e);
NODISCARD enum err bundle_put_file(struct bundle_writer *w, struct str path, int fd, uint64_t bytes,
                                   const struct sha256 *digest, struct errinfo *e);
/* End blocks, durable, and the names. Always frees w. */
NODISCARD enum err bundle_writer_end(struct bundle_writer *w, struct errinfo *e);
void bundle_writer_free(struct bundle_writer *w);        /* instead of _end: leaves nothing; NULL is fine */

/* ---- reading ---- */
struct bundle_reader;

/* One bundle: a directory's "<name>" or its parts, or what comes from `fd` (a pipe; dir -1), which stays the
 * caller's. NOT_FOUND; CORRUPT: the list of parts is damaged, or parts are missing: all of them are named. */
NODISCARD enum err bundle_reader_open(int dir, const char *name, int fd, struct bundle_reader **ret,
                                      struct errinfo *e);
void bundle_reader_close(struct bundle_reader *r);       /* NULL is fine */

struct bundle_member {
	struct str path;                 /* in the reader, until the next member */
	uint64_t bytes;
};
/* The next member; *ret_end: there is none, and the end is what it should be. `expected` (empty: any) is
 * the path that it must have: then ret_end may be NULL. CORRUPT names the member, and the part where there
 * are any.                                                                                   */
NODISCARD enum err bundle_next(struct bundle_reader *r, struct str expected, struct bundle_member *ret,
                               bool *ret_end, struct errinfo *e);
/* Its bytes into memory (TOO_LARGE above `limit`), or into a file (-1: nowhere) while they are hashed. All
 * of them or an error; which digest they have is the caller's to compare: bundle_blame.       */
NODISCARD enum err bundle_read(struct bundle_reader *r, size_t limit, struct sbuf *to, struct errinfo *e);
NODISCARD enum err bundle_read_into(struct bundle_reader *r, int fd, struct sha256 *ret,
                                    struct errinfo *e);
/* Passes over it: without reading it where the source is a file and no part has to be compared. */
NODISCARD enum err bundle_skip(struct bundle_reader *r, struct errinfo *e);
/* To the end of a later member, whose path this is, so many bytes on: the caller knows that all before it is
 * right, and nothing of it is read. Only where there are files (bundle_reader_file).          */
NODISCARD enum err bundle_leap(struct bundle_reader *r, uint64_t bytes, struct str path, struct errinfo *e);
/* The files that it is read from: the bundle itself or its parts. False: there is no such one; a pipe has
 * none. A file that has the same of all of these was not changed since.                       */
struct bundle_file { uint64_t bytes; struct timespec written, changed; };
bool bundle_reader_file(const struct bundle_reader *r, size_t index, struct bundle_file *ret);
/* For a caller whose comparison failed, with its error, which is returned: when that is CORRUPT and comes
 * from parts, the rest of them is read, and those that are damaged stand before the detail.   */
enum err bundle_blame(struct bundle_reader *r, enum err err, struct errinfo *e);
int64_t bundle_reader_mtime(const struct bundle_reader *r);      /* that all members have; seconds */
uint64_t bundle_reader_bytes(const struct bundle_reader *r);     /* so far */
