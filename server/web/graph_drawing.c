/* A version is one box, however many depend on it. What is missing is a box for each name and address;
 * where a cycle closes, a small one says where it goes on.                                   */
#include "server/web/graph_drawing.h"

#include "indexer/base/limits.h"

#define LINES_MAX 400u
_Static_assert(GRAPH_DRAWN_MAX <= DRAWING_NODES_MAX && LINES_MAX <= DRAWING_EDGES_MAX, "a drawing");

#define NONE SIZE_MAX

struct making {
	struct links *links;
	struct arena *arena;
	const struct hub_graph *g;
	struct drawing_node *nodes;
	struct drawing_edge *edges;
	size_t *place;                   /* of each version, its box */
	const struct graph_edge **missing;       /* of each box that is one */
	struct graph_drawing made;
	struct errinfo *e;
};

static enum err no_memory(struct making *m) { return ERR(m->e, NOMEM, "drawing"); }

/* ---- boxes ---- */

static size_t add_node(struct making *m, struct drawing_node n)
{
	size_t at = m->made.drawing.node_count;
	if (at == GRAPH_DRAWN_MAX)
		return NONE;
	m->nodes[at] = n;
	m->made.drawing.node_count++;
	return at;
}

/* "17.0.1, newest 18.0.0": the one thing about it that matters most. */
static const char *note_of(struct making *m, const struct graph_version *v, const struct graph_edge *x)
{
	struct str current = x && x->current.n ? x->current : v->version;
	if (x && x->differs)
		return arena_printf(m->arena, "%.*s, ranges differ", STR_ARG(current));
	if (x && x->kind)
		return arena_printf(m->arena, "%.*s, newest %.*s", STR_ARG(current), STR_ARG(x->newest));
	return v->repo.n ? arena_dup(m->arena, current) :
	       arena_printf(m->arena, "%.*s, %s", STR_ARG(current),
	                    x && x->missing.n ? "in the archive alone" : "in the archive");
}

static const char *class_of(const struct graph_version *v, const struct graph_edge *x)
{
	if (!x)
		return "root";
	if (x->missing.n)
		return "missing packed";
	return x->differs ? "conflict" : x->kind ? "outdated" : v->repo.n ? NULL : "packed";
}

/* "stable/redis 17.3.0; Chart.lock has 17.0.1; newest 18.0.0 (major)" */
static const char *title_of(struct making *m, const struct graph_version *v,
                            const struct graph_edge *x)
{
	struct sbuf b = sbuf_make(16u * KIB);
	if (v->repo.n)
		sbuf_printf(&b, "%.*s/", STR_ARG(v->repo));
	sbuf_printf(&b, "%.*s %.*s", STR_ARG(v->name), STR_ARG(v->version));
	if (x && x->locked.n)
		sbuf_printf(&b, "; Chart.lock has %.*s", STR_ARG(x->locked));
	if (x && x->vendored.n && v->repo.n)
		sbuf_printf(&b, "; the archive has %.*s", STR_ARG(x->vendored));
	if (x && x->missing.n)
		sbuf_printf(&b, "; %.*s", STR_ARG(x->missing));
	if (x && x->differs)
		sbuf_puts(&b, "; other ranges give another version");
	if (x && x->kind)
		sbuf_printf(&b, "; newest %.*s (%s)", STR_ARG(x->newest), upgrade_names[x->kind]);
	const char *title = sbuf_ok(&b) ? arena_dup(m->arena, sbuf_str(&b)) : NULL;
	sbuf_done(&b);
	return title;
}

/* `x` leads to it; NULL: the one that all is about. */
static enum err add_version(struct making *m, const struct graph_version *v, const struct graph_edge *x,
                            size_t *ret)
{
	const char *note = note_of(m, v, x), *title = title_of(m, v, x);
	struct drawing_node n = { .name = v->name, .note = str_c(note), .title = str_c(title) };
	if (!note || !title)
		return no_memory(m);
	n.class = class_of(v, x);
	if (v->repo.n)
		n.link = link_chart_part(m->links, v->repo, v->name, v->version, "dependencies");
	*ret = m->place[v->place] = add_node(m, n);
	return OK;
}

static struct str lack_of(const struct graph_edge *x)
{
	return x->yanked ? STR("yanked") : x->repo.n ? STR("no such version") : STR("not in this catalog");
}

