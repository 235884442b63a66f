/* How it is with upstreams, from the database and from what runs; and their making as repositories. */
#include "server/api/upstreams.h"

#include "indexer/base/auto.h"
#include "indexer/format/publisher.h"
#include "server/api/body.h"
#include "server/api/json_parts.h"
#include "server/api/repos.h"
#include "server/route/reason.h"

#define STATUS_MAX_BYTES (REPO_SETTINGS_MAX_BYTES + 64u * KIB)
#define LIST_MAX_BYTES (64u * MIB)

/* ---- shared ---- */

enum err call_upstreams(const struct call *c, struct upstreams **ret, struct errinfo *e)
{
	struct upstreams *u = c->app->upstreams;
	if (!u)
		return ERR(e, BUSY, "the server is starting; try again in a moment");
	*ret = u;
	return OK;
}

enum err call_is_upstream(const struct call *c, struct errinfo *e)
{
	struct snapshot *s = ingest_snapshot(c->app->ingest, c->repo);
	if (!s)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(c->repo));
	enum repo_kind kind = repo_kind(s->settings);
	snapshot_unref(s);
	if (kind == REPO_UPSTREAM)
		return OK;
	return ERR(e, NOT_FOUND, "\"%.*s\" is a %s repository, which follows no other server",
	           STR_ARG(c->repo), repo_kind_word(kind));
}

enum err upstream_work(struct call *c, struct pool *pool, call_answer *answer, struct errinfo *e)
{
	enum err err = call_is_upstream(c, e);
	return err ? err : call_work(c, pool, answer, e);
}

