/* Making a backup; see backup.h for the order and why it loses nothing. */
#include "indexer/backup/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "indexer/backup/manifest.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"

#define ROUNDS_MAX 100
#define PAUSE_NS (200 * NS_PER_MS)   /* before a file that was missing is looked for again */

struct backup {
	const struct backup_options *o;
	struct copying *copy;
	struct catalog *catalog;
	struct arena arena;
	const char *to, *partial;        /* paths without a slash at the end */
	const char *parent;              /* of both */
	const char *link;
};

/* ---- the place ---- */

static bool exists(const char *path, int flags) { return faccessat(AT_FDCWD, path, F_OK, flags) == 0; }

/* Whether there is room for it by that name. */
static enum err judge_name(const struct backup *b, struct errinfo *e)
{
	bool here = exists(b->to, AT_SYMLINK_NOFOLLOW);
	if (here && !exists(b->to, 0))
		return ERR(e, NOT_FOUND, "%s is a link to nothing; make it anew, or name another directory", b->to);
	if (here == b->o->incremental)
		return OK;
	if (b->o->incremental)
		return ERR(e, NOT_FOUND, "%s does not exist; the first backup is made without "
		           "--incremental", b->to);
	return ERR(e, EXISTS, "%s exists; name a new directory, or bring this one up to date with "
	           "--incremental", b->to);
}

/* What is brought up to date may stand behind a link, which stays; the new one is made beside the place itself.
 * Neither the backup within a data directory, nor the data directory within the backup, which is removed
 * when the next one took its place.                                                           */
static enum err choose_place(struct backup *b, struct errinfo *e)
{
	AUTO_FREE char *real = b->o->incremental ? realpath(b->o->to, NULL) : NULL;
	struct str to = str_c(real ? real : b->o->to);
	while (to.n > 1 && to.p[to.n - 1] == '/')
		to.n--;
	b->to = arena_dup(&b->arena, to);
	b->partial = arena_printf(&b->arena, "%.*s.partial", STR_ARG(to));
	const char *slash = memrchr(to.p, '/', to.n);
	b->parent = !slash ? "." : slash == to.p ? "/" : arena_dup(&b->arena, str_first(to, (size_t)(slash - to.p)));
	if (!b->to || !b->partial || !b->parent)
		return ERR(e, NOMEM, "path of the backup");
	b->link = b->o->incremental ? b->to : b->o->link;
	const char *above = arena_printf(&b->arena, "%s/..", b->o->from);
	enum err err = above ? judge_name(b, e) : ERR(e, NOMEM, "path of the backup");
	if (!err)
		err = datadir_outside(b->parent, e);
	return err || !b->o->incremental ? err : datadir_outside(above, e);
}

static enum err open_place(struct backup *b, struct errinfo *e)
{
	const struct datadir_options w = { .create = true, .write = true,
	                                   .allow_network_filesystem = true };
	enum err err = datadir_open(b->partial, &w, &b->copy->to, e);
	if (err)
		return err;
	/* What is left of an older attempt is complete no more. */
	if (unlinkat(datadir_fd(b->copy->to), BACKUP_MANIFEST, 0) != 0 && errno != ENOENT)
		return ERR_SYS(e, "remove " BACKUP_MANIFEST " of %s", b->partial);
	return OK;
}

static enum err sync_parent(const struct backup *b, struct errinfo *e)
{
	AUTO_FD int fd = -1;
	enum err err = fs_open_dir(AT_FDCWD, b->parent, &fd, e);
	return err ? err : fs_sync(fd, e);
}

/* The older backup of this name then is the partial one, and goes. */
static enum err take_place(struct backup *b, struct errinfo *e)
{
	unsigned how = b->o->incremental ? RENAME_EXCHANGE : RENAME_NOREPLACE;
	if (renameat2(AT_FDCWD, b->partial, AT_FDCWD, b->to, how) != 0)
		return ERR_SYS(e, "rename %s to %s", b->partial, b->to);
	enum err err = sync_parent(b, e);
	if (err || !b->o->incremental)
		return err;
	datadir_close(b->copy->previous);    /* it is open there */
	b->copy->previous = NULL;
	return tree_remove(AT_FDCWD, b->partial, e);
}

/* ---- the sources ---- */

