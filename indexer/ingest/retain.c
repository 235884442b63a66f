/* What another chart needs is looked for in all repositories: of each dependency's range, the newest
 * version here that fits is kept, with yanked ones that are newer. So is what stands in a virtual repository
 * because it was promoted, and what somebody brought back after it was deleted.              */
#include "indexer/ingest/retain.h"

#include <stdio.h>
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/format/index.h"
#include "indexer/format/index_uses.h"
#include "indexer/ingest/promoted.h"

struct planning {
	struct ingest *g;
	struct arena *arena;
	struct catalog *catalog;
	struct repository *repo;
	bool has_rules;
	struct retention_plan plan;
	size_t capacity;
};

/* ---- what there is ---- */

/* Of what was deleted, the event that made it is the one that brought it back. */
static enum err was_undeleted(struct catalog *c, uint64_t event, bool *ret, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event ev;
	enum err err = catalog_event(c, &a, event, &ev, e);
	*ret = !err && ev.seq && str_eq_c(ev.kind, "undelete");
	return err;
}

static enum err add_version(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct planning *x = ctx;
	struct retention_plan *p = &x->plan;
	struct pull_count pulls;
	if (row->state != VERSION_LIVE)
		return OK;
	p->list = arena_room(x->arena, p->list, p->count, &x->capacity, sizeof *p->list);
	if (!p->list)
		return ERR(e, NOMEM, "retention");
	struct retained *v = &p->list[p->count++];
	*v = (struct retained){ .digest = row->digest, .judged = { .created_ns = row->created_ns, .yanked = row->yanked } };
	if (!arena_str(x->arena, row->chart, &v->chart) || !arena_str(x->arena, row->file, &v->file) ||
	    !arena_str(x->arena, row->version, &v->judged.version))
		return ERR(e, NOMEM, "retention");
	enum err err = catalog_pulls(x->catalog, x->repo->id, row->file, &pulls, e);
	v->judged.pulled_day = pulls.last_day;
	if (!err)
		err = was_undeleted(x->catalog, row->event, &v->judged.undeleted, e);
	if (!err && row->created_ns <= 0)        /* of an upstream that does not tell */
		err = catalog_event_time(x->catalog, row->event, &v->judged.created_ns, e);
	return err;
}

static int by_chart_newest_first(const void *left, const void *right)
{
	const struct retained *a = left, *b = right;
	struct index_key x = { a->judged.version, a->judged.created_ns };
	struct index_key y = { b->judged.version, b->judged.created_ns };
	int order = str_cmp(a->chart, b->chart);
	return order ? order : index_key_cmp(&x, &y);
}

/* ---- what is needed ---- */

