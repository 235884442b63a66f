/* The new address is the old one with the name exchanged, relative to nothing: proxies and base_path
 * keep what stands before it.                                                                */
#include "server/route/moved.h"

#include "server/route/address.h"
#include "server/route/app.h"
#include "server/route/outside.h"

/* Where the segments of the repository stand in the raw path: what is before, what is after. Doubled
 * slashes count as one.                                                                      */
static bool find(const struct call *c, struct str *ret_before, struct str *ret_after)
{
	struct str path = c->r->path, rest = outside_path(c->app, path);
	const char *begin = NULL;
	for (size_t i = 0; i < c->repo_at + c->repo_segments; i++) {
		struct str segment = { 0 };
		while (rest.n && !segment.n)
			segment = str_cut(&rest, '/', NULL);
		if (!segment.n)
			return false;
		if (i == c->repo_at)
			begin = segment.p;
		*ret_after = str_from(path, (size_t)(segment.p + segment.n - path.p));
	}
	*ret_before = begin ? str_first(path, (size_t)(begin - path.p)) : path;
	while (str_starts(*ret_before, STR("//")))   /* two would begin with a host */
		*ret_before = str_from(*ret_before, 1);
	return begin;
}

static const char *new_address(struct call *c, struct str now)
{
	struct str query = c->r->query, before, after;
	if (!find(c, &before, &after))
		return NULL;
	char *name = c->repo_is_joined ? address_segment_of(&c->r->arena, now) : arena_dup(&c->r->arena, now);
	return name ? arena_printf(&c->r->arena, "%.*s%s%.*s%s%.*s", STR_ARG(before), name,
	                           STR_ARG(after), query.n ? "?" : "", STR_ARG(query)) : NULL;
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
