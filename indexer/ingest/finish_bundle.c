/* What follows the commit of a bundle: replacements take their names, files of removed versions go; and what is
 * taken back when there was none.                                                             */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/ingest/batch.h"
#include "indexer/ingest/bundle_change.h"

bool bundle_is_staged(const struct bundle_change *x, const char *hex, const struct repository *r,
                      const char *file)
{
	struct stat staged, named;
	return fstatat(r->charts_fd, file, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstatat(x->staged, hex, &staged, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fs_is_same(&staged, &named);
}

/* ---- after the commit ---- */

static enum err rename_files(struct batch *b, const struct bundle_end *end, struct errinfo *e)
{
	char prov[PROV_NAME_BYTES];
	prov_file_name(str_c(end->file), prov);
	enum err err = end->step == STEP_REPLACES ? finish_rename(b, end->repo, &end->digest, end->file, e) : OK;
	return err || end->prov_step != STEP_REPLACES ? err
	       : finish_rename(b, end->repo, &end->prov_digest, prov, e);
}

enum err bundle_replace(struct batch *b, struct change *c, struct errinfo *e)
{
	enum err err = OK;
	for (const struct bundle_end *end = c->bundle->ends; end && !err; end = end->following) {
		err = rename_files(b, end, e);
		if (!err && (!end->following || end->following->repo != end->repo))
			err = fs_sync(end->repo->charts_fd, e);
	}
	return err;
}

/* Of what was replaced the old provenance file, unless there is a new one. */
static enum err remove_files(struct ingest *g, const struct bundle_end *end, struct errinfo *e)
{
	char prov[PROV_NAME_BYTES];
	bool removed = end->step == STEP_NONE && end->prov_step == STEP_NONE;
	prov_file_name(str_c(end->file), prov);
	enum err err = removed ? finish_file(g, end->repo, end->file, end->event, !end->purged, e) : OK;
	return err || end->prov_step != STEP_NONE ? err
	       : finish_file(g, end->repo, prov, end->event, removed, e);
}

enum err bundle_finish(struct batch *b, struct change *c, struct errinfo *e)
{
	enum err err = OK;
	for (const struct bundle_end *end = c->bundle->ends; end && !err; end = end->following) {
		err = remove_files(b->g, end, e);
		if (!err && (!end->following || end->following->repo != end->repo))
			err = fs_sync(end->repo->charts_fd, e);
	}
	return err;
}

/* ---- or instead of it ---- */

struct undoing { struct batch *b; struct bundle_change *x; enum err failed; struct errinfo *e; };

static void undo_name(struct undoing *u, const struct repository *r, const struct sha256 *digest,
                      const char *file)
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(digest, hex);
	if (bundle_is_staged(u->x, hex, r, file) && unlinkat(r->charts_fd, file, 0) != 0)
		u->failed = ERR_SYS(u->e, "remove %s", file);
}

/* Under which it waited to replace another. */
static void undo_waiting(struct undoing *u, const struct repository *r, const struct sha256 *digest)
{
	char waiting[WAITING_NAME_BYTES];
	waiting_name(digest, waiting);
	undo_name(u, r, digest, waiting);
}

static enum err undo_item(void *ctx, const struct bundle_version *i, struct errinfo *e)
{
	struct undoing *u = ctx;
	AUTO_ARENA struct arena a = { 0 };
	struct version_row row = { .has_prov = false };
	char name[PROV_NAME_BYTES];
	const struct repository *r = repository_find(u->b->g, i->repo);
	if (!r || bundle_version_is_gone(i))
		return OK;
	enum err err = r->id ? catalog_version_by_file(u->b->g->catalog, &a, r->id, i->file, &row, e)
	                     : ERR_NOT_FOUND;
	if (err && err != ERR_NOT_FOUND)
		return err;
	bool has = !err && row.state != VERSION_DELETED;
	undo_waiting(u, r, &i->digest);
	if (i->has_prov)
		undo_waiting(u, r, &i->prov_digest);
	prov_file_name(i->file, name);
	if (i->has_prov && !(has && row.has_prov))
		undo_name(u, r, &i->prov_digest, name);
	(void)snprintf(name, sizeof name, "%.*s", STR_ARG(i->file));
	if (!has)
		undo_name(u, r, &i->digest, name);
	return u->failed;
}

/* What the walk could not reach it had not reached before either. */
enum err bundle_undo(struct batch *b, struct change *c, struct errinfo *e)
{
	struct undoing u = { b, c->bundle, OK, e };
	(void)!c->bundle->each(c->bundle->ctx, undo_item, &u, NULL);
	bundle_change_done(c->bundle);
	return u.failed;
}
