/* Publishing a chart, with or without its provenance file, and a provenance file alone.
 *
 * A change keeps what it has on disk (step, prov_step), because a batch may fail after that and
 * the change be tried again.                                                                  */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/ingest/batch.h"
#include "indexer/ingest/bundle_change.h"

#define DETAIL_MAX_BYTES (4u * KIB)
#define PROV_DETAIL_MAX_BYTES (16u * KIB)        /* with the signature's verdict */

/* LEAVE: other bytes, and what is there is as good. RESTORE: the right bytes for a row whose file is not
 * what it should be.                                                                          */
enum action { NEW, SAME, LEAVE, RESTORE, UNDELETE, REPLACE };

/* ---- the verdict ---- */

static bool may_overwrite(const struct batch *b, const struct repository *r)
{
	return b->g->options.overwrite || batch_settings(r)->overwrite;
}

/* What to do about other bytes. */
static const char *way_out(const struct batch *b, const struct repository *r, const struct change *c)
{
	if (c->adopt)
		return "this file stays where it is";
	if (c->force)
		return "overwriting is off here (setting overwrite): use a new version";
	return may_overwrite(b, r) ? "use a new version, or replace this one: push --force, in the API ?force"
	                           : "use a new version";
}

static enum err conflict(const struct batch *b, const struct repository *r, struct change *c,
                         const struct version_row *row, enum err code)
{
	sha256_hex(&row->digest, c->result.stored_digest);
	if (row->purged)
		return ERR(&c->error, DELETED, "%.*s %.*s was purged and cannot come back; use a new version",
		           STR_ARG(row->chart), STR_ARG(row->version));
	if (code == ERR_DELETED)
		return ERR(&c->error, DELETED, "%.*s %.*s was deleted with sha256:%s and cannot come back "
		           "with sha256:%s; use a new version", STR_ARG(row->chart), STR_ARG(row->version),
		           c->result.stored_digest, c->result.digest);
	if (c->differs)
		return ERR(&c->error, EXISTS, "%.*s %.*s exists, and %s; %s", STR_ARG(row->chart), STR_ARG(row->version),
		           c->differs, way_out(b, r, c));
	return ERR(&c->error, EXISTS, "%.*s %.*s exists with sha256:%s, this one has sha256:%s; %s",
	           STR_ARG(row->chart), STR_ARG(row->version), c->result.stored_digest, c->result.digest,
	           way_out(b, r, c));
}

