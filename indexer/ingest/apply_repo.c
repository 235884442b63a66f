/* Repositories: made, set, renamed, deleted.
 *
 * A renamed repository is a new one in memory that shares folder and index with the old one, whose
 * name is free after the commit; its log goes on under the new name. The folder moves after the
 * commit: what a crash left behind is moved when the program starts (load.c).                */
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "indexer/format/repo_settings_judge.h"
#include "indexer/ingest/apply_upstream.h"
#include "indexer/ingest/items.h"
#include "indexer/ingest/replay.h"
#include "indexer/ingest/virtual_impl.h"
#include "indexer/store/trips.h"

#define DETAIL_MAX_BYTES (REPO_SETTINGS_MAX_BYTES + 4u * KIB)

/* {"from":…,"settings":…} or one of them; "to" of a rename. Sorted, as canonical JSON is. */
static enum err log_repo(struct batch *b, struct repository *r, struct change *c,
                         const char *kind, const char *name_key, struct str name,
                         struct str settings)
{
	struct str chart = c->result.name, version = c->result.version;
	AUTO_SBUF struct sbuf d = sbuf_make(DETAIL_MAX_BYTES);
	sbuf_putc(&d, '{');
	if (name.n) {
		json_key(&d, name_key);
		json_canonical(&d, name);
	}
	if (settings.n && !str_eq(settings, STR("{}"))) {
		json_key(&d, "settings");
		sbuf_put(&d, settings);
	}
	sbuf_putc(&d, '}');
	if (!sbuf_ok(&d))
		return ERR(&c->error, NOMEM, "event");
	c->result.name = c->result.version = (struct str){ 0 };    /* of a chart that makes it */
	enum err err = batch_log(b, c, r, kind, "", sbuf_str(&d));
	c->result.name = chart;
	c->result.version = version;
	if (!err)
		r->batch->clock_ns = r->batch->last.at_ns;
	return err;
}

/* ---- making one ---- */

/* Readers find the repository already: they are told of a snapshot like any other. */
static enum err first_snapshot(struct repository *r, struct errinfo *e)
{
	static const struct event none;
	struct rope *json = NULL;
	struct settings *settings = NULL;
	struct snapshot *s;
	enum err err = rope_empty(ROPE_JSON, 0, &json, e);
	if (!err)
		err = settings_new(NULL, (struct str){ 0 }, &settings, e);
	if (err) {
		rope_unref(json);
		return err;
	}
	err = snapshot_new(json, NULL, settings, &none, &r->left_out, &s, e);
	if (!err)
		repository_swap(r, s);
	return err;
}

/* What nobody could run the repository by becomes no event. */
static enum err judge_settings(struct batch *b, const struct virtual_next *next, const struct repo_settings *was,
                               struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	enum err err = repo_settings_judge(&a, next->name, was, next->settings, e);
	return err ? err : virtual_check(b, next, e);
}

static enum err judge_first(struct batch *b, struct change *c, const struct settings *base, struct settings **s)
{
	struct virtual_next next = { c->repo, NULL, &(*s)->values };
	enum err err = judge_settings(b, &next, base ? &base->values : NULL, &c->error);
	if (err) {
		settings_unref(*s);
		*s = NULL;
	}
	return err;
}

/* What it begins with: what the change says, on top of what its parent hands down. */
static enum err first_settings(struct batch *b, struct change *c, struct settings **ret)
{
	struct str rest = c->repo;
	bool two;
	struct repository *parent = repository_find(b->g, str_cut(&rest, '/', &two));
	const struct settings *base = NULL;
	if (two && parent && parent->id && parent->now->settings->create_on_push)
		base = parent->now->own_settings;
	enum err err = settings_new(base, c->settings, ret, &c->error);
	return err ? err : judge_first(b, c, base, ret);
}

enum err logged_settings(struct batch *b, struct str repo, struct settings **ret,
                         struct errinfo *e)
{
	struct event ev;
	enum err err = catalog_settings_event(b->g->catalog, &b->arena, repo, &ev, e);
	return err ? err : settings_stored(replay_last_member(ev.detail, STR("\"settings\":")), ret, e);
}

/* In memory: new, or left over from a try that failed, whose folder may have gone again. */
static enum err find_or_add(struct batch *b, struct change *c, struct repository **ret)
{
	enum err err = repository_has_place(b->g, c->repo, &c->error);
	if (err)
		return err;
	*ret = repository_find(b->g, c->repo);
	if (!*ret)
		err = repository_add(b->g, 0, c->repo, c->repo, ret, &c->error);
	else if (repository_is_homeless(*ret))
		err = repository_rehouse(b->g, *ret, &c->error);
	return err || (*ret)->now ? err : first_snapshot(*ret, &c->error);
}

