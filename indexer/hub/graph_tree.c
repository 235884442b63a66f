/* Paths through a graph: those that come back to where they were, and all of them as a tree. */
#include "indexer/base/array.h"
#include "indexer/hub/graph_parts.h"

/* ---- cycles ---- */

struct step { struct graph_version *at; size_t next; };

struct walk {
	struct graph_build *b;
	struct hub_graph *g;
	struct step *steps;
	unsigned depth;
	bool *seen;
};

static enum err name_cycle(struct walk *w, unsigned from)
{
	struct graph_cycle c = { .length = w->depth - from };
	if (w->g->cycle_count == GRAPH_FINDINGS_MAX)
		return OK;
	c.versions = arena_array(w->b->arena, GRAPH_NAMES_MAX, sizeof(void *));
	if (!c.versions)
		return ERR(w->b->e, NOMEM, "cycle");
	for (; c.count < c.length && c.count < GRAPH_NAMES_MAX; c.count++)
		c.versions[c.count] = w->steps[from + c.count].at;
	w->g->cycles[w->g->cycle_count++] = c;
	return OK;
}

static void enter(struct walk *w, struct graph_version *v)
{
	w->seen[v->place] = true;
	w->steps[w->depth++] = (struct step){ v, 0 };
	if (v->chart)
		v->chart->on_path = w->depth;
}

static void leave(struct walk *w)
{
	struct graph_chart *c = w->steps[--w->depth].at->chart;
	if (c)
		c->on_path = 0;
}

/* A chart stands on a path once, by whichever version; so a path is no longer than there are charts. */
static enum err take_step(struct walk *w)
{
	struct step *s = &w->steps[w->depth - 1];
	if (s->next == s->at->edge_count) {
		leave(w);
		return OK;
	}
	struct graph_edge *x = &s->at->edges[s->next++];
	struct graph_version *to = x->to ? w->b->versions[x->to->place] : NULL;
	if (to && to->chart && to->chart->on_path) {
		x->back = true;
		return name_cycle(w, to->chart->on_path - 1);
	}
	if (to && !w->seen[to->place])
		enter(w, to);
	return OK;
}

enum err find_cycles(struct graph_build *b, struct hub_graph *g)
{
	enum err err = OK;
	struct walk w = { .b = b, .g = g };
	g->cycles = arena_array(b->arena, GRAPH_FINDINGS_MAX, sizeof *g->cycles);
	w.steps = arena_array(b->arena, b->version_count, sizeof *w.steps);
	w.seen = arena_array(b->arena, b->version_count, sizeof *w.seen);
	if (!g->cycles || !w.steps || !w.seen)
		return ERR(b->e, NOMEM, "cycles");
	enter(&w, b->versions[0]);
	while (w.depth && !err)
		err = take_step(&w);
	return err;
}

/* ---- the tree ---- */

struct planting {
	struct arena *arena;
	struct graph_node **list;        /* in breadth */
	size_t count, capacity;
	struct graph_tree *tree;
	struct errinfo *e;
};

static bool is_above(const struct graph_node *n, const struct graph_version *v)
{
	if (!v->chart)
		return false;
	const struct graph_version *root = NULL;
	for (; n; n = n->parent) {
		if (n->edge->to && n->edge->to->chart == v->chart)
			return true;
		root = n->edge->of;
	}
	return root && root->chart == v->chart;
}

static enum err plant(struct planting *p, const struct graph_edge *x, struct graph_node *parent,
                      struct graph_node **ret)
{
	struct graph_node **list = arena_room(p->arena, p->list, p->count, &p->capacity, sizeof(void *));
	struct graph_node *n = list ? ARENA_NEW(p->arena, struct graph_node) : NULL;
	if (list)
		p->list = list;
	if (!n)
		return ERR(p->e, NOMEM, "tree of dependencies");
	*n = (struct graph_node){ .edge = x, .parent = parent, .depth = parent ? parent->depth + 1 : 1 };
	n->cycle = x->to && (parent ? is_above(parent, x->to) : x->to->chart && x->to->chart == x->of->chart);
	p->list[p->count++] = *ret = n;
	return OK;
}

static enum err grow(struct planting *p, const struct graph_version *v, struct graph_node *parent,
                     struct graph_node **to, bool *ret_cut)
{
	*ret_cut = v->cut || (v->edge_count && parent && parent->depth >= GRAPH_DEPTH_MAX);
	for (size_t i = 0; i < v->edge_count && !(parent && parent->depth >= GRAPH_DEPTH_MAX); i++) {
		if (p->count == GRAPH_NODES_MAX) {
			*ret_cut = true;
			return OK;
		}
		enum err err = plant(p, &v->edges[i], parent, to);
		if (err)
			return err;
		to = &(*to)->next;
	}
	return OK;
}

enum err graph_tree(struct arena *a, const struct hub_graph *g, struct graph_tree *ret,
                    struct errinfo *e)
{
	struct graph_tree tree = { 0 };
	struct planting p = { .arena = a, .e = e };
	enum err err = grow(&p, g->versions[0], NULL, &tree.first, &tree.cut);
	for (size_t i = 0; i < p.count && !err; i++) {
		struct graph_node *n = p.list[i];
		if (!n->edge->to || n->cycle)
			continue;
		err = grow(&p, n->edge->to, n, &n->first, &n->cut);
		tree.cut |= n->cut;
	}
	tree.count = p.count;
	if (!err)
		*ret = tree;
	return err;
}
