/* See graph.h. The graph is made in breadth: what is near is there when the limit is reached. */
#include "indexer/hub/graph_parts.h"

#include <search.h>

#include "indexer/base/array.h"
#include "indexer/hub/uses.h"

/* ---- a graph in the making ---- */

enum err build_open(struct graph_build *b, struct hub *h, struct arena *a,
                    const struct graph_ask *ask, struct errinfo *e)
{
	static const struct graph_ask everybody;
	struct errinfo ignored = { 0 };
	enum err err = OK;
	*b = (struct graph_build){ .hub = h, .arena = a, .ask = ask ?: &everybody, .e = e };
	b->charts_end = &b->charts;
	if (b->ask->own.n)
		err = address_read(a, b->ask->own, &b->own, e);
	b->has_own = b->ask->own.n && !err;
	b->resolver = uses_resolver(&h->table);
	if (hub_reader_take(h, &b->reader, &ignored))
		b->reader = NULL;            /* then archives are read */
	return err == ERR_INVALID ? OK : err;
}

static void keep(void *in_arena) { (void)in_arena; }

void build_close(struct graph_build *b)
{
	for (struct graph_chart *c = b->charts; c; c = c->next)
		hub_versions_done(&c->found);
	tdestroy(b->chart_tree, keep);
	tdestroy(b->version_tree, keep);
	if (b->reader)
		hub_reader_give(b->hub, b->reader);
	resolver_unref(b->resolver);
}

/* ---- charts ---- */

static int chart_cmp(const void *left, const void *right)
{
	const struct graph_chart *a = left, *b = right;
	int order = str_cmp(a->name, b->name);
	return order ? order : str_cmp(a->repo, b->repo);
}

static enum err read_versions(struct graph_build *b, struct graph_chart *c)
{
	struct errinfo why = { 0 };
	enum err err = hub_versions(b->hub, b->arena, c->repo, c->name, &c->found, &why);
	if (err == ERR_NOT_FOUND || err == ERR_REPO_NOT_FOUND)
		return OK;
	if (err)
		return err_set(b->e, err, "%s", why.detail);
	c->versions = arena_array(b->arena, c->found.count, sizeof *c->versions);
	c->prerelease = arena_array(b->arena, c->found.count, sizeof *c->prerelease);
	if (!c->versions || !c->prerelease)
		return ERR(b->e, NOMEM, "versions");
	for (size_t i = 0; i < c->found.count; i++) {
		if (!semver_parse(c->found.list[i].version, &c->versions[i]))
			c->versions[i] = (struct semver){ 0 };
		c->prerelease[i] = hub_is_prerelease(&c->found.list[i]);
	}
	return OK;
}

enum err build_chart(struct graph_build *b, struct str repo, struct str name,
                     struct graph_chart **ret)
{
	struct graph_chart key = { .repo = repo, .name = name }, **slot;
	slot = tfind(&key, &b->chart_tree, chart_cmp);
	if (slot) {
		*ret = *slot;
		return OK;
	}
	struct graph_chart *c = ARENA_NEW(b->arena, struct graph_chart);
	if (!c || !arena_str(b->arena, repo, &c->repo) || !arena_str(b->arena, name, &c->name) ||
	    !tsearch(c, &b->chart_tree, chart_cmp))
		return ERR(b->e, NOMEM, "charts");
	c->edges_end = &c->edges;
	*b->charts_end = c;
	b->charts_end = &c->next;
	*ret = c;
	return read_versions(b, c);
}

/* ---- versions ---- */

static int version_cmp(const void *left, const void *right)
{
	const struct graph_version *a = left, *b = right;
	int order = (a->archive > b->archive) - (a->archive < b->archive);
	if (order || a->archive)
		return order ? order : str_cmp(a->within, b->within);
	order = str_cmp(a->name, b->name);
	if (!order)
		order = str_cmp(a->version, b->version);
	return order ? order : str_cmp(a->repo, b->repo);
}

