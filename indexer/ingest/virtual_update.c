/* The writer brings the virtual repositories to where their members are, in the batch that changed them:
 * both are shown together. Members come before who has them, so a change passes through all levels.
 *
 * Looked at again is what changed: the charts that the batch notes. All of a repository, when it was set
 * or released something, or when other members take part.                                     */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/base/auto.h"
#include "indexer/ingest/virtual_impl.h"

/* ---- the whole index ---- */

struct items { struct index_item *list; size_t count, capacity; };

static enum err add_chart(struct items *to, struct walk *w, struct planned *v, int64_t clock_ns,
                          int64_t *due_ns, struct errinfo *e)
{
	struct rope_version *versions;
	size_t count;
	enum err err = virtual_chart(w, v, clock_ns, &versions, &count, due_ns, e);
	for (size_t i = 0; i < count && !err; i++) {
		struct index_item *list = array_room(to->list, to->count, &to->capacity, sizeof *list);
		if (!list)
			return ERR(e, NOMEM, "index lines");
		to->list = list;
		list[to->count++] = (struct index_item){
			.name = w->chart, .line = versions[i].line,
			.key = { versions[i].version, versions[i].created_ns }, .member = versions[i].member,
		};
	}
	return err;
}

enum err virtual_ropes(struct virtual_plan *plan, struct planned *v, struct catalog *c,
                       int64_t clock_ns, int64_t generated_ns, bool yaml, struct rope **ret_json,
                       struct rope **ret_yaml, int64_t *due_ns, struct errinfo *e)
{
	AUTO_ARENA struct arena names_arena = { 0 };
	struct items items = { 0 };
	struct str *names;
	size_t count;
	*ret_json = *ret_yaml = NULL;
	enum err err = virtual_names(&names_arena, v, &names, &count, e);
	for (size_t i = 0; i < count && !err; i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct walk w;
		walk_begin(&w, plan, c, &a, names[i]);
		err = add_chart(&items, &w, v, clock_ns, due_ns, e);
	}
	if (!err)
		err = rope_build(ROPE_JSON, items.list, items.count, generated_ns, ret_json, e);
	if (!err && yaml)
		err = rope_build(ROPE_YAML, items.list, items.count, generated_ns, ret_yaml, e);
	if (err) {
		rope_unref(*ret_json);
		*ret_json = NULL;
	}
	free(items.list);
	return err;
}

enum err virtual_left_out(const struct planned *v, struct sha256 *ret, struct errinfo *e)
{
	static const struct sha256 nothing;
	struct sha256 all[VIRTUAL_MEMBERS_MAX];
	bool any = false;
	for (size_t i = 0; i < v->member_count; i++) {
		const struct repository *r = v->members[i] ? v->members[i]->repo : NULL;
		all[i] = !r ? nothing : r->batch ? r->batch->left_out : r->left_out;
		any |= !sha256_eq(&all[i], &nothing);
	}
	*ret = nothing;
	return any ? sha256_of(str_make(all, v->member_count * sizeof *all), ret, e) : OK;
}

/* ---- in a batch ---- */

struct updating {
	struct batch *b;
	struct virtual_plan *plan;
	struct event last;               /* the newest of the batch; seq 0: none */
	struct errinfo *e;
};

static int64_t clock_of_view(const struct repository *r)
{
	return r->batch && r->batch->clock_ns ? r->batch->clock_ns : r->clock_ns;
}

static bool has_same_members(const struct planned *v, const struct planned *was)
{
	if (!was || was->settings != v->settings || was->member_count != v->member_count)
		return false;
	for (size_t i = 0; i < v->member_count; i++) {
		const struct planned *a = v->members[i], *b = was->members[i];
		if (!a != !b)
			return false;
		if (a && (a->repo != b->repo || a->kind != b->kind ||
		          a->settings->values.private != b->settings->values.private ||
		          repo_verifies(&a->settings->values) != repo_verifies(&b->settings->values)))
			return false;
	}
	return true;
}

static bool is_changed_whole(const struct updating *x, const struct planned *v)
{
	const struct batch_repo *br = v->repo->batch;
	if (br && (br->all_charts || br->releases || br->clock_ns))
		return true;
	for (size_t i = 0; i < v->member_count; i++) {
		const struct planned *m = v->members[i];
		if (m && m->repo->batch && m->repo->batch->all_charts)
			return true;
	}
	const struct virtual_plan *was = x->b->g->plan;
	return x->plan != was && !has_same_members(v, was ? virtual_plan_find(was, v->repo) : NULL);
}

static enum err update_whole(struct updating *x, struct planned *v)
{
	int64_t due_ns = INT64_MAX;
	struct rope *json, *yaml;
	struct batch_repo *br = batch_repo(x->b, v->repo);
	if (!br)
		return ERR(x->e, NOMEM, "batch");
	bool want_yaml = settings_want_yaml(x->b->g, v->settings);
	enum err err = virtual_ropes(x->plan, v, x->b->g->catalog, clock_of_view(v->repo), 0, want_yaml,
	                             &json, &yaml, &due_ns, x->e);
	if (err)
		return err;
	batch_repo_reset(br);
	br->json_base = json;
	br->yaml_base = yaml;
	br->no_yaml = !want_yaml;
	br->all_charts = true;
	br->release_ns = due_ns;
	return OK;
}

