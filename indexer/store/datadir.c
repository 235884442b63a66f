/* The data directory: opening, the lock, the paths below it; see datadir.h.
 *
 * DATA itself may be a symbolic link (systemd's DynamicUser makes one). Below it nothing may:
 * directories are opened one name at a time with O_NOFOLLOW, so a link that somebody put there
 * cannot lead a write out of the directory.                                                  */
#include "indexer/store/datadir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "indexer/base/ascii.h"
#include "indexer/base/auto.h"
#include "indexer/base/limits.h"

#define DATA_MODE    0710
#define REPOS_MODE   0750
#define PRIVATE_MODE 0700

/* Of a disk that is almost full this much is left for what frees space: deleting needs the log. */
#define RESERVE_MAX_BYTES (1u * MIB)
#define RESERVE_SHARE 16u
#define RESERVE_FILES 16u

struct datadir {
	char *path;
	int fd, repos, tmp, quarantine, lock;   /* the last three: -1 unless opened for writing */
	const char *network;                    /* NULL: a local filesystem */
};

/* One directory below `parent`, made with `mode` when it is missing and mode is not 0. */
static enum err open_below(int parent, const char *name, mode_t mode, int *ret_fd,
                           struct errinfo *e)
{
	if (mode && mkdirat(parent, name, mode) == 0) {
		enum err err = fs_sync(parent, e);
		if (err)
			return err;
	} else if (mode && errno != EEXIST) {
		return ERR_SYS(e, "mkdir %s", name);
	}
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return ERR(e, NOT_FOUND, "%s does not exist", name);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		return ERR(e, CORRUPT, "%s is a symbolic link or not a directory; the data directory "
		           "cannot contain such", name);
	if (fd < 0)
		return ERR_SYS(e, "open %s", name);
	*ret_fd = fd;
	return OK;
}

static enum err open_root(const char *path, const struct datadir_options *o, struct datadir *d,
                          struct errinfo *e)
{
	d->path = strdup(path);
	if (!d->path)
		return ERR(e, NOMEM, "data directory");
	enum err err = fs_open_dir(AT_FDCWD, path, &d->fd, e);
	if (err == ERR_NOT_FOUND && o->create && path[0]) {
		err = datadir_outside(path, e);
		if (!err)
			err = fs_mkdirs(AT_FDCWD, path, DATA_MODE, e);
		if (!err)
			err = fs_open_dir(AT_FDCWD, path, &d->fd, e);
	}
	if (err == ERR_NOT_FOUND)
		return ERR(e, NOT_FOUND, "there is no data directory %s", path);
	if (err)
		return err;
	d->network = fs_network_name(d->fd);
	bool before = o->allow_as_before && faccessat(d->fd, "catalog.db", F_OK, 0) == 0;
	if (d->network && !o->allow_network_filesystem && !before)
		return ERR(e, NETWORK_FS, "%s is on a network filesystem (%s), where locks and shared "
		           "memory cannot be trusted; use a local disk, or --allow-network-filesystem "
		           "to go on with a slower journal", path, d->network);
	return OK;
}

/* The holder wrote its pid; it is for the message only, the lock is the kernel's. */
static enum err locked_by(int lock, struct errinfo *e)
{
	char pid[16];
	ssize_t n = pread(lock, pid, sizeof pid - 1, 0);
	int digits = 0;
	while (digits < n && ascii_is_digit(pid[digits]))
		digits++;
	if (!digits)
		return ERR(e, LOCKED, "another process uses the data directory");
	return ERR(e, LOCKED, "process %.*s uses the data directory", digits, pid);
}

