/* A bundle in the writer's transaction (bundle_change.h).
 *
 * Nothing is kept of an item but what has to go after the commit: so a hundred thousand of them cost the
 * memory of one, and of the index. Where something fails the items are walked again, and each name
 * that leads to a staged file and has no row goes; start-up does the same after a crash (load.c). */
#include <fcntl.h>
#include <sys/stat.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/ingest/batch.h"
#include "indexer/ingest/bundle_change.h"

/* From so many on, virtual repositories look at all of their members again, and one syncfs is cheaper
 * than an fsync for each folder.                                                              */
#define MANY_ITEMS 2048u
#define FOLD_BYTES (4u * MIB)        /* lines that may wait for their place in the index */

struct walk_items {
	struct batch *b;
	struct change *c;
	struct bundle_change *x;
	struct repository *repo;         /* of the last item */
	uint64_t line_bytes;             /* since its index was folded */
	bool many;
};

void bundle_change_done(struct bundle_change *x)
{
	arena_done(&x->arena);
	x->ends = NULL;
}

/* ---- files ---- */

/* The name may be there from a try that failed. */
static void use_staged(const struct bundle_change *x, const struct repository *r,
                       const struct sha256 *digest, const char *file, struct fs_tmp *t,
                       enum change_step *step)
{
	char waiting[WAITING_NAME_BYTES];
	*t = (struct fs_tmp){ .fd = -1, .dir = x->staged };
	sha256_hex(digest, t->name);
	waiting_name(digest, waiting);
	*step = bundle_is_staged(x, t->name, r, file) ? STEP_LINKED
	        : bundle_is_staged(x, t->name, r, waiting) ? STEP_REPLACES : STEP_NONE;
}

/* ---- one item ---- */

static enum err fill(const struct walk_items *w, const struct bundle_version *i, struct change *one)
{
	struct change_result *to = &one->result;
	one->repo = str_c(w->repo->name);
	one->actor = w->c->actor;
	one->import = true;
	one->bulk = w->many;
	one->created_ns = i->created_ns;
	one->digest = i->digest;
	one->line = i->line;
	one->reason = i->reason;
	one->trip = w->x->repos[0].trip.event;
	one->images = i->images;
	one->has_images = i->has_images;
	sha256_hex(&i->digest, to->digest);
	to->bytes = i->bytes;
	if (!arena_str(&one->arena, i->file, &one->file) || !arena_str(&one->arena, i->chart, &to->name) ||
	    !arena_str(&one->arena, i->version, &to->version))
		return ERR(&w->c->error, NOMEM, "version");
	to->file = one->file;
	return OK;
}

