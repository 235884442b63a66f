/* Plans: the repositories that virtual ones are made of. A member is meant by its name, or by one that it
 * had before it was renamed, as long as no other repository has taken that.                   */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/base/log.h"
#include "indexer/ingest/virtual_impl.h"

struct planning {
	struct ingest *g;
	struct virtual_plan *plan;
	size_t capacity;
	struct errinfo *e;
};

struct planned *virtual_plan_find(const struct virtual_plan *p, const struct repository *r)
{
	struct planned *x = p->first;
	while (x && x->repo != r)
		x = x->next;
	return x;
}

/* The one that will have the name; NULL: none. */
static struct repository *find_member(const struct planning *x, struct str name)
{
	struct repository *r = repository_meant(x->g, name);
	if (x->plan->reading)
		return r && repository_is_shown(r) ? r : NULL;
	while (r && r->batch && r->batch->ends)
		r = r->batch->becomes;
	return r && r->id ? r : NULL;
}

static void hold(struct planning *x, struct planned *p)
{
	struct repository *r = p->repo;
	if (x->plan->reading) {
		p->held = repository_snapshot(r);
		p->settings = settings_ref(p->held->own_settings);
	} else {
		bool set = r->batch && r->batch->settings;
		p->settings = settings_ref(set ? r->batch->settings : r->now->own_settings);
	}
	p->kind = repo_kind(&p->settings->values);
}

static bool has_rules_for_entries(const struct repo_settings *s)
{
	AUTO_SBUF struct sbuf rules = sbuf_make(REPO_SETTINGS_MAX_BYTES);
	struct repo_settings others = *s;
	others.take_charts = (struct str){ 0 };
	selection_rules(&others, &rules);
	return rules.n || !sbuf_ok(&rules);
}

/* What was set long ago may not make sense any more; the repository is empty then. */
static enum err read_rules(struct planning *x, struct planned *p)
{
	struct errinfo why = { 0 };
	const struct repo_settings *s = &p->settings->values;
	enum err err = selection_new(&x->plan->arena, s, &p->selection, &why);
	if (!err)
		err = ownership_new(&x->plan->arena, str_c(p->repo->name), s, &p->ownership, &why);
	p->judges_entries = has_rules_for_entries(s);
	if (err != ERR_INVALID)
		return err ? err_set(x->e, err, "%s", why.detail) : OK;
	p->ownership = NULL;
	LOG(LOG_WARN, "virtual.unusable", KV("repo", (const char *)p->repo->name),
	    KV("detail", (const char *)why.detail));
	return OK;
}

static enum err add(struct planning *x, struct repository *r, struct planned **ret);

static enum err add_members(struct planning *x, struct planned *p)
{
	const struct str *names = ownership_members(p->ownership, &p->member_count);
	p->members = arena_array(&x->plan->arena, p->member_count + 1, sizeof *p->members);
	if (!p->members)
		return ERR(x->e, NOMEM, "virtual repositories");
	enum err err = OK;
	for (size_t i = 0; i < p->member_count && !err; i++) {
		struct repository *r = find_member(x, names[i]);
		err = r ? add(x, r, &p->members[i]) : OK;
		if (p->members[i] && p->members[i]->open)    /* a circle: refused when it was set */
			p->members[i] = NULL;
	}
	return err;
}

static enum err add_virtual(struct planning *x, struct planned *p)
{
	struct virtual_plan *plan = x->plan;
	p->open = true;
	enum err err = read_rules(x, p);
	if (!err && p->ownership)
		err = add_members(x, p);
	p->open = false;
	if (err)
		return err;
	struct planned **order = arena_room(&plan->arena, plan->order, plan->count, &x->capacity,
	                                    sizeof *order);
	if (!order)
		return ERR(x->e, NOMEM, "virtual repositories");
	plan->order = order;
	order[plan->count++] = p;
	return OK;
}

static enum err add(struct planning *x, struct repository *r, struct planned **ret)
{
	*ret = virtual_plan_find(x->plan, r);
	if (*ret)
		return OK;
	struct planned *p = ARENA_NEW(&x->plan->arena, struct planned);
	if (!p)
		return ERR(x->e, NOMEM, "virtual repositories");
	p->repo = r;
	p->next = x->plan->first;
	x->plan->first = p;
	hold(x, p);
	enum err err = p->kind == REPO_VIRTUAL ? add_virtual(x, p) : OK;
	*ret = p;
	return err;
}

/* Of `only`, or of all. */
static enum err make(struct ingest *g, struct repository *only, struct virtual_plan **ret,
                     struct errinfo *e)
{
	struct virtual_plan *plan = calloc(1, sizeof *plan);
	struct planning x = { .g = g, .plan = plan, .e = e };
	struct planned *p;
	if (!plan)
		return ERR(e, NOMEM, "virtual repositories");
	plan->reading = only != NULL;
	enum err err = only ? add(&x, only, &p) : OK;
	struct repository *r = only ? NULL : atomic_load(&g->repositories);
	for (; r && !err; r = r->next)
		if (r->id && !atomic_load(&r->gone) && !(r->batch && r->batch->ends) &&
		    repo_kind(batch_settings(r)) == REPO_VIRTUAL)
			err = add(&x, r, &p);
	if (err)
		virtual_plan_free(plan);
	else
		*ret = plan;
	return err;
}