static enum err take_lock(struct datadir *d, struct errinfo *e)
{
	char pid[16];
	int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	d->lock = openat(d->fd, "LOCK", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (d->lock < 0)
		return ERR_SYS(e, "open LOCK");
	while (flock(d->lock, LOCK_EX | LOCK_NB) != 0) {
		if (errno == EWOULDBLOCK)
			return locked_by(d->lock, e);
		if (errno != EINTR)
			return ERR_SYS(e, "lock LOCK");
	}
	if (ftruncate(d->lock, 0) != 0)
		return ERR_SYS(e, "truncate LOCK");
	return fs_pwrite(d->lock, str_make(pid, (size_t)n), 0, e);
}

static enum err same_filesystem(const struct datadir *d, struct errinfo *e)
{
	struct stat repos, tmp, quarantine;
	if (fstat(d->repos, &repos) != 0 || fstat(d->tmp, &tmp) != 0 ||
	    fstat(d->quarantine, &quarantine) != 0)
		return ERR_SYS(e, "stat the data directory");
	if (tmp.st_dev != repos.st_dev || quarantine.st_dev != repos.st_dev)
		return ERR(e, CORRUPT, "repos/, tmp/ and quarantine/ must be on one filesystem");
	return OK;
}

/* A folder with something in it is none of ours (a mount has its lost+found), and is in nobody's way. */
static enum err empty_tmp(void *ctx, const char *name, struct errinfo *e)
{
	const struct datadir *d = ctx;
	if (unlinkat(d->tmp, name, 0) == 0 || errno == ENOENT)
		return OK;
	if (errno == EISDIR) {
		(void)unlinkat(d->tmp, name, AT_REMOVEDIR);
		return OK;
	}
	return ERR_SYS(e, "remove tmp/%s, which a crash has left: remove it by hand, nothing needs it", name);
}

/* A restore that was killed when everything had its place. Were this left, the next restore would
 * take what is published from now on for its own and replace it. An empty catalog is that of somebody
 * who was refused here: then the restore has only begun.                                     */
static enum err end_restore(struct datadir *d, struct errinfo *e)
{
	struct stat st;
	if (fstatat(d->fd, "catalog.db", &st, AT_SYMLINK_NOFOLLOW) != 0 || !st.st_size ||
	    faccessat(d->fd, DATADIR_RESTORING, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return OK;
	enum err err = tree_remove(d->fd, DATADIR_RESTORING, e);
	return err ? err : fs_sync(d->fd, e);
}

static enum err open_for_writing(struct datadir *d, const struct datadir_options *o,
                                 struct errinfo *e)
{
	/* Where there is no data directory, none is begun by a LOCK. */
	enum err err = o->create ? OK : open_below(d->fd, "repos", 0, &d->repos, e);
	if (!err)
		err = take_lock(d, e);
	if (!err && !o->restores)
		err = end_restore(d, e);
	if (!err && d->repos < 0)
		err = open_below(d->fd, "repos", REPOS_MODE, &d->repos, e);
	if (!err)
		err = open_below(d->fd, "tmp", PRIVATE_MODE, &d->tmp, e);
	if (!err)
		err = open_below(d->fd, "quarantine", PRIVATE_MODE, &d->quarantine, e);
	if (!err)
		err = same_filesystem(d, e);
	if (!err)
		err = datadir_each_file(d->tmp, empty_tmp, d, e);
	return err ? err : datadir_sweep(d, e);
}

enum err datadir_open(const char *path, const struct datadir_options *o, struct datadir **ret,
                      struct errinfo *e)
{
	struct datadir *d = malloc(sizeof *d);
	if (!d)
		return ERR(e, NOMEM, "data directory");
	*d = (struct datadir){ .fd = -1, .repos = -1, .tmp = -1, .quarantine = -1, .lock = -1 };
	enum err err = open_root(path, o, d, e);
	if (!err)
		err = o->write ? open_for_writing(d, o, e)
		               : open_below(d->fd, "repos", 0, &d->repos, e);
	if (err == ERR_NOT_FOUND && d->fd >= 0 && d->repos < 0)
		err = ERR(e, NOT_FOUND, "%s is no data directory: there is no repos/ in it", path);
	if (err) {
		datadir_close(d);
		return err;
	}
	*ret = d;
	return OK;
}

void datadir_close(struct datadir *d)
{
	if (!d)
		return;
	int fds[] = { d->tmp, d->quarantine, d->repos, d->fd, d->lock };
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++)
		auto_close(&fds[i]);
	free(d->path);
	free(d);
}

const char *datadir_path(const struct datadir *d) { return d->path; }
int datadir_fd(const struct datadir *d) { return d->fd; }
int datadir_repos_fd(const struct datadir *d) { return d->repos; }
bool datadir_is_network(const struct datadir *d) { return d->network != NULL; }

/* The descriptor of a folder that is held open and may have been removed meanwhile. */
static enum err hold(const struct datadir *d, const char *name, mode_t mode, int fd, struct errinfo *e)
{
	return fd < 0 ? ERR(e, BUG, "the data directory was opened for reading")
	              : fs_dir_again(d->fd, name, mode, fd, e);
}

enum err datadir_quarantine_fd(const struct datadir *d, int *ret_fd, struct errinfo *e)
{
	*ret_fd = d->quarantine;
	return hold(d, "quarantine", PRIVATE_MODE, d->quarantine, e);
}

/* Opens repos/<repo>, segment by segment. The name was checked; what could leave repos/ or hide
 * in it is refused here all the same.                                                        */
static enum err open_repo(struct datadir *d, struct str repo, mode_t mode, int *ret_fd,
                          struct errinfo *e)
{
	int parent = d->repos;
	AUTO_FD int fd = -1;
	bool more = true;
	enum err err = mode ? hold(d, "repos", REPOS_MODE, d->repos, e) : OK;
	while (more && !err) {
		char name[REPO_SEGMENT_MAX_BYTES + 1];
		struct str segment = str_cut(&repo, '/', &more);
		if (!segment.n || segment.n >= sizeof name || segment.p[0] == '.' ||
		    str_has(segment, '\0'))
			return ERR(e, INVALID, "not a repository name");
		memcpy(name, segment.p, segment.n);
		name[segment.n] = '\0';
		int next = -1;
		err = open_below(parent, name, mode, &next, e);
		auto_close(&fd);
		parent = fd = next;
	}
	if (!err)
		*ret_fd = fd_take(&fd);
	return err;
}

enum err datadir_open_repo(struct datadir *d, struct str repo, int *ret_fd, struct errinfo *e)
{
	return open_repo(d, repo, 0, ret_fd, e);
}

enum err datadir_open_charts(struct datadir *d, struct str repo, bool create, int *ret_fd,
                             struct errinfo *e)
{
	mode_t mode = create ? REPOS_MODE : 0;
	AUTO_FD int folder = -1;
	enum err err = open_repo(d, repo, mode, &folder, e);
	return err ? err : open_below(folder, "charts", mode, ret_fd, e);
}

static enum err has_room(const struct datadir *d, struct errinfo *e)
{
	struct statvfs fs;
	if (fstatvfs(d->tmp, &fs) != 0)
		return ERR_SYS(e, "statvfs");
	uint64_t reserve = (uint64_t)fs.f_blocks * fs.f_frsize / RESERVE_SHARE;
	if (reserve > RESERVE_MAX_BYTES)
		reserve = RESERVE_MAX_BYTES;
	if ((uint64_t)fs.f_bavail * fs.f_frsize < reserve)
		return ERR(e, DISK_FULL, "fewer than %llu bytes are free", (unsigned long long)reserve);
	if (fs.f_files && fs.f_favail < RESERVE_FILES)
		return ERR(e, DISK_FULL, "fewer than %u files can be made", RESERVE_FILES);
	return OK;
}

enum err datadir_tmp(struct datadir *d, struct fs_tmp *ret, struct errinfo *e)
{
	enum err err = hold(d, "tmp", PRIVATE_MODE, d->tmp, e);
	if (!err)
		err = has_room(d, e);
	return err ? err : fs_tmp_open(d->tmp, ret, e);
}

/* "team-a~stable~redis-1.0.0.tgz~damaged~1"; a file name too long for that is cut. */
static void quarantine_name(struct str repo, const char *file, const char *why, unsigned number,
                            char ret[NAME_MAX + 1])
{
	char tail[64];
	int tail_bytes = snprintf(tail, sizeof tail, "~%.40s~%u", why, number);
	int room = NAME_MAX - (int)repo.n - 1 - tail_bytes;
	(void)snprintf(ret, NAME_MAX + 1, "%.*s~%.*s%s", STR_ARG(repo), room, file, tail);
	for (char *p = ret; *p; p++)
		if (*p == '/')
			*p = '~';
}

/* "~damaged~1" at the end of a name, NULL: none. */
static const char *tail_of(const char *entry, struct str *ret_why, unsigned *ret_number)
{
	uint64_t number;
	const char *last = strrchr(entry, '~'), *at = last;
	while (at && at > entry && *--at != '~')
		;
	if (!at || at == entry || !str_to_u64(str_c(last + 1), &number) || number > UINT_MAX)
		return NULL;
	*ret_why = str_make(at + 1, (size_t)(last - at - 1));
	*ret_number = (unsigned)number;
	return at;
}

bool datadir_was_quarantined(const char *entry, struct str repo, const char *file)
{
	char name[NAME_MAX + 1], why[41];
	unsigned number;
	struct str word;
	if (!tail_of(entry, &word, &number))
		return false;
	(void)snprintf(why, sizeof why, "%.*s", STR_ARG(word));
	quarantine_name(repo, file, why, number, name);
	return strcmp(entry, name) == 0;
}

bool datadir_was_quarantined_of(const char *entry, struct str repo, struct str *ret_file)
{
	unsigned number;
	struct str why;
	const char *tail = tail_of(entry, &why, &number);
	struct str name = str_make(entry, tail ? (size_t)(tail - entry) : 0);
	if (name.n <= repo.n + 1 || name.p[repo.n] != '~')
		return false;
	for (size_t i = 0; i < repo.n; i++)
		if (name.p[i] != (repo.p[i] == '/' ? '~' : repo.p[i]))
			return false;
	*ret_file = str_from(name, repo.n + 1);
	return !str_has(*ret_file, '~');
}

/* rename that does not replace; network filesystems cannot, but then the lock keeps others out. */
static int move_new(int from, const char *file, int to, const char *name)
{
	if (renameat2(from, file, to, name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
	if (faccessat(to, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return renameat(from, file, to, name);
	errno = EEXIST;
	return -1;
}

enum err datadir_put_away(struct datadir *d, int from, const char *file, struct str repo,
                          const char *why, struct errinfo *e)
{
	char name[NAME_MAX + 1];
	int to;
	enum err err = datadir_quarantine_fd(d, &to, e);
	for (unsigned number = 1; !err; number++) {
		quarantine_name(repo, file, why, number, name);
		if (move_new(from, file, to, name) == 0)
			break;
		if (errno == ENOENT)
			return ERR(e, NOT_FOUND, "%s does not exist", file);
		if (errno != EEXIST)
			return ERR_SYS(e, "move %s to quarantine/", file);
	}
	if (!err)
		err = fs_sync(to, e);
	return err ? err : fs_sync(from, e);
}

enum err datadir_put_away_tmp(struct datadir *d, struct fs_tmp *t, const char *file, struct str repo,
                              const char *why, unsigned most, struct errinfo *e)
{
	char name[NAME_MAX + 1];
	int to;
	enum err held = datadir_quarantine_fd(d, &to, e), err = held ? held : ERR_EXISTS;
	for (unsigned number = 1; number <= most && err == ERR_EXISTS; number++) {
		quarantine_name(repo, file, why, number, name);
		err = fs_tmp_link(t, to, name, e);
	}
	return err ? err : fs_sync(to, e);
}
