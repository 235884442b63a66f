/* Every change goes through ingest and is answered with the repository as it is then. */
#include "server/api/repos.h"

#include "indexer/base/auto.h"
#include "indexer/ingest/versions.h"
#include "indexer/ingest/virtual.h"
#include "indexer/upstream/upstream.h"
#include "server/api/body.h"
#include "server/api/json_parts.h"
#include "server/api/trips.h"
#include "server/api/virtual.h"
#include "server/manage/repos.h"
#include "server/manage/webhooks.h"
#include "server/route/members.h"

#define REPO_ANSWER_MAX_BYTES (REPO_SETTINGS_MAX_BYTES + 4u * KIB)
#define REPOS_ANSWER_MAX_BYTES (64u * MIB)

/* ---- showing ---- */

static void put_figures(struct sbuf *b, const struct repo_figures *f)
{
	json_number(b, "pulls", f->pulls);
	object_begin(b, "stored");
	json_number(b, "versions", f->stored.versions);
	json_number(b, "bytes", f->stored.bytes);
	sbuf_putc(b, '}');
}

/* But for its end. `f` is what the database was asked for; NULL: it was not. */
static enum err put_repo(const struct call *c, struct sbuf *b, struct str name, const struct snapshot *s,
                         const struct repo_figures *f, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct app *app = c->app;
	struct repo_settings seen;
	enum err err = call_sees_settings(c, &a, s->settings, &seen, e);
	if (err)
		return err;
	element_begin(b);
	json_text(b, "name", name);
	json_bool(b, "default", str_eq_c(name, app->default_repo));
	json_text(b, "kind", str_c(repo_kind_word(repo_kind(s->settings))));
	json_bool(b, "private", s->settings->private);
	json_bool(b, "verified", upstreams_is_verified(app->upstreams, name));
	json_number(b, "charts", rope_charts(s->json));
	json_number(b, "versions", rope_versions(s->json));
	json_number(b, "event", s->event);
	if (f)
		put_figures(b, f);
	json_key(b, "settings");
	repo_settings_json_own(b, repo_kind(s->settings), &seen);
	return OK;
}

/* ?kind; empty: any. */
static enum err take_kind(const struct call *c, struct str *ret, struct errinfo *e)
{
	return query_word(&c->query, "kind", "hosted upstream virtual", ret, e);
}

/* ?kind=virtual: only if it is one, for who means to show that, or to remove no charts. */
static enum err check_kind(const struct call *c, struct errinfo *e)
{
	struct str kind;
	enum err err = take_kind(c, &kind, e);
	if (err)
		return err;
	struct snapshot *s = kind.n ? ingest_snapshot(c->app->ingest, c->repo) : NULL;
	bool other = s && !str_eq_c(kind, repo_kind_word(repo_kind(s->settings)));
	bool none = kind.n && !s;
	snapshot_unref(s);
	if (none)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(c->repo));
	return other ? ERR(e, INVALID, "\"%.*s\" is no %.*s repository", STR_ARG(c->repo), STR_ARG(kind)) : OK;
}

/* ?kind=virtual: such ones alone. */
static enum err put_listed(const struct call *c, struct sbuf *b, struct str name, const struct snapshot *s,
                           struct errinfo *e)
{
	struct str kind = query_text(&c->query, "kind");
	if (kind.n && !str_eq_c(kind, repo_kind_word(repo_kind(s->settings))))
		return OK;
	enum err err = put_repo(c, b, name, s, NULL, e);
	sbuf_putc(b, '}');
	return err;
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
			err = put_listed(c, b, list[i].name, s, e);
		snapshot_unref(s);
	}
	sbuf_puts(b, "]\n");
	return err;
}

static enum err list(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPOS_ANSWER_MAX_BYTES);
	enum err err = put_repos(c, &b, e);
	return err ? err : respond_buffer(JSON_TYPE, &b, s, e);
}

/* Whether an upstream is verified may be in the database alone. */
enum err repos_list(struct call *c, struct response *s, struct errinfo *e)
{
	struct str kind;
	(void)s;
	enum err err = take_kind(c, &kind, e);
	return err ? err : call_work(c, ingest_pool(c->app->ingest), list, e);
}

/* Who runs it is told of members that are none (yet), as far as he may know their names. */
static enum err put_absent(const struct call *c, struct sbuf *b, struct str name, const struct snapshot *s,
                           struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct str *list;
	size_t count;
	if (repo_kind(s->settings) != REPO_VIRTUAL || !call_may(c, ROLE_ADMIN, name, (struct str){ 0 }))
		return OK;
	enum err err = ingest_absent_members(c->app->ingest, &a, name, &list, &count, e);
	list_begin(b, "absent_members");
	for (size_t i = 0; i < count && !err; i++) {
		if (!call_sees_member(c, list[i]))
			continue;
		json_next(b);
		sbuf_json(b, list[i]);
	}
	sbuf_putc(b, ']');
	return err;
}

