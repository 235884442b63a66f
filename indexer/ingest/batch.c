/* A batch: what a transaction does to rows, index and files, in steps that every kind of change
 * is made of. A failing step spoils the batch.                                               */
#include <stdio.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/base/log.h"
#include "indexer/ingest/virtual_impl.h"
#include "indexer/store/event_kind.h"

#define REASON_DETAIL_MAX_BYTES (64u * KIB)

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

const struct repo_settings *batch_settings(const struct repository *r)
{
	return r->batch && r->batch->settings ? &r->batch->settings->values : r->now->settings;
}

void batch_repo_reset(struct batch_repo *br)
{
	rope_edit_free(br->json);
	rope_edit_free(br->yaml);
	rope_unref(br->json_base);
	rope_unref(br->yaml_base);
	br->json = br->yaml = NULL;
	br->json_base = br->yaml_base = NULL;
	br->no_yaml = false;
}

void batch_done(struct batch *b)
{
	for (struct batch_repo *br = b->repos; br; br = br->following) {
		batch_repo_reset(br);
		settings_unref(br->settings);
		snapshot_unref(br->next);
		br->repo->batch = NULL;
		if (br->repo->now->event)
			continue;
		br->repo->id = 0;                    /* it was to be made, and was not */
		atomic_store(&br->repo->gone, br->borrowed);
	}
	virtual_plan_free(b->plan);
	arena_done(&b->arena);
}

/* Something about a chart changed that virtual repositories judge by. The steps of one change tell the same. */
static enum err note_chart(struct batch *b, struct batch_repo *br, struct str chart, struct str version,
                           struct errinfo *e)
{
	if (br->all_charts || (br->charts && str_eq(br->charts->name, chart) && str_eq(br->charts->version, version)))
		return OK;
	struct changed_chart *x = ARENA_NEW(&b->arena, struct changed_chart);
	if (!x || !arena_str(&b->arena, chart, &x->name) || !arena_str(&b->arena, version, &x->version))
		return ERR(e, NOMEM, "batch");
	x->following = br->charts;
	br->charts = x;
	return OK;
}

/* ---- the log ---- */

static enum err append(struct batch *b, struct change *c, struct event *ev)
{
	ev->at_ns = clock_wall();
	ev->actor = c->actor.n ? c->actor : STR("anonymous");
	if (!event_kind_find(ev->kind))
		return ERR(&c->error, BUG, "store/event_kind.c has no row for the kind \"%.*s\"",
		           STR_ARG(ev->kind));
	enum err err = catalog_event_append(b->g->catalog, ev, &c->error);
	if (err)
		return err;
	c->result.event = b->last_event = ev->seq;
	b->events++;
	return OK;
}

static struct event event_of(const struct change *c, const struct repository *r, const char *kind,
                             const char *digest, struct str detail)
{
	return (struct event){
		.repo = str_c(r->name), .kind = str_c(kind), .chart = c->result.name,
		.version = c->result.version, .digest = str_c(digest), .detail = detail,
	};
}

enum err batch_log(struct batch *b, struct change *c, struct repository *r, const char *kind,
                   const char *digest, struct str detail)
{
	struct event ev = event_of(c, r, kind, digest, detail);
	struct batch_repo *br = batch_repo(b, r);
	if (!br || !detail.n)
		return ERR(&c->error, NOMEM, "event");
	enum err err = append(b, c, &ev);
	if (err)
		return err;
	br->last = ev;
	return ev.chart.n ? note_chart(b, br, ev.chart, ev.version, &c->error) : OK;
}

enum err batch_log_beside(struct batch *b, struct change *c, struct repository *r, const char *kind,
                          const char *digest, struct str detail)
{
	struct event ev = event_of(c, r, kind, digest, detail);
	return append(b, c, &ev);
}

enum err batch_log_gone(struct batch *b, struct change *c, const char *kind)
{
	struct event ev = { .repo = c->repo, .kind = str_c(kind), .detail = STR("{}") };
	return append(b, c, &ev);
}