enum err virtual_plan_new(struct ingest *g, struct virtual_plan **ret, struct errinfo *e)
{
	return make(g, NULL, ret, e);
}

enum err virtual_plan_read(struct ingest *g, struct repository *r, struct virtual_plan **ret,
                           struct errinfo *e)
{
	return make(g, r, ret, e);
}

void virtual_plan_free(struct virtual_plan *p)
{
	if (!p)
		return;
	for (struct planned *x = p->first; x; x = x->next) {
		settings_unref(x->settings);
		snapshot_unref(x->held);
	}
	arena_done(&p->arena);
	free(p);
}

enum err batch_plan(struct batch *b, struct virtual_plan **ret, struct errinfo *e)
{
	if (b->structure != b->planned) {
		virtual_plan_free(b->plan);
		b->plan = NULL;
		enum err err = virtual_plan_new(b->g, &b->plan, e);
		if (err)
			return err;
		b->planned = b->structure;
	}
	*ret = b->plan ? b->plan : b->g->plan;
	return OK;
}

/* ---- circles ---- */

struct reached { struct arena arena; struct repository **list; size_t count, capacity; };

static bool is_reached(const struct reached *x, const struct repository *r)
{
	for (size_t i = 0; i < x->count; i++)
		if (x->list[i] == r)
			return true;
	return false;
}

static struct repository *find_meant(const struct batch *b, struct str word)
{
	struct repository *r = repository_meant(b->g, word);
	while (r && r->batch && r->batch->ends)
		r = r->batch->becomes;
	return r;
}

/* The virtual ones among the members. */
static enum err reach(struct batch *b, struct reached *x, const struct virtual_next *of,
                      const struct repo_settings *s, struct errinfo *e)
{
	struct str rest = s->members, word;
	while ((word = repo_setting_next_word(&rest)).n) {
		struct repository *r = find_meant(b, word);
		if (str_eq(word, of->name) || (r && r == of->repo))
			return ERR(e, INVALID, "members: \"%.*s\" would be a member of itself", STR_ARG(of->name));
		if (!r || !r->id || repo_kind(batch_settings(r)) != REPO_VIRTUAL || is_reached(x, r))
			continue;
		struct repository **list = arena_room(&x->arena, x->list, x->count, &x->capacity, sizeof *list);
		if (!list)
			return ERR(e, NOMEM, "members");
		x->list = list;
		list[x->count++] = r;
	}
	return OK;
}

/* ---- how deep ---- */

static unsigned larger(unsigned a, unsigned b) { return a > b ? a : b; }

/* It may name what is yet to be made. */
static bool has_member(const struct batch *b, const struct planned *v, const struct virtual_next *of)
{
	struct str rest = v->settings->values.members, word;
	while ((word = repo_setting_next_word(&rest)).n)
		if (str_eq(word, of->name) || (of->repo && find_meant(b, word) == of->repo))
			return true;
	return false;
}

/* How many virtual ones there are from v down, and from v down to `of`; 0: that is not below it. */
static void measure(const struct batch *b, struct planned *v, const struct virtual_next *of)
{
	v->below = 1;
	v->above = v->repo != of->repo && has_member(b, v, of);
	for (size_t i = 0; i < v->member_count; i++) {
		const struct planned *m = v->members[i];
		if (!m || m->kind != REPO_VIRTUAL)
			continue;
		v->below = larger(v->below, m->below + 1);
		v->above = larger(v->above, m->above ? m->above + 1 : 0);
	}
}

/* What the index would show and no file be found of. */
static enum err check_depth(struct batch *b, const struct virtual_next *of, struct errinfo *e)
{
	struct virtual_plan *plan;
	struct str rest = of->settings->members, word;
	unsigned above = 0, below = 0;
	enum err err = batch_plan(b, &plan, e);
	if (err || !plan)
		return err;
	for (size_t i = 0; i < plan->count; i++) {
		measure(b, plan->order[i], of);
		above = larger(above, plan->order[i]->above);
	}
	while ((word = repo_setting_next_word(&rest)).n) {
		const struct repository *r = find_meant(b, word);
		const struct planned *m = r ? virtual_plan_find(plan, r) : NULL;
		below = larger(below, m ? m->below : 0);
	}
	return above + 1 + below <= VIRTUAL_DEPTH_MAX ? OK :
	       ERR(e, INVALID, "members: more than %u virtual repositories below each other", VIRTUAL_DEPTH_MAX);
}

enum err virtual_check(struct batch *b, const struct virtual_next *of, struct errinfo *e)
{
	struct reached x = { .list = NULL };
	enum err err = repo_kind(of->settings) == REPO_VIRTUAL ? reach(b, &x, of, of->settings, e) : OK;
	for (size_t i = 0; i < x.count && !err; i++)
		err = reach(b, &x, of, batch_settings(x.list[i]), e);
	arena_done(&x.arena);
	return err || repo_kind(of->settings) != REPO_VIRTUAL ? err : check_depth(b, of, e);
}