enum err build_version(struct graph_build *b, const struct graph_version *key,
                       struct graph_version **ret)
{
	struct graph_version **slot = tfind(key, &b->version_tree, version_cmp), *v;
	if (slot) {
		*ret = *slot;
		return OK;
	}
	struct graph_version **list = arena_room(b->arena, b->versions, b->version_count,
	                                         &b->version_capacity, sizeof(void *));
	v = list ? ARENA_NEW(b->arena, struct graph_version) : NULL;
	if (list)
		b->versions = list;
	if (!v)
		return ERR(b->e, NOMEM, "versions");
	*v = *key;
	if (!arena_str(b->arena, key->repo, &v->repo) || !arena_str(b->arena, key->name, &v->name) ||
	    !arena_str(b->arena, key->version, &v->version) ||
	    !arena_str(b->arena, key->within, &v->within) || !tsearch(v, &b->version_tree, version_cmp))
		return ERR(b->e, NOMEM, "versions");
	v->place = (unsigned)b->version_count;
	b->versions[b->version_count++] = *ret = v;
	return OK;
}

enum err build_root(struct graph_build *b, struct str repo, struct str name, struct str version,
                    struct graph_version **ret)
{
	struct graph_chart *c;
	if (!hub_sees(b->ask->viewer, repo) || !ingest_has_repo(b->hub->ingest, repo))
		return ERR(b->e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	enum err err = build_chart(b, repo, name, &c);
	if (err)
		return err;
	bool latest = !version.n || str_eq(version, STR("latest"));
	if (latest && !c->found.count)
		return tell_no_chart(b, c);
	if (latest)
		version = c->found.list[hub_shown(c->found.list, c->found.count)].version;
	const struct graph_version key = { .repo = repo, .name = name, .version = version, .chart = c };
	return build_version(b, &key, ret);
}

static enum err build_all(struct graph_build *b)
{
	enum err err = OK;
	for (size_t i = 0; i < b->version_count && !err; i++)
		err = build_edges(b, b->versions[i]);
	return err;
}

/* ---- what is asked for ---- */

static enum err make_graph(struct graph_build *b, struct hub_graph *g)
{
	enum err err = build_all(b);
	g->versions = b->versions;
	g->count = b->version_count;
	g->cut = b->cut;
	if (!err)
		err = find_elsewhere(b, &g->missing);
	if (!err)
		err = find_cycles(b, g);
	return err ? err : find_conflicts(b, g);
}

enum err hub_graph(struct hub *h, struct arena *a, const struct graph_ask *ask, struct str repo,
                   struct str name, struct str version, struct hub_graph *ret, struct errinfo *e)
{
	struct graph_build b;
	struct graph_version *root;
	struct hub_graph g = { 0 };
	enum err err = build_open(&b, h, a, ask, e);
	b.deep = true;
	if (!err)
		err = build_root(&b, repo, name, version, &root);
	if (!err)
		err = make_graph(&b, &g);
	build_close(&b);
	if (!err)
		*ret = g;
	return err;
}

enum err hub_dependencies(struct hub *h, struct arena *a, const struct graph_ask *ask,
                          struct str repo, struct str name, struct str version,
                          struct graph_version *ret, struct errinfo *e)
{
	struct graph_build b;
	struct graph_version *root;
	size_t missing;
	enum err err = build_open(&b, h, a, ask, e);
	if (!err)
		err = build_root(&b, repo, name, version, &root);
	if (!err)
		err = build_edges(&b, root);
	if (!err)
		err = find_elsewhere(&b, &missing);
	build_close(&b);
	if (!err)
		*ret = *root;
	return err;
}

enum err hub_dependencies_of(struct hub *h, struct arena *a, const struct graph_ask *ask,
                             struct str repo, const struct graph_wanted *list, size_t count,
                             struct graph_version *ret, struct errinfo *e)
{
	struct graph_build b;
	struct graph_version *root;
	size_t missing;
	struct search_edge *rows = arena_array(a, count + 1, sizeof *rows);
	if (!rows)
		return ERR(e, NOMEM, "dependencies");
	for (size_t i = 0; i < count; i++)
		rows[i] = (struct search_edge){
			.target = list[i].name, .position = (unsigned)i, .range = list[i].range,
			.repository = list[i].repository, .alias = list[i].alias, .locked = list[i].locked,
			.locked_repository = list[i].locked_repository, .vendored = list[i].vendored,
		};
	enum err err = build_open(&b, h, a, ask, e);
	if (!err)
		err = build_version(&b, &(struct graph_version){ .repo = repo }, &root);
	if (!err)
		err = build_edges_of(&b, root, rows, count);
	if (!err)
		err = find_elsewhere(&b, &missing);
	build_close(&b);
	if (!err)
		*ret = *root;
	return err;
}
