/* What one change does inside the writer's transaction.
 *
 * Every change is first compared with the rows, without writing anything: that is the verdict,
 * and the end of a dry run. Then its file gets its name, and the event and the row follow. The
 * batch makes the names durable, commits, and shows the new index.
 *
 * A replacement (overwrite) cannot use the name before the commit: it stands beside it as
 * ".<digest>.new" and is renamed after the commit; load.c finishes or removes what a crash left. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/ingest/ingest_impl.h"

#define STEP_NAME_BYTES (SHA256_HEX_BYTES + 8)
#define PROV_NAME_BYTES (CHART_FILE_NAME_MAX_BYTES + 8)

/* ---- the batch's view of a repository ---- */

struct batch_repo *batch_repo(struct batch *b, struct repository *r)
{
	if (r->batch)
		return r->batch;
	struct batch_repo *br = ARENA_NEW(&b->arena, struct batch_repo);
	if (br) {
		br->repo = r;
		br->left_out = r->left_out;
		br->following = b->repos;
		b->repos = r->batch = br;
	}
	return br;
}

void batch_repo_reset(struct batch_repo *br)
{
	rope_edit_free(br->json);
	rope_edit_free(br->yaml);
	rope_unref(br->json_base);
	rope_unref(br->yaml_base);
	br->json = br->yaml = NULL;
	br->json_base = br->yaml_base = NULL;
}

void batch_done(struct batch *b)
{
	for (struct batch_repo *br = b->repos; br; br = br->following) {
		batch_repo_reset(br);
		snapshot_unref(br->next);
		br->repo->batch = NULL;
		if (br->repo->now->event == 0)       /* it was to be made, and was not */
			br->repo->id = 0;
	}
	arena_done(&b->arena);
}

/* ---- small steps; each failure spoils the batch ---- */

static enum err log_event(struct batch *b, struct change *c, struct repository *r, const char *kind,
                          const char *digest, struct str detail)
{
	struct event ev = {
		.at_ns = clock_wall(), .actor = c->actor.n ? c->actor : STR("anonymous"),
		.repo = str_c(r->name), .kind = str_c(kind), .chart = c->result.name,
		.version = c->result.version, .digest = str_c(digest), .detail = detail,
	};
	struct batch_repo *br = batch_repo(b, r);
	if (!br)
		return ERR(&c->error, NOMEM, "batch");
	enum err err = catalog_event_append(b->g->catalog, &ev, &c->error);
	if (err)
		return err;
	c->result.event = ev.seq;
	br->last = ev;
	b->events++;
	return OK;
}

/* Canonical JSON (RFC 8785): sorted keys, no spaces. `replaces` may be empty. */
static struct str publish_detail(struct batch *b, const struct change *c, const char *replaces)
{
	char created[RFC3339_MAX_BYTES];
	AUTO_SBUF struct sbuf d = sbuf_make(4 * KIB);
	struct str detail = { 0 };
	(void)clock_format(c->created_ns, created);
	sbuf_printf(&d, "{\"bytes\":%llu,\"created\":\"%s\",\"file\":", (unsigned long long)c->result.bytes, created);
	sbuf_json(&d, c->result.file);
	if (*replaces)
		sbuf_printf(&d, ",\"replaces\":\"%s\"", replaces);
	sbuf_putc(&d, '}');
	if (!sbuf_ok(&d) || !arena_str(&b->arena, sbuf_str(&d), &detail))
		return (struct str){ 0 };
	return detail;
}

static enum err edit(struct rope *base, struct rope_edit **x, struct errinfo *e)
{
	return *x || !base ? OK : rope_edit_new(base, x, e);
}

static struct rope *json_base(const struct batch_repo *br)
{
	return br->json_base ? br->json_base : br->repo->now->json;
}

static struct rope *yaml_base(const struct batch_repo *br)
{
	return br->yaml_base ? br->yaml_base : br->repo->now->yaml;
}

static enum err edits(struct batch_repo *br, struct errinfo *e)
{
	enum err err = edit(json_base(br), &br->json, e);
	return err ? err : edit(yaml_base(br), &br->yaml, e);
}

enum err show(struct batch *b, struct repository *r, const struct version_row *row, struct errinfo *e)
{
	struct index_item item = { .name = row->chart, .line = row->line,
	                           .key = { .version = row->version, .created_ns = row->created_ns } };
	struct batch_repo *br = batch_repo(b, r);
	enum err err = br ? edits(br, e) : ERR(e, NOMEM, "batch");
	if (!err)
		err = rope_put(br->json, &item, e);
	if (!err && br->yaml)
		err = rope_put(br->yaml, &item, e);
	return err;
}

