/* Every change goes through ingest and is answered with the repository as it is then. */
#include "server/api/repos.h"

#include "indexer/base/auto.h"
#include "indexer/base/json.h"
#include "indexer/format/name.h"
#include "indexer/ingest/versions.h"
#include "server/api/body.h"
#include "server/manage/repos.h"

#define REPO_ANSWER_MAX_BYTES (REPO_SETTINGS_MAX_BYTES + 4u * KIB)
#define REPOS_ANSWER_MAX_BYTES (64u * MIB)

/* ---- showing ---- */

static void put_figures(struct sbuf *b, const struct repo_figures *f)
{
	json_number(b, "pulls", f->pulls);
	json_key(b, "stored");
	sbuf_putc(b, '{');
	json_number(b, "versions", f->stored.versions);
	json_number(b, "bytes", f->stored.bytes);
	sbuf_putc(b, '}');
}

/* `f` is what the database was asked for; NULL: it was not. */
static void put_repo(struct sbuf *b, const struct app *app, struct str name,
                     const struct snapshot *s, const struct repo_figures *f)
{
	json_next(b);
	sbuf_putc(b, '{');
	json_text(b, "name", name);
	json_bool(b, "default", str_eq_c(name, app->default_repo));
	json_bool(b, "private", s->settings->private);
	json_number(b, "charts", rope_charts(s->json));
	json_number(b, "versions", rope_versions(s->json));
	json_number(b, "event", s->event);
	if (f)
		put_figures(b, f);
	json_key(b, "settings");
	repo_settings_json_all(b, s->settings);
	sbuf_putc(b, '}');
}

static enum err put_repos(const struct call *c, struct sbuf *b, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_info *list;
	size_t count;
	enum err err = ingest_repos(c->app->ingest, &a, &list, &count, e);
	sbuf_putc(b, '[');
	for (size_t i = 0; i < count && !err; i++) {
		struct snapshot *s = call_sees(c, list[i].name) ? ingest_snapshot(c->app->ingest, list[i].name)
		                                              : NULL;
		if (s)
			put_repo(b, c->app, list[i].name, s, NULL);
		snapshot_unref(s);
	}
	sbuf_puts(b, "]\n");
	return err;
}

enum err repos_list(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPOS_ANSWER_MAX_BYTES);
	enum err err = put_repos(c, &b, e);
	return err ? err : respond_buffer(JSON_TYPE, &b, s, e);
}

static enum err answer(struct call *c, int status, struct str name, const struct repo_figures *f,
                       struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPO_ANSWER_MAX_BYTES);
	struct snapshot *now = ingest_snapshot(c->app->ingest, name);
	if (!now)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(name));
	put_repo(&b, c->app, name, now, f);
	sbuf_putc(&b, '\n');
	snapshot_unref(now);
	enum err err = respond_buffer(JSON_TYPE, &b, s, e);
	s->status = err ? s->status : status;
	return err;
}

static enum err show(struct call *c, struct response *s, struct errinfo *e)
{
	struct repo_figures f;
	enum err err = ingest_repo_figures(c->app->ingest, c->repo, &f, e);
	return err ? err : answer(c, 200, c->repo, &f, s, e);
}

enum err repos_show(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), show, e);
}

/* ---- changing ---- */

void repos_end(struct call *c)
{
	repo_change_done(c->state);
	body_end(c);
}

/* {"deleted":true,"name":…}: when there is nothing to show. */
static enum err answer_short(struct call *c, const char *what, struct str name,
                             struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPO_ANSWER_MAX_BYTES);
	sbuf_putc(&b, '{');
	json_bool(&b, what, true);
	json_text(&b, "name", name);
	sbuf_puts(&b, "}\n");
	return sbuf_ok(&b) ? respond_json(c, 200, sbuf_str(&b), s, e) : ERR(e, NOMEM, "answer");
}

