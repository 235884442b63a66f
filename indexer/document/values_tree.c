/* The values of a chart and of those within it, from the innermost outwards: what each sets, what it
 * imports from its subcharts, and, at the end, the globals that they get from it.            */
#include "indexer/document/values_merge.h"

/* ---- import-values ---- */

/* Maps for the path, the innermost of which is returned. "." is the map itself. */
static struct values_entry *make_path(struct values_build *b, struct values_entry *map,
                                      struct str path)
{
	bool more = !str_eq(path, STR("."));
	while (map && more) {
		struct str key = str_cut(&path, '.', &more);
		struct values_entry *e = values_new_map(b, key, map->owner);
		map->first = e;
		map = e;
	}
	return map;
}

static void import(struct values_build *b, struct values_entry *imported,
                   struct values_entry *values, struct str name, const struct chart_import *i)
{
	struct values_entry *from = values_child(b, values, name);
	if (from && i->name.n)
		from = values_at(b, from, STR("exports"));
	struct str path = i->name.n ? i->name : i->child;
	from = from ? values_at(b, from, path) : NULL;
	if (!from || !from->is_map) {
		values_problem(b, "import-values: %.*s has no map %s%.*s", STR_ARG(str_first(name, 200)),
		               i->name.n ? "exports." : "", STR_ARG(str_first(path, 200)));
		return;
	}
	struct values_entry *all = values_new_map(b, STR(""), from->owner);
	struct values_entry *to = all ? make_path(b, all, i->name.n ? STR(".") : i->parent) : NULL;
	if (!to)
		return;
	values_copy(b, to, from, false);
	values_put_under(b, imported, all, false);
}

static void import_all(struct values_build *b, const struct values_chart *c,
                       struct values_entry *values)
{
	const struct chart_meta *m = &c->source->chart->meta;
	struct values_entry *imported = values_new_map(b, STR(""), c);
	if (!imported)
		return;
	for (size_t i = 0; i < m->dependency_count; i++) {
		const struct chart_dependency *d = &m->dependencies[i];
		for (size_t j = 0; c->dependency_enabled[i] && j < d->import_count; j++)
			import(b, imported, values, values_name(c, d), &d->imports[j]);
	}
	values_put_under(b, values, imported, false);
}

/* ---- a chart with its subcharts ---- */

/* At the top of what a subchart gets, its own nulls are taken for deletions. */
static void mark_nulls(struct values_entry *map)
{
	for (struct values_entry *e = map->first; e; e = e->next)
		e->vanishes = values_is_null(e);
}

static bool is_sub(const struct values_chart *c, struct str name)
{
	for (size_t i = 0; i < c->sub_count; i++)
		if (str_eq(c->subs[i].name, name))
			return true;
	return false;
}

/* Helm 4: no null takes part, but for those that a subchart has for its own subcharts. */
static void drop_nulls(struct values_entry *map, const struct values_chart *c)
{
	for (struct values_entry **at = &map->first; *at;) {
		struct values_entry *e = *at;
		if (values_is_null(e)) {
			*at = e->next;
			continue;
		}
		if (e->is_map && !(c && c->below_dependencies && is_sub(c, e->key)))
			drop_nulls(e, NULL);
		at = &e->next;
	}
}

static struct values_entry *build(struct values_build *b, const struct values_chart *c)
{
	struct values_entry *map = values_new_map(b, c->name, c), *subs = values_new_map(b, STR(""), c);
	if (!map || !subs)
		return NULL;
	values_read(b, c->source);
	if (c->source->root)
		values_fill(b, map, c->source->root, 0);
	if (b->for_rendering)
		drop_nulls(map, c);
	else if (c->below_dependencies)
		mark_nulls(map);
	struct values_entry **tail = &subs->first;
	for (size_t i = 0; i < c->sub_count && !b->failed; i++) {
		struct values_entry *sub = b->all || c->subs[i].enabled ? build(b, &c->subs[i]) : NULL;
		if (!sub)
			continue;
		sub->is_chart = true;
		*tail = sub;
		tail = &sub->next;
	}
	if (!b->failed)
		values_put_under(b, map, subs, false);
	if (b->imports && !b->failed)
		import_all(b, c, map);
	return map;
}

