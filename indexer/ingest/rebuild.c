/* rebuild: rows and index lines made again from the log and the files.
 *
 * The writer does it, one repository in one transaction, so nothing else changes meanwhile and a
 * crash leaves either the old rows or the new ones. A version whose file is gone or not what the
 * log says keeps its old line, if there is one, and is damaged.                              */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/ingest/fsck.h"
#include "indexer/ingest/promotions.h"
#include "indexer/ingest/replay.h"
#include "indexer/ingest/virtual_impl.h"

enum err batch_render(struct batch *b, struct repository *r, const struct version_row *row,
                      struct str *ret, struct errinfo *e)
{
	AUTO_FREE char *data = NULL;
	size_t bytes;
	struct errinfo why = { 0 };
	enum err err = stored_read(r, row->file.p, &row->digest, &data, &bytes, &why);
	if (!err)
		err = stored_line(b->g, &b->arena, str_make(data, bytes), row, ret, &why);
	switch (err) {
	case OK:
	case ERR_NOT_FOUND:
	case ERR_DAMAGED:
	case ERR_UNREADABLE:
	case ERR_ARCHIVE:
	case ERR_METADATA:
	case ERR_TOO_LARGE:
		return OK;
	default:
		return err_set(e, err, "%s", why.detail);
	}
}

/* Of an upstream's version: whether its archive is here. */
static enum err find_archive(struct repository *r, struct version_row *row, struct errinfo *e)
{
	bool whole = false;
	struct stat st;
	enum err err = stored_is_whole(r, row->file.p, &row->digest, &whole, e);
	if (err == ERR_UNREADABLE) {         /* it is here; by whom it may be read can change */
		err = OK;
		whole = true;
	}
	row->absent = !whole || fstatat(r->charts_fd, row->file.p, &st, AT_SYMLINK_NOFOLLOW) != 0;
	row->bytes = err || row->absent ? 0 : (uint64_t)st.st_size;
	return err;
}

static enum err make_row(struct batch *b, struct repository *r, const struct replayed *v,
                         struct version_row *row, struct rebuild_report *report, struct errinfo *e)
{
	struct version_row old = { 0 };
	struct str line = { 0 };
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, v->file, &old, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	*row = (struct version_row){
		.repo_id = r->id, .chart = v->chart, .version = v->version, .file = v->file,
		.digest = v->digest, .bytes = v->bytes, .created_ns = v->created_ns, .event = v->event,
		.has_prov = v->has_prov, .prov_digest = v->prov_digest, .yanked = v->yanked,
		.was_yanked = v->was_yanked, .yank_reason = v->yank_reason, .shown_from = v->shown_from,
		.signature = v->has_prov ? v->signature : (struct str){ 0 },
		.deleted_event = v->deleted_event, .purged = v->purged, .has_images = v->has_images,
		.images = v->images,
	};
	if (v->live && v->remote) {
		line = v->line;
		err = find_archive(r, row, e);
	} else {
		err = v->live ? batch_render(b, r, row, &line, e) : OK;
	}
	row->line = line.n ? line : old.line;
	row->state = !v->live ? VERSION_DELETED : line.n ? VERSION_LIVE : VERSION_DAMAGED;
	report->versions++;
	report->changed_lines += !str_eq(row->line, old.line);
	report->damaged += row->state == VERSION_DAMAGED;
	b->damaged += (row->state == VERSION_DAMAGED) - (old.state == VERSION_DAMAGED);
	return err;
}

/* As if the index were empty and nothing had been done to it. */
static enum err start_over(struct batch *b, struct batch_repo *br, struct errinfo *e)
{
	batch_repo_reset(br);
	br->all_charts = true;
	br->left_out = (struct sha256){ 0 };
	const struct settings *s = br->settings ? br->settings : br->repo->now->own_settings;
	enum err err = empty_ropes(settings_want_yaml(b->g, s), &br->json_base, &br->yaml_base, e);
	if (err)
		return err;
	return catalog_last_event(b->g->catalog, &b->arena, str_c(br->repo->name), &br->last, e);
}

