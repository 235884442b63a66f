/* What one change does inside the writer's transaction.
 *
 * Every change is first compared with the rows, without writing anything: that is the verdict,
 * and the end of a dry run. Then its file gets its name, and the event and the row follow. The
 * batch makes the names durable, commits, and shows the new index.
 *
 * A replacement (overwrite) cannot use the name before the commit: it stands beside it as
 * ".<digest>.new" and is renamed after the commit; load.c finishes or removes what a crash left. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "indexer/base/clock.h"
#include "indexer/ingest/batch.h"

/* ---- deletion, damage ---- */

static enum err write_delete(struct batch *b, struct repository *r, struct change *c,
                             struct version_row *row)
{
	enum err err = batch_log(b, c, r, "delete", c->result.digest, STR("{}"));
	if (err)
		return err;
	batch_undamage(b, r, row);
	row->state = VERSION_DELETED;
	row->has_prov = false;
	err = catalog_version_put(b->g->catalog, row, &c->error);
	return err ? err : batch_hide(b, r, row, &c->error);
}

/* What the log says of a version that the caller named by its file. */
static enum err name_version(struct change *c, const struct version_row *row)
{
	if (!arena_str(&c->arena, row->chart, &c->result.name) ||
	    !arena_str(&c->arena, row->version, &c->result.version) ||
	    !arena_str(&c->arena, row->file, &c->result.file))
		return ERR(&c->error, NOMEM, "names");
	return OK;
}

static enum err apply_delete(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->file, &row,
	                                       &c->error);
	if (err == ERR_NOT_FOUND || (!err && row.state == VERSION_DELETED))
		return ERR(&c->error, NOT_FOUND, "there is no %.*s", STR_ARG(c->file));
	if (err)
		return err;
	err = name_version(c, &row);
	if (err)
		return err;
	sha256_hex(&row.digest, c->result.digest);
	c->result.bytes = row.bytes;
	if (c->dry_run)
		return OK;
	err = write_delete(b, r, c, &row);
	b->failed |= err != OK;
	return err;
}

/* Out of the index, or back into it. No event: the log says what should be, and that did not
 * change.                                                                                    */
static enum err write_damaged(struct batch *b, struct repository *r, struct version_row *row,
                              bool whole, struct errinfo *e)
{
	enum err err = whole ? batch_render(b, r, row, &row->line, e) : OK;
	row->state = whole ? VERSION_LIVE : VERSION_DAMAGED;
	if (!err)
		err = catalog_version_put(b->g->catalog, row, e);
	if (!err)
		err = whole ? batch_show(b, r, row, e) : batch_hide(b, r, row, e);
	if (!err)
		batch_toggle_left_out(b, r, row);
	b->damaged += whole ? -1 : 1;
	return err;
}

/* The report may be old: what is whole by now stays, or comes back. */
static enum err apply_damaged(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	struct stat st;
	bool whole;
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->file, &row,
	                                       &c->error);
	if (err || row.state == VERSION_DELETED)
		return err ? err : ERR(&c->error, NOT_FOUND, "there is no %.*s", STR_ARG(c->file));
	err = stored_is_whole(r, row.file.p, &row.digest, &whole, &c->error);
	if (err)
		return err;
	if (row.state == (whole ? VERSION_DAMAGED : VERSION_LIVE))
		err = write_damaged(b, r, &row, whole, &c->error);
	if (!err && !whole && c->quarantine &&
	    fstatat(r->charts_fd, row.file.p, &st, AT_SYMLINK_NOFOLLOW) == 0)
		err = datadir_quarantine(b->g->dir, str_c(r->name), row.file.p, "damaged", &c->error);
	b->failed |= err != OK;
	return err;
}

