/* The graph as a picture, and its tree as a table, path by path; cycles and conflicts as sentences. */
#include "server/web/dependencies_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "server/route/look.h"
#include "server/route/viewer.h"
#include "server/web/graph_drawing.h"

#define DEPTH_CLASSES 8u
#define SENTENCE_MAX_BYTES (4u * KIB)

/* ---- the tree ---- */

static struct str elsewhere(const struct graph_edge *x, struct arena *a)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SENTENCE_MAX_BYTES);
	struct str text = { 0 };
	for (size_t i = 0; i < x->elsewhere_count; i++) {
		sbuf_puts(&b, i ? ", " : "");
		sbuf_put(&b, x->elsewhere[i]);
	}
	return sbuf_ok(&b) && arena_str(a, sbuf_str(&b), &text) ? text : STR("");
}

static void judge(const struct graph_edge *x, struct dependency_line *ret)
{
	static const char *const kinds[UPGRADE_KINDS] = {
		[UPGRADE_NONE] = "", [UPGRADE_PATCH] = "", [UPGRADE_MINOR] = "warn", [UPGRADE_MAJOR] = "warn",
	};
	ret->state = ret->kind = "";
	if (x->missing.n) {
		ret->state = "missing";
		ret->kind = "bad";
	} else if (x->kind != UPGRADE_NONE) {
		ret->state = upgrade_names[x->kind];
		ret->kind = kinds[x->kind];
	}
}

struct dependency_line dependency_line(struct links *l, struct arena *a, const struct graph_edge *x)
{
	struct dependency_line line = { .edge = x, .elsewhere = elsewhere(x, a) };
	if (x->repo.n && x->resolved.n)
		line.link = link_chart(l, x->repo, x->name, x->resolved);
	if (str_starts(x->repository, STR("https://")) || str_starts(x->repository, STR("http://")))
		line.repository = x->repository;
	judge(x, &line);
	return line;
}

static const struct graph_node *after(const struct graph_node *n)
{
	if (n->first)
		return n->first;
	while (n && !n->next)
		n = n->parent;
	return n ? n->next : NULL;
}

static enum err put_tree(struct dependencies_view *v, const struct hub_graph *g, struct arena *a,
                         struct errinfo *e)
{
	struct graph_tree tree;
	enum err err = graph_tree(a, g, &tree, e);
	struct dependency_line *lines = err ? NULL : arena_array(a, tree.count + 1, sizeof *lines);
	if (!lines)
		return err ? err : ERR(e, NOMEM, "page");
	for (const struct graph_node *n = tree.first; n && v->count < tree.count; n = after(n)) {
		struct dependency_line *line = &lines[v->count++];
		*line = dependency_line(v->f->page.links, a, n->edge);
		line->depth = n->depth - 1 < DEPTH_CLASSES ? n->depth - 1 : DEPTH_CLASSES;
		line->cycle = n->cycle;
		v->direct += !line->depth;
		v->outdated += !line->depth && n->edge->kind != UPGRADE_NONE;
		v->missing += n->edge->missing.n > 0;
	}
	v->lines = lines;
	v->cut = tree.cut || g->cut;
	return OK;
}

/* ---- sentences ---- */

static bool put_cycle(const struct graph_cycle *x, struct arena *a, struct str *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SENTENCE_MAX_BYTES);
	for (size_t i = 0; i < x->count; i++) {
		sbuf_put(&b, x->versions[i]->name);
		sbuf_puts(&b, " → ");
	}
	sbuf_puts(&b, x->count < x->length ? "…" : "");
	if (x->count == x->length && x->count)
		sbuf_put(&b, x->versions[0]->name);
	return arena_str(a, sbuf_str(&b), ret);
}

static bool put_conflict(const struct graph_conflict *x, struct arena *a, struct str *ret)
{
	AUTO_SBUF struct sbuf b = sbuf_make(SENTENCE_MAX_BYTES);
	sbuf_printf(&b, "%.*s: ", STR_ARG(x->name));
	for (size_t i = 0; i < x->count; i++)
		sbuf_printf(&b, "%s%.*s for %.*s", i ? ", " : "", STR_ARG(x->edges[i]->range),
		            STR_ARG(x->edges[i]->of->name));
	if (x->common.n)
		sbuf_printf(&b, "; %.*s would do for all", STR_ARG(x->common));
	else
		sbuf_puts(&b, "; no version does for all");
	return arena_str(a, sbuf_str(&b), ret);
}

