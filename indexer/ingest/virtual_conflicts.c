/* The report on names that several members of a virtual repository have, or that none may have, and on what
 * waits for its cool-down: judged by the same rules as the index, from what readers see now. The last one is
 * kept with what it was made of: each repository's index, by its identity, and settings.      */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/ingest/virtual.h"
#include "indexer/ingest/virtual_impl.h"

struct source { const struct repository *repo; struct sha256 identity; struct settings *settings; };

struct report {
	struct virtual_report shown;     /* first */
	atomic_uint refs;
	struct arena arena;
	struct source *sources;          /* in the order of the plan */
	size_t source_count;
};

struct making {
	struct report *report;
	struct virtual_plan *plan;
	struct planned *view;
	size_t capacity, waiting_capacity;
};

/* ---- judging ---- */

static enum err fill_claim(struct making *x, struct walk *w, const struct ownership_candidate *from,
                           struct str chart, struct virtual_claim *to, struct errinfo *e)
{
	size_t members;
	struct rope_version *versions;
	size_t count;
	struct arena *a = &x->report->arena;
	const struct planned *p = x->view->members[from->member];
	const struct str *names = ownership_members(x->view->ownership, &members);
	enum err err = rope_chart(w->arena, planned_rope(p), chart, &versions, &count, e);
	if (err)
		return err;
	const struct planned *named = p->reserver ? p->reserver : p;     /* who may know of it may know of this */
	*to = (struct virtual_claim){ .repo = str_c(named->repo->name), .kind = p->kind, .private = from->private,
	                              .verdict = from->verdict, .versions = count };
	return arena_str(a, names[from->member], &to->member) && arena_str(a, chart, &to->chart)
	       ? OK : ERR(e, NOMEM, "conflicts");
}

/* With room for its claims. */
static enum err add(struct making *x, struct str chart, size_t count, ssize_t winner,
                    struct virtual_conflict **ret, struct errinfo *e)
{
	struct virtual_report *to = &x->report->shown;
	struct arena *a = &x->report->arena;
	struct virtual_conflict *list = arena_room(a, to->list, to->count, &x->capacity, sizeof *list);
	struct virtual_conflict one = { .count = count, .winner = winner };
	one.claims = arena_array(a, count, sizeof *one.claims);
	if (!list || !one.claims || !arena_str(a, chart, &one.chart))
		return ERR(e, NOMEM, "conflicts");
	to->list = list;
	*ret = &list[to->count++];
	**ret = one;
	return OK;
}

static enum err judge_name(struct making *x, struct catalog *c, struct str chart, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct walk w;
	struct ownership_candidate *candidates;
	size_t count;
	ssize_t winner;
	walk_begin(&w, x->plan, c, &a, chart);
	struct virtual_conflict *one;
	enum err err = walk_candidates(&w, x->view, &candidates, &count, &winner, e);
	if (err || !count || (count == 1 && winner == 0))
		return err;
	err = add(x, chart, count, winner, &one, e);
	for (size_t i = 0; i < count && !err; i++)
		err = fill_claim(x, &w, &candidates[i], chart, &one->claims[i], e);
	return err;
}

/* ---- files ---- */

static enum err note_rival(void *ctx, struct str chart, struct str version, struct errinfo *e)
{
	(void)chart, (void)version, (void)e;
	*(bool *)ctx = true;
	return OK;
}

/* Of most charts that is all there is to be asked. */
static enum err has_rivals(const struct planned *v, struct str chart, bool *ret, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < v->member_count && !err && !*ret; i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct rope_version *list;
		size_t count = 0;
		if (v->members[i])
			err = rope_chart(&a, planned_rope(v->members[i]), chart, &list, &count, e);
		for (size_t k = 0; k < count && !err && !*ret; k++)
			err = virtual_rivals(v, chart, list[k].version, note_rival, ret, e);
	}
	return err;
}

