/* Layers: everything stands to the right of all that lead to it. */
#include "server/web/drawing_parts.h"

/* ---- circles ---- */

struct outgoing { size_t *first, *edges; };      /* edges by their source */

static enum err sort_edges(struct arena *a, const struct drawing *d, struct outgoing *ret,
                           struct errinfo *e)
{
	struct outgoing o = { arena_array(a, d->node_count + 2, sizeof *o.first),
		                  arena_array(a, d->edge_count + 1, sizeof *o.edges) };
	if (!o.first || !o.edges)
		return ERR(e, NOMEM, "drawing");
	for (size_t i = 0; i < d->edge_count; i++)
		o.first[d->edges[i].from + 2]++;
	for (size_t i = 2; i < d->node_count + 2; i++)
		o.first[i] += o.first[i - 1];
	for (size_t i = 0; i < d->edge_count; i++)
		o.edges[o.first[d->edges[i].from + 1]++] = i;
	*ret = o;
	return OK;
}

enum state { NEW, OPEN, CLOSED };

struct visit {
	const struct drawing *d;
	const struct outgoing *out;
	enum state *state;
	size_t *stack, *next, depth;
	bool *left_out;
};

static void visit(struct visit *v, size_t node)
{
	v->state[node] = OPEN;
	v->next[node] = v->out->first[node];
	v->stack[v->depth++] = node;
}

/* Depth first: an edge to where the walk came from closes a circle. */
static void walk(struct visit *v)
{
	while (v->depth) {
		size_t node = v->stack[v->depth - 1];
		if (v->next[node] == v->out->first[node + 1]) {
			v->state[node] = CLOSED;
			v->depth--;
			continue;
		}
		size_t edge = v->out->edges[v->next[node]++], to = v->d->edges[edge].to;
		v->left_out[edge] = v->state[to] == OPEN;
		if (v->state[to] == NEW)
			visit(v, to);
	}
}

static enum err open_circles(struct arena *a, const struct drawing *d, bool *left_out,
                             struct errinfo *e)
{
	struct outgoing out;
	struct visit v = { .d = d, .out = &out, .left_out = left_out };
	enum err err = sort_edges(a, d, &out, e);
	v.state = arena_array(a, d->node_count + 1, sizeof *v.state);
	v.stack = arena_array(a, d->node_count + 1, sizeof *v.stack);
	v.next = arena_array(a, d->node_count + 1, sizeof *v.next);
	if (err || !v.state || !v.stack || !v.next)
		return err ? err : ERR(e, NOMEM, "drawing");
	for (size_t i = 0; i < d->node_count; i++)
		if (v.state[i] == NEW) {
			visit(&v, i);
			walk(&v);
		}
	return OK;
}

/* ---- layers ---- */

static enum err assign(struct arena *a, const struct drawing *d, struct layers *l, struct errinfo *e)
{
	enum err err = open_circles(a, d, l->left_out, e);
	bool moved = !err;               /* every round settles at least one layer more */
	while (moved) {
		moved = false;
		for (size_t i = 0; i < d->edge_count; i++) {
			size_t wanted = l->items[d->edges[i].from].layer + 1;
			if (l->left_out[i] || l->items[d->edges[i].to].layer >= wanted)
				continue;
			l->items[d->edges[i].to].layer = wanted;
			moved = true;
		}
	}
	for (size_t i = 0; i < d->node_count; i++)
		if (l->items[i].layer >= l->layer_count)
			l->layer_count = l->items[i].layer + 1;
	return err;
}

static size_t count_links(const struct drawing *d, const struct layers *l)
{
	size_t n = 0;
	for (size_t i = 0; i < d->edge_count; i++)
		if (!l->left_out[i])
			n += l->items[d->edges[i].to].layer - l->items[d->edges[i].from].layer;
	return n;
}

/* A line gets an item in every layer that it passes. */
static void add_chain(struct layers *l, const struct drawing_edge *x, size_t edge)
{
	size_t from = x->from, last = l->items[x->to].layer;
	l->chain[edge] = l->link_count;
	for (size_t layer = l->items[x->from].layer + 1; layer <= last; layer++) {
		size_t to = layer == last ? x->to : l->item_count++;
		l->items[to].layer = layer;
		l->links[l->link_count++] = (struct link){ from, to };
		from = to;
	}
}

static enum err add_chains(struct arena *a, const struct drawing *d, struct layers *l,
                           struct errinfo *e)
{
	size_t links = count_links(d, l);
	struct item *items = arena_array(a, d->node_count + links + 1, sizeof *items);
	l->links = arena_array(a, links + 1, sizeof *l->links);
	l->chain = arena_array(a, d->edge_count + 1, sizeof *l->chain);
	if (!items || !l->links || !l->chain)
		return ERR(e, NOMEM, "drawing");
	memcpy(items, l->items, d->node_count * sizeof *items);
	l->items = items;
	l->item_count = d->node_count;
	for (size_t i = 0; i < d->edge_count; i++)
		if (!l->left_out[i])
			add_chain(l, &d->edges[i], i);
	return OK;
}

static enum err fill_layers(struct arena *a, struct layers *l, struct errinfo *e)
{
	l->layer = arena_array(a, l->layer_count + 1, sizeof *l->layer);
	l->layer_size = arena_array(a, l->layer_count + 1, sizeof *l->layer_size);
	if (!l->layer || !l->layer_size)
		return ERR(e, NOMEM, "drawing");
	for (size_t i = 0; i < l->item_count; i++)
		l->layer_size[l->items[i].layer]++;
	for (size_t i = 0; i < l->layer_count; i++) {
		l->layer[i] = arena_array(a, l->layer_size[i] + 1, sizeof **l->layer);
		if (!l->layer[i])
			return ERR(e, NOMEM, "drawing");
		l->layer_size[i] = 0;
	}
	for (size_t i = 0; i < l->item_count; i++) {
		size_t at = l->items[i].layer;
		l->items[i].place = l->layer_size[at];
		l->layer[at][l->layer_size[at]++] = i;
	}
	return OK;
}

enum err drawing_layers(struct arena *a, const struct drawing *d, struct layers *ret,
                        struct errinfo *e)
{
	struct layers l = { .items = arena_array(a, d->node_count + 1, sizeof *l.items),
		                .left_out = arena_array(a, d->edge_count + 1, sizeof *l.left_out) };
	if (!l.items || !l.left_out)
		return ERR(e, NOMEM, "drawing");
	enum err err = assign(a, d, &l, e);
	if (!err)
		err = add_chains(a, d, &l, e);
	if (!err)
		err = fill_layers(a, &l, e);
	if (!err)
		*ret = l;
	return err;
}
