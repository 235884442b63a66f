/* See repos.h. The answer is made by the pool: the writer has other things to do. */
#include "server/manage/repos.h"

#include "indexer/base/auto.h"
#include "indexer/format/repo_settings_judge.h"
#include "indexer/hub/hub.h"
#include "server/manage/upstream_place.h"

static void answer(struct pool_job *job)
{
	struct repo_change *x = (struct repo_change *)((char *)job - offsetof(struct repo_change, job));
	struct change *change = &x->change;
	const struct call *c = change->ctx;
	/* A purge is over when the catalog of charts has nothing of it either. */
	if (!change->err && !change->dry_run && change->kind == CHANGE_REPO_PURGE)
		change->err = hub_wait_purged(c->app->hub, change->result.event, &change->error);
	x->answer(x);
}

static void done(struct change *change)
{
	struct repo_change *x = (struct repo_change *)change;
	x->job.run = answer;
	pool_give(ingest_pool(((const struct call *)change->ctx)->app->ingest), &x->job);
}

enum err repo_change_new(struct call *c, enum change_kind kind,
                         void (*give)(struct repo_change *x), struct repo_change **ret,
                         struct errinfo *e)
{
	struct repo_change *x = ARENA_NEW(&c->r->arena, struct repo_change);
	if (!x)
		return ERR(e, NOMEM, "request");
	change_init(&x->change, kind);
	x->change.repo = x->name = c->repo;
	x->change.done = done;
	x->answer = give;
	call_change(c, &x->change);
	c->state = *ret = x;
	return OK;
}

/* ---- settings ---- */

static enum err read_settings(const struct call *c, struct str repo, struct arena *a,
                              struct repo_settings *ret, struct errinfo *e)
{
	struct snapshot *now = ingest_snapshot(c->app->ingest, repo);
	AUTO_SBUF struct sbuf json = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	if (!now)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	repo_settings_json(&json, now->settings);
	snapshot_unref(now);
	return sbuf_ok(&json) ? repo_settings_merge(a, sbuf_str(&json), ret, e)
	                      : ERR(e, NOMEM, "settings");
}

static enum err manages(const struct call *c, struct errinfo *e)
{
	return auth_manages(c->app->auth, &c->caller) ? OK :
	       ERR(e, DENIED, "a repository that follows another server or shows other repositories, and what "
	           "one is known as, is made and changed by who has the role admin:*");
}

/* In the writer's transaction, once more. */
static enum err allows_managing(const struct change *change, struct errinfo *e)
{
	enum err err = call_allows(change, e);
	return err ? err : manages(change->ctx, e);
}

static bool goes_elsewhere(const struct repo_settings *was, const struct repo_settings *is)
{
	return is->upstream.n && (!str_eq(was->upstream, is->upstream) ||
	                          was->allow_private != is->allow_private);
}

/* What it asks of others, shows of them, or is meant by in their dependencies is no matter of its own. */
static bool is_of_others(const struct repo_settings *was, const struct repo_settings *is)
{
	return (repo_kind(was) | repo_kind(is)) != REPO_HOSTED || !str_eq(was->known_as, is->known_as);
}

/* Also of a dry run, which makes nothing that would check them. */
static enum err check_settings(struct repo_change *x, bool *ret_look_up, struct errinfo *e)
{
	struct call *c = x->change.ctx;
	AUTO_ARENA struct arena a = { 0 };
	bool makes = x->change.kind == CHANGE_REPO;
	struct repo_settings was;
	*ret_look_up = false;
	if (!makes && x->change.kind != CHANGE_REPO_SET)
		return OK;
	repo_settings_default(&was);
	enum err err = makes ? OK : read_settings(c, x->change.repo, &x->arena, &was, e);
	x->after = was;
	if (!err && x->change.settings.n)
		err = repo_settings_merge(&x->arena, x->change.settings, &x->after, e);
	if (!err && is_of_others(&was, &x->after)) {
		x->change.allow = allows_managing;
		err = manages(c, e);
	}
	if (!err)
		err = repo_settings_judge(&a, x->change.repo, &was, &x->after, e);
	*ret_look_up = goes_elsewhere(&was, &x->after);
	return !err && *ret_look_up ? upstream_place_check(&x->after, false, e) : err;
}

/* What the name in the address stands for: that may take seconds. */
static void look_up(struct pool_job *job)
{
	struct repo_change *x = (struct repo_change *)((char *)job - offsetof(struct repo_change, job));
	const struct call *c = x->change.ctx;
	x->change.err = upstream_place_check(&x->after, true, &x->change.error);
	if (x->change.err)
		x->answer(x);
	else
		ingest_submit(c->app->ingest, &x->change);
}

enum err repo_change_submit(struct repo_change *x, struct errinfo *e)
{
	struct call *c = x->change.ctx;
	bool looks_up;
	enum err err = check_settings(x, &looks_up, e);
	if (err)
		return err;
	err = call_later(c);
	x->job.run = look_up;
	if (looks_up)
		pool_give(c->app->lookers, &x->job);
	else
		ingest_submit(c->app->ingest, &x->change);
	return err;
}

void repo_change_done(struct repo_change *x)
{
	if (!x)
		return;
	change_done(&x->change);
	arena_done(&x->arena);
}
