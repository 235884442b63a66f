/* The new address is the old one with the name exchanged, relative to nothing: proxies and base_path
 * keep what stands before it.                                                                */
#include "server/route/moved.h"

#include <string.h>

#include "server/route/app.h"

/* Where "/<repo>" stands in the raw path, as whole segments; path.n: nowhere. */
static size_t find(struct str path, struct str repo)
{
	for (size_t i = 0; i + 1 + repo.n <= path.n; i++) {
		size_t end = i + 1 + repo.n;
		if (path.p[i] == '/' && memcmp(path.p + i + 1, repo.p, repo.n) == 0 &&
		    (end == path.n || path.p[end] == '/'))
			return i;
	}
	return path.n;
}

static const char *new_address(struct call *c, struct str now)
{
	struct str path = c->r->path, query = c->r->query;
	size_t at = find(path, c->repo);
	if (at == path.n)
		return NULL;
	return arena_printf(&c->r->arena, "%.*s/%.*s%.*s%s%.*s", (int)at, path.p, STR_ARG(now),
	                    STR_ARG(str_from(path, at + 1 + c->repo.n)), query.n ? "?" : "",
	                    STR_ARG(query));
}

enum err moved_check(struct call *c, const char **ret_to, struct errinfo *e)
{
	struct ingest *g = c->app->ingest;
	if (!g || !c->repo.n || ingest_visibility(g, c->repo) != REPO_ABSENT)
		return OK;
	struct str now = ingest_renamed(g, c->repo);
	const char *to = now.n && call_sees(c, now) ? new_address(c, now) : NULL;
	if (!to)
		return OK;
	*ret_to = to;
	return ERR(e, RENAMED, "repository \"%.*s\" is called \"%.*s\" now; send it to %s",
	           STR_ARG(c->repo), STR_ARG(now), to);
}
