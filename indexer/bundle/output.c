/* Writing a bundle under temporary names, which get their own at the end.
 *
 * By rename alone: what is carried across is often FAT, which has neither links nor unnamed files. The
 * temporary name is always the same, so that what a killed run left is written over, not added to; what
 * one of another bundle left goes, because nobody sees it on a stick that is full of it.       */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/fs.h"
#include "indexer/base/limits.h"
#include "indexer/bundle/members_impl.h"
#include "indexer/store/datadir.h"

static void temporary_name(const char *name, char ret[BUNDLE_FILE_NAME_BYTES])
{
	(void)snprintf(ret, BUNDLE_FILE_NAME_BYTES, ".%.240s.new", name);
}
_Static_assert(BUNDLE_NAME_MAX_BYTES + sizeof "..9999.new" < BUNDLE_FILE_NAME_BYTES, "names fit");

/* Locked, it is nobody else's, unless it got its own name in the meantime. */
static enum err lock(int dir, int fd, const char *temporary, const char *name, struct errinfo *e)
{
	struct stat ours, there;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno != ENOLCK && errno != ENOTSUP)
		return errno == EWOULDBLOCK ? ERR(e, BUSY, "%s is being written by another process", name)
		                            : ERR_SYS(e, "lock %s", temporary);
	if (fstat(fd, &ours) != 0 || fstatat(dir, temporary, &there, AT_SYMLINK_NOFOLLOW) != 0 ||
	    ours.st_ino != there.st_ino || ours.st_dev != there.st_dev)
		return ERR(e, BUSY, "%s is being written by another process", name);
	return OK;
}

static enum err open_temporary(int dir, const char *name, int *ret, struct errinfo *e)
{
	char temporary[BUNDLE_FILE_NAME_BYTES];
	temporary_name(name, temporary);
	AUTO_FD int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return ERR_SYS(e, "create %s", temporary);
	enum err err = lock(dir, fd, temporary, name, e);
	if (!err && ftruncate(fd, 0) != 0)
		err = ERR_SYS(e, "empty %s", temporary);
	if (!err)
		*ret = fd_take(&fd);
	return err;
}

/* "stable-0-57.tar", or the part that comes next. */
static void current_name(const struct output *o, char ret[BUNDLE_FILE_NAME_BYTES])
{
	if (o->part_bytes)
		parts_name(o->name, o->parts.count, ret);
	else
		(void)snprintf(ret, BUNDLE_FILE_NAME_BYTES, "%s", o->name);
}

static enum err open_next(struct output *o, struct errinfo *e)
{
	char name[BUNDLE_FILE_NAME_BYTES];
	if (o->parts.count == BUNDLE_PARTS_MAX)
		return ERR(e, TOO_LARGE, "parts of %llu bytes would be more than %u: make them larger",
		           (unsigned long long)o->part_bytes, BUNDLE_PARTS_MAX);
	current_name(o, name);
	enum err err = open_temporary(o->dir, name, &o->fd, e);
	o->room = o->part_bytes;
	if (!err && o->first < 0)
		o->first = o->fd;
	return err;
}

/* ---- what killed runs left ---- */

/* Of ".stable-0-57.tar.002.new" it is "stable-0-57.tar"; empty: it is no such file. */
static struct str left_of(struct str entry)
{
	const struct str none = { 0 }, end = STR(".new");
	if (entry.n <= 1 + end.n || entry.p[0] != '.' || !str_ends(entry, end))
		return none;
	struct str name = str_make(entry.p + 1, entry.n - 1 - end.n);
	if (!str_ends(name, STR(".tar"))) {
		const char *dot = memrchr(name.p, '.', name.n);
		uint64_t number;
		struct str last = dot ? str_from(name, (size_t)(dot + 1 - name.p)) : none;
		if (!str_eq(last, STR("parts")) && !(last.n == 3 && str_to_u64(last, &number)))
			return none;
		name = str_first(name, (size_t)(dot - name.p));
	}
	return bundle_is_file_name(name) ? name : none;
}

