/* See bundle_make.h. A request belongs to its job until it is answered: when it is known which bundle it will
 * be, or, of a small one, when that is made. After that nothing of the request is touched. */
#include <stdlib.h>

#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/bundle/kept.h"
#include "indexer/format/name.h"
#include "server/api/bundle_make_impl.h"

/* ---- which it will be ---- */

/* Ends the work: EXISTS says to bundle_create that there is nothing to be written. */
static enum err answer_instead(struct make *x, int status, struct str about, const char *state,
                               const struct sha256 *id, struct errinfo *e)
{
	enum err err = make_reply(x, status, about, state, id, e);
	if (err)
		return err;
	x->answered_by_seal = true;
	return ERR(e, EXISTS, "nothing is to be made");
}

/* Somebody else may have asked for it, who sees more. */
static enum err answer_kept(struct make *x, struct kept_bundle *k, struct errinfo *e)
{
	struct bundle_seer seer = { .call = x->call };
	enum err err = bundle_told(&seer, &x->arena, k->about, e);
	if (!err)
		err = bundle_seen_about(&seer, &x->arena, &k->about, e);
	return err ? err : answer_instead(x, 200, k->about, "made", &k->id, e);
}

/* Under the lock. */
static enum err begin_making(struct make *x, const struct bundle_created *r, struct str about,
                             struct errinfo *e)
{
	struct kept_bundle kept;
	struct errinfo none = { 0 };
	struct datadir *d = ingest_datadir(x->app->ingest);
	if (makers_have(x->app->makers, &r->seal))
		return answer_instead(x, 202, about, "making", &r->seal, e);
	if (kept_open(d, &x->arena, &r->seal, &kept, NULL, &none) == OK) {
		kept_touch(d, &r->seal);
		return answer_kept(x, &kept, e);
	}
	return make_take_place(x, r, e);
}

static enum err sealed(void *ctx, const struct bundle_created *r, struct errinfo *e)
{
	struct make *x = ctx;
	AUTO_SBUF struct sbuf about = sbuf_make(BUNDLE_ABOUT_MAX_BYTES);
	bool is_current = r->head.parent.event && r->head.parent.event == r->head.own.event && !r->head.versions;
	make_leave_place(x, false);               /* of another round */
	if (!x->call)
		return ERR(e, BUSY, "it changed while it was made");
	make_put_about(&about, x, r);
	if (!sbuf_ok(&about))
		return ERR(e, NOMEM, "bundle");
	if (is_current || x->create.dry_run)
		return answer_instead(x, 200, sbuf_str(&about), is_current ? "current" : "planned", NULL, e);
	(void)pthread_mutex_lock(&x->app->makers->lock);
	enum err err = begin_making(x, r, sbuf_str(&about), e);
	(void)pthread_mutex_unlock(&x->app->makers->lock);
	if (!err && r->total_bytes > BUNDLES_WAITED_BYTES)
		err = make_reply(x, 202, sbuf_str(&about), "making", &r->seal, e);
	return err;
}

/* ---- the work ---- */

/* What the caller may not read is, for him, not there. */
static enum err read_rights(struct make *x, struct errinfo *e)
{
	struct repo_info *list;
	size_t count;
	bool own = false;
	enum err err = ingest_repos(x->app->ingest, &x->arena, &list, &count, e);
	struct str *names = err ? NULL : arena_array(&x->arena, count + 1, sizeof *names);
	if (!err && !names)
		err = ERR(e, NOMEM, "repositories");
	for (size_t i = 0; i < count && !err; i++)
		if (call_sees(x->call, list[i].name)) {
			own |= str_eq(list[i].name, x->create.repo);
			names[x->create.repo_count++] = list[i].name;
		}
	x->create.repos = names;
	return err || own ? err : ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\", or your roles do not "
	                              "let you read it", STR_ARG(x->create.repo));
}

static enum err finish(struct make *x, const struct bundle_created *r, struct errinfo *e)
{
	AUTO_SBUF struct sbuf about = sbuf_make(BUNDLE_ABOUT_MAX_BYTES);
	make_put_about(&about, x, r);
	enum err err = sbuf_ok(&about) ? kept_end(x->create.dir, r->file, sbuf_str(&about), e)
	                               : ERR(e, NOMEM, "bundle");
	make_leave_place(x, !err);
	if (err || !x->call)
		return err;
	return make_reply(x, 201, sbuf_str(&about), "made", &r->seal, e);
}

static void make_done(struct make *x)
{
	atomic_fetch_sub(&x->app->makers->asked, 1);
	sbuf_done(&x->inventory);
	sbuf_done(&x->missing);
	listed_close(x->known);
	arena_done(&x->arena);
	free(x);
}

/* The other words are a command's. */
static enum err explain(const struct make *x, enum err err, struct errinfo *e)
{
	if (err == ERR_NOT_FOUND && x->place >= 0)
		return err_set(e, ERR_BUSY, "the bundle was thrown away while it was made: ask for it again");
	if (err == ERR_NOT_FOUND)
		return err_set(e, ERR_NOT_IMPLEMENTED, "this server has no key to sign bundles with; its administrator makes "
		               "one: chartlocker keys generate");
	if (err == ERR_CORRUPT)
		return e->code = ERR_INVALID;
	return err;
}