static enum err fill_prov(const struct walk_items *w, const struct bundle_version *i, struct change *one)
{
	struct stat st;
	char name[PROV_NAME_BYTES];
	if (!i->has_prov)
		return OK;
	prov_file_name(i->file, name);
	use_staged(w->x, w->repo, &i->prov_digest, name, &one->prov_tmp, &one->prov_step);
	if (fstatat(w->x->staged, one->prov_tmp.name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return ERR_SYS(&w->c->error, "%s in incoming/", name);
	one->prov = str_make(i->file.p, (size_t)st.st_size);     /* only its size is asked for */
	one->prov_digest = i->prov_digest;
	one->signature = i->signature;
	one->signature_word = signature_says(i->signature, "good") ? "good" : NULL;
	return OK;
}

static enum err put(const struct walk_items *w, const struct bundle_version *i, const struct bundle_verdict *v,
                    struct change *one)
{
	one->kind = CHANGE_PUBLISH;
	one->force = v->fate == FATE_REPLACED;
	use_staged(w->x, w->repo, &i->digest, one->file.p, &one->tgz, &one->step);
	enum err err = fill_prov(w, i, one);
	if (err)
		one->error = w->c->error;
	return err ? err : apply_publish(w->b, w->repo, one);
}

/* The name of something that was gone before it came: a row and a log as if it had been here. */
static enum err take_name(const struct walk_items *w, const struct bundle_version *i, struct change *one)
{
	char created[RFC3339_MAX_BYTES];
	bool purged = i->state == BUNDLE_PURGED;
	AUTO_SBUF struct sbuf d = sbuf_make(4 * KIB);
	struct version_row row = {
		.repo_id = w->repo->id, .chart = one->result.name, .version = one->result.version,
		.file = one->file, .digest = i->digest, .created_ns = i->created_ns, .state = VERSION_DELETED,
		.purged = purged,
	};
	(void)clock_format(i->created_ns, created);
	sbuf_printf(&d, "{\"bytes\":0,\"created\":\"%s\",\"file\":", created);
	sbuf_json(&d, one->file);
	sbuf_putc(&d, '}');
	if (!sbuf_ok(&d))
		return ERR(&one->error, NOMEM, "event");
	enum err err = batch_log(w->b, one, w->repo, "import", one->result.digest, sbuf_str(&d));
	row.event = one->result.event;
	struct str detail = err ? (struct str){ 0 } : batch_reason(w->b, one);
	if (!err)
		err = batch_log(w->b, one, w->repo, purged ? "purge" : "delete", one->result.digest, detail);
	row.deleted_event = one->result.event;
	return err ? err : catalog_version_put(w->b->g->catalog, &row, &one->error);
}

static enum err end_later(const struct walk_items *w, const struct change *one)
{
	struct bundle_end *end = arena_alloc(&w->x->arena, sizeof *end + one->file.n + 1);
	if (!end)
		return ERR(&w->c->error, NOMEM, "bundle");
	end->following = w->x->ends;
	end->repo = w->repo;
	end->event = one->result.event;
	end->step = one->kind == CHANGE_PUBLISH ? one->step : STEP_NONE;
	end->prov_step = one->kind == CHANGE_PUBLISH ? one->prov_step : STEP_NONE;
	end->digest = one->digest;
	end->prov_digest = one->prov_digest;
	end->purged = one->kind == CHANGE_PURGE;
	memcpy(end->file, one->file.p, one->file.n);
	w->x->ends = end;
	return OK;
}

static enum err take_steps(const struct walk_items *w, const struct bundle_version *i,
                           const struct bundle_verdict *v, struct change *one)
{
	enum err err = fill(w, i, one);
	if (err) {
		one->error = w->c->error;
		return err;
	}
	if (v->fate == FATE_RESERVED)
		return take_name(w, i, one);
	if (v->puts)
		err = put(w, i, v, one);
	if (!err && v->fate == FATE_REPLACED)
		err = end_later(w, one);
	if (!err && v->yanks)
		err = apply_yank(w->b, w->repo, one);
	if (!err && v->shows)
		err = apply_unyank(w->b, w->repo, one);
	if (!err && v->lists)
		err = apply_images(w->b, w->repo, one);
	if (err || !(v->removes || v->purges))
		return err;
	one->kind = v->purges ? CHANGE_PURGE : CHANGE_DELETE;
	err = v->purges ? apply_purge(w->b, w->repo, one) : apply_delete(w->b, w->repo, one);
	return err ? err : end_later(w, one);
}

/* What the log said last is the batch's; its texts were the item's. */
static void forget_texts(struct repository *r)
{
	struct event *last = &r->batch->last;
	last->actor = last->repo = last->kind = last->chart = last->version = last->digest = last->detail = (struct str){ 0 };
}

static enum err take(struct walk_items *w, const struct bundle_version *i, const struct bundle_verdict *v)
{
	struct change one;
	struct arena batch = w->b->arena;
	bool apart = w->many && v->fate != FATE_RESTORED;        /* which is noted for the index's sake */
	change_init(&one, CHANGE_PUBLISH);
	if (apart)
		w->b->arena = (struct arena){ 0 };
	enum err err = take_steps(w, i, v, &one);
	if (err) {
		w->c->error = one.error;
		err_prefix(&w->c->error, "%s/%.*s", w->repo->name, STR_ARG(i->file));
	}
	if (one.result.event && v->fate != FATE_KEPT)
		w->c->result.event = one.result.event;
	forget_texts(w->repo);
	if (apart) {
		arena_done(&w->b->arena);
		w->b->arena = batch;
	}
	change_done(&one);
	return err;
}

/* ---- the walk ---- */

static enum err fold_index(struct walk_items *w)
{
	struct batch_repo *br = w->repo ? batch_repo(w->b, w->repo) : NULL;
	w->line_bytes = 0;
	return br ? batch_fold(br, &w->c->error) : OK;
}

static enum err find_repo(struct walk_items *w, struct str name)
{
	if (w->repo && str_eq_c(name, w->repo->name))
		return OK;
	enum err err = fold_index(w);
	if (err)
		return err;
	w->repo = repository_find(w->b->g, name);
	if (!w->repo)
		return ERR(&w->c->error, BUG, "a version of a repository that the bundle does not name");
	struct batch_repo *br = batch_repo(w->b, w->repo);
	if (!br)
		return ERR(&w->c->error, NOMEM, "batch");
	br->all_charts |= w->many;
	return OK;
}

static enum err take_item(void *ctx, const struct bundle_version *i, struct errinfo *e)
{
	struct walk_items *w = ctx;
	struct bundle_verdict v = { .fate = FATE_KEPT };
	enum err err = find_repo(w, i->repo);
	if (!err)
		err = bundle_judge_item(w->b->g->catalog, w->repo->id, batch_settings(w->repo)->overwrite, i, &v,
		                        &w->c->error);
	if (!err && v.fate == FATE_REFUSED) {
		w->c->error = v.why;
		err = v.why.code;
	}
	if (!err && v.fate != FATE_KEPT)
		err = take(w, i, &v);
	w->line_bytes += v.fate == FATE_KEPT ? 0 : i->line.n;
	if (!err && w->line_bytes >= FOLD_BYTES)
		err = fold_index(w);
	if (err) {
		if (e && e != &w->c->error)
			*e = w->c->error;
		return err;
	}
	w->x->fates[v.fate]++;
	return OK;
}

/* What is here and is known by nothing is known as it is outside. */
static enum err name_known(struct batch *b, struct change *c, const struct bundle_repo *of)
{
	struct repository *r = repository_find(b->g, of->name);
	struct change one;
	if (!r || !r->id || r->batch || !of->settings.n || batch_settings(r)->known_as.n)
		return OK;
	change_init(&one, CHANGE_REPO_SET);
	one.repo = of->name;
	one.actor = c->actor;
	one.settings = of->settings;
	enum err err = apply_repo_set(b, r, &one);
	if (err)
		c->error = one.error;
	change_done(&one);
	return err;
}

/* Those that came along are made as the bundle's own one was by apply. */
static enum err make_repos(struct batch *b, struct change *c)
{
	const struct bundle_change *x = c->bundle;
	enum err err = name_known(b, c, &x->repos[0]);
	for (size_t i = 1; i < x->repo_count && !err; i++) {
		const struct bundle_repo *of = &x->repos[i];
		struct repository *r = repository_find(b->g, of->name);
		struct change one;
		change_init(&one, CHANGE_REPO);
		one.repo = of->name;
		one.actor = c->actor;
		one.settings = of->settings;
		if (!r || !r->id)
			err = make_repository(b, &one, false, &r);
		else if (repo_kind(batch_settings(r)) != REPO_HOSTED)
			err = ERR(&one.error, INVALID, "\"%s\" is no hosted repository, and the bundle has charts "
			          "for one of this name; rename it", r->name);
		if (err)
			c->error = one.error;
		else
			err = name_known(b, c, of);
		change_done(&one);
	}
	return err;
}

static enum err put_trips(struct batch *b, struct change *c)
{
	enum err err = OK;
	for (size_t i = 0; i < c->bundle->repo_count && !err; i++) {
		const struct bundle_repo *of = &c->bundle->repos[i];
		const struct repository *r = repository_find(b->g, of->name);
		struct trip_row row = of->trip;
		row.imported_ns = clock_wall();
		err = r ? catalog_trip_put(b->g->catalog, r->id, &row, &c->error)
		        : ERR(&c->error, BUG, "a trip of no repository");
	}
	return err;
}

static enum err apply_items(struct batch *b, struct change *c)
{
	struct bundle_change *x = c->bundle;
	struct walk_items w = { .b = b, .c = c, .x = x, .many = x->items > MANY_ITEMS };
	enum err err = bundle_trip_fits(b->g->catalog, &x->repos[0].trip, &x->parent_leaf, x->force_older,
	                                &c->error);
	if (!err)
		err = make_repos(b, c);
	if (!err)
		err = x->each(x->ctx, take_item, &w, &c->error);
	return err ? err : put_trips(b, c);
}

enum err apply_bundle(struct batch *b, struct repository *r, struct change *c)
{
	(void)r;
	memset(c->bundle->fates, 0, sizeof c->bundle->fates);
	bundle_change_done(c->bundle);
	enum err err = b->alone ? apply_items(b, c) : ERR(&c->error, BUSY, "a bundle comes alone");
	b->failed |= err != OK;
	return err;
}
