/* See stale.h. Nothing is looked up in a database: this is asked for every index. */
#include "server/route/stale.h"

#include "indexer/base/clock.h"
#include "indexer/upstream/upstream.h"

#define MEMBERS_DEPTH 4u             /* of virtual repositories among the members of others */

static int64_t older(int64_t a, int64_t b) { return !a || (b && b < a) ? b : a; }

/* A private one is left out of what is public, so it tells nothing there. */
static int64_t stale_since(const struct call *c, struct str repo, bool private, unsigned depth)
{
	struct snapshot *s = ingest_snapshot(c->app->ingest, repo);
	bool left_out = s && s->settings->private && !private;
	enum repo_kind kind = s ? repo_kind(s->settings) : REPO_HOSTED;
	int64_t since = kind == REPO_UPSTREAM && !left_out ? upstreams_stale_since(c->app->upstreams, repo) : 0;
	struct str one, members = s ? s->settings->members : (struct str){ 0 };
	while (kind == REPO_VIRTUAL && !left_out && depth && (one = repo_setting_next_word(&members)).n)
		since = older(since, stale_since(c, one, s->settings->private, depth - 1));
	snapshot_unref(s);
	return since;
}

int64_t call_stale_since(const struct call *c, struct str repo)
{
	return c->app->upstreams ? stale_since(c, repo, true, MEMBERS_DEPTH) : 0;
}

void stale_headers(struct call *c, struct response *s)
{
	int64_t since = call_stale_since(c, c->repo), now = clock_wall();
	const char *age = !since ? NULL : arena_printf(&c->r->arena, "%lld", now > since ?
	                                               (long long)((now - since) / NS_PER_SECOND) : 0LL);
	if (!age)
		return;
	response_header(s, "Age", age);
	response_header(s, "Warning", "110 - \"Response is Stale\"");
}
