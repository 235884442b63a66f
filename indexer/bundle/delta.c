/* What a bundle tells of, and which files it carries. A whole one: everything that is selected. A delta: what
 * changed since its parent, and what the other side has not.
 *
 * By a parent alone, the other side has what was selected there (delta_then.c).                */
#include "indexer/base/auto.h"
#include "indexer/bundle/create_impl.h"
#include "indexer/store/event_kind.h"

static uint64_t parent_of(const struct making *m)
{
	return m->has_inventory ? m->inventory.trip.event : m->o->has_parent ? m->o->parent : 0;
}

/* That an archive of an upstream came is no event, but its line is new with it, or it has other bytes now. */
static enum err note_line(struct making *m, const struct source *s, struct item *i, struct errinfo *e)
{
	struct sha256 then;
	enum err err = catalog_file_at(m->catalog, s->row.id, item_file(i), parent_of(m), &then, e);
	i->came |= err == ERR_NOT_FOUND || (!err && !sha256_eq(&then, &i->digest));
	return err == ERR_NOT_FOUND ? OK : err;
}

static enum err note_event(void *ctx, const struct event *ev, struct errinfo *e)
{
	struct making *m = ctx;
	struct source *s = making_source_of(m, ev);
	struct item *i = s && ev->chart.n ? making_find(m, s, ev->chart, ev->version) : NULL;
	const struct event_kind *kind = event_kind_find(ev->kind);
	m->own_was_set |= s && s->is_own && !ev->chart.n;
	if (!i)
		return OK;
	i->changed = true;
	i->came |= kind && kind->does & MAKES;
	i->prov_came |= kind && kind->does & (MAKES | PROV);
	return !i->came && kind && kind->does & (LINE_ADDED | LINE_CHANGED) ? note_line(m, s, i, e) : OK;
}

static enum err read_state(struct making *m, uint64_t seq, struct bundle_state *ret, int64_t *ret_at,
                           struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	struct event ev;
	enum err err = catalog_event(m->catalog, &a, seq, &ev, e);
	if (!err && ev.seq != seq)
		err = ERR(e, INVALID, "the log here has no event %llu: on the other side `chartlocker bundle "
		          "list` tells the last trip", (unsigned long long)seq);
	if (err)
		return err;
	ret->event = seq;
	ret->leaf = ev.leaf;
	if (ret_at)
		*ret_at = ev.at_ns;
	return OK;
}

/* ---- from where to where ---- */

static enum err check_inventory(struct making *m, const struct bundle_head *h, struct errinfo *e)
{
	const struct inventory *v = &m->inventory;
	struct bundle_state here;
	if (!str_eq(v->repo, h->repo))
		return ERR(e, INVALID, "this is the inventory of \"%.*s\", not of \"%.*s\"", STR_ARG(v->repo),
		           STR_ARG(h->repo));
	if (!v->trip.event)
		return OK;
	if (!str_eq(v->instance, h->instance))
		return ERR(e, INVALID, "this inventory is of bundles that another data directory made (%.*s)",
		           STR_ARG(v->instance));
	enum err err = read_state(m, v->trip.event, &here, NULL, e);
	if (err && err != ERR_INVALID)
		return err;
	if (err || !sha256_eq(&here.leaf, &v->trip.leaf))
		err = ERR(e, INVALID, "this inventory knows an event %llu that is not in the log here: that was changed, as by "
		          "restoring a backup. To go on with it delete \"%.*s\" on the other side or rename it "
		          "(chartlocker repo rename %.*s NEW), then take a whole bundle",
		          (unsigned long long)v->trip.event, STR_ARG(h->repo), STR_ARG(h->repo));
	return err;
}

/* What the other side has of a repository that is no more would be mixed with what has its name now. */
static enum err check_lineage(const struct making *m, const struct bundle_head *h, struct errinfo *e)
{
	struct str then;
	uint64_t from = 0;
	if (!h->parent.event || lineage_name_at(&m->lineage, h->repo, h->parent.event, &then, &from))
		return OK;
	return ERR(e, INVALID, "\"%.*s\" is another repository than the one that had the name at event %llu: on the "
	           "other side delete or rename that (chartlocker repo rename %.*s NEW), then take a whole bundle",
	           STR_ARG(h->repo), (unsigned long long)h->parent.event, STR_ARG(h->repo));
}