/* Adds the row and, for the time being invisible, the repository in memory. If the batch fails,
 * it stays in memory with the id 0 (batch_done) and gets its row at the next try.            */
static enum err add_repository(struct batch *b, struct change *c, bool known,
                               struct repository **ret)
{
	struct repository *r;
	int64_t id;
	enum err err = find_or_add(b, c, &r);
	struct batch_repo *br = err ? NULL : batch_repo(b, r);
	if (!err && !br)
		err = ERR(&c->error, NOMEM, "batch");
	if (!err)
		err = known ? logged_settings(b, c->repo, &br->settings, &c->error)
		            : first_settings(b, c, &br->settings);
	if (!err)
		err = catalog_repo_put(b->g->catalog, c->repo, clock_wall(), &id, &c->error);
	if (!err)
		err = catalog_repo_set(b->g->catalog, id, br->settings->json, &c->error);
	if (!err && settings_want_yaml(b->g, br->settings))
		err = rope_empty(ROPE_YAML, 0, &br->yaml_base, &c->error);
	if (err)
		return err;
	r->id = id;
	b->structure++;
	*ret = r;
	return OK;
}

enum err make_repository(struct batch *b, struct change *c, bool known, struct repository **ret)
{
	enum err err = add_repository(b, c, known, ret);
	return err || known ? err : log_repo(b, *ret, c, "repo.create", "", (struct str){ 0 },
	                                     batch_repo(b, *ret)->settings->json);
}

/* It is there: either before this change, or by find_repository. */
enum err apply_repo(struct batch *b, struct repository *r, struct change *c)
{
	(void)b;
	if (c->expect_new && !c->result.event)
		return ERR(&c->error, REPO_EXISTS, "repository \"%s\" exists; change it with: chartlocker "
		           "repo set %s", r->name, r->name);
	return OK;
}

/* ---- settings ---- */

/* The YAML index is made from all rows when it is wanted for the first time, and given up. */
static enum err change_format(struct batch *b, struct repository *r, struct batch_repo *br,
                              struct errinfo *e)
{
	bool wanted = settings_want_yaml(b->g, br->settings);
	br->no_yaml = !wanted;
	if (!wanted || r->now->yaml || br->yaml_base)
		return OK;
	AUTO_ITEMS struct index_items items = { 0 };
	enum err err = catalog_versions_each(b->g->catalog, r->id, index_items_add_shown, &items, e);
	return err ? err : index_items_rope(&items, ROPE_YAML, r->now->generated_ns, &br->yaml_base, e);
}

static enum err write_settings(struct batch *b, struct repository *r, struct change *c,
                               struct batch_repo *br)
{
	enum err err = log_repo(b, r, c, "repo.set", "", (struct str){ 0 }, br->settings->json);
	if (!err)
		err = catalog_repo_set(b->g->catalog, r->id, br->settings->json, &c->error);
	if (!err)
		err = upstream_settings_changed(b, r, &br->settings->values, &c->error);
	return err ? err : change_format(b, r, br, &c->error);
}

/* An earlier change of this batch may have touched what this one takes as it was before. */
static enum err must_be_first(struct batch *b, struct repository *r, struct change *c)
{
	if (!r->batch)
		return OK;
	b->failed = true;
	return ERR(&c->error, BUSY, "an earlier change of this repository is not done");
}

/* The charts of one kind mean nothing to another. */
static enum err check_same_kind(const struct repository *r, const struct repo_settings *next,
                                struct errinfo *e)
{
	enum repo_kind is = repo_kind(r->now->settings), to = repo_kind(next);
	if (is == to || (is == REPO_HOSTED && !rope_versions(r->now->json)))
		return OK;
	return ERR(e, INVALID, "\"%s\" is of the kind %s and stays so; make another one", r->name,
	           repo_kind_word(is));
}

enum err apply_repo_set(struct batch *b, struct repository *r, struct change *c)
{
	struct settings *settings;
	enum err err = must_be_first(b, r, c);
	if (!err)
		err = settings_new(r->now->own_settings, c->settings, &settings, &c->error);
	if (err)
		return err;
	err = check_same_kind(r, &settings->values, &c->error);
	if (!err)
		err = judge_settings(b, &(struct virtual_next){ str_c(r->name), r, &settings->values }, r->now->settings,
		                     &c->error);
	if (err) {
		settings_unref(settings);
		return err;
	}
	c->result.existing = str_eq(settings->json, r->now->own_settings->json);
	struct batch_repo *br = c->dry_run || c->result.existing ? NULL : batch_repo(b, r);
	if (!br) {
		settings_unref(settings);
		return c->dry_run || c->result.existing ? OK : ERR(&c->error, NOMEM, "batch");
	}
	br->settings = settings;
	b->structure++;
	err = write_settings(b, r, c, br);
	b->failed |= err != OK;
	return err;
}

