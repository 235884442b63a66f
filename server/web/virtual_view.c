/* See virtual_view.h. */
#include "server/web/virtual_view.h"

#include "indexer/base/array.h"
#include "indexer/base/clock.h"
#include "indexer/format/index.h"
#include "indexer/format/node.h"
#include "indexer/hub/hub.h"
#include "indexer/ingest/lookup.h"
#include "server/route/conflict.h"
#include "server/route/members.h"
#include "server/route/stale.h"

struct work {
	struct call *c;
	struct arena *a;
	struct links *l;
	struct virtual_view v;
};

/* ---- members and rules ---- */

static enum err put_members(struct work *w, struct str members, struct errinfo *e)
{
	struct virtual_view *v = &w->v;
	size_t capacity = 0;
	for (struct str one; (one = repo_setting_next_word(&members)).n;) {
		v->members = arena_room(w->a, v->members, v->member_count, &capacity, sizeof *v->members);
		struct virtual_member *m = v->members ? &v->members[v->member_count++] : NULL;
		if (!m || !arena_str(w->a, one, &m->name))
			return ERR(e, NOMEM, "page");
		m->link = link_repo(w->l, m->name);
		m->stale_ns = call_stale_since(w->c, m->name);
	}
	return OK;
}

static struct str in_words(struct str value)
{
	return str_eq_c(value, "true") ? STR("yes") : str_eq_c(value, "false") ? STR("no") : value;
}

static enum err put_rules(struct work *w, const struct repo_settings *s, struct errinfo *e)
{
	static const enum repo_setting_id rules[] = {
		REPO_SETTING_pins, REPO_SETTING_own_names, REPO_SETTING_first_keeps, REPO_SETTING_take_charts,
		REPO_SETTING_take_versions, REPO_SETTING_take_prereleases, REPO_SETTING_take_deprecated,
		REPO_SETTING_take_signed, REPO_SETTING_take_kube, REPO_SETTING_take_since,
		REPO_SETTING_take_annotations, REPO_SETTING_take_last, REPO_SETTING_take_last_per_minor,
		REPO_SETTING_cooldown_days,
	};
	enum err err = OK;
	w->v.rules = arena_array(w->a, sizeof rules / sizeof *rules, sizeof *w->v.rules);
	for (size_t i = 0; w->v.rules && i < sizeof rules / sizeof *rules && !err; i++) {
		struct virtual_rule *to = &w->v.rules[w->v.rule_count];
		struct str value;
		if (repo_setting_is_default(s, rules[i]))
			continue;
		err = repo_setting_text(w->a, s, rules[i], &value, e);
		if (err)
			continue;
		to->sentence = repo_setting_row(rules[i])->sentence;
		if (!arena_str(w->a, in_words(value), &to->value))
			return ERR(e, NOMEM, "page");
		w->v.rule_count++;
	}
	return w->v.rules ? err : ERR(e, NOMEM, "page");
}

/* ---- charts ---- */

/* One whose member is changing at this moment has no link. */
static enum err put_chart(struct work *w, const struct snapshot *s, struct str name, struct errinfo *e)
{
	struct virtual_chart *to = &w->v.charts[w->v.chart_count];
	struct rope_version *versions;
	struct errinfo ignored;
	struct str member;
	size_t count;
	enum err err = rope_chart(w->a, s->json, name, &versions, &count, e);
	if (err || !count)
		return err;
	struct str version = versions[hub_shown(versions, count)].version;
	const char *file = arena_printf(w->a, "%.*s-%.*s.tgz", STR_ARG(name), STR_ARG(version));
	if (!file || !arena_str(w->a, name, &to->name) || !arena_str(w->a, version, &to->version))
		return ERR(e, NOMEM, "page");
	w->v.chart_count++;
	if (ingest_virtual_file(w->c->app->ingest, w->c->repo, str_c(file), &member, &ignored) ||
	    !call_sees(w->c, member))
		return OK;
	to->member = member;
	to->link = link_chart(w->l, member, to->name, to->version);
	return OK;
}

static enum err put_charts(struct work *w, const struct snapshot *s, uint64_t number, struct errinfo *e)
{
	struct virtual_view *v = &w->v;
	struct str *names;
	size_t count;
	enum err err = rope_names(w->a, s->json, &names, &count, e);
	if (err)
		return err;
	v->pager = pager_of(w->l, link_repo(w->l, w->c->repo), number, VIRTUAL_ROWS, count);
	v->charts = arena_array(w->a, VIRTUAL_ROWS, sizeof *v->charts);
	if (!v->charts)
		return ERR(e, NOMEM, "page");
	for (size_t i = v->pager.from - 1; i < v->pager.to && !err; i++)
		err = put_chart(w, s, names[i], e);
	return err;
}

/* ---- what was promoted ---- */

/* The index has these very bytes of it. */
static bool is_shown(const struct snapshot *s, const struct release_row *row)
{
	struct rope_version shown;
	struct sha256 digest;
	return rope_version(s->json, row->chart, row->version, &shown) &&
	       index_line_digest(shown.line, &digest) && sha256_eq(&digest, &row->digest);
}

