/* Files of deleted versions, which wait in quarantine/ for an undelete or for the end of their time. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/store/datadir.h"

#define PREFIX "deleted~"

/* "deleted~42~redis-1.0.0.tgz"; of a name that is too long the end. The event alone is unique, and
 * survives a renaming of the repository.                                                     */
static void kept_name(const char *file, uint64_t event, char ret[NAME_MAX + 1])
{
	int n = snprintf(ret, NAME_MAX + 1, PREFIX "%llu~", (unsigned long long)event);
	size_t room = NAME_MAX - (size_t)n, bytes = strlen(file);
	memcpy(ret + n, bytes > room ? file + bytes - room : file, bytes > room ? room + 1 : bytes + 1);
}

static bool is_same_file(int a, const char *a_name, int b, const char *b_name)
{
	struct stat x, y;
	return fstatat(a, a_name, &x, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(b, b_name, &y, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fs_is_same(&x, &y);
}

static enum err remove_synced(const struct datadir *d, const char *name, struct errinfo *e)
{
	int dir;
	enum err err = datadir_quarantine_fd(d, &dir, e);
	if (err)
		return err;
	if (unlinkat(dir, name, 0) != 0) {
		if (errno == ENOENT)
			return OK;
		err = errno == EISDIR ? tree_remove(dir, name, e) : ERR_SYS(e, "remove %s", name);
	}
	return err ? err : fs_sync(dir, e);
}

static bool is_there(int dir, const char *name)
{
	struct stat st;
	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

static enum err remove_here(int from, const char *file, struct errinfo *e)
{
	return unlinkat(from, file, 0) == 0 || errno == ENOENT ? OK : ERR_SYS(e, "remove %s", file);
}

/* First there, then gone from here: a power cut loses nothing. */
enum err datadir_keep(struct datadir *d, int from, struct str repo, const char *file,
                      uint64_t event, struct errinfo *e)
{
	char name[NAME_MAX + 1];
	int to;
	enum err err = datadir_quarantine_fd(d, &to, e);
	if (err)                             /* no room for a folder either: nothing is kept */
		return err == ERR_DISK_FULL ? remove_here(from, file, e) : err;
	kept_name(file, event, name);
	if (linkat(from, file, to, name, 0) != 0) {
		if (errno == ENOENT && !is_there(from, file))
			return OK;
		bool other = errno == EEXIST && !is_same_file(from, file, to, name);
		if (other || errno == EPERM) /* EPERM: a folder is there, or it is somebody else's file */
			return datadir_put_away(d, from, file, repo, "orphan", e);
		if (errno == ENOSPC || errno == EDQUOT)      /* no room for a name: nothing is kept */
			return remove_here(from, file, e);
		if (errno != EEXIST)
			return ERR_SYS(e, "move %s to quarantine/", file);
	}
	err = fs_sync(to, e);
	return err ? err : remove_here(from, file, e);
}

enum err datadir_kept_open(struct datadir *d, const char *file, uint64_t event, int *ret_fd,
                           struct errinfo *e)
{
	char name[NAME_MAX + 1];
	AUTO_FD int dir = -1;            /* who only reads has it not open */
	kept_name(file, event, name);
	enum err err = fs_open_dir(datadir_fd(d), "quarantine", &dir, e);
	return err ? err : fs_open_regular(dir, name, ret_fd, NULL, e);
}

enum err datadir_kept_remove(struct datadir *d, const char *file, uint64_t event,
                             struct errinfo *e)
{
	char name[NAME_MAX + 1];
	kept_name(file, event, name);
	return remove_synced(d, name, e);
}

bool datadir_is_kept(const char *entry, uint64_t *ret_event)
{
	bool found;
	struct str rest = str_c(entry);
	if (!str_starts(rest, STR(PREFIX)))
		return false;
	rest = str_from(rest, sizeof PREFIX - 1);
	struct str number = str_cut(&rest, '~', &found);
	return found && rest.n && !str_has(rest, '~') && str_to_u64(number, ret_event);
}

bool datadir_is_kept_as(const char *entry, const char *file, uint64_t event)
{
	char name[NAME_MAX + 1];
	kept_name(file, event, name);
	return strcmp(entry, name) == 0;
}

enum err datadir_each_quarantined(struct datadir *d, datadir_visit_file *each, void *ctx,
                                  struct errinfo *e)
{
	int dir;
	enum err err = datadir_quarantine_fd(d, &dir, e);
	return err ? err : datadir_each_file(dir, each, ctx, e);
}

enum err datadir_quarantine_remove(struct datadir *d, const char *entry, struct errinfo *e)
{
	return remove_synced(d, entry, e);
}