static enum err hide(struct batch *b, struct repository *r, const struct version_row *row, struct errinfo *e)
{
	struct index_key key = { .version = row->version, .created_ns = row->created_ns };
	struct batch_repo *br = batch_repo(b, r);
	enum err err = br ? edits(br, e) : ERR(e, NOMEM, "batch");
	if (!err)
		err = rope_remove(br->json, row->chart, &key, e);
	if (!err && br->yaml)
		err = rope_remove(br->yaml, row->chart, &key, e);
	return err;
}

/* The versions left out of the index are part of its identity: a repository without them is
 * another index, though the log is the same.                                                 */
void toggle_left_out(struct batch *b, struct repository *r, const struct version_row *row)
{
	struct batch_repo *br = batch_repo(b, r);    /* there already: hide, log_event or mark_names made it */
	for (size_t i = 0; i < SHA256_BYTES; i++)
		br->left_out.bytes[i] ^= row->digest.bytes[i];
}

/* Before its digest or state changes. */
static void no_longer_damaged(struct batch *b, struct repository *r, const struct version_row *row)
{
	if (row->state != VERSION_DAMAGED)
		return;
	toggle_left_out(b, r, row);
	b->damaged--;
}

static void step_name(const struct sha256 *digest, char ret[STEP_NAME_BYTES])
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(digest, hex);
	(void)snprintf(ret, STEP_NAME_BYTES, ".%s.new", hex);
}

static void prov_name(struct str file, char ret[PROV_NAME_BYTES])
{
	(void)snprintf(ret, PROV_NAME_BYTES, "%.*s.prov", STR_ARG(file));
}

/* Gives a temporary file its name. A file that has no row is a leftover: it goes to quarantine. */
static enum err place(struct batch *b, struct repository *r, struct fs_tmp *t, const char *name,
                      const char *why, struct errinfo *e)
{
	enum err err = fs_tmp_link(t, r->charts_fd, name, e);
	if (err != ERR_EXISTS)
		return err;
	err = datadir_quarantine(b->g->dir, str_c(r->name), name, why, e);
	return err ? err : fs_tmp_link(t, r->charts_fd, name, e);
}

/* The same for the archive; a stranger's file that cannot be linked after all is copied. */
static enum err place_chart(struct batch *b, struct repository *r, struct change *c, const char *name)
{
	enum err err = place(b, r, &c->tgz, name, "orphan", &c->error);
	if (!err || !c->link_source)
		return err;
	struct fs_tmp copy;
	err = datadir_tmp(b->g->dir, &copy, &c->error);
	if (err)
		return err;
	err = fs_copy(c->tgz.fd, copy.fd, &c->error);
	if (!err)
		err = place(b, r, &copy, name, "orphan", &c->error);
	fs_tmp_close(&copy);
	return err;
}

static enum err mark_names(struct batch *b, struct repository *r, struct change *c)
{
	struct batch_repo *br = batch_repo(b, r);
	if (!br)
		return ERR(&c->error, NOMEM, "batch");
	br->sync = true;
	b->sync_all |= c->bulk;
	return OK;
}

/* ---- publish ---- */

enum action { NEW, SAME, RESTORE, UNDELETE, REPLACE };

static enum err conflict(struct change *c, const struct version_row *row, enum err code)
{
	sha256_hex(&row->digest, c->result.stored_digest);
	if (code == ERR_DELETED)
		return ERR(&c->error, DELETED, "%.*s %.*s was deleted with sha256:%s and cannot come back with "
		           "sha256:%s; use a new version", STR_ARG(row->chart), STR_ARG(row->version),
		           c->result.stored_digest, c->result.digest);
	return ERR(&c->error, EXISTS, "%.*s %.*s exists with sha256:%s, this one has sha256:%s; use a new version",
	           STR_ARG(row->chart), STR_ARG(row->version), c->result.stored_digest, c->result.digest);
}

