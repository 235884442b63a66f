/* rebuild: rows and index lines made again from the log and the files.
 *
 * The writer does it, one repository in one transaction, so nothing else changes meanwhile and a
 * crash leaves either the old rows or the new ones. A version whose file is gone or not what the
 * log says keeps its old line, if there is one, and is damaged.                              */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/ingest/fsck.h"
#include "indexer/ingest/ingest_impl.h"
#include "indexer/ingest/replay.h"

/* The line that the file makes; *ret stays empty when the file is not what the log says. */
static enum err render(struct batch *b, struct repository *r, const struct replayed *v, struct str *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_FREE char *data = NULL;
	AUTO_SBUF struct sbuf line = sbuf_make(INDEX_LINE_MAX_BYTES);
	size_t bytes;
	struct sha256 digest;
	struct chart chart;
	enum err err = fs_read(r->charts_fd, v->file.p, CHART_UNPACKED_MAX_BYTES, &data, &bytes, e);
	if (err == ERR_NOMEM || err == ERR_NO_FILES)
		return err;
	if (err)
		return OK;
	err = sha256_of(str_make(data, bytes), &digest, e);
	if (err || !sha256_eq(&digest, &v->digest))
		return err;
	const char *url = arena_printf(&a, "charts/%.*s", STR_ARG(v->file));
	struct scratch *scratch = scratch_take(b->g);
	if (!scratch || !url)
		return ERR(e, NOMEM, "rebuild");
	err = chart_read(&a, &scratch->buffer, str_make(data, bytes), &chart, e);
	if (!err)
		index_line(&line, &chart.meta, str_c(url), v->created_ns, &v->digest);
	scratch_give(b->g, scratch);
	if (err && err != ERR_NOMEM)
		return OK;
	return err || !sbuf_ok(&line) || !arena_str(&b->arena, sbuf_str(&line), ret) ? ERR(e, NOMEM, "rebuild") : OK;
}

static enum err make_row(struct batch *b, struct repository *r, const struct replayed *v, struct version_row *row,
                         struct rebuild_report *report, struct errinfo *e)
{
	struct version_row old = { 0 };
	struct str line = { 0 };
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, v->file, &old, e);
	if (err && err != ERR_NOT_FOUND)
		return err;
	err = v->live ? render(b, r, v, &line, e) : OK;
	*row = (struct version_row){
		.repo_id = r->id, .chart = v->chart, .version = v->version, .file = v->file, .digest = v->digest,
		.bytes = v->bytes, .created_ns = v->created_ns, .event = v->event, .has_prov = v->has_prov,
		.prov_digest = v->prov_digest, .line = line.n ? line : old.line,
		.state = !v->live ? VERSION_DELETED : line.n ? VERSION_LIVE : VERSION_DAMAGED,
	};
	report->versions++;
	report->changed_lines += !str_eq(row->line, old.line);
	report->damaged += row->state == VERSION_DAMAGED;
	b->damaged += (row->state == VERSION_DAMAGED) - (old.state == VERSION_DAMAGED);
	return err;
}

/* Takes everything out of the index and puts the new lines in: what comes out equal is equal. */
static enum err reshow(struct batch *b, struct repository *r, const struct version_row *rows, size_t count, struct errinfo *e)
{
	struct batch_repo *br = batch_repo(b, r);
	enum err err = br ? OK : ERR(e, NOMEM, "rebuild");
	if (!err)
		err = rope_empty(ROPE_JSON, 0, &br->json_base, e);
	if (!err && b->g->options.yaml)
		err = rope_empty(ROPE_YAML, 0, &br->yaml_base, e);
	if (!err)
		br->left_out = (struct sha256){ 0 };
	for (size_t i = 0; i < count && !err; i++) {
		if (rows[i].state == VERSION_LIVE)
			err = show(b, r, &rows[i], e);
		if (rows[i].state == VERSION_DAMAGED)
			toggle_left_out(b, r, &rows[i]);
	}
	return err;
}

static enum err rebuild_rows(struct batch *b, struct repository *r, const struct replay *p, struct change *c)
{
	size_t count = 0;
	struct version_row *rows = arena_array(&b->arena, p->versions + 1, sizeof *rows);
	enum err err = rows ? OK : ERR(&c->error, NOMEM, "rebuild");
	for (const struct replayed *v = p->first; v && !err; v = v->following)
		if (str_eq_c(v->repo, r->name))
			err = make_row(b, r, v, &rows[count++], c->rebuild, &c->error);
	if (!err)
		err = catalog_versions_clear(b->g->catalog, r->id, &c->error);
	for (size_t i = 0; i < count && !err; i++)
		err = catalog_version_put(b->g->catalog, &rows[i], &c->error);
	return err ? err : reshow(b, r, rows, count, &c->error);
}

enum err apply_rebuild(struct batch *b, struct repository *r, struct change *c)
{
	struct replay *p = calloc(1, sizeof *p);
	enum err err = p ? replay_log(b->g->catalog, p, &c->error) : ERR(&c->error, NOMEM, "rebuild");
	if (!err)
		err = rebuild_rows(b, r, p, c);
	if (p)
		replay_done(p);
	free(p);
	c->rebuild->repositories++;
	b->failed |= err != OK;
	return err;
}

enum err ingest_rebuild(struct ingest *g, struct rebuild_report *ret, struct errinfo *e)
{
	enum err err = OK;
	*ret = (struct rebuild_report){ 0 };
	for (struct repository *r = atomic_load(&g->repositories); r && !err; r = r->next) {
		struct change c;
		if (!r->id)
			continue;
		change_init(&c, CHANGE_REBUILD);
		c.repo = str_c(r->name);
		c.rebuild = ret;
		err = ingest_apply(g, &c);
		if (err && e)
			*e = c.error;
		change_done(&c);
	}
	return err;
}
