/* Files; see fs.h for the order in which these calls make a publish durable. */
#include "indexer/base/fs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/hash.h"

#define COPY_STEP_BYTES (1u << 20)
#define FS_PATH_MAX_BYTES 4096

static enum err named_tmp(int dir, struct fs_tmp *ret, struct errinfo *e)
{
	for (int tries = 0; tries < 16; tries++) {
		uint64_t number;
		if (!random_bytes(&number, sizeof number))
			return ERR_SYS(e, "getrandom");
		(void)snprintf(ret->name, sizeof ret->name, "tmp-%016llx", (unsigned long long)number);
		ret->fd = openat(dir, ret->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0440);
		if (ret->fd >= 0)
			return OK;
		if (errno != EEXIST)
			break;
	}
	ret->name[0] = '\0';
	return ERR_SYS(e, "create a temporary file");
}

enum err fs_tmp_open(int dir, struct fs_tmp *ret, struct errinfo *e)
{
	struct fs_tmp t = { .fd = -1, .dir = dir };
	t.fd = openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0440);
	if (t.fd < 0) {
		if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
			return ERR_SYS(e, "create a temporary file");
		enum err err = named_tmp(dir, &t, e);
		if (err)
			return err;
	}
	*ret = t;
	return OK;
}

/* By the descriptor where the kernel lets us (6.10, or root), else by the way through /proc. */
static int link_unnamed(int fd, int dir, const char *name)
{
	char self[32];
	int rc = linkat(fd, "", dir, name, AT_EMPTY_PATH);
	if (rc == 0 || errno != ENOENT)
		return rc;
	(void)snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, dir, name, AT_SYMLINK_FOLLOW);
}