/* Bytes of no row go to quarantine. EXISTS when the row has them by now, NOT_FOUND when they went. */
static enum err apply_stray(struct batch *b, struct repository *r, struct change *c)
{
	char name[NAME_MAX + 1];
	struct stat st;
	struct version_row row = { .state = VERSION_DELETED };
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->file, &row,
	                                       &c->error);
	if (err && err != ERR_NOT_FOUND)
		return err;
	(void)snprintf(name, sizeof name, "%.*s%s", STR_ARG(c->file), c->stray_prov ? ".prov" : "");
	if (fstatat(r->charts_fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return ERR(&c->error, NOT_FOUND, "there is no %s", name);
	bool has_row = row.state != VERSION_DELETED && (!c->stray_prov || row.has_prov), same = has_row;
	err = has_row && c->stray_prov ? stored_is_whole(r, name, &row.prov_digest, &same, &c->error) : OK;
	if (err)
		return err;
	if (same)
		return ERR(&c->error, EXISTS, "%s is what its row says", name);
	return c->dry_run ? OK : datadir_quarantine(b->g->dir, str_c(r->name), name,
	                                            has_row ? "damaged" : "orphan", &c->error);
}

static enum err write_prov_lost(struct batch *b, struct repository *r, struct change *c,
                                struct version_row *row, const char *name)
{
	struct stat st;
	enum err err = batch_log(b, c, r, "prov.delete", c->result.digest, STR("{}"));
	row->has_prov = false;
	if (!err)
		err = catalog_version_put(b->g->catalog, row, &c->error);
	if (!err && fstatat(r->charts_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		err = datadir_quarantine(b->g->dir, str_c(r->name), name, "damaged", &c->error);
	return err;
}

/* A provenance file that is gone or has other bytes: its version has none any more, so that another
 * one may come. EXISTS when it is whole by now, NOT_FOUND when there should be none.         */
static enum err apply_prov_lost(struct batch *b, struct repository *r, struct change *c)
{
	char name[PROV_NAME_BYTES];
	struct version_row row;
	bool whole;
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->file, &row,
	                                       &c->error);
	if (err || row.state == VERSION_DELETED || !row.has_prov)
		return err ? err : ERR(&c->error, NOT_FOUND, "%.*s should have no provenance file",
		                       STR_ARG(c->file));
	prov_file_name(row.file, name);
	err = stored_is_whole(r, name, &row.prov_digest, &whole, &c->error);
	if (!err && whole)
		return ERR(&c->error, EXISTS, "%s is what its row says", name);
	sha256_hex(&row.prov_digest, c->result.digest);
	if (!err)
		err = name_version(c, &row);
	if (err || c->dry_run)
		return err;
	err = write_prov_lost(b, r, c, &row, name);
	b->failed |= err != OK;
	return err;
}

/* ---- repositories ---- */

/* Readers find the repository already: they are told of a snapshot like any other. */
static enum err first_snapshot(struct ingest *g, struct repository *r, struct errinfo *e)
{
	static const struct event none;
	struct rope *json = NULL, *yaml = NULL;
	struct snapshot *s;
	enum err err = empty_ropes(g, &json, &yaml, e);
	if (err) {
		rope_unref(json);
		return err;
	}
	err = snapshot_new(json, yaml, &none, &r->left_out, &s, e);
	if (!err)
		repository_swap(r, s);
	return err;
}

/* Adds the row and, for the time being invisible, the repository in memory. If the batch fails,
 * it stays in memory with the id 0 (batch_done) and gets its row at the next try.            */
static enum err add_repository(struct batch *b, struct change *c, struct repository **ret)
{
	struct repository *r = repository_find(b->g, c->repo);
	int64_t id;
	enum err err = OK;
	if (!r)
		err = repository_add(b->g, 0, c->repo, &r, &c->error);
	if (!err && !r->now)
		err = first_snapshot(b->g, r, &c->error);
	if (!err)
		err = catalog_repo_put(b->g->catalog, c->repo, clock_wall(), &id, &c->error);
	if (!err && !batch_repo(b, r))
		err = ERR(&c->error, NOMEM, "batch");
	if (err)
		return err;
	r->id = id;
	*ret = r;
	return OK;
}

static enum err make_repository(struct batch *b, struct change *c, struct repository **ret)
{
	enum err err = add_repository(b, c, ret);
	if (err)
		return err;
	struct str name = c->result.name, version = c->result.version;
	c->result.name = c->result.version = (struct str){ 0 };
	err = batch_log(b, c, *ret, "repo.create", "", STR("{}"));
	c->result.name = name;
	c->result.version = version;
	return err;
}

static enum err find_repository(struct batch *b, struct change *c, struct repository **ret)
{
	struct repository *r = repository_find(b->g, c->repo);
	if (r && r->id) {
		*ret = r;
		return OK;
	}
	if (!c->create_repo || c->kind == CHANGE_PROV || c->kind == CHANGE_DELETE ||
	    c->kind == CHANGE_DAMAGED || c->kind == CHANGE_STRAY || c->kind == CHANGE_PROV_LOST)
		return ERR(&c->error, REPO_NOT_FOUND, "there is no repository \"%.*s\"; make it with: "
		           "chartlocker repo create %.*s", STR_ARG(c->repo), STR_ARG(c->repo));
	if (c->dry_run) {
		*ret = NULL;
		return OK;
	}
	enum err err = c->kind == CHANGE_REBUILD ? add_repository(b, c, ret)
	                                         : make_repository(b, c, ret);
	b->failed |= err != OK;
	return err;
}

static enum err apply_kind(struct batch *b, struct repository *r, struct change *c)
{
	switch (c->kind) {
	case CHANGE_PUBLISH:
		return apply_publish(b, r, c);
	case CHANGE_PROV:
		return apply_prov(b, r, c);
	case CHANGE_DELETE:
		return apply_delete(b, r, c);
	case CHANGE_DAMAGED:
		return apply_damaged(b, r, c);
	case CHANGE_STRAY:
		return apply_stray(b, r, c);
	case CHANGE_PROV_LOST:
		return apply_prov_lost(b, r, c);
	case CHANGE_REBUILD:
		return apply_rebuild(b, r, c);
	case CHANGE_REPO:
	case CHANGE_CALL:
		break;
	}
	return OK;
}

/* Rows of no repository. An error is the verdict; what was written before it is rolled back. */
static enum err apply_call(struct batch *b, struct change *c)
{
	enum err err = c->call(c, b->g->catalog, &c->error);
	b->failed |= err != OK;
	return err;
}

/* ---- one change of a file in a batch, if something of it comes after the commit ---- */

struct unfinished { struct unfinished *next; struct repository *repo; struct str file; };

bool change_removes(const struct change *c) { return c->kind == CHANGE_DELETE && !c->dry_run; }

static bool meets_unfinished(const struct batch *b, const struct repository *r,
                             const struct change *c)
{
	struct str file = c->result.file.n ? c->result.file : c->file;
	for (const struct unfinished *u = b->unfinished; u; u = u->next)
		if (u->repo == r && (c->kind == CHANGE_REBUILD || str_eq(u->file, file)))
			return true;
	return false;
}

static enum err note_unfinished(struct batch *b, struct repository *r, struct change *c)
{
	if (!change_removes(c) && c->step != STEP_REPLACES && c->prov_step != STEP_REPLACES)
		return OK;
	struct unfinished *u = ARENA_NEW(&b->arena, struct unfinished);
	b->failed |= !u;
	if (!u)
		return ERR(&c->error, NOMEM, "batch");
	*u = (struct unfinished){ b->unfinished, r, c->result.file };
	b->unfinished = u;
	return OK;
}

enum err apply(struct batch *b, struct change *c)
{
	struct repository *r = NULL;
	enum err err = c->allow ? c->allow(c, &c->error) : OK;
	if (!err && c->kind == CHANGE_CALL)
		return apply_call(b, c);
	if (!err)
		err = find_repository(b, c, &r);
	if (err || !r)
		return err;
	if (meets_unfinished(b, r, c)) {
		b->failed = true;
		return ERR(&c->error, BUSY, "an earlier change of this file is not done");
	}
	err = apply_kind(b, r, c);
	return err ? err : note_unfinished(b, r, c);
}
