/* Purge: a version goes for good, wherever there is something of it.
 *
 * The transaction blanks its lines and notes in the catalog that there is something to clean. After
 * it: the files, what quarantine/ has of them, bundles on their way, index files, views, and then the database is written
 * anew (store/vacuum.c), which holds up the other changes for as long as the catalog is large. When that
 * fails the purge fails; it goes on when it is asked for again, hourly (ingest_sweep), and at the start. */
#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/ingest/apply_upstream.h"
#include "indexer/ingest/batch.h"
#include "indexer/ingest/lineage.h"
#include "indexer/ingest/promoted.h"
#include "indexer/store/passing.h"

#define PURGING "purging"            /* in meta: "1" while there may be something left */

/* ---- the transaction ---- */

static enum err blank_row(struct batch *b, struct repository *r, struct change *c,
                          struct version_row *row)
{
	batch_undamage(b, r, row);
	row->line = row->signature = row->yank_reason = (struct str){ 0 };
	enum err err = catalog_past_put(b->g->catalog, row, c->result.event, &c->error);
	if (!err)
		err = catalog_past_blank(b->g->catalog, r->id, row->chart, row->version, &c->error);
	row->state = VERSION_DELETED;
	row->deleted_event = c->result.event;
	row->shown_from = 0;
	row->has_prov = row->yanked = row->was_yanked = false;
	row->purged = true;
	row->has_images = false;
	if (!err)
		err = catalog_version_put(b->g->catalog, row, &c->error);
	if (!err)
		err = upstream_deleted_here(b, row, &c->error);
	return err ? err : batch_hide(b, r, row, &c->error);
}

static enum err write_purge(struct batch *b, struct repository *r, struct change *c,
                            struct version_row *row)
{
	struct str detail = batch_reason(b, c);
	enum err err = detail.n ? batch_log(b, c, r, "purge", c->result.digest, detail)
	                        : ERR(&c->error, NOMEM, "event");
	return err ? err : blank_row(b, r, c, row);
}

enum err purge_note(struct batch *b, struct change *c)
{
	return catalog_meta_set(b->g->catalog, PURGING, STR("1"), &c->error);
}

enum err apply_purge(struct batch *b, struct repository *r, struct change *c)
{
	struct version_row row;
	enum err err = find_version(b, r, c, &row);
	if (err)
		return err;
	c->result.existing = row.purged;
	if (row.state != VERSION_DELETED)
		err = promoted_name(b, r, c, &row);
	if (err || c->dry_run)
		return err;
	if (!row.purged)
		err = write_purge(b, r, c, &row);
	if (!err)
		err = purge_note(b, c);
	b->failed |= err != OK;
	return err;
}

/* ---- afterwards ---- */

struct cleaning {
	struct ingest *g;
	struct repository *repo;
	const struct lineage *lineage;
	struct purged_row *files;        /* of repo */
	size_t count;
	bool match;
};

/* The repository has this name, or had it and nobody has it now. */
static bool is_name_of(const struct cleaning *x, struct str name)
{
	struct repository *now = repository_find(x->g, name);
	if (now && repository_is_shown(now))
		return now == x->repo;
	return str_eq_c(ingest_renamed(x->g, name), x->repo->name);
}

static enum err match_event(struct cleaning *x, uint64_t seq, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event ev;
	enum err err = catalog_event(x->g->catalog, &a, seq, &ev, e);
	if (err || !ev.seq)
		return err;
	struct fate fate = lineage_follow(x->lineage, ev.repo, ev.seq);
	x->match = !fate.deleted && str_eq_c(fate.name, x->repo->name);
	return OK;
}

/* quarantine/ has it as deleted, or as damaged or stray under one of the repository's names. */
static enum err is_left_of(struct cleaning *x, const char *entry, const char *file, bool *ret,
                           struct errinfo *e)
{
	uint64_t event;
	x->match = false;
	if (datadir_is_kept(entry, &event)) {
		enum err err = datadir_is_kept_as(entry, file, event) ? match_event(x, event, e) : OK;
		*ret = x->match;
		return err;
	}
	for (struct repository *r = atomic_load(&x->g->repositories); r && !x->match; r = r->next)
		x->match = is_name_of(x, str_c(r->name)) &&
		           datadir_was_quarantined(entry, str_c(r->name), file);
	*ret = x->match;
	return OK;
}