static bool is_same(const struct rope_version *a, const struct rope_version *b)
{
	return str_eq(a->version, b->version) && a->created_ns == b->created_ns && a->member == b->member &&
	       str_eq(a->line, b->line);
}

static int place_cmp(const struct rope_version *a, const struct rope_version *b)
{
	return index_key_cmp(&(struct index_key){ a->version, a->created_ns },
	                     &(struct index_key){ b->version, b->created_ns });
}

typedef enum err edit_line(struct batch *b, struct repository *r, const struct index_item *item,
                           struct errinfo *e);

struct line_list { struct rope_version *list; size_t count; bool *in_both; };

/* Both are in their order. Most lines are in both, and places are dear to compare. */
static void find_same(struct line_list *a, struct line_list *b)
{
	for (size_t i = 0, k = 0; i < a->count && k < b->count;) {
		bool same = is_same(&a->list[i], &b->list[k]);
		int order = same ? 0 : place_cmp(&a->list[i], &b->list[k]);
		if (same)
			a->in_both[i] = b->in_both[k] = true;
		i += order <= 0;
		k += order >= 0;
	}
}

static enum err edit_others(const struct updating *x, struct planned *v, struct str chart,
                            const struct line_list *l, edit_line *edit)
{
	enum err err = OK;
	for (size_t i = 0; i < l->count && !err; i++) {
		const struct rope_version *version = &l->list[i];
		struct index_item item = { .name = chart, .line = version->line, .member = version->member,
		                           .key = { version->version, version->created_ns } };
		err = l->in_both[i] ? OK : edit(x->b, v->repo, &item, x->e);
	}
	return err;
}

/* Lines go before others come: of a version whose line changed, the last edit counts. */
static enum err exchange(const struct updating *x, struct planned *v, struct walk *w, struct line_list *was,
                         struct line_list *is)
{
	was->in_both = arena_array(w->arena, was->count + 1, sizeof *was->in_both);
	is->in_both = arena_array(w->arena, is->count + 1, sizeof *is->in_both);
	if (!was->in_both || !is->in_both)
		return ERR(x->e, NOMEM, "versions");
	find_same(was, is);
	enum err err = edit_others(x, v, w->chart, was, batch_remove_line);
	return err ? err : edit_others(x, v, w->chart, is, batch_put_line);
}

static enum err compare_chart(struct updating *x, struct planned *v, struct walk *w)
{
	struct line_list was = { .list = NULL }, is = { .list = NULL };
	int64_t due_ns = INT64_MAX;
	enum err err = virtual_chart(w, v, clock_of_view(v->repo), &is.list, &is.count, &due_ns, x->e);
	if (!err)
		err = rope_chart(w->arena, v->repo->now->json, w->chart, &was.list, &was.count, x->e);
	if (!err)
		err = exchange(x, v, w, &was, &is);
	if (due_ns < atomic_load(&v->repo->release_ns))      /* too early, if this fails, does no harm */
		atomic_store(&v->repo->release_ns, due_ns);
	return err;
}

/* What a batch did to a version of a member, or of the virtual repository itself. */
struct note {
	struct str chart, version;
	const struct repository *repo;
	bool rival;                      /* the file of another one, that it did this to, has the same name */
};
struct notes { struct note *list; size_t count, capacity; };

/* The name is a hosted member's, and was before: nobody came to it or lost it, and all of it is shown. `list`:
 * all notes about the chart.                                                                  */
static bool has_same_owner(const struct planned *v, const struct note *list, size_t count)
{
	struct str chart = list->chart;
	if (!v->owner || v->owner->kind != REPO_HOSTED || !virtual_takes_all(v, chart))
		return false;
	for (size_t i = 0; i < count; i++)
		if (list[i].rival)
			return false;
	for (size_t i = 0; i < v->member_count; i++) {
		const struct planned *m = v->members[i];
		if (m && m->repo->batch && (m->kind == REPO_VIRTUAL || rope_has_chart(planned_rope(m), chart) !=
		                            rope_has_chart(m->repo->now->json, chart)))
			return false;
	}
	return true;
}

/* Then it has changed as its owner has, however many versions there are. */
static enum err follow_owner(const struct updating *x, struct planned *v, const struct note *list,
                             size_t count)
{
	struct rope *rope = planned_rope(v->owner);
	enum err err = OK;
	for (size_t i = 0; i < count && !err; i++) {
		struct rope_version version = { .created_ns = 0 };
		if (list[i].repo != v->owner->repo)
			continue;
		bool shown = rope_version(rope, list[i].chart, list[i].version, &version);
		const struct index_item item = { .name = list[i].chart, .line = version.line, .member = v->owner_at,
		                                 .key = { list[i].version, version.created_ns } };
		err = (shown ? batch_put_line : batch_remove_line)(x->b, v->repo, &item, x->e);
	}
	return err;
}

