/* What follows a commit: replacements take their names, files of deleted versions go; and what
 * is taken back when there was none.                                                         */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "indexer/ingest/batch.h"

static void tell(struct ingest *g, struct repository *r, const char *file)
{
	if (g->options.file_changed)
		g->options.file_changed(g->options.file_changed_ctx, str_c(r->name), str_c(file));
}

enum err finish_file(struct ingest *g, struct repository *r, const char *file, uint64_t event, bool keep,
                     struct errinfo *e)
{
	enum err err = end_deleted_file(g, r, file, event, keep && r->now->settings->undelete_days, e);
	tell(g, r, file);
	return leave_behind(g, str_c(r->name), file, err, e);
}

/* Of a version that goes, or the old provenance file of one that was replaced, unless there is a new one. */
static enum err end_files(struct ingest *g, struct repository *r, const struct change *c, const char *prov,
                          struct errinfo *e)
{
	bool keep = c->kind == CHANGE_DELETE;
	enum err err = change_removes(c) ? finish_file(g, r, c->result.file.p, c->result.event, keep, e) : OK;
	if (!err && c->prov_step == STEP_NONE)
		err = finish_file(g, r, prov, c->result.event, keep, e);
	return err ? err : fs_sync(r->charts_fd, e);
}

/* They are back under their own names. */
static enum err end_kept(struct batch *b, const struct change *c, const char *prov,
                         struct errinfo *e)
{
	enum err err = datadir_kept_remove(b->g->dir, c->result.file.p, c->kept_event, e);
	if (!err)
		err = datadir_kept_remove(b->g->dir, prov, c->kept_event, e);
	return leave_behind(b->g, c->repo, c->result.file.p, err, e);
}

enum err finish_rename(struct batch *b, struct repository *r, const struct sha256 *digest,
                       const char *file, struct errinfo *e)
{
	char waiting[WAITING_NAME_BYTES];
	waiting_name(digest, waiting);
	if (renameat(r->charts_fd, waiting, r->charts_fd, file) != 0)
		return ERR_SYS(e, "rename to %s", file);
	tell(b->g, r, file);
	return OK;
}

/* Where it stays it is found all the same: the repository has its folder open. */
static enum err move_repository(struct ingest *g, const struct change *c, struct errinfo *e)
{
	enum err err = c->kind == CHANGE_REPO_RENAME ? datadir_move_repo(g->dir, c->repo, c->to, e)
	                                             : datadir_quarantine_repo(g->dir, c->repo, "deleted", e);
	return leave_behind(g, c->repo, "", err, e);
}

/* The old name means nothing any more. */
static void retire_repository(struct ingest *g, const struct change *c)
{
	struct repository *r = repository_find(g, c->repo);
	if (c->kind == CHANGE_REPO_RENAME)
		atomic_store(&r->renamed_to, repository_find(g, c->to));
	atomic_store(&r->gone, true);
	atomic_store(&r->index_dirty, false);
	repository_close(r);
	tell(g, r, "");
}

enum err finish_replace(struct batch *b, struct change *c, struct errinfo *e)
{
	if (change_moves(c))
		return move_repository(b->g, c, e);
	if (c->kind == CHANGE_BUNDLE)
		return bundle_replace(b, c, e);
	char prov[PROV_NAME_BYTES];
	struct repository *r = repository_find(b->g, c->repo);
	bool chart_too = c->step == STEP_REPLACES, prov_too = c->prov_step == STEP_REPLACES;
	if (!chart_too && !prov_too)
		return OK;
	prov_file_name(c->result.file, prov);
	enum err err = chart_too ? finish_rename(b, r, &c->digest, c->result.file.p, e) : OK;
	if (!err && prov_too)
		err = finish_rename(b, r, &c->prov_digest, prov, e);
	return err ? err : fs_sync(r->charts_fd, e);
}

enum err finish_remove(struct batch *b, struct change *c, struct errinfo *e)
{
	char prov[PROV_NAME_BYTES];
	struct repository *r = repository_find(b->g, c->repo);
	if (c->dry_run)
		return OK;
	prov_file_name(c->result.file, prov);
	switch (c->kind) {
	case CHANGE_BUNDLE:
		return bundle_finish(b, c, e);
	case CHANGE_REPO_RENAME:
	case CHANGE_REPO_DELETE:
		retire_repository(b->g, c);
		return OK;
	case CHANGE_UNDELETE:
		return c->result.existing ? OK : end_kept(b, c, prov, e);
	case CHANGE_ACCEPT:                  /* other bytes will come */
		tell(b->g, r, c->result.file.p);
		tell(b->g, r, prov);
		return OK;
	case CHANGE_DAMAGED:                 /* of an upstream: it is to be fetched, though it is in memory */
		if (c->result.file.n)
			tell(b->g, r, c->result.file.p);
		return OK;
	case CHANGE_PROV_LOST:               /* it is in quarantine, if anywhere */
		tell(b->g, r, prov);
		return OK;
	default:
		return change_removes(c) || c->step == STEP_REPLACES ? end_files(b->g, r, c, prov, e) : OK;
	}
}

/* Another change may have put the file away and taken its name. */
static enum err leads_to(const struct repository *r, const char *name, const struct fs_tmp *t, bool *ret,
                         struct errinfo *e)
{
	struct stat ours, named;
	*ret = false;
	if (fstatat(r->charts_fd, name, &named, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? OK : ERR_SYS(e, "look at %s", name);
	if (fstat(t->fd, &ours) != 0)
		return ERR_SYS(e, "look at what became %s", name);
	*ret = fs_is_same(&ours, &named);
	return OK;
}

static enum err undo(struct repository *r, enum change_step *step, const struct sha256 *digest,
                     const char *file, const struct fs_tmp *t, struct errinfo *e)
{
	bool ours;
	char waiting[WAITING_NAME_BYTES];
	waiting_name(digest, waiting);
	const char *name = *step == STEP_LINKED ? file : waiting;
	if (*step == STEP_NONE)
		return OK;
	enum err err = leads_to(r, name, t, &ours, e);
	if (!err && ours && unlinkat(r->charts_fd, name, 0) != 0)
		err = ERR_SYS(e, "remove %s", name);
	*step = err ? *step : STEP_NONE;
	return err;
}

static enum err undo_files(struct repository *r, struct change *c, struct errinfo *e)
{
	char prov[PROV_NAME_BYTES];
	prov_file_name(c->result.file, prov);
	enum err err = undo(r, &c->step, &c->digest, c->result.file.p, &c->tgz, e);
	return err ? err : undo(r, &c->prov_step, &c->prov_digest, prov, &c->prov_tmp, e);
}

/* The folder of a repository that c was to make. */
static void undo_folder(struct batch *b, const struct change *c)
{
	struct str name = c->kind == CHANGE_REPO_RENAME ? c->to : c->repo;
	struct repository *r = repository_find(b->g, name);
	if (name.n && !c->dry_run && (!r || !r->id))
		datadir_drop_repo(b->g->dir, name);
}

enum err finish_undo(struct batch *b, struct change *c, struct errinfo *e)
{
	struct repository *r = repository_find(b->g, c->repo);
	enum err err = c->kind == CHANGE_BUNDLE ? bundle_undo(b, c, e) : r ? undo_files(r, c, e) : OK;
	undo_folder(b, c);
	return err;
}
