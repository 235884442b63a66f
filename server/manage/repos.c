/* See repos.h. The answer is made by the pool: the writer has other things to do. */
#include "server/manage/repos.h"

#include "indexer/base/auto.h"
#include "indexer/hub/hub.h"

static void answer(struct pool_job *job)
{
	struct repo_change *x = (struct repo_change *)((char *)job - offsetof(struct repo_change, job));
	const struct change *change = &x->change;
	const struct call *c = change->ctx;
	/* A purge is over when the catalog of charts has nothing of it either. */
	if (!change->err && !change->dry_run && change->kind == CHANGE_REPO_PURGE)
		(void)hub_wait(c->app->hub, change->result.event, HUB_PURGE_WAIT_MS);
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

/* Also of a dry run, which makes nothing that would check them. */
static enum err check_settings(struct str json, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_settings s;
	repo_settings_default(&s);
	return json.n ? repo_settings_merge(&a, json, &s, e) : OK;
}

enum err repo_change_submit(struct repo_change *x, struct errinfo *e)
{
	struct call *c = x->change.ctx;
	enum err err = check_settings(x->change.settings, e);
	if (err)
		return err;
	err = call_later(c);
	ingest_submit(c->app->ingest, &x->change);
	return err;
}

void repo_change_done(struct repo_change *x)
{
	if (x)
		change_done(&x->change);
}