/* Takes everything out of the index and puts the new lines in: what comes out equal is equal. */
static enum err reshow(struct batch *b, struct repository *r, const struct version_row *rows,
                       size_t count, struct errinfo *e)
{
	struct batch_repo *br = batch_repo(b, r);
	enum err err = br ? start_over(b, br, e) : ERR(e, NOMEM, "rebuild");
	for (size_t i = 0; i < count && !err; i++) {
		if (rows[i].state == VERSION_LIVE)
			err = batch_show(b, r, &rows[i], e);
		if (rows[i].state == VERSION_DAMAGED)
			batch_toggle_left_out(b, r, &rows[i]);
	}
	return err;
}

/* Of one that the log never set anything of, they are left. */
static enum err remake_settings(struct batch *b, struct repository *r, struct errinfo *e)
{
	struct batch_repo *br = batch_repo(b, r);
	struct settings *said = NULL;
	if (!br || br->settings)             /* just made */
		return br ? OK : ERR(e, NOMEM, "rebuild");
	enum err err = logged_settings(b, str_c(r->name), &said, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	if (str_eq(said->json, r->now->own_settings->json)) {
		settings_unref(said);
		return OK;
	}
	br->settings = said;
	b->structure++;
	return catalog_repo_set(b->g->catalog, r->id, said->json, e);
}

static enum err rebuild_rows(struct batch *b, struct repository *r, const struct replay *p,
                             struct rebuild_report *report, struct change *c)
{
	size_t count = 0;
	struct version_row *rows = arena_array(&b->arena, p->versions + 1, sizeof *rows);
	enum err err = rows ? OK : ERR(&c->error, NOMEM, "rebuild");
	for (const struct replayed *v = p->first; v && !err; v = v->following)
		if (str_eq_c(v->repo, r->name))
			err = make_row(b, r, v, &rows[count++], report, &c->error);
	if (!err)
		err = catalog_versions_clear(b->g->catalog, r->id, &c->error);
	for (size_t i = 0; i < count && !err; i++)
		err = catalog_version_put(b->g->catalog, &rows[i], &c->error);
	if (!err)
		err = remake_settings(b, r, &c->error);
	if (!err && repo_kind(batch_settings(r)) == REPO_VIRTUAL)
		err = promotions_remake(b->g->catalog, r->id, str_c(r->name), &c->error);
	return err ? err : reshow(b, r, rows, count, &c->error);
}

enum err apply_rebuild(struct batch *b, struct repository *r, struct change *c)
{
	struct rebuild_report report = { .repositories = 1 };
	struct replay *p = calloc(1, sizeof *p);
	enum err err = p ? replay_log(b->g->catalog, p, &c->error) : ERR(&c->error, NOMEM, "rebuild");
	if (!err)
		err = rebuild_rows(b, r, p, &report, c);
	if (p)
		replay_done(p);
	free(p);
	b->failed |= err != OK;
	if (!err && c->rebuild)
		*c->rebuild = report;
	return err;
}

static enum err rebuild_one(struct ingest *g, struct str repo, struct rebuild_report *report,
                            struct errinfo *e)
{
	struct change c;
	struct rebuild_report one;
	change_init(&c, CHANGE_REBUILD);
	c.repo = repo;
	c.create_repo = true;
	c.rebuild = &one;
	enum err err = ingest_apply(g, &c);
	if (err && e)
		*e = c.error;
	change_done(&c);
	if (err)
		return err;
	report->repositories += one.repositories;
	report->versions += one.versions;
	report->changed_lines += one.changed_lines;
	report->damaged += one.damaged;
	return OK;
}

struct lost { struct ingest *g; struct catalog *catalog; struct rebuild_report *report; };

static enum err rebuild_lost(void *ctx, struct str repo, struct errinfo *e)
{
	const struct lost *l = ctx;
	bool lost;
	enum err err = repository_is_lost(l->g, l->catalog, repo, &lost, e);
	return err || !lost ? err : rebuild_one(l->g, repo, l->report, e);
}

enum err ingest_rebuild(struct ingest *g, struct rebuild_report *ret, struct errinfo *e)
{
	struct reader *reader;
	struct rebuild_report report = { 0 };
	enum err err = reader_take(g, &reader, e);
	if (err)
		return err;
	struct lost lost = { g, reader->catalog, &report };
	for (struct repository *r = atomic_load(&g->repositories); r && !err; r = r->next)
		if (repository_is_shown(r))
			err = rebuild_one(g, str_c(r->name), &report, e);
	if (!err)
		err = datadir_each_repo(g->dir, rebuild_lost, &lost, e);
	reader_give(g, reader);
	flush_index_files(g);
	if (!err)
		*ret = report;
	return err;
}