static enum err judge_row(struct batch *b, struct repository *r, struct change *c, struct version_row *row,
                          enum action *ret)
{
	bool same = sha256_eq(&row->digest, &c->digest), whole = false;
	if (row->state == VERSION_DELETED) {
		*ret = UNDELETE;
		return same ? OK : conflict(c, row, ERR_DELETED);
	}
	if (same) {
		enum err err = stored_is_whole(r, c->result.file.p, &row->digest, &whole, &c->error);
		*ret = whole && row->state == VERSION_LIVE ? SAME : RESTORE;
		c->result.existing = true;
		c->result.event = row->event;
		return err;
	}
	*ret = REPLACE;
	return b->g->options.overwrite && c->force ? OK : conflict(c, row, ERR_EXISTS);
}

/* Finds what the repository has of this version or under this file name; row->id 0: nothing. */
static enum err publish_verdict(struct batch *b, struct repository *r, struct change *c,
                                struct version_row *row, enum action *ret)
{
	struct catalog *catalog = b->g->catalog;
	enum err err = catalog_version(catalog, &b->arena, r->id, c->result.name, c->result.version, row, &c->error);
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
	*row = (struct version_row){ .repo_id = r->id, .chart = c->result.name, .version = c->result.version,
	                             .file = c->result.file };
	*ret = NEW;
	return OK;
}

/* The provenance file beside the chart: same bytes are fine, others need force. */
static enum err prov_verdict(struct batch *b, struct change *c, const struct version_row *row)
{
	if (!row->has_prov || sha256_eq(&row->prov_digest, &c->prov_digest))
		return OK;
	if (b->g->options.overwrite && c->force)
		return OK;
	sha256_hex(&row->prov_digest, c->result.stored_digest);
	return ERR(&c->error, EXISTS, "%.*s.prov exists with other bytes (sha256:%s)", STR_ARG(row->file),
	           c->result.stored_digest);
}

/* Puts the provenance file beside the chart; where the row has one already, under the name that
 * waits for the commit.                                                                      */
static enum err place_prov(struct batch *b, struct repository *r, struct change *c, const char *name, bool replaces)
{
	char step[STEP_NAME_BYTES];
	if (c->prov_step != STEP_NONE)   /* a second try after a failed batch */
		return OK;
	step_name(&c->prov_digest, step);
	enum err err = place(b, r, &c->prov_tmp, replaces ? step : name, "orphan", &c->error);
	if (!err)
		c->prov_step = replaces ? STEP_REPLACES : STEP_LINKED;
	return err;
}

static enum err put_prov(struct batch *b, struct repository *r, struct change *c, struct version_row *row, bool had_prov)
{
	char name[PROV_NAME_BYTES], digest[SHA256_HEX_BYTES + 1];
	bool same = row->has_prov && sha256_eq(&row->prov_digest, &c->prov_digest), whole = false;
	prov_name(row->file, name);
	enum err err = same ? stored_is_whole(r, name, &c->prov_digest, &whole, &c->error) : OK;
	if (err || whole)
		return err;
	err = place_prov(b, r, c, name, had_prov && !same);
	if (!err)
		err = mark_names(b, r, c);
	if (err || same)
		return err;
	row->has_prov = true;
	row->prov_digest = c->prov_digest;
	sha256_hex(&c->prov_digest, digest);
	AUTO_SBUF struct sbuf d = sbuf_make(4 * KIB);
	sbuf_printf(&d, "{\"bytes\":%zu,\"file\":", c->prov.n);
	sbuf_json(&d, str_c(name));
	sbuf_putc(&d, '}');
	return sbuf_ok(&d) ? log_event(b, c, r, "prov", digest, sbuf_str(&d)) : ERR(&c->error, NOMEM, "event");
}

static enum err place_publish(struct batch *b, struct repository *r, struct change *c, enum action action)
{
	char step[STEP_NAME_BYTES];
	if (c->step != STEP_NONE)        /* a second try after a failed batch */
		return OK;
	step_name(&c->digest, step);
	const char *name = action == REPLACE ? step : c->result.file.p;
	enum err err = place_chart(b, r, c, name);
	if (!err)
		c->step = action == REPLACE ? STEP_REPLACES : STEP_LINKED;
	return err;
}

