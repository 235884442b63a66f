/* Who has a chart's name: each repository of a plan is asked once, however many ways lead to it. */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/ingest/virtual_impl.h"

const struct snapshot *planned_snapshot(const struct planned *p)
{
	if (p->held)
		return p->held;
	const struct batch_repo *br = p->repo->batch;
	return br && br->next ? br->next : p->repo->now;
}

struct rope *planned_rope(const struct planned *p) { return planned_snapshot(p)->json; }

void walk_begin(struct walk *w, struct virtual_plan *plan, struct catalog *c, struct arena *a,
                struct str chart)
{
	*w = (struct walk){ .plan = plan, .catalog = c, .arena = a, .chart = chart };
	plan->walks++;
}

static struct planned *reserver_of(const struct planned *p, const struct ownership_candidate *list,
                                   size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct planned *m = p->members[list[i].member];
		if (list[i].hosted && list[i].verdict == OWNERSHIP_PRIVATE)
			return m->reserver ? m->reserver : m;
	}
	return NULL;
}

_Static_assert(VIRTUAL_MEMBERS_MAX <= UINT8_MAX + 1u, "a place among them fits beside a line");

static void settle(struct walk *w, struct planned *p, const struct ownership_candidate *list, size_t count,
                   ssize_t winner)
{
	bool takes = selection_takes_name(p->selection, w->chart);
	p->reserver = winner < 0 && takes ? reserver_of(p, list, count) : NULL;
	if (winner < 0)
		return;
	p->owner_at = (uint8_t)list[winner].member;
	p->owner = p->members[p->owner_at];
	p->hosted = list[winner].hosted;
	p->has = rope_has_chart(planned_rope(p), w->chart) || (p->hosted && takes);
}

static enum err claim_virtual(struct walk *w, struct planned *p, struct errinfo *e)
{
	struct ownership_candidate *candidates;
	size_t count;
	ssize_t winner;
	enum err err = walk_candidates(w, p, &candidates, &count, &winner, e);
	if (!err)
		settle(w, p, candidates, count, winner);
	return err;
}

enum err walk_claim(struct walk *w, struct planned *p, struct errinfo *e)
{
	if (p->walk == w->plan->walks)
		return OK;
	p->walk = w->plan->walks;
	p->owner = p->reserver = NULL;
	p->hosted = p->kind == REPO_HOSTED;
	p->has = p->kind != REPO_VIRTUAL && rope_has_chart(planned_rope(p), w->chart);
	return p->kind == REPO_VIRTUAL ? claim_virtual(w, p, e) : OK;
}

/* ---- what no index shows ---- */

static enum err find_kept(void *ctx, const struct version_row *row, struct errinfo *e)
{
	(void)row, (void)e;
	*(bool *)ctx = true;
	return OK;
}

static enum err candidates_of(struct walk *w, struct planned *v, bool kept,
                              struct ownership_candidate **ret, size_t *ret_count, struct errinfo *e);

/* Asked only where an upstream would win the name: all versions of a hosted repository may be yanked,
 * damaged or deleted, and the name is its own.                                               */
static enum err claim_kept(struct walk *w, struct planned *p, struct errinfo *e)
{
	struct ownership_candidate *list;
	size_t count;
	enum err err = walk_claim(w, p, e);
	if (err || p->has || p->reserver || p->kind == REPO_UPSTREAM || p->kept == w->plan->walks)
		return err;
	p->kept = w->plan->walks;
	if (p->kind == REPO_HOSTED)
		return catalog_versions_page(w->catalog, p->repo->id, w->chart, 0, 1, find_kept, &p->has, e);
	err = candidates_of(w, p, true, &list, &count, e);
	if (!err && p->ownership)
		settle(w, p, list, count, ownership_judge(p->ownership, w->chart, list, count));
	return err;
}

static enum err list(struct walk *w, struct planned *v, bool kept, struct ownership_candidate *to,
                     size_t *ret_count, struct errinfo *e)
{
	enum err err = OK;
	*ret_count = 0;
	for (size_t i = 0; i < v->member_count && !err; i++) {
		struct planned *p = v->members[i];
		if (!p)
			continue;
		err = kept ? claim_kept(w, p, e) : walk_claim(w, p, e);
		if (!err && (p->has || p->reserver))
			to[(*ret_count)++] = (struct ownership_candidate){
				.member = i, .hosted = p->hosted || p->reserver, .hidden = p->reserver != NULL,
				.private = p->settings->values.private,
			};
	}
	return err;
}

