/* A data directory out of a backup. The catalog waits in DATA/.restoring until every file is there:
 * a restore that was interrupted has charts and no catalog, which nothing takes for a data
 * directory, and the next one goes on with it. There the catalog of an older version is brought up
 * to date as well; the backup is only read.                                                  */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "indexer/backup/backup.h"
#include "indexer/backup/manifest.h"
#include "indexer/backup/rows.h"
#include "indexer/base/auto.h"

#define STAGE DATADIR_RESTORING

struct restore {
	const struct backup_options *o;
	struct copying *copy;
	struct datadir *stage;
	struct catalog *catalog;         /* in the stage */
	bool found_place, found_stage;   /* the directory was there; a restore had begun in it */
};

/* ---- the place ---- */

struct contents { bool other, stage; };

static enum err look(void *ctx, const char *name, struct errinfo *e)
{
	struct contents *c = ctx;
	(void)e;
	if (strcmp(name, STAGE) == 0)
		c->stage = true;
	else if (strcmp(name, "lost+found") != 0)
		c->other = true;
	return OK;
}

static enum err check_place(struct restore *r, struct errinfo *e)
{
	struct contents c = { 0 };
	AUTO_FD int fd = -1;
	const char *path = r->o->to;
	enum err err = fs_open_dir(AT_FDCWD, path, &fd, e);
	if (err == ERR_NOT_FOUND)
		return OK;
	r->found_place = true;
	if (!err)
		err = datadir_each_file(fd, look, &c, e);
	if (!err && c.other && !c.stage)
		err = ERR(e, EXISTS, "%s is not empty; a backup is restored into an empty directory, and "
		          "nothing in this one was touched", path);
	r->found_stage = c.stage;
	return err;
}

static enum err open_stage(struct restore *r, struct errinfo *e)
{
	const struct datadir_options w = { .create = true, .write = true,
	                                   .allow_network_filesystem = true };
	AUTO_ARENA struct arena a = { 0 };
	const char *path = arena_printf(&a, "%s/" STAGE, r->o->to);
	if (!path)
		return ERR(e, NOMEM, "path");
	return datadir_open(path, &w, &r->stage, e);
}

/* ---- the catalog ---- */

static enum err bring_catalog(struct restore *r, struct errinfo *e)
{
	struct catalog *source = NULL;
	enum err err = catalog_open_source(r->copy->from, &source, e);
	if (!err)
		err = catalog_copy(source, datadir_fd(r->stage), e);
	catalog_close(source);
	return err ? err : catalog_open_writer(r->stage, &r->catalog, e);
}

static enum err check_log(struct restore *r, const struct backup_report *then, struct errinfo *e)
{
	struct backup_report *now = r->copy->report;
	enum err err = catalog_log_verify(r->catalog, &now->events, &now->root, e);
	if (err) {
		err_prefix(e, "the backup's log is not what was written");
		return err;
	}
	if (now->events != then->events || !sha256_eq(&now->root, &then->root))
		return ERR(e, CORRUPT, "the backup's log has %llu events, and not the root that "
		           BACKUP_MANIFEST " names for %llu", (unsigned long long)now->events,
		           (unsigned long long)then->events);
	now->created_ns = then->created_ns;
	return OK;
}

