/* What becomes of a version that is there: deleted, yanked, shown again. */
#include "indexer/ingest/promoted.h"

/* What the log says of a version that the caller named by its file. */
enum err name_version(struct change *c, const struct version_row *row)
{
	if (!arena_str(&c->arena, row->chart, &c->result.name) ||
	    !arena_str(&c->arena, row->version, &c->result.version) ||
	    !arena_str(&c->arena, row->file, &c->result.file))
		return ERR(&c->error, NOMEM, "names");
	return OK;
}

enum err find_version(struct batch *b, struct repository *r, struct change *c,
                      struct version_row *ret)
{
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->file, ret,
	                                       &c->error);
	if (err == ERR_NOT_FOUND)
		return ERR(&c->error, NOT_FOUND, "there never was a %.*s", STR_ARG(c->file));
	if (!err)
		err = name_version(c, ret);
	if (err)
		return err;
	sha256_hex(&ret->digest, c->result.digest);
	c->result.bytes = ret->bytes;
	return OK;
}

enum err find_present(struct batch *b, struct repository *r, struct change *c,
                      struct version_row *ret)
{
	enum err err = find_version(b, r, c, ret);
	if (err == ERR_NOT_FOUND || (!err && ret->state == VERSION_DELETED))
		return ERR(&c->error, NOT_FOUND, "there is no %.*s", STR_ARG(c->file));
	return err;
}

/* The event that says why, and the line as it was until then into the past. */
static enum err log_end(struct batch *b, struct repository *r, struct change *c,
                        struct version_row *row, const char *kind)
{
	struct str detail = batch_reason(b, c);
	enum err err = detail.n ? batch_log(b, c, r, kind, c->result.digest, detail)
	                        : ERR(&c->error, NOMEM, "event");
	if (!err)
		err = catalog_past_put(b->g->catalog, row, c->result.event, &c->error);
	row->shown_from = 0;
	return err;
}

static enum err put_and_hide(struct batch *b, struct repository *r, struct change *c,
                             struct version_row *row)
{
	enum err err = catalog_version_put(b->g->catalog, row, &c->error);
	return err ? err : batch_hide(b, r, row, &c->error);
}

/* ---- deletion ---- */

static enum err write_delete(struct batch *b, struct repository *r, struct change *c,
                             struct version_row *row)
{
	enum err err = log_end(b, r, c, row, "delete");
	if (err)
		return err;
	batch_undamage(b, r, row);
	row->state = VERSION_DELETED;
	row->deleted_event = c->result.event;
	row->was_yanked = row->yanked;
	row->has_prov = row->yanked = false;
	row->signature = (struct str){ 0 };
	return put_and_hide(b, r, c, row);
}

enum err apply_delete(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	enum err err = find_present(b, r, c, &row);
	if (!err)
		err = promoted_name(b, r, c, &row);
	if (err || c->dry_run)
		return err;
	err = write_delete(b, r, c, &row);
	b->failed |= err != OK;
	return err;
}

/* ---- yanking ---- */

enum err write_yank(struct batch *b, struct repository *r, struct change *c, struct version_row *row)
{
	enum err err = log_end(b, r, c, row, "yank");
	row->yanked = true;
	row->yank_reason = c->reason;
	return err ? err : put_and_hide(b, r, c, row);
}

static enum err write_unyank(struct batch *b, struct repository *r, struct change *c,
                             struct version_row *row)
{
	enum err err = batch_log(b, c, r, "unyank", c->result.digest, STR("{}"));
	row->yanked = false;
	row->yank_reason = (struct str){ 0 };
	row->shown_from = c->result.event;
	if (!err)
		err = catalog_version_put(b->g->catalog, row, &c->error);
	return err || row->state != VERSION_LIVE ? err : batch_show(b, r, row, &c->error);
}

static enum err change_yank(struct batch *b, struct repository *r, struct change *c, bool yank)
{
	struct version_row row;
	enum err err = find_present(b, r, c, &row);
	c->result.existing = !err && row.yanked == yank;
	if (!err && yank)
		err = promoted_name(b, r, c, &row);
	if (err || c->dry_run || c->result.existing)
		return err;
	err = yank ? write_yank(b, r, c, &row) : write_unyank(b, r, c, &row);
	b->failed |= err != OK;
	return err;
}

enum err apply_yank(struct batch *b, struct repository *r, struct change *c)
{
	return change_yank(b, r, c, true);
}

enum err apply_unyank(struct batch *b, struct repository *r, struct change *c)
{
	return change_yank(b, r, c, false);
}