struct str batch_reason(struct batch *b, const struct change *c)
{
	AUTO_SBUF struct sbuf d = sbuf_make(REASON_DETAIL_MAX_BYTES);
	struct str detail = { 0 };
	sbuf_putc(&d, '{');
	if (c->reason.n) {
		json_key(&d, "reason");
		json_canonical(&d, c->reason);
	}
	if (c->trip)
		json_number(&d, "trip", c->trip);
	sbuf_putc(&d, '}');
	return sbuf_ok(&d) && arena_str(&b->arena, sbuf_str(&d), &detail) ? detail : (struct str){ 0 };
}

/* ---- the index ---- */

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
	if (br->no_yaml)
		return NULL;
	return br->yaml_base ? br->yaml_base : br->repo->now->yaml;
}

static enum err edits(struct batch_repo *br, struct errinfo *e)
{
	enum err err = edit(json_base(br), &br->json, e);
	return err ? err : edit(yaml_base(br), &br->yaml, e);
}

enum err batch_put_line(struct batch *b, struct repository *r, const struct index_item *item, struct errinfo *e)
{
	struct batch_repo *br = batch_repo(b, r);
	if (br && b->g->options.unread)
		return OK;
	enum err err = br ? edits(br, e) : ERR(e, NOMEM, "batch");
	if (!err)
		err = note_chart(b, br, item->name, item->key.version, e);
	if (!err)
		err = rope_put(br->json, item, e);
	if (!err && br->yaml)
		err = rope_put(br->yaml, item, e);
	return err;
}

enum err batch_remove_line(struct batch *b, struct repository *r, const struct index_item *item, struct errinfo *e)
{
	struct batch_repo *br = batch_repo(b, r);
	if (br && b->g->options.unread)
		return OK;
	enum err err = br ? edits(br, e) : ERR(e, NOMEM, "batch");
	if (!err)
		err = note_chart(b, br, item->name, item->key.version, e);
	if (!err)
		err = rope_remove(br->json, item->name, &item->key, e);
	if (!err && br->yaml)
		err = rope_remove(br->yaml, item->name, &item->key, e);
	return err;
}

static struct index_item item_of(const struct version_row *row)
{
	return (struct index_item){ .name = row->chart, .line = row->line,
	                            .key = { .version = row->version, .created_ns = row->created_ns } };
}

enum err batch_show(struct batch *b, struct repository *r, const struct version_row *row,
                    struct errinfo *e)
{
	struct index_item item = item_of(row);
	return row->yanked ? OK : batch_put_line(b, r, &item, e);
}

enum err batch_hide(struct batch *b, struct repository *r, const struct version_row *row,
                    struct errinfo *e)
{
	struct index_item item = item_of(row);
	return batch_remove_line(b, r, &item, e);
}

void batch_toggle_left_out(struct batch *b, struct repository *r, const struct version_row *row)
{
	toggle_left_out(&batch_repo(b, r)->left_out, &row->digest);
}

void batch_undamage(struct batch *b, struct repository *r, const struct version_row *row)
{
	if (row->state != VERSION_DAMAGED)
		return;
	batch_toggle_left_out(b, r, row);
	b->damaged--;
}

enum err batch_note_index(struct batch *b, const struct repository *r, struct str chart,
                          struct errinfo *e)
{
	struct index_change *x = ARENA_NEW(&b->arena, struct index_change);
	if (!x || !arena_str(&b->arena, str_c(r->name), &x->repo) || !arena_str(&b->arena, chart, &x->chart))
		return ERR(e, NOMEM, "change of the index");
	x->following = b->index_changes;
	b->index_changes = x;
	return OK;
}

/* ---- names ---- */

void waiting_name(const struct sha256 *digest, char ret[WAITING_NAME_BYTES])
{
	char hex[SHA256_HEX_BYTES + 1];
	sha256_hex(digest, hex);
	(void)snprintf(ret, WAITING_NAME_BYTES, ".%s.new", hex);
}

