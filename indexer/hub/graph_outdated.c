/* What is out of date: of a version, and of all charts of a repository. */
#include <stdlib.h>

#include "indexer/base/array.h"
#include "indexer/hub/graph_parts.h"

/* ---- of a version ---- */

static int by_step(const void *left, const void *right)
{
	const struct graph_edge *a = *(const struct graph_edge *const *)left;
	const struct graph_edge *b = *(const struct graph_edge *const *)right;
	if (a->kind != b->kind)
		return a->kind > b->kind ? -1 : 1;
	return (a > b) - (a < b);        /* of one array: as they are written */
}

enum err graph_outdated(struct arena *a, const struct graph_version *v,
                        const struct graph_edge ***ret, size_t *ret_count, struct errinfo *e)
{
	size_t count = 0;
	const struct graph_edge **list = arena_array(a, v->edge_count + 1, sizeof *list);
	if (!list)
		return ERR(e, NOMEM, "dependencies");
	for (size_t i = 0; i < v->edge_count; i++)
		if (v->edges[i].kind)
			list[count++] = &v->edges[i];
	if (count)
		qsort(list, count, sizeof *list, by_step);
	*ret = list;
	*ret_count = count;
	return OK;
}

/* ---- of a repository ---- */

struct behind { struct graph_behind *list; size_t count, room; };

static enum err measure(struct graph_build *b, const struct hub_chart *c, struct graph_behind *ret)
{
	struct graph_version *v;
	enum err err = build_root(b, c->repo, c->name, c->entry.meta.version, &v);
	b->edge_count = 0;
	b->steps = 0;
	if (!err)
		err = build_edges(b, v);
	if (err == ERR_NOT_FOUND || err == ERR_REPO_NOT_FOUND)
		return OK;                   /* gone meanwhile */
	if (err)
		return err;
	*ret = (struct graph_behind){ .repo = v->repo, .name = v->name, .version = v->version, .of = v,
	                              .dependencies = v->edge_count };
	for (size_t i = 0; i < v->edge_count; i++) {
		ret->missing += v->edges[i].missing.n > 0;
		ret->count[v->edges[i].kind]++;
	}
	return OK;
}

static enum err measure_repo(struct graph_build *b, struct str repo, struct behind *x)
{
	struct hub_charts charts = { 0 };
	enum err err = hub_charts(b->hub, b->arena, b->ask->viewer, repo, &charts, b->e);
	for (size_t i = 0; i < charts.count && !err; i++) {
		struct graph_behind one = { 0 };
		if (!charts.list[i]->dependency_count)
			continue;
		err = measure(b, charts.list[i], &one);
		if (err || !one.of)
			continue;
		struct graph_behind *list = arena_room(b->arena, x->list, x->count, &x->room, sizeof *list);
		if (!list)
			err = ERR(b->e, NOMEM, "charts");
		else
			(x->list = list)[x->count++] = one;
	}
	hub_charts_done(&charts);
	return err;
}

static enum err measure_hosted(struct graph_build *b, struct behind *x)
{
	struct repo_info *repos;
	size_t count;
	enum err err = ingest_repos(b->hub->ingest, b->arena, &repos, &count, b->e);
	for (size_t i = 0; !err && i < count; i++)
		if (repos[i].kind == REPO_HOSTED && hub_sees(b->ask->viewer, repos[i].name))
			err = measure_repo(b, repos[i].name, x);
	return err;
}

enum err hub_behind(struct hub *h, struct arena *a, const struct graph_ask *ask, struct str repo,
                    struct graph_behind **ret, size_t *ret_count, struct errinfo *e)
{
	struct graph_build b;
	struct behind x = { 0 };
	enum err err = build_open(&b, h, a, ask, e);
	if (!err && repo.n && (!hub_sees(b.ask->viewer, repo) || !ingest_has_repo(h->ingest, repo)))
		err = ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	if (!err)
		err = repo.n ? measure_repo(&b, repo, &x) : measure_hosted(&b, &x);
	build_close(&b);
	if (err)
		return err;
	*ret = x.list;
	*ret_count = x.count;
	return OK;
}