static enum err open_previous(struct backup *b, struct errinfo *e)
{
	const struct datadir_options r = { .allow_network_filesystem = true };
	struct backup_report then;
	struct sha256 root;
	if (!b->link)
		return OK;
	enum err err = datadir_open(b->link, &r, &b->copy->previous, e);
	if (!err)
		err = manifest_read(b->copy->previous, &then, e);
	if (err)
		return err;
	err = catalog_root(b->catalog, then.events, &root, e);
	if (err && err != ERR_INVALID)
		return err;
	if (err || !sha256_eq(&root, &then.root))
		return ERR(e, INVALID, "%s is a backup of another log: its %llu events are not the "
		           "first ones of this one", b->link, (unsigned long long)then.events);
	b->copy->previous_events = then.events;
	return OK;
}

static enum err open_sources(struct backup *b, struct errinfo *e)
{
	const struct datadir_options r = { .allow_network_filesystem = true };
	enum err err = datadir_open(b->o->from, &r, &b->copy->from, e);
	if (!err)
		err = catalog_open_reader(b->copy->from, &b->catalog, e);
	return err ? err : open_previous(b, e);
}

/* ---- the copy ---- */

/* A copy of damaged pages is no backup, and least of all one that takes the place of a good one. */
static enum err check_pages(const struct backup *b, struct errinfo *e)
{
	struct errinfo why = { 0 };
	enum err err = catalog_check(b->catalog, &why);
	if (err == ERR_CORRUPT)
		return ERR(e, CORRUPT, "there is no backup of a damaged catalog.db (%s); " CATALOG_AGAIN, why.detail);
	return err ? err_set(e, err, "%s", why.detail) : OK;
}

/* Within one state of the catalog; *ret_caught tells whether all its files are there. */
static enum err catch_state(struct backup *b, bool *ret_caught, struct errinfo *e)
{
	struct copying *c = b->copy;
	enum err err = copy_gather(c, b->catalog, e);
	if (!err)
		err = copy_files(c, e);
	*ret_caught = !err && c->doubtful == 0;
	if (!*ret_caught)
		return err;
	c->report->created_ns = clock_wall();
	err = check_pages(b, e);
	if (!err)
		err = catalog_log_verify(b->catalog, &c->report->events, &c->report->root, e);
	return err ? err : catalog_copy(b->catalog, datadir_fd(c->to), e);
}

static enum err copy_all(struct backup *b, struct errinfo *e)
{
	const struct timespec pause = { 0, PAUSE_NS };
	bool caught = false;
	enum err err = copy_gather(b->copy, b->catalog, e);
	if (!err)
		err = copy_files(b->copy, e);
	for (int round = 0; round < ROUNDS_MAX && !err && !caught; round++) {
		if (b->copy->doubtful)
			(void)nanosleep(&pause, NULL);
		err = catalog_read_begin(b->catalog, e);
		if (!err)
			err = catch_state(b, &caught, e);
		catalog_rollback(b->catalog);
	}
	if (!err && !caught)
		err = ERR(e, BUSY, "charts are deleted as fast as they come; try again in a moment");
	return err;
}

static enum err make(struct backup *b, struct errinfo *e)
{
	enum err err = choose_place(b, e);
	if (!err)
		err = open_sources(b, e);
	if (!err)
		err = open_place(b, e);
	if (!err)
		err = copy_all(b, e);
	if (!err)
		err = copy_finish(b->copy, e);
	if (!err)
		err = manifest_write(b->copy, e);
	if (!err)
		err = fs_sync_filesystem(datadir_fd(b->copy->to), e);
	return err ? err : take_place(b, e);
}

enum err backup_make(const struct backup_options *o, struct backup_report *ret, struct errinfo *e)
{
	struct backup_report report = { 0 };
	struct backup b = { .o = o, .copy = calloc(1, sizeof *b.copy) };
	if (!b.copy)
		return ERR(e, NOMEM, "backup");
	b.copy->options = o;
	b.copy->report = &report;
	b.copy->link = true;
	copy_init(b.copy);
	enum err err = make(&b, e);
	if (!err)
		*ret = report;
	copy_done(b.copy);
	catalog_close(b.catalog);
	datadir_close(b.copy->previous);
	datadir_close(b.copy->to);
	datadir_close(b.copy->from);
	arena_done(&b.arena);
	free(b.copy);
	return err;
}
