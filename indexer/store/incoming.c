/* DATA/incoming/: what came in a bundle and is not yet taken over. Files that a killed take-over has
 * linked into a charts folder are known by their inodes.                                      */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/store/incoming.h"

#define INCOMING "incoming"
#define INCOMING_MODE 0700
#define ASIDE ".removed"

static enum err open_folder(int parent, const char *name, bool create, int *ret_fd, struct errinfo *e)
{
	enum err err = create ? fs_mkdirs(parent, name, INCOMING_MODE, e) : OK;
	return err ? err : fs_open_dir(parent, name, ret_fd, e);
}

enum err incoming_open(struct datadir *d, const struct sha256 *bundle, bool create, int *ret_fd,
                       struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	AUTO_FD int all = -1;
	sha256_hex(bundle, hex);
	enum err err = open_folder(datadir_fd(d), INCOMING, create, &all, e);
	return err ? err : open_folder(all, hex, create, ret_fd, e);
}

/* Under another name first: what is left where that is broken off is no bundle. */
static enum err put_aside(int all, const char *hex, const char *aside, struct errinfo *e)
{
	if (renameat(all, hex, all, aside) == 0 || errno == ENOENT)
		return OK;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return ERR_SYS(e, "remove incoming/%s", hex);
	enum err err = tree_remove(all, aside, e);
	return err || renameat(all, hex, all, aside) == 0 ? err : ERR_SYS(e, "remove incoming/%s", hex);
}

enum err incoming_remove(struct datadir *d, const struct sha256 *bundle, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1], aside[SHA256_HEX_BYTES + sizeof ASIDE];
	AUTO_FD int all = -1;
	sha256_hex(bundle, hex);
	(void)snprintf(aside, sizeof aside, "%s" ASIDE, hex);
	enum err err = open_folder(datadir_fd(d), INCOMING, false, &all, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	err = put_aside(all, hex, aside, e);
	if (err || (faccessat(all, aside, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT))
		return err;
	err = tree_remove(all, aside, e);
	return err ? err : fs_sync(all, e);
}

static enum err remove_aside(void *ctx, const char *name, struct errinfo *e)
{
	return str_ends(str_c(name), STR(ASIDE)) ? tree_remove(*(const int *)ctx, name, e) : OK;
}

enum err incoming_sweep(struct datadir *d, struct errinfo *e)
{
	AUTO_FD int all = -1;
	enum err err = open_folder(datadir_fd(d), INCOMING, false, &all, e);
	return err == ERR_NOT_FOUND ? OK : err ? err : datadir_each_file(all, remove_aside, &all, e);
}

struct visiting { int all; incoming_visit *each; void *ctx; };

static enum err visit_folder(void *ctx, const char *name, struct errinfo *e)
{
	const struct visiting *v = ctx;
	struct sha256 bundle;
	if (!sha256_parse(str_c(name), &bundle))
		return OK;
	AUTO_FD int fd = openat(v->all, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP || errno == ENOENT ? OK : ERR_SYS(e, "open incoming/%s", name);
	return v->each(v->ctx, &bundle, fd, e);
}

enum err incoming_each(struct datadir *d, incoming_visit *each, void *ctx, struct errinfo *e)
{
	AUTO_FD int all = -1;
	enum err err = open_folder(datadir_fd(d), INCOMING, false, &all, e);
	struct visiting v = { all, each, ctx };
	return err == ERR_NOT_FOUND ? OK : err ? err : datadir_each_file(all, visit_folder, &v, e);
}

/* ---- which files are staged ---- */

struct reading { struct incoming_files *files; int dir; };

static enum err add_file(void *ctx, const char *name, struct errinfo *e)
{
	struct reading *r = ctx;
	struct incoming_files *f = r->files;
	struct stat st;
	if (fstatat(r->dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode) || st.st_nlink < 2)
		return OK;
	ino_t *inodes = array_room(f->inodes, f->count, &f->capacity, sizeof *inodes);
	if (!inodes)
		return ERR(e, NOMEM, "incoming/");
	f->inodes = inodes;
	inodes[f->count++] = st.st_ino;
	f->device = st.st_dev;
	return OK;
}

static enum err add_folder(void *ctx, const char *name, struct errinfo *e)
{
	const struct reading *all = ctx;
	AUTO_FD int fd = openat(all->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct reading folder = { all->files, fd };
	if (fd < 0)
		return errno == ENOTDIR || errno == ELOOP || errno == ENOENT ? OK : ERR_SYS(e, "open incoming/%s", name);
	return datadir_each_file(fd, add_file, &folder, e);
}

static int by_number(const void *a, const void *b)
{
	ino_t x = *(const ino_t *)a, y = *(const ino_t *)b;
	return (x > y) - (x < y);
}

enum err incoming_files_read(struct datadir *d, struct incoming_files *ret, struct errinfo *e)
{
	AUTO_FD int all = -1;
	struct incoming_files f = { .read = true };
	enum err err = open_folder(datadir_fd(d), INCOMING, false, &all, e);
	struct reading r = { &f, all };
	if (err == ERR_NOT_FOUND)
		err = OK;
	else if (!err)
		err = datadir_each_file(all, add_folder, &r, e);
	if (err) {
		free(f.inodes);
		return err;
	}
	if (f.count)
		qsort(f.inodes, f.count, sizeof *f.inodes, by_number);
	*ret = f;
	return OK;
}

bool incoming_has(const struct incoming_files *f, const struct stat *st)
{
	return f->count && st->st_dev == f->device &&
	       bsearch(&st->st_ino, f->inodes, f->count, sizeof *f->inodes, by_number) != NULL;
}

void incoming_files_done(struct incoming_files *f)
{
	free(f->inodes);
	*f = (struct incoming_files){ .read = false };
}