static enum err put_publish(struct batch *b, struct repository *r, struct change *c,
                            struct version_row *row, enum action action)
{
	static const char *const kinds[] = { "publish", "", "", "undelete", "overwrite" };
	char replaces[SHA256_HEX_BYTES + 1] = "";
	enum err err = place_publish(b, r, c, action);
	if (!err)
		err = mark_names(b, r, c);
	if (err)
		return err;
	no_longer_damaged(b, r, row);
	if (action == REPLACE) {
		sha256_hex(&row->digest, replaces);
		err = hide(b, r, row, &c->error);
		row->has_prov = false;
	}
	if (action != RESTORE) {
		row->digest = c->digest;
		row->bytes = c->result.bytes;
		row->created_ns = c->created_ns;
		row->line = c->line;
		struct str detail = publish_detail(b, c, replaces);
		if (!err)
			err = detail.n ? log_event(b, c, r, action == NEW && c->import ? "import" : kinds[action],
			                           c->result.digest, detail) : ERR(&c->error, NOMEM, "event");
		row->event = c->result.event;
	}
	if (!err && action == RESTORE)
		err = render(b, r, row, &row->line, &c->error);
	row->state = VERSION_LIVE;
	return err ? err : show(b, r, row, &c->error);
}

static enum err write_publish(struct batch *b, struct repository *r, struct change *c,
                              struct version_row *row, enum action action)
{
	bool had_prov = row->has_prov;
	enum err err = action == SAME ? OK : put_publish(b, r, c, row, action);
	if (!err && c->prov.n)
		err = put_prov(b, r, c, row, had_prov);
	return err ? err : catalog_version_put(b->g->catalog, row, &c->error);
}

static enum err apply_publish(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	enum action action = NEW;
	c->result.existing = false;
	enum err err = publish_verdict(b, r, c, &row, &action);
	if (!err && c->prov.n)
		err = prov_verdict(b, c, &row);
	if (err || c->dry_run)
		return err;
	if (action == SAME && !c->prov.n)
		return OK;
	err = write_publish(b, r, c, &row, action);
	b->failed |= err != OK;
	return err;
}

/* ---- the other kinds ---- */

static enum err apply_prov(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->result.file, &row, &c->error);
	if (err == ERR_NOT_FOUND || (!err && row.state == VERSION_DELETED))
		return ERR(&c->error, NOT_FOUND, "there is no chart %.*s for this provenance file", STR_ARG(c->result.file));
	if (err)
		return err;
	if (!sha256_eq(&row.digest, &c->prov_names)) {
		char stated[SHA256_HEX_BYTES + 1];
		sha256_hex(&c->prov_names, stated);
		sha256_hex(&row.digest, c->result.stored_digest);
		return ERR(&c->error, PROVENANCE, "the provenance file states sha256:%s, the chart has sha256:%s",
		           stated, c->result.stored_digest);
	}
	c->result.existing = row.has_prov && sha256_eq(&row.prov_digest, &c->prov_digest);
	c->result.event = row.event;
	err = prov_verdict(b, c, &row);
	if (err || c->dry_run)
		return err;
	err = put_prov(b, r, c, &row, row.has_prov);
	if (!err)
		err = catalog_version_put(b->g->catalog, &row, &c->error);
	b->failed |= err != OK;
	return err;
}

static enum err write_delete(struct batch *b, struct repository *r, struct change *c, struct version_row *row)
{
	enum err err = log_event(b, c, r, "delete", c->result.digest, STR("{}"));
	if (err)
		return err;
	no_longer_damaged(b, r, row);
	row->state = VERSION_DELETED;
	row->has_prov = false;
	err = catalog_version_put(b->g->catalog, row, &c->error);
	return err ? err : hide(b, r, row, &c->error);
}

static enum err apply_delete(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->file, &row, &c->error);
	if (err == ERR_NOT_FOUND || (!err && row.state == VERSION_DELETED))
		return ERR(&c->error, NOT_FOUND, "there is no %.*s", STR_ARG(c->file));
	if (err)
		return err;
	if (!arena_str(&c->arena, row.chart, &c->result.name) || !arena_str(&c->arena, row.version, &c->result.version) ||
	    !arena_str(&c->arena, row.file, &c->result.file))
		return ERR(&c->error, NOMEM, "names");
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
static enum err write_damaged(struct batch *b, struct repository *r, struct version_row *row, bool whole,
                              struct errinfo *e)
{
	enum err err = whole ? render(b, r, row, &row->line, e) : OK;
	row->state = whole ? VERSION_LIVE : VERSION_DAMAGED;
	if (!err)
		err = catalog_version_put(b->g->catalog, row, e);
	if (!err)
		err = whole ? show(b, r, row, e) : hide(b, r, row, e);
	if (!err)
		toggle_left_out(b, r, row);
	b->damaged += whole ? -1 : 1;
	return err;
}

