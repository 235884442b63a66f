/* Trees of dependencies as JSON. What is not there is null; texts of strangers are cut. */
#include "server/api/dependencies.h"
#include "server/api/json_parts.h"

#define TEXT_SHOWN_BYTES 2048u       /* of one text: a tree may repeat it thousands of times */

static void put_or_null(struct sbuf *b, const char *key, struct str value)
{
	put_text_or_null(b, key, str_first(value, TEXT_SHOWN_BYTES));
}

static void put_tags(struct sbuf *b, struct str tags)
{
	tags = str_first(tags, TEXT_SHOWN_BYTES);
	list_begin(b, "tags");
	while (tags.n) {
		json_next(b);
		sbuf_json(b, str_cut(&tags, ',', NULL));
	}
	sbuf_putc(b, ']');
}

static void put_written(struct sbuf *b, const struct graph_edge *x)
{
	put_or_null(b, "name", x->name);
	json_text(b, "range", str_first(x->range, TEXT_SHOWN_BYTES));
	json_text(b, "repository", str_first(x->repository, TEXT_SHOWN_BYTES));
	put_or_null(b, "alias", x->alias);
	put_or_null(b, "condition", x->condition);
	put_tags(b, x->tags);
	json_key(b, "import_values");
	sbuf_put(b, x->imports.n && x->imports.n <= TEXT_SHOWN_BYTES ? x->imports : STR("[]"));
}

static void put_steps(struct sbuf *b, const struct graph_edge *x)
{
	put_or_null(b, "current", x->current);
	put_or_null(b, "newest", x->newest);
	put_or_null(b, "kind", x->kind ? str_c(upgrade_names[x->kind]) : STR(""));
	json_bool(b, "admitted", x->admitted);
	object_begin(b, "steps");
	for (enum upgrade_kind k = UPGRADE_PATCH; k < UPGRADE_KINDS; k++)
		if (x->step[k].n)
			json_text(b, upgrade_names[k], x->step[k]);
	sbuf_putc(b, '}');
}

static void put_edge(struct sbuf *b, const struct graph_edge *x)
{
	put_written(b, x);
	put_or_null(b, "repo", x->repo);
	put_or_null(b, "resolved", x->resolved);
	json_bool(b, "deprecated", x->deprecated);
	put_or_null(b, "locked", x->locked);
	put_or_null(b, "vendored", x->vendored);
	put_or_null(b, "missing", x->missing);
	json_texts(b, "elsewhere", x->elsewhere, x->elsewhere_count);
	put_steps(b, x);
}

void put_dependency(struct sbuf *b, const struct graph_edge *x)
{
	element_begin(b);
	put_edge(b, x);
	sbuf_putc(b, '}');
}

/* No deeper than GRAPH_DEPTH_MAX. True: some were left out. */
static bool put_nodes(struct sbuf *b, const struct graph_node *n)
{
	bool left_out = false;
	list_begin(b, "dependencies");
	for (; n && b->n < DEPENDENCIES_CUT_BYTES; n = n->next) {
		element_begin(b);
		put_edge(b, n->edge);
		json_bool(b, "cycle", n->cycle);
		bool cut = put_nodes(b, n->first);
		json_bool(b, "cut", n->cut || (cut && b->n >= DEPENDENCIES_CUT_BYTES));
		sbuf_putc(b, '}');
		left_out |= cut;
	}
	sbuf_putc(b, ']');
	return left_out || n;
}

/* ---- what was found on the way ---- */

static void put_version(struct sbuf *b, const struct graph_version *v)
{
	put_or_null(b, "repo", v->repo);
	json_text(b, "name", str_first(v->name, TEXT_SHOWN_BYTES));
	json_text(b, "version", str_first(v->version, TEXT_SHOWN_BYTES));
}

static void put_cycles(struct sbuf *b, const struct hub_graph *g)
{
	list_begin(b, "cycles");
	for (size_t i = 0; i < g->cycle_count; i++) {
		const struct graph_cycle *cycle = &g->cycles[i];
		element_begin(b);
		json_number(b, "length", cycle->length);
		list_begin(b, "charts");
		for (size_t k = 0; k < cycle->count; k++) {
			element_begin(b);
			put_version(b, cycle->versions[k]);
			sbuf_putc(b, '}');
		}
		sbuf_puts(b, "]}");
	}
	sbuf_putc(b, ']');
}