void put_selection(struct sbuf *b, const struct upstream_rule_count *rules)
{
	list_begin(b, "rules");
	for (int i = 0; i < SELECTION_VERDICT_COUNT; i++) {
		if (!rules[i].rule || !rules[i].versions)
			continue;
		element_begin(b);
		json_text(b, "rule", str_c(rules[i].rule));
		json_number(b, "versions", rules[i].versions);
		json_number(b, "bytes", rules[i].bytes);
		json_number(b, "sizes_unknown", rules[i].sizes_unknown);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

/* ---- showing ---- */

/* Since when it is as it is. */
static int64_t since_of(const struct upstream_row *row)
{
	bool stuck = row->state == UPSTREAM_IS_FAILING || row->state == UPSTREAM_IS_HELD;
	return stuck ? row->failing_ns
	       : row->state == UPSTREAM_IS_NEVER ? 0 : row->changed_ns;
}

static void put_progress(struct sbuf *b, const struct upstream_status *x)
{
	json_text(b, "phase", str_c(upstream_phase_word(x->phase)));
	object_begin(b, "progress");
	json_number(b, "done", x->done);
	json_number(b, "total", x->total);
	sbuf_putc(b, '}');
}

static void put_row(const struct call *c, struct str repo, struct sbuf *b, const struct upstream_status *x)
{
	const struct upstream_row *row = &x->row;
	json_text(b, "state", str_c(upstream_state_word(row->state)));
	json_text(b, "held_for", str_c(upstream_hold_word(row->held_for)));
	json_text(b, "reason", call_sees_reason_of(c, repo, row->state, row->reason));
	put_time(b, "since", since_of(row));
	put_time(b, "checked_at", row->checked_ns);
	put_time(b, "fresh_at", row->fresh_ns);
	put_time(b, "changed_at", row->changed_ns);
	put_time(b, "failing_since", row->failing_ns);
	put_time(b, "frozen_since", x->frozen_ns);
	put_time(b, "next", row->next_ns);
	json_number(b, "failures", row->failures);
	json_number(b, "in_index", row->versions);
	json_number(b, "taken", row->taken);
	json_number(b, "skipped", row->skipped);
	json_text(b, "software", row->software);
	json_text(b, "generated", row->generated);
	json_bool(b, "hook", row->hook_secret.n > 0);
}

/* Addresses of people are for people. */
static bool is_signed_in(const struct call *c)
{
	return c->caller.kind != CALLER_ANONYMOUS && c->caller.kind != CALLER_OPEN;
}

void put_publisher(const struct call *c, struct sbuf *b, const struct publisher *p, struct str verified_by)
{
	object_begin(b, "publisher");
	json_bool(b, "verified", publisher_has_id(p, verified_by));
	json_texts(b, "ids", p->ids, p->id_count);
	list_begin(b, "owners");
	for (size_t i = 0; i < p->owner_count; i++) {
		element_begin(b);
		json_text(b, "name", p->owners[i].name);
		if (p->owners[i].email.n && is_signed_in(c))
			json_text(b, "email", p->owners[i].email);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
	json_number(b, "ignored", p->ignored_count);
	sbuf_putc(b, '}');
}

static enum err put_known_publisher(const struct call *c, struct arena *a, struct str verified_by,
                                    struct str file, struct sbuf *b, struct errinfo *e)
{
	struct publisher p = { .id_count = 0 };
	enum err err = publisher_read(a, file, &p, e);
	if (err && err != ERR_INVALID)
		return err;
	put_publisher(c, b, &p, verified_by);
	return OK;
}

static enum err put_status(const struct call *c, struct arena *a, struct sbuf *b, struct str repo,
                           const struct snapshot *now, const struct upstream_status *x,
                           struct errinfo *e)
{
	const struct repo_settings *s = now->settings;
	element_begin(b);
	json_text(b, "name", repo);
	json_text(b, "url", s->upstream);
	json_text(b, "mode", s->mode);
	json_bool(b, "private", s->private);
	put_row(c, repo, b, x);
	enum err err = put_known_publisher(c, a, s->publisher_id, x->row.publisher, b, e);
	json_number(b, "charts", rope_charts(now->json));
	json_number(b, "versions", rope_versions(now->json));
	json_number(b, "held", x->held);
	json_number(b, "drifted", x->drifted);
	json_number(b, "gone", x->gone);
	json_number(b, "unpinned", x->unpinned);
	json_number(b, "behind", x->behind);
	put_time(b, "oldest_behind", x->oldest_behind_ns);
	json_bool(b, "followed", x->followed != 0);
	json_number(b, "log_size", x->row.log_size);
	put_progress(b, x);
	json_key(b, "settings");
	repo_settings_json_own(b, repo_kind(s), s);
	sbuf_putc(b, '}');
	return err;
}

static enum err put_upstream(const struct call *c, struct str repo, struct sbuf *b, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct upstreams *u;
	struct upstream_status status;
	enum err err = call_upstreams(c, &u, e);
	if (!err)
		err = upstreams_status(u, &a, repo, &status, e);
	struct snapshot *now = err ? NULL : ingest_snapshot(c->app->ingest, repo);
	if (!err && !now)
		err = ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	if (!err)
		err = put_status(c, &a, b, repo, now, &status, e);
	snapshot_unref(now);
	return err;
}

static bool is_shown(const struct call *c, struct str repo)
{
	struct snapshot *s = call_sees(c, repo) ? ingest_snapshot(c->app->ingest, repo) : NULL;
	bool shown = s && repo_kind(s->settings) == REPO_UPSTREAM;
	snapshot_unref(s);
	return shown;
}

/* One that goes meanwhile is left out. */
static enum err list(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf b = sbuf_make(LIST_MAX_BYTES);
	struct repo_info *repos;
	size_t count = 0;
	enum err err = ingest_repos(c->app->ingest, &a, &repos, &count, e);
	sbuf_putc(&b, '[');
	for (size_t i = 0; i < count && !err; i++) {
		err = is_shown(c, repos[i].name) ? put_upstream(c, repos[i].name, &b, e) : OK;
		if (err == ERR_REPO_NOT_FOUND)
			err = OK;
	}
	sbuf_puts(&b, "]\n");
	return err ? err : respond_buffer(JSON_TYPE, &b, s, e);
}

enum err upstreams_list(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), list, e);
}

static enum err show(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(STATUS_MAX_BYTES);
	enum err err = put_upstream(c, c->repo, &b, e);
	sbuf_putc(&b, '\n');
	return err ? err : respond_buffer(JSON_TYPE, &b, s, e);
}

enum err upstreams_show(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return upstream_work(c, ingest_pool(c->app->ingest), show, e);
}

/* ---- making and changing ---- */

enum err upstreams_create(struct call *c, struct response *s, struct errinfo *e)
{
	const struct node *body;
	enum err err = body_json(c, &body, e);
	if (err)
		return err;
	if (!node_text(node_get(body, "url")).n && !node_text(node_get(body, "upstream")).n)
		return ERR(e, INVALID, "url: the address of the repository to follow is expected");
	return repos_create(c, s, e);
}

enum err upstreams_set(struct call *c, struct response *s, struct errinfo *e)
{
	enum err err = call_is_upstream(c, e);
	return err ? err : repos_set(c, s, e);
}

enum err upstreams_delete(struct call *c, struct response *s, struct errinfo *e)
{
	enum err err = call_is_upstream(c, e);
	return err ? err : repos_delete(c, s, e);
}
