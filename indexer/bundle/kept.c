/* See kept.h. When one was used last is its folder's time. */
#include "indexer/bundle/kept.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/limits.h"

#define FOLDER "outgoing"
#define FOLDER_MODE 0700
#define TAR "bundle.tar"
#define ABOUT "about"
#define ABOUT_MODE 0440

static enum err open_all(struct datadir *d, bool create, int *ret, struct errinfo *e)
{
	enum err err = create ? fs_mkdirs(datadir_fd(d), FOLDER, FOLDER_MODE, e) : OK;
	return err ? err : fs_open_dir(datadir_fd(d), FOLDER, ret, e);
}

static enum err open_one(struct datadir *d, const struct sha256 *id, int *ret, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	AUTO_FD int all = -1;
	sha256_hex(id, hex);
	enum err err = open_all(d, false, &all, e);
	return err ? err : fs_open_dir(all, hex, ret, e);
}

/* ---- made ---- */

enum err kept_begin(struct datadir *d, const struct sha256 *id, int *ret_dir, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	AUTO_FD int all = -1;
	sha256_hex(id, hex);
	enum err err = kept_remove(d, id, e);
	if (!err)
		err = open_all(d, true, &all, e);
	if (!err)
		err = fs_mkdirs(all, hex, FOLDER_MODE, e);
	return err ? err : fs_open_dir(all, hex, ret_dir, e);
}

enum err kept_end(int dir, const char *file, struct str about, struct errinfo *e)
{
	if (renameat(dir, file, dir, TAR) != 0)
		return errno == ENOENT ? ERR(e, BUSY, "the bundle was thrown away while it was made: ask for it again")
		                       : ERR_SYS(e, "name a bundle");
	return fs_put(dir, ABOUT, ABOUT_MODE, about, false, e);
}

/* ---- there ---- */

static enum err read_about(int dir, struct arena *a, struct kept_bundle *k, struct errinfo *e)
{
	AUTO_FREE char *text = NULL;
	size_t n = 0;
	enum err err = fs_read(dir, ABOUT, BUNDLE_ABOUT_MAX_BYTES, &text, &n, e);
	if (!err && !arena_str(a, str_make(text, n), &k->about))
		err = ERR(e, NOMEM, "bundle");
	return err;
}

static enum err read_one(int dir, struct arena *a, struct kept_bundle *k, int *ret_fd, struct errinfo *e)
{
	struct stat folder, tar;
	AUTO_FD int fd = -1;
	if (fstat(dir, &folder) != 0)
		return ERR_SYS(e, "fstat");
	k->used_ns = clock_of(folder.st_mtim);
	enum err err = fs_open_regular(dir, TAR, &fd, &tar, e);
	if (!err)
		err = read_about(dir, a, k, e);
	if (err)
		return err;
	k->bytes = (uint64_t)tar.st_size;
	if (ret_fd)
		*ret_fd = fd_take(&fd);
	return OK;
}

enum err kept_open(struct datadir *d, struct arena *a, const struct sha256 *id, struct kept_bundle *ret,
                   int *ret_fd, struct errinfo *e)
{
	AUTO_FD int dir = -1;
	struct kept_bundle k = { .id = *id };
	enum err err = open_one(d, id, &dir, e);
	if (!err)
		err = read_one(dir, a, &k, ret_fd, e);
	if (!err)
		*ret = k;
	return err == ERR_NOT_FOUND ? ERR(e, NOT_FOUND, "there is no such bundle, or not any more: ask for it "
	                                  "again") : err;
}

void kept_touch(struct datadir *d, const struct sha256 *id)
{
	struct errinfo none;
	AUTO_FD int dir = -1;
	if (open_one(d, id, &dir, &none) == OK)
		(void)futimens(dir, NULL);
}

struct listing { struct datadir *d; struct arena *a; struct kept_bundle *list; size_t count, capacity; };

static enum err add_folder(void *ctx, const char *name, struct errinfo *e)
{
	struct listing *l = ctx;
	AUTO_FD int dir = -1;
	struct errinfo none = { 0 };
	struct kept_bundle k = { .bytes = 0 };
	if (!sha256_parse(str_c(name), &k.id) || open_one(l->d, &k.id, &dir, &none))
		return OK;
	enum err err = read_one(dir, l->a, &k, NULL, &none);         /* else it is not whole */
	if (err == ERR_NOMEM)
		return err_set(e, err, "%s", none.detail);
	struct kept_bundle *list = arena_room(l->a, l->list, l->count, &l->capacity, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "bundles");
	l->list = list;
	list[l->count++] = k;
	return OK;
}

static int newest_first(const void *left, const void *right)
{
	const struct kept_bundle *a = left, *b = right;
	return (a->used_ns < b->used_ns) - (a->used_ns > b->used_ns);
}

enum err kept_list(struct datadir *d, struct arena *a, struct kept_bundle **ret, size_t *ret_count,
                   struct errinfo *e)
{
	struct listing l = { .d = d, .a = a };
	AUTO_FD int all = -1;
	enum err err = open_all(d, false, &all, e);
	if (!err)
		err = datadir_each_file(all, add_folder, &l, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	if (l.count)
		qsort(l.list, l.count, sizeof *l.list, newest_first);
	*ret = l.list;
	*ret_count = l.count;
	return OK;
}

enum err kept_remove(struct datadir *d, const struct sha256 *id, struct errinfo *e)
{
	char hex[SHA256_HEX_BYTES + 1];
	AUTO_FD int all = -1;
	sha256_hex(id, hex);
	enum err err = open_all(d, false, &all, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	if (faccessat(all, hex, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
		return OK;
	err = tree_remove(all, hex, e);
	return err == ERR_NOT_FOUND ? OK : err;
}