static enum err add_taken(struct making *x, struct walk *w, struct errinfo *e)
{
	struct virtual_conflict *one;
	struct planned *const *members = x->view->members;
	struct str taker = w->taker_chart;
	struct ownership_candidate wins = { .member = w->taker }, loses = { .member = x->view->owner_at };
	bool before = wins.member < loses.member;
	wins.verdict = w->taker_hosted ? OWNERSHIP_HOSTED : OWNERSHIP_FIRST;
	wins.private = members[wins.member]->settings->values.private;
	loses.verdict = OWNERSHIP_SHADOWED;
	loses.private = members[loses.member]->settings->values.private;
	const char *file = arena_printf(&x->report->arena, "%.*s-%.*s.tgz", STR_ARG(taker), STR_ARG(w->taker_version));
	enum err err = file ? add(x, w->chart, 2, !before, &one, e) : ERR(e, NOMEM, "conflicts");
	if (!err)
		err = fill_claim(x, w, &wins, taker, &one->claims[!before], e);
	if (!err)
		err = fill_claim(x, w, &loses, w->chart, &one->claims[before], e);
	if (err)
		return err;
	one->file = str_c(file);
	one->claims[before].versions = w->taken;
	return OK;
}

static enum err judge_files(struct making *x, struct catalog *c, struct str chart, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct walk w;
	struct rope_version *list;
	size_t count;
	bool has = false;
	enum err err = has_rivals(x->view, chart, &has, e);
	if (err || !has)
		return err;
	walk_begin(&w, x->plan, c, &a, chart);
	err = walk_claim(&w, x->view, e);
	if (err || !x->view->owner)
		return err;
	err = rope_chart(&a, planned_rope(x->view->owner), chart, &list, &count, e);
	if (!err)
		err = virtual_files(&w, x->view, list, &count, e);
	return err || !w.taken ? err : add_taken(x, &w, e);
}

static enum err judge_cooldown(struct making *x, struct catalog *c, struct str chart, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct virtual_report *to = &x->report->shown;
	struct walk w;
	if (!x->view->settings->values.cooldown_days)
		return OK;
	walk_begin(&w, x->plan, c, &a, chart);
	return virtual_waiting_note(&x->report->arena, &to->waiting, &to->waiting_count, &x->waiting_capacity,
	                            &w, x->view, e);
}

static enum err judge_all(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct making *x = ctx;
	AUTO_ARENA struct arena a = { 0 };
	struct str *names;
	size_t count;
	enum err err = virtual_names(&a, x->view, &names, &count, e);
	for (size_t i = 0; i < count && !err; i++)
		if (!(err = judge_name(x, c, names[i], e)) && !(err = judge_files(x, c, names[i], e)))
			err = judge_cooldown(x, c, names[i], e);
	return err;
}

/* ---- what is kept ---- */

void virtual_report_unref(struct virtual_report *shown)
{
	struct report *r = (struct report *)shown;
	if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) > 1)
		return;
	for (size_t i = 0; i < r->source_count; i++)
		settings_unref(r->sources[i].settings);
	arena_done(&r->arena);
	free(r);
}

static bool is_of(const struct report *r, const struct virtual_plan *plan)
{
	size_t i = 0;
	for (const struct planned *p = plan->first; p; p = p->next, i++) {
		const struct source *from = &r->sources[i];
		if (i == r->source_count || from->repo != p->repo || from->settings != p->settings ||
		    !sha256_eq(&from->identity, &p->held->identity))
			return false;
	}
	return i == r->source_count;
}

static struct report *kept_of(struct repository *r, const struct virtual_plan *plan)
{
	(void)pthread_mutex_lock(&r->lock);
	struct report *kept = (struct report *)r->report;
	if (kept && is_of(kept, plan))
		atomic_fetch_add_explicit(&kept->refs, 1, memory_order_relaxed);
	else
		kept = NULL;
	(void)pthread_mutex_unlock(&r->lock);
	return kept;
}