static enum err clean_entry(void *ctx, const char *entry, struct errinfo *e)
{
	struct cleaning *x = ctx;
	enum err err = OK;
	bool left = false;
	for (size_t i = 0; i < x->count && !err && !left; i++) {
		char prov[PROV_NAME_BYTES];
		err = is_left_of(x, entry, x->files[i].file.p, &left, e);
		prov_file_name(x->files[i].file, prov);
		if (!err && !left)
			err = is_left_of(x, entry, prov, &left, e);
	}
	return err || !left ? err : datadir_quarantine_remove(x->g->dir, entry, e);
}

static enum err remove_files(struct cleaning *x, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < x->count && !err; i++) {
		char prov[PROV_NAME_BYTES];
		prov_file_name(x->files[i].file, prov);
		err = end_deleted_file(x->g, x->repo, x->files[i].file.p, 0, false, e);
		if (!err)
			err = end_deleted_file(x->g, x->repo, prov, 0, false, e);
	}
	return err ? err : fs_sync(x->repo->charts_fd, e);
}

struct digests { struct arena arena; struct sha256 *list; size_t count, capacity; };

static enum err add_digests(struct digests *d, const struct cleaning *x, struct errinfo *e)
{
	for (size_t i = 0; i < x->count; i++) {
		struct sha256 *list = arena_room(&d->arena, d->list, d->count, &d->capacity, sizeof *list);
		if (!list)
			return ERR(e, NOMEM, "purge");
		d->list = list;
		list[d->count++] = x->files[i].digest;
	}
	return OK;
}

static enum err clean_repository(struct ingest *g, struct repository *r, const struct lineage *lineage,
                                 struct digests *digests, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct cleaning x = { .g = g, .repo = r, .lineage = lineage };
	enum err err = catalog_versions_purged(g->catalog, &a, r->id, &x.files, &x.count, e);
	if (!err)
		err = add_digests(digests, &x, e);
	if (!err && x.count)
		err = remove_files(&x, e);
	if (!err && x.count)
		err = datadir_each_quarantined(g->dir, clean_entry, &x, e);
	views_forget(g->views, r);
	return err;
}

static enum err clean_all(struct ingest *g, struct errinfo *e)
{
	struct lineage lineage;
	struct digests digests = { .count = 0 };
	enum err err = lineage_read(g->catalog, &lineage, e);
	for (struct repository *r = atomic_load(&g->repositories); r && !err; r = r->next)
		if (repository_is_shown(r))
			err = clean_repository(g, r, &lineage, &digests, e);
	if (!err)
		err = purge_clean_repositories(g, &lineage, e);
	if (!err)
		err = passing_forget(g->dir, digests.list, digests.count, e);
	lineage_done(&lineage);
	arena_done(&digests.arena);
	if (!err)
		err = flush_now(g, e);
	if (!err)
		err = catalog_vacuum(g->catalog, e);
	return err ? err : catalog_meta_set(g->catalog, PURGING, STR("0"), e);
}

enum err purge_clean(struct ingest *g, struct errinfo *e)
{
	enum err err = clean_all(g, e);
	atomic_store(&g->unpurged, err != OK);
	if (err)
		LOG(LOG_ERROR, "purge.unfinished", KV("code", err_code(err)), KV("detail", (const char *)e->detail),
		    KV("advice", "what was purged is served no more; what is left of it is removed within an hour of the "
		                 "cause being gone"));
	return err;
}

/* What is out of the index already keeps nobody from being served. */
enum err purge_resume(struct ingest *g, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo why = { 0 };
	struct str state;
	enum err err = catalog_meta_get(g->catalog, &a, PURGING, &state, e);
	if (err)
		return err == ERR_NOT_FOUND ? OK : err;
	err = str_eq(state, STR("1")) ? purge_clean(g, &why) : OK;
	return err == ERR_CORRUPT ? ERR(e, CORRUPT, "%s", why.detail) : OK;
}