static enum err add_missing(struct making *m, const struct graph_edge *x, size_t *ret)
{
	struct str note = lack_of(x);
	for (size_t i = 0; i < m->made.drawing.node_count; i++)
		if (m->missing[i] && str_eq(m->missing[i]->name, x->name) &&
		    str_eq(m->missing[i]->repository, x->repository) && str_eq(m->nodes[i].note, note)) {
			*ret = i;
			return OK;
		}
	const char *title = arena_printf(m->arena, "%.*s: %.*s", STR_ARG(x->name), STR_ARG(x->missing));
	if (!title)
		return no_memory(m);
	*ret = add_node(m, (struct drawing_node){ .name = x->name, .note = note,
	                                          .title = str_c(title), .class = "missing" });
	if (*ret != NONE)
		m->missing[*ret] = x;
	return OK;
}

/* Where a path comes back to what stands on it: the line would run against all others. */
static enum err add_cycle(struct making *m, const struct graph_edge *x, size_t *ret)
{
	const char *title = arena_printf(m->arena, "a cycle: back to %.*s %.*s", STR_ARG(x->to->name),
	                                 STR_ARG(x->to->version));
	if (!title)
		return no_memory(m);
	*ret = add_node(m, (struct drawing_node){ .name = x->name, .note = STR("cycle"), .class = "cycle",
	                                          .title = str_c(title) });
	return OK;
}

/* ---- lines ---- */

/* Two dependencies on one version are one line, with both ranges if they differ. */
static enum err add_line(struct making *m, size_t from, size_t to, const struct graph_edge *x)
{
	struct drawing *d = &m->made.drawing;
	for (size_t i = d->edge_count; i-- > 0 && m->edges[i].from == from;) {
		if (m->edges[i].to != to)
			continue;
		if (str_eq(m->edges[i].label, x->range))
			return OK;
		const char *both = arena_printf(m->arena, "%.*s, %.*s", STR_ARG(m->edges[i].label),
		                                STR_ARG(x->range));
		m->edges[i].label = str_c(both);
		return both ? OK : no_memory(m);
	}
	if (d->edge_count == LINES_MAX)
		m->made.more++;
	else
		m->edges[d->edge_count++] = (struct drawing_edge){ from, to, x->range, NULL };
	return OK;
}

static enum err add_edge(struct making *m, size_t from, const struct graph_edge *x)
{
	size_t to;
	enum err err = OK;
	if (x->back)
		err = add_cycle(m, x, &to);
	else if (x->to && m->place[x->to->place] != NONE)
		to = m->place[x->to->place];
	else if (x->to)
		err = add_version(m, x->to, x, &to);
	else
		err = add_missing(m, x, &to);
	if (err)
		return err;
	if (to == NONE)
		m->made.more++;
	return to == NONE ? OK : add_line(m, from, to, x);
}

/* In breadth, as the graph was made: what has no place is what is far away. */
static enum err make(struct making *m)
{
	size_t root;
	enum err err = add_version(m, m->g->versions[0], NULL, &root);
	for (size_t i = 0; i < m->g->count && !err; i++) {
		const struct graph_version *v = m->g->versions[i];
		if (m->place[i] == NONE) {
			m->made.more += v->edge_count;
			continue;
		}
		for (size_t k = 0; k < v->edge_count && !err; k++)
			err = add_edge(m, m->place[i], &v->edges[k]);
	}
	return err;
}

static enum err describe(struct making *m)
{
	const struct graph_version *v = m->g->versions[0];
	struct drawing *d = &m->made.drawing;
	const char *title = arena_printf(m->arena, "Dependencies of %.*s %.*s", STR_ARG(v->name),
	                                 STR_ARG(v->version));
	const char *text = arena_printf(m->arena, "%zu charts, %zu dependencies between them, %zu missing. "
	                                "The table below has the same.", d->node_count, d->edge_count,
	                                m->g->missing);
	d->title = str_c(title);
	d->description = str_c(text);
	return title && text ? OK : no_memory(m);
}

enum err graph_drawing(struct links *l, struct arena *a, const struct hub_graph *g,
                       struct graph_drawing *ret, struct errinfo *e)
{
	struct making m = { .links = l, .arena = a, .g = g, .e = e };
	m.nodes = arena_array(a, GRAPH_DRAWN_MAX, sizeof *m.nodes);
	m.edges = arena_array(a, LINES_MAX, sizeof *m.edges);
	m.missing = arena_array(a, GRAPH_DRAWN_MAX, sizeof(void *));
	m.place = arena_array(a, g->count, sizeof *m.place);
	if (!m.nodes || !m.edges || !m.missing || !m.place)
		return no_memory(&m);
	for (size_t i = 0; i < g->count; i++)
		m.place[i] = NONE;
	m.made.drawing.nodes = m.nodes;
	m.made.drawing.edges = m.edges;
	enum err err = make(&m);
	if (!err)
		err = describe(&m);
	if (!err)
		*ret = m.made;
	return err;
}