static enum err read_parent(struct making *m, struct bundle_head *h, struct errinfo *e)
{
	enum err err = m->has_inventory ? check_inventory(m, h, e) : OK;
	if (!err)
		err = read_state(m, parent_of(m), &h->parent, NULL, e);
	return err ? err : check_lineage(m, h, e);
}

/* The last event of what is in it: those of others would make other bytes of the same. A trip that ended with
 * one of a dependency that nobody needs any more is gone on from all the same.                */
static enum err read_own(struct making *m, struct bundle_head *h, struct errinfo *e)
{
	uint64_t parent = parent_of(m), last = m->has_inventory || m->o->selection.closure ? parent : 0;
	for (size_t i = 0; i < m->source_count; i++) {
		AUTO_ARENA struct arena a = { 0 };
		struct event ev;
		if (!m->sources[i].included)
			continue;
		enum err err = catalog_last_told(m->catalog, &a, m->sources[i].row.name, &ev, e);
		if (err && err != ERR_NOT_FOUND)
			return err;
		if (!err && ev.seq > last)
			last = ev.seq;
	}
	if (parent > last)
		return ERR(e, INVALID, "the last event of \"%.*s\" is %llu: nothing came after %llu",
		           STR_ARG(h->repo), (unsigned long long)last, (unsigned long long)parent);
	enum err err = read_state(m, last, &h->own, &h->at_ns, e);
	return err ? err : catalog_root(m->catalog, last, &h->root, e);
}

/* ---- each version ---- */

static void judge_whole(struct item *i)
{
	i->told = true;
	i->carried = !i->deleted;
	i->carries_prov = i->carried && i->prov;
}

static void judge_by_inventory(const struct making *m, const struct source *s, struct item *i)
{
	const struct inventory_repo *has = inventory_of(&m->inventory, s->row.name, false);
	bool there = !i->deleted && !inventory_has(inventory_of(&m->inventory, s->row.name, true), &i->digest);
	i->carried = there && !inventory_has(has, &i->digest);
	i->carries_prov = there && i->prov && !inventory_has(has, &i->prov->digest);
	i->told = i->changed || i->carried || i->carries_prov;
}

/* What is verified now may not have been so then: verdicts are not kept as they were. */
static bool is_selected_anew(const struct making *m, const struct item *i)
{
	return m->verified_alone && i->source->is_own && (i->prov_came || m->own_was_set);
}

static void judge_by_parent(const struct making *m, struct item *i)
{
	bool there = !i->deleted;
	bool anew = i->came || !then_had(m, i) || is_selected_anew(m, i);
	i->carried = there && anew;
	i->carries_prov = there && i->prov && (anew || i->prov_came);
	i->told = i->changed || i->carried;
}

static void judge_source(struct making *m, const struct source *s)
{
	for (size_t k = 0; k < s->count; k++) {
		struct item *i = s->items[k];
		if (i->rule == BUNDLE_RULE_NONE)
			continue;
		if (!m->ret->head.parent.event)
			judge_whole(i);
		else if (m->has_inventory)
			judge_by_inventory(m, s, i);
		else
			judge_by_parent(m, i);
	}
}

enum err delta_judge(struct making *m, struct errinfo *e)
{
	struct bundle_head *h = &m->ret->head;
	enum err err = then_read(m, parent_of(m), e);
	if (!err)
		err = read_parent(m, h, e);
	if (!err)
		err = read_own(m, h, e);
	if (!err && h->parent.event)
		err = catalog_events_between(m->catalog, h->parent.event, h->own.event, note_event, m, e);
	for (size_t i = 0; i < m->source_count && !err; i++)
		judge_source(m, &m->sources[i]);
	return err;
}
