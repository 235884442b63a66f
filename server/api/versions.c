/* Yank, unyank, undelete, purge and promote: one change each. Before a version goes, the charts that use it are
 * looked for by a worker, and told with the answer.                                          */
#include "server/api/versions.h"

#include "indexer/base/auto.h"
#include "indexer/hub/hub.h"
#include "indexer/ingest/users.h"
#include "server/api/body.h"
#include "server/api/json_parts.h"
#include "server/api/upload.h"

#define ANSWER_MAX_BYTES (1u * MIB)

struct version_change {
	struct pool_job job;             /* first */
	struct change change;
	struct call *call;
	struct arena arena;              /* of the users */
	struct version_user *users;
	bool warns;
};

void versions_end(struct call *c)
{
	struct version_change *x = c->state;
	if (x) {
		change_done(&x->change);
		arena_done(&x->arena);
	}
	body_end(c);
}

/* ---- the answer ---- */

/* Only those that the caller may read. */
static void put_users(const struct version_change *x, struct sbuf *b)
{
	list_begin(b, "used_by");
	for (const struct version_user *u = x->users; u; u = u->next) {
		if (!call_sees(x->call, u->repo))
			continue;
		element_begin(b);
		json_text(b, "repo", u->repo);
		json_text(b, "chart", u->chart);
		json_text(b, "version", u->version);
		json_text(b, "range", u->range);
		json_bool(b, "locked", u->locked);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

static void put_change(const struct version_change *x, struct sbuf *b)
{
	const struct change_result *r = &x->change.result;
	sbuf_putc(b, '{');
	json_text(b, "chart", r->name);
	json_text(b, "version", r->version);
	json_text(b, "file", r->file);
	if (r->digest[0])
		json_text(b, "digest", str_c(r->digest));
	if (r->event && !x->change.dry_run)
		json_number(b, "event", r->event);
	if (r->existing)
		json_bool(b, "existing", true);
	if (x->change.dry_run)
		json_bool(b, "dry_run", true);
	if (r->yanked) {
		json_bool(b, "yanked", true);
		json_text(b, "yank_reason", r->yank_reason);
	}
	put_promoted_to(x->call, r, b);
	if (x->warns)
		put_users(x, b);
	sbuf_puts(b, "}\n");
}

static void answer(struct version_change *x)
{
	struct call *c = x->call;
	struct response s;
	struct errinfo e = x->change.error;
	AUTO_SBUF struct sbuf b = sbuf_make(ANSWER_MAX_BYTES);
	enum err err = x->change.err;
	put_change(x, &b);
	if (!err)
		err = respond_buffer(JSON_TYPE, &b, &s, &e);
	call_finish(c, err, &s, &e);
}

/* A purge is over when the catalog of charts has nothing of it either. */
static void answer_when_gone(struct pool_job *job)
{
	struct version_change *x = (struct version_change *)job;
	x->change.err = hub_wait_purged(x->call->app->hub, x->change.result.event, &x->change.error);
	answer(x);
}

static void done(struct change *change)
{
	struct call *c = change->ctx;
	struct version_change *x = c->state;
	if (change->err || change->dry_run || change->kind != CHANGE_PURGE) {
		answer(x);
		return;
	}
	x->job.run = answer_when_gone;
	pool_give(ingest_pool(c->app->ingest), &x->job);
}

/* ---- the request ---- */

static void search(struct pool_job *job)
{
	struct version_change *x = (struct version_change *)job;
	struct errinfo e = { 0 };
	if (ingest_users(x->call->app->ingest, &x->arena, x->change.chart, x->change.version, &x->users, &e))
		call_fail(x->call, &e);
	else
		ingest_submit(x->call->app->ingest, &x->change);
}

static enum err read_body(struct call *c, struct version_change *x, struct errinfo *e)
{
	const struct node *body;
	enum err err = body_json(c, &body, e);
	if (!err)
		err = body_only(body, x->change.kind == CHANGE_PROMOTE ? "chart version reason from"
		                                                       : "chart version reason", e);
	if (!err)
		err = body_version(c, body, &x->change.chart, &x->change.version, &x->change.file, e);
	if (!err)
		err = body_text_or_none(body, "reason", &x->change.reason, e);
	if (!err)
		err = body_text_or_none(body, "from", &x->change.member, e);
	if (!err && x->change.reason.n > REASON_MAX_BYTES)
		err = ERR(e, INVALID, "the reason is longer than %u bytes", REASON_MAX_BYTES);
	return err;
}

static enum err change_version(struct call *c, enum change_kind kind, bool warns,
                               struct errinfo *e)
{
	struct version_change *x = ARENA_NEW(&c->r->arena, struct version_change);
	if (!x)
		return ERR(e, NOMEM, "request");
	*x = (struct version_change){ .job.run = search, .call = c, .warns = warns };
	change_init(&x->change, kind);
	c->state = x;
	enum err err = read_body(c, x, e);
	if (err)
		return err;
	x->change.repo = c->repo;
	x->change.dry_run = query_is_on(&c->query, "dry_run");
	x->change.done = done;
	call_change(c, &x->change);
	err = call_later(c);
	if (warns)
		pool_give(ingest_pool(c->app->ingest), &x->job);
	else
		ingest_submit(c->app->ingest, &x->change);
	return err;
}

enum err versions_yank(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return change_version(c, CHANGE_YANK, true, e);
}

enum err versions_unyank(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return change_version(c, CHANGE_UNYANK, false, e);
}

enum err versions_undelete(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return change_version(c, CHANGE_UNDELETE, false, e);
}

enum err versions_purge(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return change_version(c, CHANGE_PURGE, true, e);
}

enum err versions_promote(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return change_version(c, CHANGE_PROMOTE, false, e);
}

enum err versions_unpromote(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return change_version(c, CHANGE_UNPROMOTE, false, e);
}
