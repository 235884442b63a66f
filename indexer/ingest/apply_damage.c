/* Files that are not what their rows say: out of the index, into quarantine, or back. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>

#include "indexer/ingest/batch.h"

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
		err = batch_note_index(b, r, row->chart, e);
	if (!err)
		batch_toggle_left_out(b, r, row);
	b->damaged += whole ? -1 : 1;
	return err;
}

/* An upstream has it still: it is fetched again when somebody asks. */
static enum err forget_archive(struct batch *b, struct repository *r, struct version_row *row,
                               struct errinfo *e)
{
	row->absent = true;
	row->bytes = 0;
	enum err err = catalog_version_put(b->g->catalog, row, e);
	return err ? err : batch_note_index(b, r, row->chart, e);
}

/* The report may be old: what is whole by now stays, or comes back. */
enum err apply_damaged(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	struct stat st;
	bool whole;
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->file, &row,
	                                       &c->error);
	if (err || row.state == VERSION_DELETED)
		return err ? err : ERR(&c->error, NOT_FOUND, "there is no %.*s", STR_ARG(c->file));
	if (row.absent)
		return OK;
	err = name_version(c, &row);
	if (err)
		return err;
	err = stored_is_whole(r, row.file.p, &row.digest, &whole, &c->error);
	if (err)
		return err;
	if (!whole && repo_kind(batch_settings(r)) == REPO_UPSTREAM)
		err = forget_archive(b, r, &row, &c->error);
	else if (row.state == (whole ? VERSION_DAMAGED : VERSION_LIVE))
		err = write_damaged(b, r, &row, whole, &c->error);
	if (!err && !whole && c->quarantine &&
	    fstatat(r->charts_fd, row.file.p, &st, AT_SYMLINK_NOFOLLOW) == 0)
		err = datadir_put_away(b->g->dir, r->charts_fd, row.file.p, str_c(r->name), "damaged", &c->error);
	b->failed |= err != OK;
	return err;
}

/* Bytes of no row go to quarantine. EXISTS when the row has them by now, NOT_FOUND when they went. */
enum err apply_stray(struct batch *b, struct repository *r, struct change *c)
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
	return c->dry_run ? OK : datadir_put_away(b->g->dir, r->charts_fd, name, str_c(r->name),
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
		err = datadir_put_away(b->g->dir, r->charts_fd, name, str_c(r->name), "damaged", &c->error);
	return err;
}

/* A provenance file that is gone or has other bytes: its version has none any more, so that another
 * one may come. EXISTS when it is whole by now, NOT_FOUND when there should be none.         */
enum err apply_prov_lost(struct batch *b, struct repository *r, struct change *c)
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
