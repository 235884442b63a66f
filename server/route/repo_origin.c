/* See repo_origin.h. */
#include "server/route/repo_origin.h"

#include "indexer/base/auto.h"
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