static enum err give_name(struct batch *b, struct repository *r, struct fs_tmp *t,
                          const char *name, struct errinfo *e)
{
	enum err err = fs_tmp_link(t, r->charts_fd, name, e);
	if (!err || err == ERR_EXISTS || !repository_is_homeless(r))
		return err;
	err = repository_rehouse(b->g, r, e);
	if (err)
		return err;
	LOG(LOG_WARN, "repository.folder_was_removed", KV("repo", (const char *)r->name),
	    KV("advice", "its charts are gone; publish them again"));
	return fs_tmp_link(t, r->charts_fd, name, e);
}

enum err batch_place(struct batch *b, struct repository *r, struct fs_tmp *t, const char *name,
                     const char *why, struct errinfo *e)
{
	enum err err = give_name(b, r, t, name, e);
	if (err != ERR_EXISTS)
		return err;
	err = datadir_put_away(b->g->dir, r->charts_fd, name, str_c(r->name), why, e);
	return err ? err : give_name(b, r, t, name, e);
}

enum err batch_note_name(struct batch *b, struct repository *r, struct change *c)
{
	struct batch_repo *br = batch_repo(b, r);
	if (!br)
		return ERR(&c->error, NOMEM, "batch");
	br->sync = true;
	b->sync_all |= c->bulk;
	return OK;
}

/* ---- the end of a batch ---- */

enum err batch_sync(struct batch *b, struct errinfo *e)
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

static enum err fold(struct rope_edit **x, struct rope *base, int64_t at_ns, struct rope **to,
                     struct errinfo *e)
{
	struct rope *next = NULL;
	enum err err = *x ? next_rope(x, base, at_ns, &next, e) : OK;
	if (err || !next)
		return err;
	rope_unref(*to);
	*to = next;
	return OK;
}

enum err batch_fold(struct batch_repo *br, struct errinfo *e)
{
	int64_t at_ns = br->repo->now->generated_ns;
	enum err err = fold(&br->json, json_base(br), at_ns, &br->json_base, e);
	return err ? err : fold(&br->yaml, yaml_base(br), at_ns, &br->yaml_base, e);
}

enum err batch_snapshot(struct batch *b, struct batch_repo *br, struct errinfo *e)
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
	tell_server(b->g, json, yaml);
	struct settings *settings = br->settings ? br->settings : now->own_settings;
	return snapshot_new(json, yaml, settings_ref(settings), &last, &br->left_out, &br->next, e);
}

enum err batch_snapshots(struct batch *b, struct errinfo *e)
{
	for (struct batch_repo *br = b->repos; br; br = br->following) {
		bool follows = !br->ends && repo_kind(batch_settings(br->repo)) == REPO_VIRTUAL;
		enum err err = follows ? OK : batch_snapshot(b, br, e);
		if (err)
			return err;
	}
	return virtual_update(b, e);
}

void batch_swap(struct batch *b)
{
	for (struct batch_repo *br = b->repos; br; br = br->following) {
		b->repos_changed |= br->settings != NULL;
		repository_swap(br->repo, br->next);
		br->next = NULL;
		br->repo->left_out = br->left_out;
		br->repo->clock_ns = br->clock_ns ? br->clock_ns : br->repo->clock_ns;
		if (br->release_ns)
			atomic_store(&br->repo->release_ns, br->release_ns);
		atomic_store(&br->repo->index_dirty, true);
	}
	if (b->plan) {
		virtual_plan_free(b->g->plan);
		b->g->plan = b->plan;
		b->plan = NULL;
	}
	atomic_fetch_add(&b->g->events, b->events);
	atomic_fetch_add(&b->g->damaged, (uint64_t)b->damaged);
}

void batch_tell(struct batch *b)
{
	if (b->events)
		atomic_store(&b->g->shown, b->last_event);
	if (b->events && b->g->options.committed)
		b->g->options.committed(b->g->options.committed_ctx, b->last_event);
	if (b->repos_changed && b->g->options.repos_changed)
		b->g->options.repos_changed(b->g->options.repos_changed_ctx);
	for (const struct index_change *x = b->index_changes; x; x = x->following)
		if (b->g->options.index_changed)
			b->g->options.index_changed(b->g->options.index_changed_ctx, x->repo, x->chart);
}