/* ---- global ---- */

/* A map and what is none do not become one: the subchart's own stays. */
static void leave_out(struct values_build *b, struct values_entry *inherited, const struct values_entry *own)
{
	for (struct values_entry **at = &inherited->first; *at;) {
		const struct values_entry *e = values_child(b, own, (*at)->key);
		if (e && e->is_map != (*at)->is_map)
			*at = (*at)->next;
		else
			at = &(*at)->next;
	}
}

static void inherit(struct values_build *b, const struct values_entry *global,
                    const struct values_chart *from, struct values_entry *sub)
{
	struct values_entry *own = values_child(b, sub, STR("global")),
	                    *copy = values_new_map(b, STR("global"), from);
	if (!copy || (own && !own->is_map))
		return;
	copy->inherited = true;
	if (global)
		values_copy(b, copy, global, true);
	if (!own) {
		*values_end(sub) = copy;
		return;
	}
	leave_out(b, copy, own);
	values_put_under(b, copy, own, true);
	own->first = copy->first;
}

static void push_globals(struct values_build *b, const struct values_chart *c,
                         struct values_entry *values)
{
	const struct values_entry *global = values_child(b, values, STR("global"));
	for (size_t i = 0; i < c->sub_count && !b->failed; i++) {
		struct values_entry *sub = values_child(b, values, c->subs[i].name);
		if (!sub || !sub->is_map || (!b->all && !c->subs[i].enabled))
			continue;
		if (!global || global->is_map)
			inherit(b, global, c, sub);
		push_globals(b, &c->subs[i], sub);
	}
}

struct values_entry *values_merge(struct values_build *b)
{
	b->nodes_left = VALUES_NODES_MAX;
	struct values_entry *map = build(b, &b->root);
	if (map && !b->failed)
		push_globals(b, &b->root, map);
	return map;
}

/* ---- as a tree ---- */

/* Sets the value of all maps below and of this one. */
static void finish(struct values_build *b, struct values_entry *map)
{
	struct node *n = ARENA_NEW(b->a, struct node);
	b->failed |= !n;
	if (b->failed)
		return;
	*n = (struct node){ .kind = NODE_MAP, .line = map->line };
	struct node_item **tail = &n->items;
	for (struct values_entry *e = map->first; e && !b->failed; e = e->next) {
		if (e->is_map)
			finish(b, e);
		if (e->deleted || e->vanishes)
			continue;
		struct node_item *item = ARENA_NEW(b->a, struct node_item);
		b->failed |= !item;
		if (!item)
			return;
		*item = (struct node_item){ .key = e->key, .line = e->line, .value = e->value };
		*tail = item;
		tail = &item->next;
		n->count++;
	}
	map->value = n;
}

/* ---- merging in turns ---- */

static bool any(const struct values_chart *c, bool (*is)(const struct values_chart *))
{
	if (is(c))
		return true;
	for (size_t i = 0; i < c->sub_count; i++)
		if (any(&c->subs[i], is))
			return true;
	return false;
}

static bool is_off(const struct values_chart *c) { return !c->enabled; }

static bool imports(const struct values_chart *c)
{
	const struct chart_meta *m = &c->source->chart->meta;
	for (size_t i = 0; c->enabled && i < m->dependency_count; i++)
		if (c->dependency_enabled[i] && m->dependencies[i].import_count)
			return true;
	return false;
}

/* Conditions are asked of the values before anything is imported, as Helm does. */
struct values_entry *values_merge_all(struct values_build *b)
{
	b->all = true;
	struct values_entry *map = values_merge(b);
	if (!map || b->failed)
		return NULL;
	values_enable(b, map);
	if (any(&b->root, imports)) {
		b->imports = true;
		map = values_merge(b);
	}
	if (map && !b->failed)
		finish(b, map);
	return b->failed ? NULL : map;
}

/* What an install has: without those that are off. */
const struct node *values_merge_enabled(struct values_build *b, const struct values_entry *all)
{
	if (!any(&b->root, is_off))
		return all->value;
	b->all = false;
	struct values_entry *map = values_merge(b);
	if (map && !b->failed)
		finish(b, map);
	return map ? map->value : NULL;
}