static enum err candidates_of(struct walk *w, struct planned *v, bool kept,
                              struct ownership_candidate **ret, size_t *ret_count, struct errinfo *e)
{
	*ret_count = 0;
	*ret = arena_array(w->arena, v->member_count + 1, sizeof **ret);
	if (!*ret)
		return ERR(e, NOMEM, "members");
	return v->ownership ? list(w, v, kept, *ret, ret_count, e) : OK;
}

/* Who had it first is asked where several upstreams have it, and nothing else decides. */
static enum err choose(struct walk *w, struct planned *v, struct ownership_candidate *list,
                       size_t count, ssize_t *ret_winner, struct errinfo *e)
{
	enum err err = OK;
	for (size_t i = 0; i < count; i++)
		list[i].since = 0;
	*ret_winner = ownership_judge(v->ownership, w->chart, list, count);
	if (!ownership_asks_since(v->ownership, list, count))
		return OK;
	for (size_t i = 0; i < count && !err; i++)
		err = walk_since(w, v, list[i].member, &list[i].since, e);
	if (!err)
		*ret_winner = ownership_judge(v->ownership, w->chart, list, count);
	return err;
}

enum err walk_candidates(struct walk *w, struct planned *v, struct ownership_candidate **ret,
                         size_t *ret_count, ssize_t *ret_winner, struct errinfo *e)
{
	*ret_winner = -1;
	enum err err = candidates_of(w, v, false, ret, ret_count, e);
	if (err || !v->ownership)
		return err;
	*ret_winner = ownership_judge(v->ownership, w->chart, *ret, *ret_count);
	if (*ret_winner < 0 || (*ret)[*ret_winner].hosted)
		return OK;
	err = list(w, v, true, *ret, ret_count, e);
	return err ? err : choose(w, v, *ret, *ret_count, ret_winner, e);
}

enum err walk_newcomer(struct walk *w, struct planned *v, size_t i, enum ownership_verdict *ret,
                       struct errinfo *e)
{
	struct ownership_candidate *list;
	size_t count;
	ssize_t winner;
	enum err err = candidates_of(w, v, true, &list, &count, e);
	if (err)
		return err;
	list[count] = (struct ownership_candidate){ .member = i,
	                                            .private = v->members[i]->settings->values.private };
	err = choose(w, v, list, count + 1, &winner, e);
	if (!err)
		*ret = list[count].verdict;
	return err;
}

struct planned *walk_source(const struct planned *p)
{
	while (p->kind == REPO_VIRTUAL && p->owner)
		p = p->owner;
	return p->kind == REPO_VIRTUAL ? NULL : (struct planned *)p;
}

/* ---- all names ---- */

struct names { struct arena *arena; struct str *list; size_t count, capacity; };

static enum err add_name(struct names *n, struct str name, struct errinfo *e)
{
	struct str *list = arena_room(n->arena, n->list, n->count, &n->capacity, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "chart names");
	n->list = list;
	list[n->count++] = name;
	return OK;
}

static void sort_names(struct names *n)
{
	size_t kept = 0;
	if (n->count)
		qsort(n->list, n->count, sizeof *n->list, str_order);
	for (size_t i = 0; i < n->count; i++)
		if (!kept || !str_eq(n->list[kept - 1], n->list[i]))
			n->list[kept++] = n->list[i];
	n->count = kept;
}

enum err virtual_names(struct arena *a, const struct planned *v, struct str **ret, size_t *ret_count,
                       struct errinfo *e)
{
	struct names all = { .arena = a };
	enum err err = OK;
	for (size_t i = 0; i < v->member_count && !err; i++) {
		struct str *names;
		size_t count = 0;
		if (v->members[i])
			err = rope_names(a, planned_rope(v->members[i]), &names, &count, e);
		for (size_t k = 0; k < count && !err; k++)
			err = add_name(&all, names[k], e);
	}
	sort_names(&all);
	*ret = all.list;
	*ret_count = all.count;
	return err;
}