/* The report may be old: what is whole by now stays, or comes back. */
static enum err apply_damaged(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	struct stat st;
	bool whole;
	enum err err = catalog_version_by_file(b->g->catalog, &b->arena, r->id, c->file, &row, &c->error);
	if (err || row.state == VERSION_DELETED)
		return err ? err : ERR(&c->error, NOT_FOUND, "there is no %.*s", STR_ARG(c->file));
	err = stored_is_whole(r, row.file.p, &row.digest, &whole, &c->error);
	if (err)
		return err;
	if (row.state == (whole ? VERSION_DAMAGED : VERSION_LIVE))
		err = write_damaged(b, r, &row, whole, &c->error);
	if (!err && !whole && c->quarantine && fstatat(r->charts_fd, row.file.p, &st, AT_SYMLINK_NOFOLLOW) == 0)
		err = datadir_quarantine(b->g->dir, str_c(r->name), row.file.p, "damaged", &c->error);
	b->failed |= err != OK;
	return err;
}

/* ---- repositories ---- */

static enum err first_snapshot(struct ingest *g, struct repository *r, struct errinfo *e)
{
	static const struct event none;
	struct rope *json = NULL, *yaml = NULL;
	enum err err = rope_empty(ROPE_JSON, 0, &json, e);
	if (!err && g->options.yaml)
		err = rope_empty(ROPE_YAML, 0, &yaml, e);
	if (err) {
		rope_unref(json);
		return err;
	}
	return snapshot_new(json, yaml, &none, &r->left_out, &r->now, e);
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
	err = log_event(b, c, *ret, "repo.create", "", STR("{}"));
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
	if (!c->create_repo || c->kind == CHANGE_PROV || c->kind == CHANGE_DELETE || c->kind == CHANGE_DAMAGED)
		return ERR(&c->error, REPO_NOT_FOUND, "there is no repository \"%.*s\"; make it with: "
		           "chartlocker repo create %.*s", STR_ARG(c->repo), STR_ARG(c->repo));
	if (c->dry_run) {
		*ret = NULL;
		return OK;
	}
	enum err err = c->kind == CHANGE_REBUILD ? add_repository(b, c, ret) : make_repository(b, c, ret);
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
	case CHANGE_REBUILD:
		return apply_rebuild(b, r, c);
	case CHANGE_REPO:
		break;
	}
	return OK;
}

/* ---- one change of a file in a batch, if something of it comes after the commit ---- */

struct unfinished { struct unfinished *next; struct repository *repo; struct str file; };

static bool removes(const struct change *c) { return c->kind == CHANGE_DELETE && !c->dry_run; }

static bool meets_unfinished(const struct batch *b, const struct repository *r, const struct change *c)
{
	struct str file = c->result.file.n ? c->result.file : c->file;
	for (const struct unfinished *u = b->unfinished; u; u = u->next)
		if (u->repo == r && (c->kind == CHANGE_REBUILD || str_eq(u->file, file)))
			return true;
	return false;
}

static enum err note_unfinished(struct batch *b, struct repository *r, struct change *c)
{
	if (!removes(c) && c->step != STEP_REPLACES && c->prov_step != STEP_REPLACES)
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
	enum err err = find_repository(b, c, &r);
	if (err || !r)
		return err;
	if (meets_unfinished(b, r, c)) {
		b->failed = true;
		return ERR(&c->error, BUSY, "an earlier change of this file is not done");
	}
	err = apply_kind(b, r, c);
	return err ? err : note_unfinished(b, r, c);
}

/* ---- the end of a batch ---- */

enum err apply_sync(struct batch *b, struct errinfo *e)
{
	if (b->sync_all)
		return fs_sync_filesystem(datadir_fd(b->g->dir), e);
	for (struct batch_repo *br = b->repos; br; br = br->following) {
		enum err err = br->sync ? fs_sync(br->repo->charts_fd, e) : OK;
		if (err)
			return err;
	}
	return OK;
}

/* A changed rope, or the old one with the new time; NULL stays NULL. */
static enum err next_rope(struct rope_edit **x, struct rope *base, int64_t at_ns, struct rope **ret,
                          struct errinfo *e)
{
	enum err err = edit(base, x, e);
	if (err || !base)
		return err;
	err = rope_commit(*x, at_ns, ret, e);
	*x = NULL;
	return err;
}

