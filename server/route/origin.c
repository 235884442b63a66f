/* See origin.h. */
#include "server/route/origin.h"

#include "indexer/base/auto.h"
#include "indexer/hub/hub.h"
#include "server/route/address.h"

bool repo_origin_of(const struct call *c, struct arena *a, struct str repo, struct repo_origin *ret)
{
	struct snapshot *s = ingest_snapshot(c->app->ingest, repo);
	struct repo_origin o = { .kind = s ? repo_kind(s->settings) : REPO_HOSTED, .links_here = true };
	bool ok = true;
	if (o.kind == REPO_UPSTREAM) {
		o.links_here = upstream_links_here(s->settings);
		ok = arena_str(a, s->settings->upstream, &o.upstream);
	}
	snapshot_unref(s);
	if (ok)
		*ret = o;
	return ok;
}

static bool is_upstream(const struct call *c, struct str repo)
{
	struct snapshot *s = ingest_snapshot(c->app->ingest, repo);
	bool is = s && repo_kind(s->settings) == REPO_UPSTREAM;
	snapshot_unref(s);
	return is;
}

bool call_is_mixed(const struct call *c)
{
	AUTO_ARENA struct arena a = { 0 };
	struct errinfo ignored = { 0 };
	struct repo_info *repos;
	size_t count;
	if (!c->app->hub || !hub_is_mixed(c->app->hub) ||
	    ingest_repos(c->app->ingest, &a, &repos, &count, &ignored))
		return false;
	for (size_t i = 0; i < count; i++)
		if (is_upstream(c, repos[i].name) && call_sees(c, repos[i].name))
			return true;
	return false;
}

void origin_of_repo(const struct call *c, struct str repo, struct sbuf *b)
{
	AUTO_ARENA struct arena a = { 0 };
	struct repo_origin o;
	if (!repo_origin_of(c, &a, repo, &o))
		b->failed = true;
	else if (o.links_here)
		address_of_repo(c, repo, b);
	else
		sbuf_put(b, o.upstream);
}