/* Whoever removed a stored file meant the version. */
static bool file_is_gone(const struct repository *r, const char *file)
{
	struct stat st;
	return fstatat(r->charts_fd, file, &st, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

static bool may_replace(const struct batch *b, const struct repository *r, const struct change *c,
                        const char *file)
{
	return (c->force && may_overwrite(b, r)) || (b->g->options.names_return && file_is_gone(r, file));
}

static enum err leave_alone(struct change *c, const struct version_row *row, enum action *ret)
{
	*ret = LEAVE;
	c->result.existing = true;
	c->result.event = row->event;
	return OK;
}

static enum err judge_row(struct batch *b, struct repository *r, struct change *c,
                          struct version_row *row, enum action *ret)
{
	bool same = sha256_eq(&row->digest, &c->digest), whole = false;
	if (row->state == VERSION_DELETED) {
		*ret = same ? UNDELETE : NEW;
		return (same || b->g->options.names_return) && !row->purged ? OK
		       : conflict(b, r, c, row, ERR_DELETED);
	}
	if (same) {
		enum err err = stored_is_whole(r, c->result.file.p, &row->digest, &whole, &c->error);
		*ret = whole && row->state == VERSION_LIVE ? SAME : RESTORE;
		c->result.existing = true;
		c->result.event = row->event;
		return err == ERR_UNREADABLE ? OK : err;     /* another file takes its place */
	}
	if (c->unchanged && sha256_eq(&row->digest, &c->unchanged_from)) {
		sha256_hex(&row->digest, c->result.stored_digest);
		if (c->prov.n && !row->has_prov)
			c->result.prov_left_out = "the provenance file is not stored: it signs these bytes, and the "
			                          "stored archive has others; raise the version to sign it";
		return leave_alone(c, row, ret);
	}
	*ret = REPLACE;
	return may_replace(b, r, c, c->result.file.p) ? OK : conflict(b, r, c, row, ERR_EXISTS);
}

/* Finds what the repository has of this version or under this file name; row->id 0: nothing. */
static enum err publish_verdict(struct batch *b, struct repository *r, struct change *c,
                                struct version_row *row, enum action *ret)
{
	struct catalog *catalog = b->g->catalog;
	enum err err = catalog_version(catalog, &b->arena, r->id, c->result.name, c->result.version,
	                               row, &c->error);
	if (!err && c->adopt && (row->state == VERSION_DELETED || sha256_eq(&row->digest, &c->digest)))
		return leave_alone(c, row, ret);
	if (!err)
		return judge_row(b, r, c, row, ret);
	if (err != ERR_NOT_FOUND)
		return err;
	err = catalog_version_by_file(catalog, &b->arena, r->id, c->result.file, row, &c->error);
	if (!err)
		return ERR(&c->error, NAME_TAKEN, "the file name %.*s belongs to chart %.*s version %.*s",
		           STR_ARG(c->result.file), STR_ARG(row->chart), STR_ARG(row->version));
	if (err != ERR_NOT_FOUND)
		return err;
	*row = (struct version_row){ .repo_id = r->id, .chart = c->result.name,
	                             .version = c->result.version, .file = c->result.file };
	*ret = NEW;
	return OK;
}

/* The provenance file beside the chart: same bytes are fine, others need force. */
static enum err prov_verdict(struct batch *b, const struct repository *r, struct change *c,
                             const struct version_row *row)
{
	char name[PROV_NAME_BYTES];
	if (!row->has_prov || sha256_eq(&row->prov_digest, &c->prov_digest))
		return OK;
	prov_file_name(row->file, name);
	if (may_replace(b, r, c, name))
		return OK;
	sha256_hex(&row->prov_digest, c->result.stored_digest);
	return ERR(&c->error, EXISTS, "%.*s.prov exists with other bytes (sha256:%s); %s", STR_ARG(row->file),
	           c->result.stored_digest, way_out(b, r, c));
}

/* ---- the chart ---- */

/* A stranger's file that cannot be linked after all is copied. */
static enum err link_or_copy(struct batch *b, struct repository *r, struct change *c,
                             const char *name, const char *why)
{
	enum err err = batch_place(b, r, &c->tgz, name, why, &c->error);
	if (!err || !c->link_source)
		return err;
	err = copy_source(b->g, c);
	if (!err && !c->bulk) {
		err = fs_sync(c->tgz.fd, &c->error);
		c->unsynced = err != OK;
	}
	return err ? err : batch_place(b, r, &c->tgz, name, why, &c->error);
}

static enum err place_chart(struct batch *b, struct repository *r, struct change *c,
                            enum action action)
{
	char waiting[WAITING_NAME_BYTES];
	if (c->step != STEP_NONE)
		return OK;
	waiting_name(&c->digest, waiting);
	enum err err = link_or_copy(b, r, c, action == REPLACE ? waiting : c->result.file.p,
	                            action == RESTORE ? "damaged" : "orphan");
	if (!err)
		c->step = action == REPLACE ? STEP_REPLACES : STEP_LINKED;
	return err;
}

/* Canonical JSON (RFC 8785): sorted keys, no spaces. `replaces` may be empty. */
static struct str publish_detail(struct batch *b, const struct change *c, const char *replaces)
{
	char created[RFC3339_MAX_BYTES];
	AUTO_SBUF struct sbuf d = sbuf_make(DETAIL_MAX_BYTES);
	struct str detail = { 0 };
	(void)clock_format(c->created_ns, created);
	sbuf_printf(&d, "{\"bytes\":%llu,\"created\":\"%s\",\"file\":",
	            (unsigned long long)c->result.bytes, created);
	sbuf_json(&d, c->result.file);
	if (*replaces)
		sbuf_printf(&d, ",\"replaces\":\"%s\"", replaces);
	sbuf_putc(&d, '}');
	if (!sbuf_ok(&d) || !arena_str(&b->arena, sbuf_str(&d), &detail))
		return (struct str){ 0 };
	return detail;
}

/* New bytes: into the row and the log. */
static enum err take_bytes(struct batch *b, struct repository *r, struct change *c,
                           struct version_row *row, enum action action)
{
	static const char *const kinds[] = { [NEW] = "publish", [UNDELETE] = "undelete",
	                                     [REPLACE] = "overwrite" };
	const char *kind = action == NEW && c->import ? "import" : kinds[action];
	char replaces[SHA256_HEX_BYTES + 1] = "";
	struct version_row before = *row;
	if (action == REPLACE)
		sha256_hex(&row->digest, replaces);
	row->digest = c->digest;
	row->bytes = c->result.bytes;
	row->created_ns = c->created_ns;
	row->line = c->line;
	row->has_prov = row->yanked = false;
	row->signature = (struct str){ 0 };
	row->deleted_event = 0;
	struct str detail = publish_detail(b, c, replaces);
	if (!detail.n)
		return ERR(&c->error, NOMEM, "event");
	enum err err = batch_log(b, c, r, kind, c->result.digest, detail);
	if (!err)
		err = catalog_past_put(b->g->catalog, &before, c->result.event, &c->error);
	row->event = row->shown_from = c->result.event;
	return err;
}

static enum err put_chart(struct batch *b, struct repository *r, struct change *c,
                          struct version_row *row, enum action action)
{
	enum err err = place_chart(b, r, c, action);
	if (!err)
		err = batch_note_name(b, r, c);
	if (err)
		return err;
	batch_undamage(b, r, row);
	if (action == RESTORE)
		err = batch_render(b, r, row, &row->line, &c->error);
	else
		err = take_bytes(b, r, c, row, action);
	if (!err && action == RESTORE)
		err = batch_note_index(b, r, row->chart, &c->error);
	row->state = VERSION_LIVE;
	return err ? err : batch_show(b, r, row, &c->error);
}

/* ---- the provenance file ---- */

/* Puts the provenance file beside the chart; where the row has one already, under the name that
 * waits for the commit.                                                                      */
static enum err place_prov(struct batch *b, struct repository *r, struct change *c,
                           const char *name, bool replaces, const char *why)
{
	char waiting[WAITING_NAME_BYTES];
	if (c->prov_step != STEP_NONE)
		return OK;
	waiting_name(&c->prov_digest, waiting);
	enum err err = batch_place(b, r, &c->prov_tmp, replaces ? waiting : name, why, &c->error);
	if (!err)
		c->prov_step = replaces ? STEP_REPLACES : STEP_LINKED;
	return err;
}

static enum err log_prov(struct batch *b, struct repository *r, struct change *c, const char *name)
{
	char digest[SHA256_HEX_BYTES + 1];
	AUTO_SBUF struct sbuf d = sbuf_make(PROV_DETAIL_MAX_BYTES);
	sha256_hex(&c->prov_digest, digest);
	sbuf_printf(&d, "{\"bytes\":%zu,\"file\":", c->prov.n);
	sbuf_json(&d, str_c(name));
	if (c->signature.n) {
		sbuf_puts(&d, ",\"signature\":");
		sbuf_put(&d, c->signature);
	}
	sbuf_putc(&d, '}');
	if (!sbuf_ok(&d))
		return ERR(&c->error, NOMEM, "event");
	return batch_log(b, c, r, "prov", digest, sbuf_str(&d));
}

/* The same file again is how one asks for a new verdict, after the keyring changed. */
static enum err refresh_signature(struct batch *b, struct repository *r, struct change *c,
                                  struct version_row *row, const char *name)
{
	if (!c->signature.n || signature_says(row->signature, c->signature_word))
		return OK;
	row->signature = c->signature;
	return log_prov(b, r, c, name);
}

static enum err put_prov(struct batch *b, struct repository *r, struct change *c,
                         struct version_row *row, bool had_prov)
{
	char name[PROV_NAME_BYTES];
	bool same = row->has_prov && sha256_eq(&row->prov_digest, &c->prov_digest), whole = false;
	prov_file_name(row->file, name);
	enum err err = same ? stored_is_whole(r, name, &c->prov_digest, &whole, &c->error) : OK;
	err = err == ERR_UNREADABLE ? OK : err;
	if (!err && whole)
		return refresh_signature(b, r, c, row, name);
	if (err)
		return err;
	err = place_prov(b, r, c, name, had_prov && !same, same ? "damaged" : "orphan");
	if (!err)
		err = batch_note_name(b, r, c);
	if (err || same)
		return err;
	row->has_prov = true;
	row->prov_digest = c->prov_digest;
	row->signature = c->signature;
	return log_prov(b, r, c, name);
}

/* ---- both ---- */

static enum err write_publish(struct batch *b, struct repository *r, struct change *c,
                              struct version_row *row, enum action action)
{
	bool had_prov = row->has_prov;
	enum err err = action == SAME ? OK : put_chart(b, r, c, row, action);
	if (!err && c->prov.n)
		err = put_prov(b, r, c, row, had_prov);
	return err ? err : catalog_version_put(b->g->catalog, row, &c->error);
}

enum err apply_publish(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	enum action action = NEW;
	enum err err = publish_verdict(b, r, c, &row, &action);
	bool takes = action == NEW || action == UNDELETE || action == REPLACE;
	if (!err && c->prov.n && action != LEAVE)
		err = prov_verdict(b, r, c, &row);
	if (!err)
		err = rules_signature(r, c, &row, !takes);
	if (!err && takes)
		err = rules_quota(b, r, c, action == REPLACE ? &row : NULL);
	if (err || c->dry_run || action == LEAVE || (action == SAME && !c->prov.n))
		return err;
	err = write_publish(b, r, c, &row, action);
	b->failed |= err != OK;
	return err;
}

/* ---- a provenance file alone ---- */

enum err apply_prov(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->result.file, &row,
	                                       &c->error);
	if (err == ERR_NOT_FOUND || (!err && row.state == VERSION_DELETED))
		return ERR(&c->error, NOT_FOUND, "there is no chart %.*s for this provenance file",
		           STR_ARG(c->result.file));
	if (err)
		return err;
	if (!sha256_eq(&row.digest, &c->prov_names)) {
		char stated[SHA256_HEX_BYTES + 1];
		sha256_hex(&c->prov_names, stated);
		sha256_hex(&row.digest, c->result.stored_digest);
		return ERR(&c->error, PROVENANCE,
		           "the provenance file states sha256:%s, the chart has sha256:%s",
		           stated, c->result.stored_digest);
	}
	c->result.existing = row.has_prov && sha256_eq(&row.prov_digest, &c->prov_digest);
	c->result.event = row.event;
	err = prov_verdict(b, r, c, &row);
	if (!err && !(c->fetched && c->result.existing))         /* which is here, whatever is thought of it now */
		err = rules_signature(r, c, &row, true);
	if (err || c->dry_run)
		return err;
	err = put_prov(b, r, c, &row, row.has_prov);
	if (!err)
		err = catalog_version_put(b->g->catalog, &row, &c->error);
	b->failed |= err != OK;
	return err;
}