static void keep(struct repository *r, struct report *made)
{
	atomic_fetch_add_explicit(&made->refs, 1, memory_order_relaxed);
	(void)pthread_mutex_lock(&r->lock);
	struct virtual_report *old = r->report;
	r->report = &made->shown;
	(void)pthread_mutex_unlock(&r->lock);
	virtual_report_unref(old);
}

static enum err note_sources(struct report *r, const struct virtual_plan *plan, struct errinfo *e)
{
	size_t count = 0;
	for (const struct planned *p = plan->first; p; p = p->next)
		count++;
	r->sources = arena_array(&r->arena, count, sizeof *r->sources);
	if (!r->sources)
		return ERR(e, NOMEM, "conflicts");
	for (const struct planned *p = plan->first; p; p = p->next)
		r->sources[r->source_count++] = (struct source){ p->repo, p->held->identity, settings_ref(p->settings) };
	return OK;
}

static enum err make(struct ingest *g, struct virtual_plan *plan, struct planned *view,
                     struct report **ret, struct errinfo *e)
{
	struct making x = { .report = calloc(1, sizeof *x.report), .plan = plan, .view = view };
	if (!x.report)
		return ERR(e, NOMEM, "conflicts");
	x.report->refs = 1;
	enum err err = note_sources(x.report, plan, e);
	if (!err)
		err = ingest_read(g, judge_all, &x, e);
	if (err)
		virtual_report_unref(&x.report->shown);
	else
		*ret = x.report;
	return err;
}

/* Takes a plan for it, from which the caller reads. */
static enum err plan_of(struct ingest *g, struct str repo, struct virtual_plan **ret,
                        struct planned **ret_view, struct errinfo *e)
{
	struct repository *r = repository_find(g, repo);
	if (!r || !repository_is_shown(r))
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	enum err err = virtual_plan_read(g, r, ret, e);
	if (err)
		return err;
	*ret_view = virtual_plan_find(*ret, r);
	if ((*ret_view)->kind == REPO_VIRTUAL)
		return OK;
	virtual_plan_free(*ret);
	return ERR(e, INVALID, "\"%.*s\" is no virtual repository", STR_ARG(repo));
}

enum err ingest_conflicts(struct ingest *g, struct str repo, struct virtual_report **ret,
                          struct errinfo *e)
{
	struct virtual_plan *plan;
	struct planned *view;
	enum err err = plan_of(g, repo, &plan, &view, e);
	if (err)
		return err;
	struct report *found = kept_of(view->repo, plan);
	if (!found && !(err = make(g, plan, view, &found, e)))
		keep(view->repo, found);
	virtual_plan_free(plan);
	if (!err)
		*ret = &found->shown;
	return err;
}

/* ---- signatures ---- */

/* No provenance file comes to an upstream whose archives are fetched from their origin. */
static bool has_verified(const struct planned *p)
{
	const struct repo_settings *s = &p->settings->values;
	return repo_verifies(s) && (p->kind != REPO_UPSTREAM || upstream_links_here(s));
}

enum err ingest_unverified(struct ingest *g, struct arena *a, struct str repo, struct str **ret,
                           size_t *ret_count, bool *ret_all, struct errinfo *e)
{
	struct virtual_plan *plan;
	struct planned *view;
	struct str *list = NULL;
	size_t count = 0, capacity = 0;
	bool all = true;
	enum err err = plan_of(g, repo, &plan, &view, e);
	if (err)
		return err;
	for (const struct planned *p = plan->first; p && !err; p = p->next) {
		bool verifies = p->kind != REPO_VIRTUAL && has_verified(p);
		all &= !verifies;
		if (p->kind == REPO_VIRTUAL || verifies)
			continue;
		struct str *room = arena_room(a, list, count, &capacity, sizeof *list);
		list = room ? room : list;
		err = room ? OK : ERR(e, NOMEM, "members");
		if (room)
			list[count++] = str_c(p->repo->name);
	}
	virtual_plan_free(plan);
	if (err)
		return err;
	*ret = list;
	*ret_count = count;
	*ret_all = all;
	return OK;
}