static enum err next_snapshot(struct batch_repo *br, struct errinfo *e)
{
	struct rope *json = NULL, *yaml = NULL;
	struct snapshot *now = br->repo->now;
	struct event last = br->last;
	enum err err = OK;
	if (!last.seq) {                 /* a restored file: the index changes, the log does not */
		last.seq = now->event;
		last.at_ns = now->generated_ns;
		last.leaf = now->leaf;
	}
	err = next_rope(&br->json, json_base(br), last.at_ns, &json, e);
	if (!err)
		err = next_rope(&br->yaml, yaml_base(br), last.at_ns, &yaml, e);
	if (err) {
		rope_unref(json);
		return err;
	}
	return snapshot_new(json, yaml, &last, &br->left_out, &br->next, e);
}

enum err apply_snapshots(struct batch *b, struct errinfo *e)
{
	for (struct batch_repo *br = b->repos; br; br = br->following) {
		enum err err = next_snapshot(br, e);
		if (err)
			return err;
	}
	return OK;
}

void apply_swap(struct batch *b)
{
	for (struct batch_repo *br = b->repos; br; br = br->following) {
		repository_swap(br->repo, br->next);
		br->next = NULL;
		br->repo->left_out = br->left_out;
		atomic_store(&br->repo->index_dirty, true);
	}
	atomic_fetch_add(&b->g->events, b->events);
	atomic_fetch_add(&b->g->damaged, (uint64_t)b->damaged);
}

static void tell(struct ingest *g, struct repository *r, const char *file)
{
	if (g->options.file_changed)
		g->options.file_changed(g->options.file_changed_ctx, str_c(r->name), str_c(file));
}

/* The files of a deleted version, and the provenance file of a replaced one. */
static enum err end_file(struct ingest *g, struct repository *r, const char *file, struct errinfo *e)
{
	if (unlinkat(r->charts_fd, file, 0) != 0 && errno != ENOENT)
		return ERR_SYS(e, "remove %s", file);
	tell(g, r, file);
	return OK;
}

static enum err replace(struct batch *b, struct repository *r, const struct sha256 *digest, const char *file,
                        struct errinfo *e)
{
	char step[STEP_NAME_BYTES];
	step_name(digest, step);
	if (renameat(r->charts_fd, step, r->charts_fd, file) != 0)
		return ERR_SYS(e, "rename to %s", file);
	tell(b->g, r, file);
	return OK;
}

enum err apply_replace(struct batch *b, struct change *c, struct errinfo *e)
{
	char prov[PROV_NAME_BYTES];
	struct repository *r = repository_find(b->g, c->repo);
	bool chart_too = c->step == STEP_REPLACES, prov_too = c->prov_step == STEP_REPLACES;
	if (!chart_too && !prov_too)
		return OK;
	prov_name(c->result.file, prov);
	enum err err = chart_too ? replace(b, r, &c->digest, c->result.file.p, e) : OK;
	if (!err && prov_too)
		err = replace(b, r, &c->prov_digest, prov, e);
	return err ? err : fs_sync(r->charts_fd, e);
}

enum err apply_remove(struct batch *b, struct change *c, struct errinfo *e)
{
	char prov[PROV_NAME_BYTES];
	struct repository *r = repository_find(b->g, c->repo);
	if (!removes(c) && c->step != STEP_REPLACES)
		return OK;
	prov_name(c->result.file, prov);
	enum err err = removes(c) ? end_file(b->g, r, c->result.file.p, e) : OK;
	if (!err && c->prov_step == STEP_NONE)
		err = end_file(b->g, r, prov, e);
	return err ? err : fs_sync(r->charts_fd, e);
}

static enum err undo(struct repository *r, enum change_step *step, const struct sha256 *digest, const char *file,
                     struct errinfo *e)
{
	char waiting[STEP_NAME_BYTES];
	step_name(digest, waiting);
	const char *name = *step == STEP_LINKED ? file : waiting;
	if (*step != STEP_NONE && unlinkat(r->charts_fd, name, 0) != 0 && errno != ENOENT)
		return ERR_SYS(e, "remove %s", name);
	*step = STEP_NONE;
	return OK;
}

enum err apply_undo(struct batch *b, struct change *c, struct errinfo *e)
{
	char prov[PROV_NAME_BYTES];
	struct repository *r = repository_find(b->g, c->repo);
	if (!r)
		return OK;
	prov_name(c->result.file, prov);
	enum err err = undo(r, &c->step, &c->digest, c->result.file.p, e);
	return err ? err : undo(r, &c->prov_step, &c->prov_digest, prov, e);
}
