/* Archives of an upstream: one that came, and other bytes that an operator takes as the right ones.
 *
 * That an archive is here is no event: the index is as it was. rebuild finds it by its digest.   */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/format/index.h"
#include "indexer/ingest/apply_upstream.h"

/* ---- an archive that came ---- */

/* What is not here yet of it; and, where they were not promised, that now is when its bytes were seen first. */
static enum err note_kept(struct batch *b, struct change *c, const struct version_row *row, bool first_seen)
{
	struct remote_row remote;
	enum err err = catalog_remote(b->g->catalog, &b->arena, row->repo_id, row->chart, row->version,
	                              &remote, &c->error);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	if (!first_seen && str_eq(remote.unfetched, c->reason))
		return OK;
	remote.seen_ns = first_seen ? clock_wall() : remote.seen_ns;
	remote.unfetched = c->reason;
	return catalog_remote_put(b->g->catalog, row->repo_id, &remote, &c->error);
}

static enum err pin(struct batch *b, struct repository *r, struct change *c, struct version_row *row)
{
	struct upstream_entry entry = { .remote.created_ns = row->created_ns };
	struct entry_work w = { .b = b, .r = r, .c = c, .entry = &entry, .line = row->line, .row = *row,
	                        .created_ns = row->created_ns };
	enum err err = upstream_line_with_digest(b, c, &c->digest, &w.line);
	w.row.digest = c->digest;
	if (!err)
		err = upstream_show_line(&w, "upstream.change", "pinned: the upstream's index promises no digest");
	if (!err)
		*row = w.row;
	return err;
}

/* What is in the archive must be what the index said: its names, and its bytes. */
static enum err check_kept(const struct version_row *row, struct change *c)
{
	struct str name = c->inside_name, version = c->inside_version;
	struct str says = index_line_text(row->line, "name"), is = index_line_text(row->line, "version");
	if (upstream_is_promised(row) && !sha256_eq(&row->digest, &c->digest)) {
		sha256_hex(&row->digest, c->result.stored_digest);
		return ERR(&c->error, DIGEST, "the upstream sent sha256:%s, its index promised sha256:%s",
		           c->result.digest, c->result.stored_digest);
	}
	if (str_eq(says, name) && str_eq(is, version))
		return OK;
	return ERR(&c->error, METADATA, "Chart.yaml says %.*s %.*s, the upstream's index says %.*s %.*s",
	           STR_ARG(name), STR_ARG(version), STR_ARG(says), STR_ARG(is));
}

static enum err put_kept(struct batch *b, struct repository *r, struct change *c,
                         struct version_row *row)
{
	enum err err = c->step == STEP_NONE
	               ? batch_place(b, r, &c->tgz, row->file.p, "replaced", &c->error) : OK;
	if (err)
		return err;
	c->step = STEP_LINKED;
	err = batch_note_name(b, r, c);
	bool first_seen = !upstream_is_promised(row);
	if (!err && first_seen)
		err = pin(b, r, c, row);
	if (!err)
		err = note_kept(b, c, row, first_seen);
	row->absent = false;
	row->bytes = c->result.bytes;
	if (!err)
		err = catalog_version_put(b->g->catalog, row, &c->error);
	return err ? err : batch_note_index(b, r, row->chart, &c->error);
}

enum err apply_keep(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->file, &row, &c->error);
	if (!err && row.state == VERSION_DELETED)
		err = ERR(&c->error, NOT_FOUND, "there is no %.*s", STR_ARG(c->file));
	if (!err)
		err = check_kept(&row, c);
	if (!err)
		err = name_version(c, &row);
	if (err)
		return err;
	c->result.existing = !row.absent;
	if (c->result.existing)
		return OK;
	err = rules_quota(b, r, c, &row);
	if (err)
		return err;
	err = put_kept(b, r, c, &row);
	b->failed |= err != OK;
	return err;
}

/* ---- an operator's word ---- */

/* The other bytes are the right ones from now on. Those that are here go to quarantine when the others
 * come.                                                                                        */
enum err apply_accept(struct batch *b, struct repository *r, struct change *c)
{
	struct upstream_entry entry = { .news = UPSTREAM_SAYS };
	struct entry_work w = { .b = b, .r = r, .c = c, .entry = &entry };
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->file, &w.row,
	                                       &c->error);
	if (!err && w.row.state == VERSION_DELETED)  /* by somebody here: it stays so */
		err = ERR(&c->error, NOT_FOUND, "%.*s was deleted here, and does not come back with other bytes",
		          STR_ARG(c->file));
	if (!err)
		err = catalog_remote(b->g->catalog, &b->arena, r->id, w.row.chart, w.row.version, &w.is,
		                     &c->error);
	if (!err && !remote_drifts(&w.is))
		err = ERR(&c->error, NOT_FOUND, "the upstream promises no other bytes for %.*s",
		          STR_ARG(c->file));
	if (err || c->dry_run)
		return err;
	err = name_version(c, &w.row);
	if (err)
		return err;
	sha256_hex(&w.is.drift, c->result.digest);
	w.line = w.row.line;
	w.created_ns = w.row.created_ns;
	err = upstream_line_with_digest(b, c, &w.is.drift, &w.line);
	entry.remote.created_ns = w.row.created_ns;
	w.row.digest = w.is.digest = w.is.drift;
	w.row.absent = true;
	w.row.bytes = 0;
	w.row.has_prov = false;
	if (!err)
		err = upstream_show_line(&w, "upstream.change", "accepted");
	w.is.seen_ns = w.is.drift_ns;                 /* as these bytes were */
	w.is.unfetched = (struct str){ 0 };
	w.is.has_drift = false;
	w.is.drift_ns = 0;
	w.is.hash = upstream_no_digest;               /* the next refresh reads the entry again */
	if (!err)
		err = catalog_remote_put(b->g->catalog, r->id, &w.is, &c->error);
	b->failed |= err != OK;
	return err;
}
