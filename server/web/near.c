/* See near.h. */
#include "server/web/near.h"

#include "indexer/base/auto.h"
#include "indexer/format/index.h"
#include "indexer/format/semver.h"
#include "indexer/hub/search.h"
#include "server/route/viewer.h"

struct near {
	struct call *c;
	struct links *l;
	struct near_link *list;
	size_t count;
};

static void offer(struct near *n, struct str text, struct str link)
{
	if (text.n && n->count < NEAR_MAX)
		n->list[n->count++] = (struct near_link){ text, link };
}

/* The two before and the two after where it would stand, the newest first. The newest ones without a
 * version, because one of the two that were to be compared is not there, and for what is none. */
static void versions_near(struct near *n, const struct hub_versions *v)
{
	const struct call *c = n->c;
	struct index_key wanted = { c->version, INT64_MAX };
	struct semver asked;
	bool is_version = semver_parse(c->version, &asked);
	size_t at = 0;
	while (is_version && at < v->count &&
	       index_key_cmp(&(struct index_key){ v->list[at].version, INT64_MAX }, &wanted) < 0)
		at++;
	if (at < v->count && str_eq(v->list[at].version, c->version))
		return;                          /* it is there: something in it was not found */
	for (size_t i = at > 2 ? at - 2 : 0; i < v->count && n->count < NEAR_MAX; i++) {
		struct str version;
		if (arena_str(&c->r->arena, v->list[i].version, &version))
			offer(n, version, link_chart(n->l, c->repo, c->name, version));
	}
}

static void names_near(struct near *n, struct arena *a)
{
	struct call *c = n->c;
	struct hub_viewer viewer = call_viewer(c);
	struct hub_suggestions found;
	struct errinfo e = { 0 };
	if (hub_near(c->app->hub, a, &viewer, c->name, NEAR_MAX, &found, &e))
		return;
	for (size_t i = 0; i < found.count; i++) {
		const struct hub_chart *chart = found.list[i].chart;
		offer(n, str_c(arena_printf(&c->r->arena, "%.*s/%.*s", STR_ARG(chart->repo),
		                            STR_ARG(chart->name))),
		      link_chart(n->l, chart->repo, chart->name, STR("")));
	}
	hub_suggestions_done(&found);
}

size_t near_links(struct call *c, struct links *l, struct near_link ret[NEAR_MAX])
{
	AUTO_ARENA struct arena a = { 0 };
	struct hub_versions versions = { 0 };
	struct near n = { .c = c, .l = l, .list = ret };
	struct errinfo e = { 0 };
	if (!c->repo.n || !c->name.n || !c->app->hub)
		return 0;
	enum err err = ERR_NOT_FOUND;
	if (call_sees(c, c->repo))
		err = hub_versions(c->app->hub, &a, c->repo, c->name, &versions, &e);
	if (!err)
		versions_near(&n, &versions);
	else if (err == ERR_NOT_FOUND || err == ERR_REPO_NOT_FOUND)
		names_near(&n, &a);
	hub_versions_done(&versions);
	return n.count;
}