/* Whoever writes a bundle holds a lock of its first file, under either of its names. */
static bool is_written(const struct output *o, const char *ours, const char *name)
{
	char files[4][BUNDLE_FILE_NAME_BYTES];
	bool locked = false;
	(void)snprintf(files[0], sizeof files[0], "%s", name);
	parts_name(name, 0, files[1]);
	temporary_name(files[0], files[2]);
	temporary_name(files[1], files[3]);
	for (size_t i = 0; i < 4 && !locked; i++) {
		if (strcmp(files[i], ours) == 0)
			continue;
		AUTO_FD int fd = openat(o->dir, files[i], O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		locked = fd < 0 ? errno != ENOENT : flock(fd, LOCK_SH | LOCK_NB) != 0;
	}
	return locked;
}

static enum err remove_left(void *ctx, const char *entry, struct errinfo *e)
{
	const struct output *o = ctx;
	char current[BUNDLE_FILE_NAME_BYTES], ours[BUNDLE_FILE_NAME_BYTES], name[BUNDLE_FILE_NAME_BYTES];
	struct str of = left_of(str_c(entry));
	(void)e;
	if (!of.n || of.n > BUNDLE_NAME_MAX_BYTES)
		return OK;
	current_name(o, current);
	temporary_name(current, ours);
	(void)snprintf(name, sizeof name, "%.*s", STR_ARG(of));
	if (strcmp(entry, ours) != 0 && !is_written(o, ours, name))
		(void)unlinkat(o->dir, entry, 0);
	return OK;
}

enum err output_open(struct output *o, const struct bundle_target *t, struct errinfo *e)
{
	*o = (struct output){ .dir = t->dir, .fd = -1, .first = -1 };
	if (t->dir < 0) {
		o->fd = t->fd;
		return OK;
	}
	size_t n = strlen(t->name);
	if (!n || n > BUNDLE_NAME_MAX_BYTES || t->name[0] == '.' || strchr(t->name, '/'))
		return ERR(e, INVALID, "\"%.200s\" is no name for a bundle", t->name);
	o->part_bytes = t->part_bytes;
	o->hash = t->part_bytes ? sha256_new() : NULL;
	memcpy(o->name_room, t->name, n + 1);
	o->name = o->name_room;
	if (t->part_bytes && !o->hash)
		return ERR(e, NOMEM, "a bundle");
	enum err err = open_next(o, e);
	return err ? err : datadir_each_file(o->dir, remove_left, o, e);
}

static void close_current(struct output *o)
{
	if (o->fd >= 0 && o->fd != o->first)
		(void)close(o->fd);
	o->fd = -1;
}

static enum err end_part(struct output *o, struct errinfo *e)
{
	struct bundle_part part = { .bytes = o->part_bytes - o->room };
	struct bundle_parts *parts = &o->parts;
	struct bundle_part *p = array_room(parts->p, parts->count, &parts->capacity, sizeof *p);
	if (p)
		parts->p = p;
	if (!p || !sha256_end(o->hash, &part.digest))
		return ERR(e, NOMEM, "a part of a bundle");
	enum err err = fs_sync(o->fd, e);
	if (err)
		return err;
	parts->p[parts->count++] = part;
	close_current(o);
	return OK;
}

static enum err write_some(struct output *o, struct str data, struct errinfo *e)
{
	char name[BUNDLE_FILE_NAME_BYTES];
	enum err err = fs_write(o->fd, data, e);
	if (!err || !o->name)
		return err;
	int number = errno;
	current_name(o, name);
	if (err == ERR_DISK_FULL && number == EFBIG)
		return ERR(e, DISK_FULL, "%s: this filesystem takes no larger files: --split 4G makes parts"
		           " that it takes", name);
	err_prefix(e, "%s", name);
	return err;
}

enum err output_put(struct output *o, struct str data, struct errinfo *e)
{
	enum err err = OK;
	if (!o->part_bytes)
		return write_some(o, data, e);
	while (data.n && !err) {
		if (o->fd >= 0 && !o->room)
			err = end_part(o, e);
		if (!err && o->fd < 0)
			err = open_next(o, e);
		struct str now = o->room < data.n ? str_first(data, (size_t)o->room) : data;
		if (!err && !sha256_add(o->hash, now))
			err = ERR(e, NOMEM, "a part of a bundle");
		if (!err)
			err = write_some(o, now, e);
		o->room -= now.n;
		data = str_from(data, now.n);
	}
	return err;
}

/* ---- the end ---- */

static enum err write_list(struct output *o, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(BUNDLE_PARTS_LIST_MAX_BYTES);
	AUTO_FD int fd = -1;
	char list[BUNDLE_FILE_NAME_BYTES];
	parts_list_name(o->name, list);
	parts_put(&b, o->name, &o->parts);
	enum err err = sbuf_ok(&b) ? open_temporary(o->dir, list, &fd, e)
	                           : ERR(e, NOMEM, "parts of a bundle");
	if (!err)
		err = fs_write(fd, sbuf_str(&b), e);
	return err ? err : fs_sync(fd, e);
}

static enum err take_name(const struct output *o, const char *name, struct errinfo *e)
{
	char temporary[BUNDLE_FILE_NAME_BYTES];
	temporary_name(name, temporary);
	return renameat(o->dir, temporary, o->dir, name) == 0 ? OK : ERR_SYS(e, "rename to %s", name);
}

/* The list comes last: without it, or with an old one, the parts are no bundle. */
static enum err take_names(const struct output *o, struct errinfo *e)
{
	char name[BUNDLE_FILE_NAME_BYTES];
	enum err err = OK;
	if (!o->part_bytes)
		return take_name(o, o->name, e);
	for (size_t i = 0; i < o->parts.count && !err; i++) {
		parts_name(o->name, i, name);
		err = take_name(o, name, e);
	}
	parts_list_name(o->name, name);
	return err ? err : take_name(o, name, e);
}

/* What was there by this name in the other form, or in more parts. */
static void remove_old(const struct output *o)
{
	char name[BUNDLE_FILE_NAME_BYTES];
	if (o->part_bytes) {
		(void)unlinkat(o->dir, o->name, 0);
	} else {
		parts_list_name(o->name, name);
		(void)unlinkat(o->dir, name, 0);
	}
	for (size_t i = o->parts.count; i < BUNDLE_PARTS_MAX; i++) {
		parts_name(o->name, i, name);
		if (unlinkat(o->dir, name, 0) != 0)
			break;
	}
}

/* A pipe cannot be waited for. */
static enum err sync_stream(int fd, struct errinfo *e)
{
	if (fsync(fd) == 0 || errno == EINVAL || errno == EROFS || errno == ENOTSUP)
		return OK;
	return ERR_SYS(e, "fsync");
}

enum err output_end(struct output *o, struct errinfo *e)
{
	if (!o->name)
		return sync_stream(o->fd, e);
	enum err err = o->part_bytes ? end_part(o, e) : fs_sync(o->fd, e);
	if (!err && o->part_bytes)
		err = write_list(o, e);
	if (!err)
		err = take_names(o, e);
	if (!err)
		err = fs_sync(o->dir, e);
	if (err)
		return err;
	remove_old(o);
	o->is_named = true;
	return OK;
}

static void remove_temporary(const struct output *o, const char *name)
{
	char temporary[BUNDLE_FILE_NAME_BYTES];
	temporary_name(name, temporary);
	(void)unlinkat(o->dir, temporary, 0);
}

static void remove_temporaries(const struct output *o)
{
	char name[BUNDLE_FILE_NAME_BYTES];
	for (size_t i = 0; o->part_bytes && i <= o->parts.count; i++) {
		parts_name(o->name, i, name);
		remove_temporary(o, name);
	}
	parts_list_name(o->name, name);
	remove_temporary(o, o->part_bytes ? name : o->name);
}

void output_discard(struct output *o)
{
	if (o->first >= 0 && !o->is_named)
		remove_temporaries(o);
	if (o->name)
		close_current(o);
	if (o->first >= 0)
		(void)close(o->first);
	o->fd = o->first = -1;
	sha256_free(o->hash);
	o->hash = NULL;
	parts_free(&o->parts);
	o->name = NULL;
}