/* Patterns stay as they are when a repository is renamed: who set one is told whom it does not meet any more. */
static enum err put_left(struct call *c, struct sbuf *b, struct str name, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct hook_row *rows = NULL;
	size_t count = 0, left = 0;
	enum err err = webhooks_rows(c, &a, &rows, &count, e);
	for (size_t i = 0; i < count && !err; i++) {
		if (!hook_is_about(&rows[i], c->repo) || hook_is_about(&rows[i], name))
			continue;
		if (!left++)
			list_begin(b, "left_webhooks");
		json_next(b);
		sbuf_json(b, rows[i].name);
	}
	sbuf_puts(b, left ? "]" : "");
	return err;
}

static enum err answer(struct call *c, int status, struct str name, const struct repo_figures *f,
                       struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPO_ANSWER_MAX_BYTES);
	struct snapshot *now = ingest_snapshot(c->app->ingest, name);
	if (!now)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(name));
	bool virtual = repo_kind(now->settings) == REPO_VIRTUAL;
	enum err err = put_repo(c, &b, name, now, f, e);
	if (!err)
		err = put_absent(c, &b, name, now, e);
	if (!err && virtual && f)        /* not while the writer waits for this answer */
		err = virtual_put_waiting(c, &b, name, e);
	if (!err && f)
		err = put_newest_trip(c, &b, name, e);
	if (!err && virtual)
		err = virtual_put_warnings(c, &b, name, e);
	if (!err && c->repo.n && !str_eq(c->repo, name))     /* renamed */
		err = put_left(c, &b, name, e);
	sbuf_puts(&b, "}\n");
	snapshot_unref(now);
	if (!err)
		err = respond_buffer(JSON_TYPE, &b, s, e);
	s->status = err ? s->status : status;
	return err;
}

static enum err show(struct call *c, struct response *s, struct errinfo *e)
{
	struct repo_figures f;
	enum err err = check_kind(c, e);
	if (!err)
		err = ingest_repo_figures(c->app->ingest, c->repo, &f, e);
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
static enum err answer_short(const char *what, struct str name, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(REPO_ANSWER_MAX_BYTES);
	sbuf_putc(&b, '{');
	json_bool(&b, what, true);
	json_text(&b, "name", name);
	sbuf_puts(&b, "}\n");
	return respond_buffer(JSON_TYPE, &b, s, e);
}

static void reply(struct repo_change *x)
{
	struct change *change = &x->change;
	struct call *c = change->ctx;
	struct response s;
	struct errinfo e = change->error;
	enum err err = change->err;
	if (!err && change->dry_run)
		err = answer_short("dry_run", x->name, &s, &e);
	else if (!err && change->kind == CHANGE_REPO_DELETE)
		err = answer_short("deleted", x->name, &s, &e);
	else if (!err && change->kind == CHANGE_REPO_PURGE)
		err = answer_short("purged", x->name, &s, &e);
	else if (!err)
		err = answer(c, change->kind == CHANGE_REPO ? 201 : 200, x->name, NULL, &s, &e);
	call_finish(c, err, &s, &e);
}

static enum err new_change(struct call *c, enum change_kind kind, struct repo_change **ret,
                           struct errinfo *e)
{
	enum err err = repo_change_new(c, kind, reply, ret, e);
	if (!err)
		(*ret)->change.dry_run = query_is_on(&c->query, "dry_run");
	return err;
}

enum err repos_create(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	const struct node *body;
	struct repo_change *x;
	enum err err = body_json(c, &body, e);
	struct str name = { 0 };
	if (!err)
		err = body_repo_name(c, body, "name", &name, e);
	if (!err)
		err = new_change(c, CHANGE_REPO, &x, e);
	if (!err)
		err = body_settings(c, body, "name", &x->change.settings, e);
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
		err = body_settings(c, body, "", &x->change.settings, e);
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
		err = body_repo_name(c, body, "to", &to, e);
	if (!err)
		err = new_change(c, CHANGE_REPO_RENAME, &x, e);
	if (err)
		return err;
	x->change.to = x->name = to;
	return repo_change_submit(x, e);
}

/* "team-a/stable", or as some addresses have it, "team-a~stable". */
static bool names_it(struct str said, struct str repo)
{
	bool same = said.n == repo.n;
	for (size_t i = 0; i < said.n && same; i++)
		same = said.p[i] == repo.p[i] || (said.p[i] == '~' && repo.p[i] == '/');
	return same;
}

static enum err end_repository(struct call *c, enum change_kind kind, const char *rule,
                               struct errinfo *e)
{
	struct repo_change *x;
	if (!names_it(query_text(&c->query, "confirm"), c->repo))
		return ERR(e, INVALID, "%s: ?confirm=%.*s", rule, STR_ARG(c->repo));
	enum err err = check_kind(c, e);
	if (!err)
		err = new_change(c, kind, &x, e);
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