static struct retained *first_of(struct retention_plan *p, struct str chart)
{
	size_t low = 0, high = p->count;
	while (low < high) {
		size_t middle = (low + high) / 2;
		if (str_cmp(p->list[middle].chart, chart) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return p->list + low;
}

static enum err mark(struct retention_plan *p, const struct index_use *use, struct errinfo *e)
{
	bool found = false;
	enum err err = OK;
	for (struct retained *v = first_of(p, use->name); v < p->list + p->count && !found && !err; v++) {
		bool fits = false;
		if (!str_eq(v->chart, use->name))
			break;
		err = index_use_admits(use, v->chart, v->judged.version, &fits, e);
		v->judged.used |= fits;
		found = fits && !v->judged.yanked;
	}
	return err;
}

static enum err mark_uses(void *ctx, const struct version_row *row, struct errinfo *e)
{
	struct planning *x = ctx;
	AUTO_ARENA struct arena a = { 0 };
	struct index_use *uses;
	size_t count;
	if (row->state == VERSION_DELETED || row->yanked)
		return OK;
	enum err err = index_uses(&a, row->line, &uses, &count, e);
	for (size_t i = 0; i < count && !err; i++)
		err = mark(&x->plan, &uses[i], e);
	return err;
}

/* ---- what is promoted ---- */

static enum err mark_promoted(void *ctx, struct str view, const struct release_row *row, struct errinfo *e)
{
	struct retention_plan *p = ctx;
	(void)view, (void)e;
	for (struct retained *v = first_of(p, row->chart); v < p->list + p->count; v++) {
		if (!str_eq(v->chart, row->chart))
			break;
		v->judged.promoted |= str_eq(v->judged.version, row->version) && sha256_eq(&v->digest, &row->digest);
	}
	return OK;
}

/* ---- the plan ---- */

static enum err gather(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct planning *x = ctx;
	x->catalog = c;
	enum err err = catalog_versions_each(c, x->repo->id, add_version, x, e);
	if (err || !x->plan.count)
		return err;
	qsort(x->plan.list, x->plan.count, sizeof *x->plan.list, by_chart_newest_first);
	if (!x->has_rules)                   /* all of it stays: no other repository is read for that */
		return OK;
	for (struct repository *r = atomic_load(&x->g->repositories); r && !err; r = r->next)
		if (repository_is_shown(r))
			err = catalog_versions_each(c, r->id, mark_uses, x, e);
	return err ? err : promoted_each(x->g, c, x->repo, (struct str){ 0 }, mark_promoted, &x->plan, e);
}

/* One chart after the other; they stand together. */
static enum err judge_all(struct planning *x, const struct repo_settings *s, struct errinfo *e)
{
	struct retention_plan *p = &x->plan;
	int64_t now_ns = clock_wall();
	struct retention_version *v = arena_array(x->arena, p->count + 1, sizeof *v);
	if (!v)
		return ERR(e, NOMEM, "retention");
	for (size_t at = 0, n; at < p->count; at += n) {
		for (n = 0; at + n < p->count && str_eq(p->list[at].chart, p->list[at + n].chart); n++)
			v[n] = p->list[at + n].judged;
		retention_judge(s, now_ns, v, n);
		for (size_t i = 0; i < n; i++) {
			p->list[at + i].judged = v[i];
			p->taken += v[i].verdict == RETENTION_TAKEN;
		}
	}
	return OK;
}

enum err retention_plan(struct ingest *g, struct arena *a, struct str repo,
                        struct retention_plan *ret, struct errinfo *e)
{
	AUTO_SBUF struct sbuf rules = sbuf_make(KIB);
	struct planning x = { .g = g, .arena = a, .repo = repository_find(g, repo) };
	struct snapshot *s = ingest_snapshot(g, repo);
	if (s)
		retention_rules(s->settings, &rules);
	x.has_rules = rules.n > 0;
	enum err err = s && x.repo ? ingest_read(g, gather, &x, e)
	                           : ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	if (!err)
		err = judge_all(&x, s->settings, e);
	if (!err && !(sbuf_ok(&rules) && arena_str(a, sbuf_str(&rules), &x.plan.rules)))
		err = ERR(e, NOMEM, "retention");
	snapshot_unref(s);
	if (!err)
		*ret = x.plan;
	return err;
}

/* ---- doing it ---- */

#define TOGETHER 64u                 /* deletions that share a commit; other changes wait for so many at most */

static void delete_some(struct ingest *g, struct retained **v, struct change *c, size_t n)
{
	ingest_apply_all(g, c, n);
	for (size_t i = 0; i < n; i++) {
		v[i]->err = c[i].err;
		change_done(&c[i]);
	}
}

void retention_apply(struct ingest *g, struct str repo, struct str actor, struct audit_note *note,
                     struct retention_plan *plan)
{
	char reason[KIB];
	struct retained *v[TOGETHER];
	struct change *c = calloc(TOGETHER, sizeof *c);
	size_t n = 0;
	(void)snprintf(reason, sizeof reason, "retention: none of %.*s keeps it", STR_ARG(plan->rules));
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->list[i].judged.verdict != RETENTION_TAKEN)
			continue;
		plan->list[i].err = ERR_NOMEM;
		if (!c)
			continue;
		change_init(&c[n], CHANGE_DELETE);
		c[n].repo = repo;
		c[n].actor = actor;
		c[n].note = note;
		c[n].file = plan->list[i].file;
		c[n].reason = str_c(reason);
		v[n++] = &plan->list[i];
		if (n == TOGETHER) {
			delete_some(g, v, c, n);
			n = 0;
		}
	}
	if (n)
		delete_some(g, v, c, n);
	free(c);
}