static enum err put_sentences(struct dependencies_view *v, const struct hub_graph *g,
                              struct arena *a, struct errinfo *e)
{
	struct str *cycles = arena_array(a, g->cycle_count + 1, sizeof *cycles);
	struct str *conflicts = arena_array(a, g->conflict_count + 1, sizeof *conflicts);
	bool ok = cycles && conflicts;
	for (size_t i = 0; ok && i < g->cycle_count; i++)
		ok = put_cycle(&g->cycles[i], a, &cycles[i]);
	for (size_t i = 0; ok && i < g->conflict_count; i++)
		ok = put_conflict(&g->conflicts[i], a, &conflicts[i]);
	v->cycles = cycles;
	v->cycle_count = g->cycle_count;
	v->conflicts = conflicts;
	v->conflict_count = g->conflict_count;
	return ok ? OK : ERR(e, NOMEM, "page");
}

/* ---- who depends on it ---- */

static enum err put_users(struct dependencies_view *v, const struct graph_ask *ask, struct arena *a,
                          struct errinfo *e)
{
	const struct chart_frame *f = v->f;
	const struct graph_users_ask u = { .repo = f->repo, .name = f->name, .version = f->version,
	                                   .limit = USERS_SHOWN_MAX };
	struct graph_users users;
	enum err err = hub_users(f->hub, a, ask, &u, &users, e);
	struct user_line *lines = err ? NULL : arena_array(a, users.count + 1, sizeof *lines);
	if (!lines)
		return err ? err : ERR(e, NOMEM, "page");
	for (size_t i = 0; i < users.count; i++) {
		const struct graph_user *x = &users.list[i];
		lines[i] = (struct user_line){ x, link_chart(f->page.links, x->repo, x->name, x->version) };
	}
	v->users = lines;
	v->user_count = users.count;
	v->user_charts = users.charts;
	v->more_users = users.more;
	const char *asked = arena_printf(a, "depends:%.*s", STR_ARG(f->name));
	v->all_users = link_search(f->page.links, &(struct link_param){ "q", str_c(asked) }, 1);
	return OK;
}

/* ---- the picture ---- */

static enum err put_picture(struct dependencies_view *v, const struct hub_graph *g, struct arena *a,
                            struct errinfo *e)
{
	AUTO_SBUF struct sbuf svg = sbuf_make(DRAWING_MAX_BYTES);
	struct graph_drawing drawn;
	enum err err = graph_drawing(v->f->page.links, a, g, &drawn, e);
	if (!err)
		err = drawing_svg(a, &drawn.drawing, &svg, e);
	if (!err && !arena_str(a, sbuf_str(&svg), &v->picture.text))
		err = ERR(e, NOMEM, "page");
	if (!err)
		v->undrawn = drawn.more;
	return err;
}

/* ---- the page ---- */

static enum err render(struct call *c, struct chart_frame *f, struct sbuf *body, struct errinfo *e)
{
	const struct hub_viewer viewer = call_viewer(c);
	struct links *l = f->page.links;
	const struct graph_ask ask = { &viewer, link_absolute(l, l->base) };
	struct dependencies_view v = { .f = f };
	struct hub_graph g;
	enum err err = hub_graph(f->hub, &f->arena, &ask, f->repo, f->name, f->version, &g, e);
	if (!err)
		err = put_tree(&v, &g, &f->arena, e);
	if (!err && v.count)
		err = put_picture(&v, &g, &f->arena, e);
	if (!err)
		err = put_sentences(&v, &g, &f->arena, e);
	if (!err)
		err = put_users(&v, &ask, &f->arena, e);
	if (!err)
		html_dependencies_body(body, &v);
	return err;
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	return frame_page(c, TAB_DEPENDENCIES, render, s, e);
}

enum err dependencies_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, call_lookers(c), answer, e);
}
