/* A file is opened once, judged by its bytes, and then linked or copied through the descriptor: it
 * may be replaced or deleted meanwhile, the bytes that were judged are the ones that are kept. */
#include "indexer/backup/copy_one.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/digest.h"
#include "indexer/base/auto.h"

/* ---- folders ---- */

void copy_close_folders(struct copying *c)
{
	int *const fds[] = { &c->open.from, &c->open.to, &c->open.previous };
	for (size_t i = 0; i < sizeof fds / sizeof *fds; i++) {
		auto_close(fds[i]);
		*fds[i] = -1;
	}
	c->open.repo = (struct str){ 0 };
}

static enum err open_source(struct datadir *d, struct str repo, int *ret_fd, struct errinfo *e)
{
	enum err err = d ? datadir_open_charts(d, repo, false, ret_fd, e) : OK;
	return err == ERR_NOT_FOUND ? OK : err;
}

enum err copy_open_folders(struct copying *c, struct str repo, struct errinfo *e)
{
	if (c->open.to >= 0 && str_eq(c->open.repo, repo))
		return OK;
	copy_close_folders(c);
	enum err err = datadir_open_charts(c->to, repo, true, &c->open.to, e);
	if (!err)
		err = open_source(c->from, repo, &c->open.from, e);
	if (!err)
		err = open_source(c->previous, repo, &c->open.previous, e);
	if (!err && !arena_str(&c->arena, repo, &c->open.repo))
		err = ERR(e, NOMEM, "name of a repository");
	return err;
}

/* ---- into the target ---- */

static enum err copy_bytes(struct copying *c, const struct copy_file *f, int fd,
                           const struct stat *st, struct errinfo *why, struct errinfo *e)
{
	struct fs_tmp t = { .fd = -1 };
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	enum err err = datadir_tmp(c->to, &t, e);
	if (!err)
		err = fs_copy(fd, t.fd, e);
	if (!err && (err = digest_check(t.fd, &f->digest, NULL, NULL, why)))
		(void)err_set(e, err, "%s", why->detail);
	if (!err && futimens(t.fd, times) != 0)
		err = ERR_SYS(e, "set the time of %s", f->name.p);
	if (!err)
		err = fs_tmp_link(&t, c->open.to, f->name.p, e);
	fs_tmp_close(&t);
	return err;
}

/* True: it has the name. Other filesystems and other people's files cannot be linked. */
static bool link_file(struct copying *c, const struct copy_file *f, int fd)
{
	struct fs_tmp t = { .fd = fd, .dir = -1 };
	return fs_tmp_link(&t, c->open.to, f->name.p, NULL) == OK;
}

static void is_there(struct copy_file *f, const struct stat *st, uint64_t *counter)
{
	f->state = COPY_THERE;
	f->bytes = (uint64_t)st->st_size;
	++*counter;
}

/* What an interrupted attempt left, or an earlier round of a file that was replaced since. */
static enum err keep(struct copying *c, struct copy_file *f, struct errinfo *e)
{
	AUTO_FD int fd = -1;
	struct stat st;
	struct errinfo why = { 0 };
	if (faccessat(c->open.to, f->name.p, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return OK;
	enum err err = digest_open(c->open.to, f->name.p, &fd, &st, &why);
	if (!err)
		err = digest_check(fd, &f->digest, NULL, NULL, &why);
	if (!err)
		is_there(f, &st, &c->report->kept);
	if (err != ERR_DAMAGED)
		return err ? err_set(e, err, "%s", why.detail) : OK;
	return unlinkat(c->open.to, f->name.p, 0) == 0 ? OK : ERR_SYS(e, "remove %s", f->name.p);
}

/* Files of events that the earlier backup knows were compared when it was made. */
static void link_previous(struct copying *c, struct copy_file *f)
{
	AUTO_FD int fd = -1;
	struct stat st;
	struct errinfo why = { 0 };
	if (c->open.previous < 0 || digest_open(c->open.previous, f->name.p, &fd, &st, &why))
		return;
	bool same = f->event && f->event <= c->previous_events;
	if (!same && digest_check(fd, &f->digest, NULL, NULL, &why))
		return;
	if (link_file(c, f, fd))
		is_there(f, &st, &c->report->linked);
}

static enum err take(struct copying *c, struct copy_file *f, struct errinfo *why,
                     struct errinfo *e)
{
	AUTO_FD int fd = -1;
	struct stat st;
	enum err err = digest_open(c->open.from, f->name.p, &fd, &st, why);
	if (!err)
		err = digest_check(fd, &f->digest, NULL, NULL, why);
	if (err)
		return err == ERR_DAMAGED ? err : err_set(e, err, "%s", why->detail);
	if (c->link && link_file(c, f, fd)) {
		is_there(f, &st, &c->report->linked);
		return OK;
	}
	err = copy_bytes(c, f, fd, &st, why, e);
	if (!err)
		is_there(f, &st, &c->report->copied);
	return err;
}

enum err copy_one(struct copying *c, struct copy_file *f, struct errinfo *why, struct errinfo *e)
{
	enum err err = keep(c, f, e);
	if (!err && f->state != COPY_THERE)
		link_previous(c, f);
	return err || f->state == COPY_THERE ? err : take(c, f, why, e);
}
