/* Ranges for one chart that do not give one version. */
#include "indexer/base/array.h"
#include "indexer/hub/graph_parts.h"

static bool differs(const struct graph_chart *c)
{
	for (const struct graph_edge *x = c->edges; x; x = x->next_here)
		if (!str_eq(x->resolved, c->edges->resolved))
			return true;
	return false;
}

struct ranges { struct semver_range **list; size_t count; };

/* Each text once, as far as that is easily told: equal ones mostly stand in a row. */
static enum err read_ranges(struct graph_build *b, const struct graph_chart *c, struct ranges *ret)
{
	struct str last = { 0 };
	ret->list = arena_array(b->arena, c->edge_count, sizeof *ret->list);
	if (!ret->list)
		return ERR(b->e, NOMEM, "ranges");
	for (const struct graph_edge *x = c->edges; x; last = x->range, x = x->next_here) {
		if (str_eq(last, x->range))
			continue;
		enum err err = semver_range_parse(b->arena, x->range, &ret->list[ret->count], b->e);
		if (err)
			return err;
		ret->count++;
	}
	return OK;
}

static bool all_have(const struct ranges *r, const struct semver *v)
{
	for (size_t i = 0; i < r->count; i++)
		if (!semver_range_has(r->list[i], v))
			return false;
	return true;
}

static enum err find_common(struct graph_build *b, const struct graph_chart *c, struct str *ret)
{
	struct ranges ranges = { 0 };
	enum err err = read_ranges(b, c, &ranges);
	for (size_t i = 0; i < c->found.count && !err; i++)
		if (c->versions[i].text.n && all_have(&ranges, &c->versions[i]))
			return arena_str(b->arena, c->versions[i].text, ret) ? OK : ERR(b->e, NOMEM, "version");
	return err;
}

/* One for each range and version is. */
static bool is_named(const struct graph_conflict *k, const struct graph_edge *x)
{
	for (size_t i = 0; i < k->count; i++)
		if (str_eq(k->edges[i]->range, x->range) && str_eq(k->edges[i]->resolved, x->resolved))
			return true;
	return false;
}

static enum err tell(struct graph_build *b, const struct graph_chart *c, struct graph_conflict *ret)
{
	struct graph_conflict k = { .repo = c->repo, .name = c->name };
	k.edges = arena_array(b->arena, GRAPH_NAMES_MAX, sizeof(void *));
	if (!k.edges)
		return ERR(b->e, NOMEM, "conflict");
	for (struct graph_edge *x = c->edges; x; x = x->next_here) {
		x->differs = true;
		if (k.count < GRAPH_NAMES_MAX && !is_named(&k, x))
			k.edges[k.count++] = x;
		else
			k.more++;
	}
	enum err err = find_common(b, c, &k.common);
	if (!err)
		*ret = k;
	return err;
}

enum err find_conflicts(struct graph_build *b, struct hub_graph *g)
{
	enum err err = OK;
	g->conflicts = arena_array(b->arena, GRAPH_FINDINGS_MAX, sizeof *g->conflicts);
	if (!g->conflicts)
		return ERR(b->e, NOMEM, "conflicts");
	for (const struct graph_chart *c = b->charts; c && !err; c = c->next) {
		if (!c->edges || !differs(c) || g->conflict_count == GRAPH_FINDINGS_MAX)
			continue;
		err = tell(b, c, &g->conflicts[g->conflict_count]);
		g->conflict_count += !err;
	}
	return err;
}