static void work(struct pool_job *job)
{
	struct make *x = (struct make *)job;
	struct bundle_created r = { 0 };
	struct errinfo e = { 0 };
	enum err err = read_rights(x, &e);
	if (!err) {
		x->known = listed_open(x->create.data);
		err = bundle_create(&x->arena, &x->create, &r, &e);
		err = err ? explain(x, err, &e) : finish(x, &r, &e);
	}
	make_leave_place(x, false);
	if (err && x->call)
		call_fail(x->call, &e);
	else if (err && !x->answered_by_seal)
		LOG(LOG_WARN, "bundle.failed", KV("repo", x->create.repo), KV("code", err_code(err)),
		    KV("detail", (const char *)e.detail));
	make_done(x);
}

/* ---- the request ---- */

enum err bundles_begin(struct call *c, struct errinfo *e)
{
	struct makers *m = c->app->makers;
	enum err err = bundles_permit(c, e);
	if (!err && atomic_load(&c->app->read_only))
		err = ERR(e, READ_ONLY_MODE, "the server takes no changes at the moment, and makes no bundles");
	if (err)
		return err;
	if (atomic_fetch_add(&m->asked, 1) >= BUNDLES_ASKED_MAX) {
		atomic_fetch_sub(&m->asked, 1);
		return ERR(e, BUSY, "%u bundles are being made for others; ask again in a moment",
		           BUNDLES_ASKED_MAX);
	}
	struct make *x = calloc(1, sizeof *x);
	if (!x) {
		atomic_fetch_sub(&m->asked, 1);
		return ERR(e, NOMEM, "request");
	}
	*x = (struct make){ .app = c->app, .inventory = sbuf_make(BUNDLE_INVENTORY_MAX_BYTES), .place = -1,
	                    .missing = sbuf_make(BUNDLE_ABOUT_MAX_BYTES) };
	c->data = x;
	c->r->body.limit = BUNDLE_INVENTORY_MAX_BYTES;
	return OK;
}

enum err bundles_take(struct call *c, struct str piece, struct errinfo *e)
{
	struct make *x = c->data;
	sbuf_put(&x->inventory, piece);
	return sbuf_ok(&x->inventory) ? OK : ERR(e, NOMEM, "inventory");
}

void bundles_end(struct call *c)
{
	if (c->data)
		make_done(c->data);
}

static enum err read_selection(struct call *c, struct make *x, struct errinfo *e)
{
	struct bundle_wish *list = arena_array(&x->arena, c->query.count + 1, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "selection");
	x->create.selection.wishes = list;
	for (size_t i = 0; i < c->query.count; i++) {
		struct str text;
		if (!str_eq(c->query.params[i].name, STR("select")))
			continue;
		if (!arena_str(&x->arena, c->query.params[i].value, &text))
			return ERR(e, NOMEM, "selection");
		list[x->create.selection.wish_count++] = bundle_wish_of(text);
	}
	x->create.selection.closure = query_is_on(&c->query, "closure");
	return OK;
}

static enum err put_images(void *ctx, const struct bundle_images_of *of, struct sbuf *lines, struct errinfo *e)
{
	const struct make *x = ctx;
	if (atomic_load(x->create.stop))
		return ERR(e, DRAINING, "the bundle was given up");
	return bundle_put_images(x->known, of, lines, e);
}

static void report_damage(void *ctx, struct str repo, struct str file)
{
	const struct make *x = ctx;
	ingest_report_damage(x->app->ingest, repo, file);
}

static enum err read_request(struct call *c, struct make *x, struct errinfo *e)
{
	struct str asked = query_text(&c->query, "repo"), repo = asked.n ? asked : str_c(c->app->default_repo);
	enum err err = repo_old_name_check(repo, e);
	if (!err && (!arena_str(&x->arena, repo, &x->create.repo) ||
	             !arena_str(&x->arena, c->caller.actor, &x->actor)))
		err = ERR(e, NOMEM, "request");
	if (!err)
		err = make_owner(c, &x->arena, &x->owner, e);
	if (!err)
		err = read_selection(c, x, e);
	x->create.data = datadir_path(ingest_datadir(c->app->ingest));
	x->create.inventory = sbuf_str(&x->inventory);
	x->create.dry_run = query_is_on(&c->query, "dry_run");
	x->create.dir = x->create.fd = -1;
	x->create.sealed = sealed;
	x->create.missing = make_note_missing;
	x->create.damaged = report_damage;
	x->create.images = put_images;
	x->create.stop = &c->app->makers->stop;
	x->create.ctx = x;
	return err;
}

enum err bundles_post(struct call *c, struct response *s, struct errinfo *e)
{
	struct make *x = c->data;
	(void)s;
	enum err err = read_request(c, x, e);
	if (err)
		return err;
	x->call = c;
	x->job.run = work;
	c->data = NULL;
	err = call_later(c);
	pool_give(c->app->makers->pool, &x->job);
	return err;
}