/* What is in the WAL counts for SQLite and not for the digest; a backup has none. */
static bool has_wal(struct datadir *d)
{
	struct stat st;
	return fstatat(datadir_fd(d), "catalog.db-wal", &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0;
}

/* Nothing else tells of accounts, tokens and lines of the past that they are what they were. */
static enum err check_digest(struct restore *r, const struct backup_report *then, struct errinfo *e)
{
	struct backup_report *now = r->copy->report;
	enum err err = manifest_catalog(r->copy->from, &now->catalog, e);
	if (err || !then->has_catalog ||
	    (sha256_eq(&now->catalog, &then->catalog) && !has_wal(r->copy->from)))
		return err;
	now->problems++;
	if (r->o->problem)
		r->o->problem(r->o->ctx, (struct str){ 0 }, STR("catalog.db"), "it was changed since the "
		              "backup was made, or a program opened the backup as its data directory");
	return OK;
}

/* Backups that nobody looked at, and disks that rotted since. */
static enum err check_pages(struct restore *r, struct errinfo *e)
{
	struct errinfo why = { 0 };
	enum err err = catalog_check(r->catalog, &why);
	if (err && err != ERR_CORRUPT)
		return err_set(e, err, "%s", why.detail);
	r->copy->report->problems += err != OK;
	if (err && r->o->problem)
		r->o->problem(r->o->ctx, (struct str){ 0 }, STR("catalog.db"), why.detail);
	return OK;
}

static enum err check_catalog(struct restore *r, const struct backup_report *then, struct errinfo *e)
{
	uint64_t rows = 0;
	enum err err = check_log(r, then, e);
	if (!err)
		err = check_digest(r, then, e);
	if (!err)
		err = check_pages(r, e);
	if (!err)
		err = rows_check(r->catalog, r->o, &rows, e);
	r->copy->report->problems += rows;
	if (!err && r->copy->report->problems && !r->o->allow_damaged)
		err = ERR(e, DAMAGED, "the backup's catalog is not what was written; use another backup, or "
		          "take this one with --allow-damaged and run chartlocker rebuild and fsck");
	return err;
}

/* ---- the files ---- */

static enum err bring_files(struct restore *r, struct errinfo *e)
{
	struct copying *c = r->copy;
	uint64_t before = c->report->problems;
	enum err err = copy_gather(c, r->catalog, e);
	do
		err = err ? err : copy_files(c, e);
	while (!err && c->doubtful);
	if (!err)
		err = copy_finish(c, e);
	if (!err && c->report->problems && !r->o->allow_damaged)
		err = ERR(e, DAMAGED, "%llu files of the backup are missing or have other bytes; use "
		          "another backup, or go on without them with --allow-damaged",
		          (unsigned long long)(c->report->problems - before));
	return err ? err : fs_sync_filesystem(datadir_fd(c->to), e);
}

/* Until here there is no catalog; from here on it is a data directory. */
static enum err take_place(struct restore *r, struct errinfo *e)
{
	int data = datadir_fd(r->copy->to);
	catalog_close(r->catalog);
	r->catalog = NULL;
	if (renameat(datadir_fd(r->stage), "catalog.db", data, "catalog.db") != 0)
		return ERR_SYS(e, "rename catalog.db");
	datadir_close(r->stage);
	r->stage = NULL;
	enum err err = fs_sync(data, e);
	return err ? err : tree_remove(data, STAGE, e);
}

/* Of a backup that is refused before a file was brought. Where a restore had begun it is for the next one to
 * end, and what it brought is not to be served.                                               */
static void leave_nothing(struct restore *r)
{
	catalog_close(r->catalog);
	r->catalog = NULL;
	datadir_close(r->stage);
	r->stage = NULL;
	if (r->found_stage)
		return;
	AUTO_FD int data = open(r->o->to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (data >= 0 && tree_remove(data, STAGE, NULL) == OK && !r->found_place)
		(void)rmdir(r->o->to);           /* unless something is in it */
}

static enum err restore(struct restore *r, struct errinfo *e)
{
	const struct datadir_options w = { .create = true, .write = true, .restores = true,
	                                   .allow_network_filesystem = true };
	const struct datadir_options ro = { .allow_network_filesystem = true };
	struct backup_report then;
	enum err err = check_place(r, e);
	if (!err)
		err = datadir_open(r->o->from, &ro, &r->copy->from, e);
	if (!err)
		err = manifest_read(r->copy->from, &then, e);
	if (!err)
		err = open_stage(r, e);
	if (err)
		return err;
	err = bring_catalog(r, e);
	if (!err)
		err = check_catalog(r, &then, e);
	if (err) {
		leave_nothing(r);
		return err;
	}
	err = datadir_open(r->o->to, &w, &r->copy->to, e);
	if (!err)
		err = bring_files(r, e);
	return err ? err : take_place(r, e);
}

enum err backup_restore(const struct backup_options *o, struct backup_report *ret,
                        struct errinfo *e)
{
	struct backup_report report = { 0 };
	struct restore r = { .o = o, .copy = calloc(1, sizeof *r.copy) };
	if (!r.copy)
		return ERR(e, NOMEM, "restore");
	r.copy->options = o;
	r.copy->report = &report;
	copy_init(r.copy);
	enum err err = restore(&r, e);
	if (!err)
		*ret = report;
	copy_done(r.copy);
	catalog_close(r.catalog);
	datadir_close(r.stage);
	datadir_close(r.copy->to);
	datadir_close(r.copy->from);
	free(r.copy);
	return err;
}
