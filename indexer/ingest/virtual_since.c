/* Since when a member of a virtual repository has a chart's name there, as the log tells it: who had a name
 * first keeps it, and a member that begins to offer it does not take it over.
 *
 * Members that joined with the same event, with what they had then, are equal: the order decides.
 * An old name in old settings means who has it now, if it was renamed since.                    */
#include "indexer/base/auto.h"
#include "indexer/format/node.h"
#include "indexer/ingest/lineage.h"
#include "indexer/ingest/virtual_impl.h"

/* ---- since when it is a member ---- */

struct joining {
	struct planned *v;
	struct lineage lineage;
	const struct str *names;         /* the members, as the settings have them now */
	bool *open;                      /* it was a member in everything newer that was read */
	struct errinfo *e;
};

static bool is_meant(const struct joining *x, size_t i, struct str word, uint64_t event)
{
	if (str_eq(word, x->names[i]))
		return true;
	struct fate fate = lineage_follow(&x->lineage, word, event);
	return !fate.deleted && x->v->members[i] && str_eq_c(fate.name, x->v->members[i]->repo->name);
}

static bool has_member(const struct joining *x, size_t i, struct str words, uint64_t event)
{
	struct str word;
	while ((word = repo_setting_next_word(&words)).n)
		if (is_meant(x, i, word, event))
			return true;
	return false;
}

/* Sets how many are open still. */
static enum err take_settings(struct joining *x, const struct event *ev, size_t *ret_open)
{
	AUTO_ARENA struct arena a = { 0 };
	const struct node *detail = NULL;
	enum err err = json_read(&a, ev->detail, "detail", &detail, x->e);
	if (err)
		return err;
	struct str members = node_text(node_get(node_get(detail, "settings"), "members"));
	*ret_open = 0;
	for (size_t i = 0; i < x->v->member_count; i++) {
		x->open[i] = x->open[i] && has_member(x, i, members, ev->seq);
		if (x->open[i])
			x->v->joined[i] = ev->seq;
		*ret_open += x->open[i];
	}
	return OK;
}

/* Backwards through what it was set to, also under the names that it had before. */
static enum err read_settings(struct joining *x, struct catalog *c)
{
	uint64_t before = INT64_MAX, from = 0;
	size_t open = x->v->member_count;
	struct str name = str_c(x->v->repo->name);
	enum err err = OK;
	while (!err && open && lineage_name_at(&x->lineage, str_c(x->v->repo->name), before - 1, &name, &from)) {
		AUTO_ARENA struct arena a = { 0 };
		struct event ev;
		err = catalog_settings_event_before(c, &a, name, before, &ev, x->e);
		if (err == ERR_NOT_FOUND || (!err && ev.seq < from))
			return OK;
		if (err)
			return err;
		err = take_settings(x, &ev, &open);
		before = ev.seq;
	}
	return err;
}

static enum err read_joined(struct walk *w, struct planned *v, struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct joining x = { .v = v, .e = e };
	size_t count;
	x.names = ownership_members(v->ownership, &count);
	x.open = arena_array(&a, count + 1, sizeof *x.open);
	v->joined = arena_array(&w->plan->arena, count + 1, sizeof *v->joined);
	if (!x.open || !v->joined)
		return ERR(e, NOMEM, "members");
	for (size_t i = 0; i < count; i++)
		x.open[i] = true;
	enum err err = lineage_read(w->catalog, &x.lineage, e);
	if (!err)
		err = read_settings(&x, w->catalog);
	lineage_done(&x.lineage);
	if (err)
		v->joined = NULL;
	return err;
}

/* ---- since when it has the name ---- */

static size_t place_of(const struct planned *v, const struct planned *member)
{
	size_t i = 0;
	while (i + 1 < v->member_count && v->members[i] != member)
		i++;
	return i;
}

enum err walk_since(struct walk *w, struct planned *v, size_t i, uint64_t *ret, struct errinfo *e)
{
	const struct planned *p = v->members[i];
	uint64_t since = 0;
	enum err err = v->joined ? OK : read_joined(w, v, e);
	if (!err && p->kind == REPO_UPSTREAM)
		err = catalog_name_since(w->catalog, p->repo->id, w->chart, &since, e);
	if (!err && p->kind == REPO_VIRTUAL && p->owner)
		err = walk_since(w, v->members[i], place_of(p, p->owner), &since, e);
	if (!err)
		*ret = since > v->joined[i] ? since : v->joined[i];
	return err;
}
