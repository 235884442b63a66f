/* See look.h. */
#include "server/route/look.h"

#include "indexer/ingest/virtual.h"
#include "server/route/rate.h"
#include "server/route/reason.h"

struct pool *call_lookers(const struct call *c)
{
	struct snapshot *s = c->repo.n ? ingest_snapshot(c->app->ingest, c->repo) : NULL;
	bool hosted = !s || repo_kind(s->settings) == REPO_HOSTED;
	snapshot_unref(s);
	return !hosted && c->app->lookers ? c->app->lookers : ingest_pool(c->app->ingest);
}

/* Robots that say so. */
static bool is_robot(const struct call *c)
{
	static const char *const words[] = { "bot", "crawl", "spider", "slurp" };
	struct str agent = request_header(c->r, "User-Agent");
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		for (size_t at = 0; at + strlen(words[i]) <= agent.n; at++)
			if (str_eq_nocase(str_first(str_from(agent, at), strlen(words[i])), str_c(words[i])))
				return true;
	return false;
}

enum err call_contents(struct call *c, struct hub *h, struct str repo, struct str name,
                       struct str version, struct contents **ret, struct errinfo *e)
{
	struct errinfo why = { 0 };
	enum err err = contents_here(h, repo, name, version, ret, &why);
	if (err != ERR_ABSENT || is_robot(c))
		return err ? err_set(e, err, "%s", why.detail) : OK;
	err = rate_of_fetches(c, e);
	if (err || !(err = contents_get(h, repo, name, version, ret, e)))
		return err;
	call_sees_error(c, repo, e);
	return err;
}

enum err call_shown_contents(struct call *c, struct hub *h, struct str version, struct contents **ret,
                             struct errinfo *e)
{
	struct str repo;
	const char *file = arena_printf(&c->r->arena, "%.*s-%.*s.tgz", STR_ARG(c->name), STR_ARG(version));
	enum err err = file ? ingest_virtual_file(c->app->ingest, c->repo, str_c(file), &repo, e)
	                    : ERR(e, NOMEM, "request");
	return err ? err : call_contents(c, h, repo, c->name, version, ret, e);
}