/* `list`: all notes about one chart. */
static enum err update_chart(struct updating *x, struct planned *v, const struct note *list, size_t count)
{
	AUTO_ARENA struct arena a = { 0 };
	struct walk w;
	walk_begin(&w, x->plan, x->b->g->catalog, &a, list->chart);
	enum err err = walk_claim(&w, v, x->e);
	if (err)
		return err;
	return has_same_owner(v, list, count) ? follow_owner(x, v, list, count) : compare_chart(x, v, &w);
}

struct noting { struct updating *x; struct notes *to; struct planned *v; struct note now; };

static enum err add_note(struct noting *n)
{
	struct notes *to = n->to;
	struct note *list = arena_room(&n->x->b->arena, to->list, to->count, &to->capacity, sizeof *list);
	if (!list)
		return ERR(n->x->e, NOMEM, "batch");
	to->list = list;
	list[to->count++] = n->now;
	return OK;
}

/* It may have to give its file name up, or get it; and so may the one that was changed. */
static enum err add_rival(void *ctx, struct str chart, struct str version, struct errinfo *e)
{
	struct noting *n = ctx;
	struct arena *a = &n->x->b->arena;
	struct noting other = { n->x, n->to, n->v, { .repo = n->now.repo, .rival = true } };
	n->now.rival = true;
	return arena_str(a, chart, &other.now.chart) && arena_str(a, version, &other.now.version) ? add_note(&other)
	       : ERR(e, NOMEM, "batch");
}

static enum err add_notes(struct updating *x, struct notes *to, struct planned *v, const struct repository *r)
{
	const struct changed_chart *c = r->batch ? r->batch->charts : NULL;
	enum err err = OK;
	for (; c && !err; c = c->following) {
		struct noting n = { x, to, v, { c->name, c->version, r, false } };
		err = virtual_rivals(v, c->name, c->version, add_rival, &n, x->e);
		if (!err)
			err = add_note(&n);
	}
	return err;
}

/* Of all that a member is made of: what one below it does may take a name from an upstream, though the
 * member shows nothing of it. */
static enum err add_all_notes(struct updating *x, struct notes *to, struct planned *v, struct planned *p)
{
	if (p->noted == x->plan->walks)
		return OK;
	p->noted = x->plan->walks;
	enum err err = add_notes(x, to, v, p->repo);
	for (size_t i = 0; i < p->member_count && !err; i++)
		if (p->members[i])
			err = add_all_notes(x, to, v, p->members[i]);
	return err;
}

static int note_cmp(const void *left, const void *right)
{
	const struct note *a = left, *b = right;
	return str_cmp(a->chart, b->chart);
}

static enum err update_charts(struct updating *x, struct planned *v)
{
	struct notes notes = { .list = NULL };
	x->plan->walks++;
	enum err err = add_all_notes(x, &notes, v, v);
	if (notes.count)
		qsort(notes.list, notes.count, sizeof *notes.list, note_cmp);
	for (size_t at = 0, n; at < notes.count && !err; at += n) {
		for (n = 1; at + n < notes.count && !note_cmp(&notes.list[at], &notes.list[at + n]);)
			n++;
		err = update_chart(x, v, &notes.list[at], n);
	}
	return err;
}

static enum err show(struct updating *x, struct planned *v)
{
	struct batch_repo *br = v->repo->batch;
	const struct snapshot *now = v->repo->now;
	struct sha256 left_out;
	enum err err = virtual_left_out(v, &left_out, x->e);
	if (err || (!br && sha256_eq(&left_out, &v->repo->left_out)))
		return err;
	br = batch_repo(x->b, v->repo);
	if (!br)
		return ERR(x->e, NOMEM, "batch");
	br->left_out = left_out;
	br->last = x->last.seq > now->event ? x->last : (struct event){ .seq = 0 };
	err = batch_snapshot(x->b, br, x->e);
	return err ? err : virtual_remember(x->b->g->catalog, v->repo->id, br->next->event, x->e);
}

static enum err update(struct updating *x, struct planned *v)
{
	struct batch_repo *br = v->repo->batch;
	enum err err = br && br->releases ? virtual_log_releases(x->b, v, x->e) : OK;
	if (!err && br && br->last.seq > x->last.seq)
		x->last = br->last;
	if (!err)
		err = is_changed_whole(x, v) ? update_whole(x, v) : update_charts(x, v);
	return err ? err : show(x, v);
}

enum err virtual_update(struct batch *b, struct errinfo *e)
{
	struct updating x = { .b = b, .e = e };
	enum err err = b->repos ? batch_plan(b, &x.plan, e) : OK;
	for (const struct batch_repo *br = b->repos; br; br = br->following)
		if (br->last.seq > x.last.seq)
			x.last = br->last;
	for (size_t i = 0; x.plan && i < x.plan->count && !err; i++)
		err = update(&x, x.plan->order[i]);
	return err;
}