static void reply(struct repo_change *x)
{
	struct change *change = &x->change;
	struct call *c = change->ctx;
	struct response s;
	struct errinfo e = change->error;
	enum err err = change->err;
	if (!err && change->dry_run)
		err = answer_short(c, "dry_run", x->name, &s, &e);
	else if (!err && change->kind == CHANGE_REPO_DELETE)
		err = answer_short(c, "deleted", x->name, &s, &e);
	else if (!err && change->kind == CHANGE_REPO_PURGE)
		err = answer_short(c, "purged", x->name, &s, &e);
	else if (!err)
		err = answer(c, change->kind == CHANGE_REPO ? 201 : 200, x->name, NULL, &s, &e);
	if (err)
		call_fail(c, &e);
	else
		call_reply(c, &s);
}

static enum err new_change(struct call *c, enum change_kind kind, struct repo_change **ret,
                           struct errinfo *e)
{
	enum err err = repo_change_new(c, kind, reply, ret, e);
	if (!err)
		(*ret)->change.dry_run = query_is_on(&c->query, "dry_run");
	return err;
}

/* A name in the body: text, because 5 is none. */
static enum err name_of(const struct node *body, const char *key, struct str *ret,
                        struct errinfo *e)
{
	const struct node *name = node_get(body, key);
	if (!name || name->kind != NODE_SCALAR || name->plain)
		return ERR(e, INVALID, "%s: the name of a repository is expected", key);
	*ret = name->text;
	return repo_name_check(name->text, e);
}

/* The body, but for this key, as settings. */
static enum err settings_of(struct call *c, const struct node *body, const char *without,
                            struct str *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	sbuf_putc(&b, '{');
	for (const struct node_item *i = body->items; i; i = i->next) {
		if (str_eq_c(i->key, without))
			continue;
		if (i->value->kind != NODE_SCALAR)
			return ERR(e, INVALID, "%.*s: a single value is expected", STR_ARG(i->key));
		json_next(&b);
		sbuf_json(&b, i->key);
		sbuf_putc(&b, ':');
		if (i->value->plain)
			sbuf_put(&b, i->value->text);
		else
			sbuf_json(&b, i->value->text);
	}
	sbuf_putc(&b, '}');
	if (!sbuf_ok(&b) || !arena_str(&c->r->arena, sbuf_str(&b), ret))
		return ERR(e, NOMEM, "settings");
	return OK;
}

enum err repos_create(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	const struct node *body;
	struct repo_change *x;
	enum err err = body_json(c, &body, e);
	struct str name = { 0 };
	if (!err)
		err = name_of(body, "name", &name, e);
	if (!err)
		err = new_change(c, CHANGE_REPO, &x, e);
	if (!err)
		err = settings_of(c, body, "name", &x->change.settings, e);
	if (err)
		return err;
	x->change.repo = x->name = name;
	x->change.create_repo = x->change.expect_new = true;
	return repo_change_submit(x, e);
}

enum err repos_set(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	const struct node *body;
	struct repo_change *x;
	enum err err = body_json(c, &body, e);
	if (!err)
		err = new_change(c, CHANGE_REPO_SET, &x, e);
	if (!err)
		err = settings_of(c, body, "", &x->change.settings, e);
	return err ? err : repo_change_submit(x, e);
}

enum err repos_rename(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	const struct node *body;
	struct repo_change *x;
	struct str to;
	enum err err = body_json(c, &body, e);
	if (!err)
		err = body_only(body, "to", e);
	if (!err)
		err = name_of(body, "to", &to, e);
	if (!err)
		err = new_change(c, CHANGE_REPO_RENAME, &x, e);
	if (err)
		return err;
	x->change.to = x->name = to;
	return repo_change_submit(x, e);
}

static enum err end_repository(struct call *c, enum change_kind kind, const char *rule,
                               struct errinfo *e)
{
	struct repo_change *x;
	if (!str_eq(query_text(&c->query, "confirm"), c->repo))
		return ERR(e, INVALID, "%s: ?confirm=%.*s", rule, STR_ARG(c->repo));
	enum err err = new_change(c, kind, &x, e);
	return err ? err : repo_change_submit(x, e);
}

enum err repos_delete(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return end_repository(c, CHANGE_REPO_DELETE, "deleting a repository takes its name", e);
}

enum err repos_purge(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return end_repository(c, CHANGE_REPO_PURGE, "purging a deleted repository takes its name", e);
}