static enum err put_promoted(struct work *w, const struct snapshot *s, struct errinfo *e)
{
	struct virtual_view *v = &w->v;
	struct release_row *rows;
	size_t count;
	enum err err = ingest_promoted(w->c->app->ingest, w->a, w->c->repo, &rows, &count, e);
	v->promoted = err ? NULL : arena_array(w->a, VIRTUAL_PROMOTED, sizeof *v->promoted);
	if (!v->promoted)
		return err ? err : ERR(e, NOMEM, "page");
	for (size_t i = 0; i < count; i++) {
		if (!is_shown(s, &rows[i]))
			continue;
		if (v->promoted_count == VIRTUAL_PROMOTED)
			v->promoted_more++;
		else
			v->promoted[v->promoted_count++] = (struct virtual_promoted){
				.chart = rows[i].chart, .version = rows[i].version, .event = rows[i].event };
	}
	return OK;
}

struct telling { struct arena *a; struct virtual_promoted *of; };

static enum err tell(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct telling *t = ctx;
	const struct node *detail = NULL;
	enum err err = json_read(t->a, ev->detail, "detail", &detail, e);
	if (!err && !arena_str(t->a, node_text(node_get(detail, "reason")), &t->of->reason))
		err = ERR(e, NOMEM, "page");
	t->of->at_ns = ev->at_ns;
	return err;
}

/* When and why, which their events say. */
static enum err read_promotions(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct work *w = ctx;
	enum err err = OK;
	for (size_t i = 0; !err && i < w->v.promoted_count; i++) {
		struct telling t = { w->a, &w->v.promoted[i] };
		err = catalog_events_between(c, t.of->event - 1, t.of->event, tell, &t, e);
	}
	return err;
}

/* ---- names that several members have ---- */

static enum err put_claims(struct work *w, const struct virtual_conflict *x, size_t *capacity,
                           struct errinfo *e)
{
	struct virtual_view *v = &w->v;
	for (size_t i = 0; i < x->count; i++) {
		const struct virtual_claim *claim = &x->claims[i];
		if (!call_sees(w->c, claim->repo))
			continue;
		v->claims = arena_room(w->a, v->claims, v->claim_count, capacity, sizeof *v->claims);
		if (!v->claims)
			return ERR(e, NOMEM, "page");
		struct virtual_claim_line *to = &v->claims[v->claim_count++];
		*to = (struct virtual_claim_line){
			.kind = repo_kind_word(claim->kind),
			.verdict = ownership_word(claim->verdict), .versions = claim->versions,
			.wins = x->winner == (ssize_t)i,
			.link = link_chart(w->l, claim->repo, claim->chart, (struct str){ 0 }),
		};
		if (!arena_str(w->a, x->file.n ? x->file : x->chart, &to->chart) || !arena_str(w->a, claim->member, &to->member))
			return ERR(e, NOMEM, "page");
	}
	return OK;
}

static enum err put_conflicts(struct work *w, struct errinfo *e)
{
	struct virtual_report *r;
	size_t capacity = 0;
	enum err err = ingest_conflicts(w->c->app->ingest, w->c->repo, &r, e);
	if (err)
		return err;
	for (size_t i = 0; !err && i < r->count; i++)
		if (call_sees_conflict(w->c, &r->list[i]) && w->v.conflicts++ < VIRTUAL_CONFLICTS)
			err = put_claims(w, &r->list[i], &capacity, e);
	virtual_report_unref(r);
	return err;
}

/* ---- what it does not show ---- */

static enum err put_missing(struct work *w, struct errinfo *e)
{
	struct virtual_view *v = &w->v;
	enum err err = call_waiting(w->c, w->a, w->c->repo, &v->waiting, e);
	if (!err)
		err = call_unverified(w->c, w->a, w->c->repo, &v->unverified, &v->unverified_count,
		                      &v->all_unverified, e);
	if (!err && v->waiting.versions)
		v->waiting_link = link_chart(w->l, v->waiting.repo, v->waiting.chart, v->waiting.version);
	v->now_ns = clock_wall();
	return err;
}

enum err virtual_view_fill(struct call *c, struct arena *a, struct links *l, uint64_t number,
                           struct virtual_view *ret, struct errinfo *e)
{
	struct work w = { .c = c, .a = a, .l = l, .v.stale_ns = call_stale_since(c, c->repo) };
	struct snapshot *s = ingest_snapshot(c->app->ingest, c->repo);
	if (!s)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(c->repo));
	struct repo_settings seen;
	enum err err = call_sees_settings(c, a, s->settings, &seen, e);
	if (!err)
		err = put_members(&w, seen.members, e);
	if (!err)
		err = put_rules(&w, &seen, e);
	if (!err)
		err = put_charts(&w, s, number, e);
	if (!err)
		err = put_promoted(&w, s, e);
	snapshot_unref(s);
	if (!err)
		err = ingest_read(c->app->ingest, read_promotions, &w, e);
	if (!err)
		err = put_conflicts(&w, e);
	if (!err)
		err = put_missing(&w, e);
	if (!err)
		*ret = w.v;
	return err;
}
