/* Files: complete reads and writes, temporary files that leave nothing behind, durable links.
 *
 * The order that makes a file durable under a name (trust.md §3.2):
 *
 *     fs_tmp_open(dir, &t, e)        an unnamed file in the directory's filesystem
 *     fs_write(t.fd, …)              as often as needed
 *     fs_sync(t.fd, e)               never retried: after an error the kernel may have
 *                                    forgotten the pages and would report success next time
 *     fs_tmp_link(&t, dir, name, e)  EXISTS when the name is taken
 *     fs_sync(dir, e)                the name is durable
 *     fs_tmp_close(&t)               removes a named temporary file that was not linked
 *
 * All calls retry EINTR and finish short reads and writes.                                   */
#pragma once

#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "indexer/base/err.h"
#include "indexer/base/str.h"

#define FS_TMP_NAME_BYTES 72         /* a digest has room */

struct fs_tmp {
	int fd;                             /* -1: none */
	int dir;                            /* borrowed; where `name` stands */
	char name[FS_TMP_NAME_BYTES];       /* empty with O_TMPFILE */
};

/* The same file, whatever it is called. */
static inline bool fs_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Mode of the file is 0440. */
NODISCARD enum err fs_tmp_open(int dir, struct fs_tmp *ret, struct errinfo *e);
/* EXISTS when `name` is taken; the temporary file is unchanged then. INVALID when `name` is not that
 * of a file in `dir` itself: "", ".", "..", or one with a "/".                               */
NODISCARD enum err fs_tmp_link(struct fs_tmp *t, int dir, const char *name, struct errinfo *e);
/* Puts the file under `name`, replacing what is there, by link and rename within `dir`; a crash
 * between the two leaves a name that begins so. One with a name is renamed.                  */
#define FS_REPLACEMENT_PREFIX ".new-"
NODISCARD enum err fs_tmp_replace(struct fs_tmp *t, int dir, const char *name, struct errinfo *e);
void fs_tmp_close(struct fs_tmp *t);
/* A whole small file with this mode, durable. EXISTS when the name is taken and is not to be replaced. */
NODISCARD enum err fs_put(int dir, const char *name, mode_t mode, struct str data, bool replace,
                          struct errinfo *e);

NODISCARD enum err fs_write(int fd, struct str data, struct errinfo *e);
NODISCARD enum err fs_pwrite(int fd, struct str data, uint64_t offset, struct errinfo *e);
NODISCARD enum err fs_sync(int fd, struct errinfo *e);                 /* file or directory */
NODISCARD enum err fs_sync_filesystem(int fd, struct errinfo *e);      /* everything on it */
/* What its filesystem has for who is no superuser. */
NODISCARD enum err fs_free_bytes(int fd, uint64_t *ret, struct errinfo *e);

/* The whole file in memory; free() *ret_data. TOO_LARGE above `limit`; NOT_FOUND when absent; UNREADABLE.
 * Symbolic links are not followed; anything but a regular file is INVALID.                    */
NODISCARD enum err fs_read(int dir, const char *name, size_t limit,
                           char **ret_data, size_t *ret_bytes, struct errinfo *e);
/* The same of a file that somebody named: links are followed, because whoever names one means what
 * it leads to. The caller puts the name before the error's detail.                           */
NODISCARD enum err fs_read_named(const char *path, size_t limit, char **ret_data,
                                 size_t *ret_bytes, struct errinfo *e);
/* Why it cannot be opened to be read, by the errno; to stand behind its name. Static. */
const char *fs_unreadable(int error);
NODISCARD enum err fs_read_fd(int fd, size_t limit, char **ret_data, size_t *ret_bytes,
                              struct errinfo *e);

/* A regular file, O_NOFOLLOW; ret_stat may be NULL. NOT_FOUND, INVALID as above; UNREADABLE where this user
 * may not.                                                                                   */
NODISCARD enum err fs_open_regular(int dir, const char *name, int *ret_fd, struct stat *ret_stat,
                                   struct errinfo *e);

/* Makes `path` (relative to dir, or absolute) and its missing parents with `mode`, each fsynced
 * into its parent. Existing directories are left as they are.                                */
NODISCARD enum err fs_mkdirs(int dir, const char *path, mode_t mode, struct errinfo *e);
NODISCARD enum err fs_open_dir(int dir, const char *path, int *ret_fd, struct errinfo *e);

/* The folder `name` of `parent` behind `fd`, which was opened as it: nothing to do unless somebody removed it or
 * put another in its place. It is made again with `mode` when it is missing. The number stays, so other
 * threads may use it meanwhile. No symbolic link is followed.                                 */
NODISCARD enum err fs_dir_again(int parent, const char *name, mode_t mode, int fd, struct errinfo *e);

/* Copies src into dst: reflink where the filesystem can, else copy_file_range, else read/write. */
NODISCARD enum err fs_copy(int src, int dst, struct errinfo *e);

/* How many things that hold `each` descriptors the limit of this process leaves room for beside
 * `others`; UINT_MAX where there is no limit.                                                */
unsigned fs_files_limit(unsigned others, unsigned each);

/* "NFS", "CIFS", … when the filesystem is a network one, else NULL. Static. */
const char *fs_network_name(int fd);