/* No name leads out of the directory, wherever it came from. */
static enum err check_name(const char *name, struct errinfo *e)
{
	if (!*name || strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		return ERR(e, INVALID, "\"%s\" is no file name", name);
	return OK;
}

enum err fs_tmp_link(struct fs_tmp *t, int dir, const char *name, struct errinfo *e)
{
	enum err err = check_name(name, e);
	if (err)
		return err;
	int rc = t->name[0] ? linkat(t->dir, t->name, dir, name, 0) : link_unnamed(t->fd, dir, name);
	if (rc == 0)
		return OK;
	if (errno == EEXIST)
		return ERR(e, EXISTS, "%s exists", name);
	return ERR_SYS(e, "link %s", name);
}

enum err fs_tmp_replace(struct fs_tmp *t, int dir, const char *name, struct errinfo *e)
{
	char step[FS_TMP_NAME_BYTES];
	uint64_t number;
	enum err err = check_name(name, e);
	if (err)
		return err;
	if (t->name[0]) {                /* FAT has neither unnamed files nor links */
		if (renameat(t->dir, t->name, dir, name) != 0)
			return ERR_SYS(e, "rename to %s", name);
		t->name[0] = '\0';
		return OK;
	}
	if (!random_bytes(&number, sizeof number))
		return ERR_SYS(e, "getrandom");
	(void)snprintf(step, sizeof step, FS_REPLACEMENT_PREFIX "%016llx", (unsigned long long)number);
	err = fs_tmp_link(t, dir, step, e);
	if (err)
		return err;
	if (renameat(dir, step, dir, name) == 0)
		return OK;
	err = ERR_SYS(e, "rename to %s", name);
	(void)unlinkat(dir, step, 0);
	return err;
}

void fs_tmp_close(struct fs_tmp *t)
{
	if (t->fd < 0)
		return;
	if (t->name[0])
		(void)unlinkat(t->dir, t->name, 0);
	(void)close(t->fd);
	t->fd = -1;
}

enum err fs_put(int dir, const char *name, mode_t mode, struct str data, bool replace, struct errinfo *e)
{
	struct fs_tmp t;
	enum err err = fs_tmp_open(dir, &t, e);
	if (err)
		return err;
	if (fchmod(t.fd, mode) != 0)
		err = ERR_SYS(e, "set the mode of %s", name);
	if (!err)
		err = fs_write(t.fd, data, e);
	if (!err)
		err = fs_sync(t.fd, e);
	if (!err)
		err = replace ? fs_tmp_replace(&t, dir, name, e) : fs_tmp_link(&t, dir, name, e);
	if (!err)
		err = fs_sync(dir, e);
	fs_tmp_close(&t);
	return err;
}

enum err fs_write(int fd, struct str data, struct errinfo *e)
{
	while (data.n) {
		ssize_t n = write(fd, data.p, data.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_SYS(e, "write");
		data = str_from(data, (size_t)n);
	}
	return OK;
}

enum err fs_pwrite(int fd, struct str data, uint64_t offset, struct errinfo *e)
{
	while (data.n) {
		ssize_t n = pwrite(fd, data.p, data.n, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_SYS(e, "write");
		data = str_from(data, (size_t)n);
		offset += (uint64_t)n;
	}
	return OK;
}

enum err fs_sync(int fd, struct errinfo *e)
{
	while (fsync(fd) != 0)
		if (errno != EINTR)
			return ERR_SYS(e, "fsync");
	return OK;
}

enum err fs_sync_filesystem(int fd, struct errinfo *e)
{
	return syncfs(fd) == 0 ? OK : ERR_SYS(e, "syncfs");
}

enum err fs_free_bytes(int fd, uint64_t *ret, struct errinfo *e)
{
	struct statvfs fs;
	if (fstatvfs(fd, &fs) != 0)
		return ERR_SYS(e, "statvfs");
	*ret = (uint64_t)fs.f_bavail * fs.f_frsize;
	return OK;
}

enum err fs_read_fd(int fd, size_t limit, char **ret_data, size_t *ret_bytes, struct errinfo *e)
{
	struct stat st;
	if (fstat(fd, &st) != 0)
		return ERR_SYS(e, "fstat");
	if (st.st_size < 0 || (uint64_t)st.st_size > limit)
		return ERR(e, TOO_LARGE, "the file has %lld bytes, the limit is %zu", (long long)st.st_size,
		           limit);
	size_t size = (size_t)st.st_size, got = 0;
	AUTO_FREE char *data = malloc(size + 1);
	if (!data)
		return ERR(e, NOMEM, "%zu bytes", size);
	while (got < size) {
		ssize_t n = pread(fd, data + got, size - got, (off_t)got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_SYS(e, "read");
		if (n == 0)
			break;
		got += (size_t)n;
	}
	data[got] = '\0';
	*ret_data = data;
	*ret_bytes = got;
	data = NULL;
	return OK;
}

enum err fs_open_regular(int dir, const char *name, int *ret_fd, struct stat *ret_stat,
                         struct errinfo *e)
{
	struct stat st;
	AUTO_FD int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return ERR(e, NOT_FOUND, "%s does not exist", name);
	if (fd < 0 && errno == ELOOP)
		return ERR(e, INVALID, "%s is a symbolic link", name);
	if (fd < 0 && errno == ENXIO)
		return ERR(e, INVALID, "%s is a socket", name);
	if (fd < 0)                          /* nothing is written here */
		return err_recode(ERR_SYS(e, "open %s", name), ERR_READ_ONLY, ERR_UNREADABLE, e);
	if (fstat(fd, &st) != 0)
		return ERR_SYS(e, "fstat %s", name);
	if (!S_ISREG(st.st_mode))
		return ERR(e, INVALID, "%s is not a regular file", name);
	if (ret_stat)
		*ret_stat = st;
	*ret_fd = fd_take(&fd);
	return OK;
}

enum err fs_read(int dir, const char *name, size_t limit, char **ret_data, size_t *ret_bytes,
                 struct errinfo *e)
{
	AUTO_FD int fd = -1;
	enum err err = fs_open_regular(dir, name, &fd, NULL, e);
	return err ? err : fs_read_fd(fd, limit, ret_data, ret_bytes, e);
}

const char *fs_unreadable(int error)
{
	return error == ENOENT || error == ENOTDIR ? "does not exist"
	       : error == EACCES || error == EPERM ? "may not be read by this user" : "cannot be read";
}

enum err fs_read_named(const char *path, size_t limit, char **ret_data, size_t *ret_bytes,
                       struct errinfo *e)
{
	struct stat st;
	AUTO_FD int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return ERR(e, NOT_FOUND, "there is no such file");
	if (fd < 0 || fstat(fd, &st) != 0)
		return ERR_SURE(err_set(e, err_of_errno(errno), "%s", strerror(errno)));
	if (!S_ISREG(st.st_mode))
		return ERR(e, INVALID, "not a regular file");
	return fs_read_fd(fd, limit, ret_data, ret_bytes, e);
}

enum err fs_open_dir(int dir, const char *path, int *ret_fd, struct errinfo *e)
{
	int fd = openat(dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return ERR(e, NOT_FOUND, "%s does not exist", path);
	if (fd < 0)
		return ERR_SYS(e, "open %s", path);
	*ret_fd = fd;
	return OK;
}

/* Makes one directory and makes its name durable in the parent. */
static enum err make_one(int dir, const char *path, mode_t mode, struct errinfo *e)
{
	if (mkdirat(dir, path, mode) != 0)
		return errno == EEXIST ? OK : ERR_SYS(e, "mkdir %s", path);
	char parent[FS_PATH_MAX_BYTES];
	(void)snprintf(parent, sizeof parent, "%s", path);
	char *slash = strrchr(parent, '/');
	if (slash == parent)
		slash[1] = '\0';
	else if (slash)
		*slash = '\0';
	AUTO_FD int fd = -1;
	enum err err = fs_open_dir(dir, slash ? parent : ".", &fd, e);
	return err ? err : fs_sync(fd, e);
}

enum err fs_mkdirs(int dir, const char *path, mode_t mode, struct errinfo *e)
{
	char part[FS_PATH_MAX_BYTES];
	size_t n = strlen(path);
	if (n >= sizeof part)
		return ERR(e, INVALID, "the path is longer than %d bytes", FS_PATH_MAX_BYTES - 1);
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		enum err err = make_one(dir, part, mode, e);
		if (err)
			return err;
	}
	return OK;
}

enum err fs_dir_again(int parent, const char *name, mode_t mode, int fd, struct errinfo *e)
{
	struct stat held, found;
	if (fstat(fd, &held) == 0 && fstatat(parent, name, &found, AT_SYMLINK_NOFOLLOW) == 0 &&
	    fs_is_same(&held, &found))
		return OK;
	enum err err = fs_mkdirs(parent, name, mode, e);
	if (err)
		return err;
	AUTO_FD int again = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return again >= 0 && dup3(again, fd, O_CLOEXEC) >= 0 ? OK : ERR_SYS(e, "open %s", name);
}

static enum err copy_by_hand(int src, int dst, struct errinfo *e)
{
	char buffer[64 * 1024];
	uint64_t at = 0;
	for (;;) {
		ssize_t n = pread(src, buffer, sizeof buffer, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_SYS(e, "read");
		if (n == 0)
			return OK;
		enum err err = fs_pwrite(dst, str_make(buffer, (size_t)n), at, e);
		if (err)
			return err;
		at += (uint64_t)n;
	}
}

enum err fs_copy(int src, int dst, struct errinfo *e)
{
	if (ioctl(dst, FICLONE, src) == 0)
		return OK;
	off_t from = 0, to = 0;
	for (;;) {
		ssize_t n = copy_file_range(src, &from, dst, &to, COPY_STEP_BYTES, 0);
		if (n == 0 && from > 0)
			return OK;
		if (n <= 0)
			return copy_by_hand(src, dst, e);   /* not supported between these two */
	}
}

unsigned fs_files_limit(unsigned others, unsigned each)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur > UINT_MAX)  /* RLIM_INFINITY is */
		return UINT_MAX;
	unsigned n = (unsigned)files.rlim_cur;
	return n > others ? (n - others) / each : 0;
}

const char *fs_network_name(int fd)
{
	static const struct { unsigned long magic; const char *name; } table[] = {
		{ NFS_SUPER_MAGIC, "NFS" }, { SMB_SUPER_MAGIC, "SMB" }, { CIFS_SUPER_MAGIC, "CIFS" },
		{ SMB2_SUPER_MAGIC, "SMB2" }, { CEPH_SUPER_MAGIC, "CephFS" }, { AFS_SUPER_MAGIC, "AFS" },
		{ CODA_SUPER_MAGIC, "Coda" }, { V9FS_MAGIC, "9P" }, { 0x01161970, "GFS2" },
		{ 0x7461636f, "OCFS2" }, { 0x0bd00bd0, "Lustre" },
	};
	struct statfs fs;
	if (fstatfs(fd, &fs) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if ((unsigned long)fs.f_type == table[i].magic)
			return table[i].name;
	return NULL;
}
