/* The data directory: its layout, its lock, its files (architecture.md §1).
 *
 *     DATA/LOCK  control.sock  catalog.db  repos/<repo>/charts/…  tmp/  quarantine/
 *
 * Opening for writing takes an flock on LOCK; a second process gets LOCKED and should talk to
 * control.sock instead. Every path below DATA is made here and nowhere else; names come in
 * checked (format/name.h) and are opened relative to directory descriptors.                  */
#pragma once

#include "indexer/base/fs.h"

/* Where a restore has the catalog until every file is there. */
#define DATADIR_RESTORING ".restoring"

struct datadir;

struct datadir_options {
	bool create;                     /* make what is missing */
	bool write;                      /* take the lock */
	bool restores;                   /* for a restore: DATADIR_RESTORING is in use */
	bool allow_as_before;            /* a network filesystem, where there is a catalog */
	bool allow_network_filesystem;
};

/* NOT_FOUND, LOCKED, NETWORK_FS, READ_ONLY, CORRUPT (tmp/ on another filesystem, a symbolic link
 * where a directory belongs). With `write`, what a crash left in tmp/ (no folders of others), half-done replacements below
 * repos/, and DATADIR_RESTORING beside a catalog are removed. DATA is 0710, so that a web server in
 * the group reaches repos/ (0750) and nothing else; tmp/ and quarantine/ are 0700, LOCK and
 * catalog.db 0600.                                                                           */
NODISCARD enum err datadir_open(const char *path, const struct datadir_options *o,
                                struct datadir **ret, struct errinfo *e);
void datadir_close(struct datadir *d);           /* NULL is fine */
/* INVALID where a place that somebody names for a file or a folder, there already or not, is within a data
 * directory or a backup, or is one (outside.c).                                               */
NODISCARD enum err datadir_outside(const char *path, struct errinfo *e);

const char *datadir_path(const struct datadir *d);       /* as given; borrowed */
int datadir_fd(const struct datadir *d);                 /* DATA itself; borrowed */
int datadir_repos_fd(const struct datadir *d);           /* repos/; borrowed */
/* quarantine/, borrowed. As tmp/ and repos/, it is made again when somebody removed it, or taken as it is where he
 * put another in its place. BUG: opened for reading.                                          */
NODISCARD enum err datadir_quarantine_fd(const struct datadir *d, int *ret_fd, struct errinfo *e);
bool datadir_is_network(const struct datadir *d);

/* repos/<repo>/charts, made (and fsynced into its parents) with `create`. Caller closes. */
NODISCARD enum err datadir_open_charts(struct datadir *d, struct str repo, bool create,
                                       int *ret_fd, struct errinfo *e);
NODISCARD enum err datadir_open_repo(struct datadir *d, struct str repo, int *ret_fd,
                                     struct errinfo *e);

/* Called for an entry of a directory or a repository; the name is borrowed. */
typedef enum err datadir_visit_file(void *ctx, const char *name, struct errinfo *e);
typedef enum err datadir_visit_repo(void *ctx, struct str repo, struct errinfo *e);

/* An unnamed file on the data filesystem, for fs_tmp_link into a charts folder. DISK_FULL a little
 * before the disk is full, so that deleting still works then.                                */
NODISCARD enum err datadir_tmp(struct datadir *d, struct fs_tmp *ret, struct errinfo *e);

/* Moves what `file` names in an open directory, a file or a folder with all in it, into quarantine/ under a name that
 * tells where it was and why ("main~redis-1.0.0.tgz~damaged~1"); never overwrites there.      */
NODISCARD enum err datadir_put_away(struct datadir *d, int from, const char *file, struct str repo,
                                    const char *why, struct errinfo *e);
/* The same for a file that would have had the name, and never got it. EXISTS: so many of them are there. */
NODISCARD enum err datadir_put_away_tmp(struct datadir *d, struct fs_tmp *t, const char *file, struct str repo,
                                        const char *why, unsigned most, struct errinfo *e);

/* The charts folder of a repository under another name; nothing to do when it is there no more, and
 * nothing is done when the other one holds something. The old index.yaml goes.               */
NODISCARD enum err datadir_move_repo(struct datadir *d, struct str from, struct str to,
                                     struct errinfo *e);
/* FORBIDDEN: this process may not take the charts folder of a repository from there. */
NODISCARD enum err datadir_may_move_repo(struct datadir *d, struct str repo, struct errinfo *e);
/* Makes room for that: of a name that is no repository's, what its charts folder holds goes to quarantine/. */
NODISCARD enum err datadir_clear_repo(struct datadir *d, struct str repo, struct errinfo *e);
/* One that was made for a repository that did not come to be: it goes when nothing is in it. */
void datadir_drop_repo(struct datadir *d, struct str repo);
/* The whole charts folder to quarantine/; nothing to do when there is none. */
NODISCARD enum err datadir_quarantine_repo(struct datadir *d, struct str repo, const char *why,
                                           struct errinfo *e);

/* ---- what can be undeleted (kept.c): quarantine/deleted~EVENT~FILE ---- */

/* Moves a file of a deleted version there, from an open charts folder that the caller syncs; nothing to
 * do when it is not there. `event` is that of the deletion. A crash may leave it under both names; then
 * again. Where there is no room for another name, it is removed; what can have none (a folder in its place)
 * is put away.                                                                               */
NODISCARD enum err datadir_keep(struct datadir *d, int from, struct str repo, const char *file,
                                uint64_t event, struct errinfo *e);
/* NOT_FOUND. */
NODISCARD enum err datadir_kept_open(struct datadir *d, const char *file, uint64_t event,
                                     int *ret_fd, struct errinfo *e);
NODISCARD enum err datadir_kept_remove(struct datadir *d, const char *file, uint64_t event,
                                       struct errinfo *e);
/* Whether an entry of quarantine/ is such a file, and of which deletion. */
bool datadir_is_kept(const char *entry, uint64_t *ret_event);
bool datadir_is_kept_as(const char *entry, const char *file, uint64_t event);
/* Whether it is what datadir_put_away made of that file, for whatever reason. */
bool datadir_was_quarantined(const char *entry, struct str repo, const char *file);
/* Whether something of this repository was put there, and what, as far as the name has room; "charts":
 * all it had.                                                                                */
bool datadir_was_quarantined_of(const char *entry, struct str repo, struct str *ret_file);
/* Every entry of quarantine/, and removing one, a folder with all that is in it. */
NODISCARD enum err datadir_each_quarantined(struct datadir *d, datadir_visit_file *each, void *ctx,
                                            struct errinfo *e);
NODISCARD enum err datadir_quarantine_remove(struct datadir *d, const char *entry,
                                             struct errinfo *e);

/* Calls `each` for every entry of a charts folder; stops at the first error it returns. */
NODISCARD enum err datadir_each_file(int charts_fd, datadir_visit_file *each, void *ctx,
                                     struct errinfo *e);

/* Removes a folder with all that is in it; `path` relative to `dir`. */
NODISCARD enum err tree_remove(int dir, const char *path, struct errinfo *e);

/* Calls `each` for every repository that has a charts folder. */
NODISCARD enum err datadir_each_repo(struct datadir *d, datadir_visit_repo *each, void *ctx,
                                     struct errinfo *e);
/* Removes half-done replacements from repository and charts folders; datadir_open does it. */
NODISCARD enum err datadir_sweep(struct datadir *d, struct errinfo *e);