static void put_wish(struct sbuf *b, const struct graph_edge *x)
{
	element_begin(b);
	json_text(b, "range", str_first(x->range, TEXT_SHOWN_BYTES));
	json_text(b, "resolved", x->resolved);
	object_begin(b, "by");
	put_version(b, x->of);
	sbuf_puts(b, "}}");
}

static void put_conflicts(struct sbuf *b, const struct hub_graph *g)
{
	list_begin(b, "conflicts");
	for (size_t i = 0; i < g->conflict_count; i++) {
		const struct graph_conflict *k = &g->conflicts[i];
		element_begin(b);
		json_text(b, "repo", k->repo);
		json_text(b, "name", k->name);
		put_or_null(b, "common", k->common);
		list_begin(b, "ranges");
		for (size_t n = 0; n < k->count; n++)
			put_wish(b, k->edges[n]);
		sbuf_putc(b, ']');
		json_number(b, "more", k->more);
		sbuf_putc(b, '}');
	}
	sbuf_putc(b, ']');
}

void put_dependency_tree(struct sbuf *b, const struct hub_graph *g, const struct graph_tree *tree)
{
	sbuf_putc(b, '{');
	put_version(b, g->versions[0]);
	bool cut = put_nodes(b, tree->first);
	put_cycles(b, g);
	put_conflicts(b, g);
	json_number(b, "missing", g->missing);
	json_bool(b, "cut", cut || g->cut || tree->cut);
	sbuf_puts(b, "}\n");
}

/* ---- lists ---- */

void put_outdated(struct sbuf *b, const struct graph_edge *x)
{
	element_begin(b);
	put_or_null(b, "name", x->name);
	put_or_null(b, "alias", x->alias);
	json_text(b, "range", str_first(x->range, TEXT_SHOWN_BYTES));
	json_text(b, "repository", str_first(x->repository, TEXT_SHOWN_BYTES));
	put_or_null(b, "repo", x->repo);
	put_steps(b, x);
	sbuf_putc(b, '}');
}

static void begin_named(struct sbuf *b, const struct graph_edge *x)
{
	element_begin(b);
	put_or_null(b, "name", x->name);
	json_text(b, "range", str_first(x->range, TEXT_SHOWN_BYTES));
	json_text(b, "repository", str_first(x->repository, TEXT_SHOWN_BYTES));
}

static void put_missing(struct sbuf *b, const struct graph_edge *x)
{
	begin_named(b, x);
	json_text(b, "missing", x->missing);
	sbuf_putc(b, '}');
}

static void put_deprecated(struct sbuf *b, const struct graph_edge *x)
{
	begin_named(b, x);
	sbuf_putc(b, '}');
}

void put_behind(struct sbuf *b, const struct graph_behind *x)
{
	element_begin(b);
	put_version(b, x->of);
	json_number(b, "dependencies", x->dependencies);
	list_begin(b, "outdated");
	for (enum upgrade_kind k = UPGRADE_MAJOR; k > UPGRADE_NONE; k--)
		for (size_t i = 0; i < x->of->edge_count; i++)
			if (x->of->edges[i].kind == k)
				put_outdated(b, &x->of->edges[i]);
	sbuf_putc(b, ']');
	list_begin(b, "missing");
	for (size_t i = 0; i < x->of->edge_count; i++)
		if (x->of->edges[i].missing.n)
			put_missing(b, &x->of->edges[i]);
	sbuf_putc(b, ']');
	list_begin(b, "deprecated");
	for (size_t i = 0; i < x->of->edge_count; i++)
		if (x->of->edges[i].deprecated)
			put_deprecated(b, &x->of->edges[i]);
	sbuf_puts(b, "]}");
}

void put_user(struct sbuf *b, const struct graph_user *x)
{
	element_begin(b);
	json_text(b, "repo", x->repo);
	json_text(b, "name", x->name);
	json_text(b, "version", x->version);
	json_text(b, "range", str_first(x->range, TEXT_SHOWN_BYTES));
	put_or_null(b, "alias", x->alias);
	json_bool(b, "accepts", x->accepts);
	json_bool(b, "accepts_newest", x->accepts_newest);
	sbuf_putc(b, '}');
}