/* ---- renaming, deleting ---- */

static enum err not_the_default(struct batch *b, const struct repository *r, struct change *c)
{
	if (strcmp(r->name, b->g->options.default_repo) == 0)
		return ERR(&c->error, INVALID, "\"%s\" is the default repository; make another one the "
		           "default first (setting default_repository)", r->name);
	return OK;
}

/* The renamed repository: what the old one shows, with a log of its own. */
static enum err take_over(struct batch *b, struct repository *old, struct change *c,
                          struct repository **ret)
{
	struct repository *r;
	enum err err = repository_add_renamed(b->g, old, c->to, &r, &c->error);
	if (!err)
		err = first_snapshot(r, &c->error);
	struct batch_repo *br = err ? NULL : batch_repo(b, r);
	if (!err)
		err = br ? settings_new(old->now->own_settings, (struct str){ 0 }, &br->settings, &c->error)
		         : ERR(&c->error, NOMEM, "batch");
	if (err)
		return err;
	br->json_base = rope_ref(old->now->json);
	br->yaml_base = old->now->yaml ? rope_ref(old->now->yaml) : NULL;
	br->left_out = old->left_out;
	br->borrowed = true;
	*ret = r;
	return OK;
}

/* What somebody put where its folder goes would be taken for its charts. An empty one stands there until the old one
 * takes its place: after the commit there would be no way back from a full disk. `there`: a repository that never
 * was; may be NULL.                                                                           */
static enum err clear_place(struct batch *b, struct repository *there, struct change *c)
{
	AUTO_FD int charts = -1;
	if (there)
		atomic_store(&there->gone, true);        /* its folder is another one now */
	enum err err = repository_has_place(b->g, c->to, &c->error);
	if (!err)
		err = datadir_clear_repo(b->g->dir, c->to, &c->error);
	return err ? err : datadir_open_charts(b->g->dir, c->to, true, &charts, &c->error);
}

static enum err write_rename(struct batch *b, struct repository *old, struct repository *there, struct change *c)
{
	struct repository *r;
	struct str from = str_c(old->name);
	enum err err = clear_place(b, there, c);
	if (!err)
		err = log_repo(b, old, c, "repo.rename", "to", c->to, (struct str){ 0 });
	if (!err)
		err = take_over(b, old, c, &r);
	if (!err)
		err = catalog_repo_rename(b->g->catalog, old->id, from, c->to, &c->error);
	if (!err)
		err = catalog_trips_rename(b->g->catalog, from, c->to, &c->error);
	if (!err)
		err = log_repo(b, r, c, "repo.create", "from", from, batch_repo(b, r)->settings->json);
	if (!err)
		err = catalog_repo_set(b->g->catalog, old->id, batch_repo(b, r)->settings->json, &c->error);
	if (err)
		return err;
	r->id = old->id;
	old->batch->ends = true;
	old->batch->becomes = r;
	b->structure++;
	return OK;
}

enum err apply_repo_rename(struct batch *b, struct repository *r, struct change *c)
{
	struct repository *there = repository_find(b->g, c->to);
	enum err err = must_be_first(b, r, c);
	if (!err)
		err = not_the_default(b, r, c);
	if (!err && there && there->id)
		err = ERR(&c->error, REPO_EXISTS, "repository \"%.*s\" exists", STR_ARG(c->to));
	if (!err)
		err = virtual_check(b, &(struct virtual_next){ c->to, r, r->now->settings }, &c->error);
	if (!err)
		err = datadir_may_move_repo(b->g->dir, c->repo, &c->error);
	if (err || c->dry_run)
		return err;
	err = write_rename(b, r, there, c);
	b->failed |= err != OK;
	return err;
}

enum err apply_repo_delete(struct batch *b, struct repository *r, struct change *c)
{
	enum err err = must_be_first(b, r, c);
	if (!err)
		err = not_the_default(b, r, c);
	if (!err)
		err = datadir_may_move_repo(b->g->dir, c->repo, &c->error);
	if (err || c->dry_run)
		return err;
	struct str detail = batch_reason(b, c);
	err = detail.n ? batch_log(b, c, r, "repo.delete", "", detail) : ERR(&c->error, NOMEM, "event");
	if (!err)
		err = catalog_repo_remove(b->g->catalog, r->id, &c->error);
	if (!err) {
		r->batch->ends = true;
		b->structure++;
	}
	b->failed |= err != OK;
	return err;
}
