/* The data directory: its layout, its lock, its files (architecture.md §1).
 *
 *     DATA/LOCK  control.sock  catalog.db  repos/<repo>/charts/…  tmp/  quarantine/
 *
 * Opening for writing takes an flock on LOCK; a second process gets LOCKED and should talk to
 * control.sock instead. Every path below DATA is made here and nowhere else; names come in
 * checked (format/name.h) and are opened relative to directory descriptors.                  */
#pragma once

#include "indexer/base/fs.h"
#include "indexer/base/hash.h"

struct datadir;

struct datadir_options {
	bool create;                     /* make what is missing */
	bool write;                      /* take the lock */
	bool allow_network_filesystem;
};

/* NOT_FOUND, LOCKED, NETWORK_FS, READ_ONLY, CORRUPT (tmp/ on another filesystem). With `write`,
 * what a crash left in tmp/ is removed. 0700 for DATA, 0750 for repos/ and below.            */
NODISCARD enum err datadir_open(const char *path, const struct datadir_options *o,
                                struct datadir **ret, struct errinfo *e);
void datadir_close(struct datadir *d);           /* NULL is fine */

const char *datadir_path(const struct datadir *d);       /* as given; borrowed */
int datadir_fd(const struct datadir *d);                 /* DATA itself; borrowed */
bool datadir_is_network(const struct datadir *d);

/* repos/<repo>/charts, made (and fsynced into its parents) with `create`. Caller closes. */
NODISCARD enum err datadir_open_charts(struct datadir *d, struct str repo, bool create, int *ret_fd,
                                       struct errinfo *e);
NODISCARD enum err datadir_open_repo(struct datadir *d, struct str repo, int *ret_fd, struct errinfo *e);

/* An unnamed file on the data filesystem, for fs_tmp_link into a charts folder. */
NODISCARD enum err datadir_tmp(struct datadir *d, struct fs_tmp *ret, struct errinfo *e);

/* Moves a file out of a charts folder into quarantine/ under a name that tells where it was and
 * why ("main~redis-1.0.0.tgz~damaged~1"); never overwrites there.                            */
NODISCARD enum err datadir_quarantine(struct datadir *d, struct str repo, const char *file,
                                      const char *why, struct errinfo *e);

/* Calls `each` for every entry of a charts folder; stops at the first error it returns. */
NODISCARD enum err datadir_each_file(int charts_fd, enum err (*each)(void *ctx, const char *name, struct errinfo *e),
                                     void *ctx, struct errinfo *e);
