/* See upload_page.h. */
#include "server/web/upload_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"

/* Those that are seen: to push is not to pull, and a list would tell that a private one is there. */
static enum err put_repos(struct call *c, struct upload_view *v, struct errinfo *e)
{
	struct repo_info *list;
	size_t count;
	enum err err = ingest_repos(c->app->ingest, &c->r->arena, &list, &count, e);
	struct upload_choice *repos = err ? NULL : arena_array(&c->r->arena, count + 1, sizeof *repos);
	if (!repos)
		return err ? err : ERR(e, NOMEM, "repositories");
	for (size_t i = 0; i < count; i++)
		if (list[i].kind == REPO_HOSTED && call_sees(c, list[i].name) && call_may(c, ROLE_PUSH, list[i].name, STR("")))
			repos[v->repo_count++].name = list[i].name;
	v->repos = repos;
	if (!v->repo.n && !v->repo_count)
		return ERR(e, DENIED, "there is no repository yet that your roles let you publish to");
	if (!v->repo.n)
		v->repo = repos[0].name;
	for (size_t i = 0; i < v->repo_count; i++)
		repos[i].chosen = str_eq(repos[i].name, v->repo);
	return OK;
}

static enum err put_settings(struct call *c, struct upload_view *v, struct errinfo *e)
{
	struct snapshot *now = ingest_snapshot(c->app->ingest, v->repo);
	if (!now)
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(v->repo));
	v->must_sign = str_eq(now->settings->provenance, STR("require"));
	v->overwrite = now->settings->overwrite;
	v->max_bytes = c->app->upload_max_bytes;
	snapshot_unref(now);
	return OK;
}

enum err upload_show(struct call *c, int status, struct upload_view *v, struct response *s,
                     struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct page p;
	page_init(&p, c);
	enum err err = put_repos(c, v, e);
	if (!err)
		err = put_settings(c, v, e);
	if (!err)
		err = form_code(c, &v->code, e);
	if (err)
		return err;
	p.title = STR("Publish charts");
	p.nav = NAV_PUBLISH;
	html_upload_body(&body, &p, v);
	return form_respond(&p, status, &body, s, e);
}

/* The one that is asked for; a private one that he may push to and not see has to be named. */
static enum err choose(struct call *c, struct str *ret, struct errinfo *e)
{
	struct str repo = query_text(&c->query, "repo");
	bool nobody = c->caller.kind == CALLER_ANONYMOUS;
	bool may = repo.n ? call_may(c, ROLE_PUSH, repo, STR(""))
	                  : auth_may_somewhere(c->app->auth, &c->caller, ROLE_PUSH);
	if (c->app->no_api)
		return ERR(e, NOT_FOUND, "not found");
	if (!may && nobody)
		return ERR(e, UNAUTHORIZED, "publishing takes a user and password, or a token");
	if (repo.n && (ingest_visibility(c->app->ingest, repo) == REPO_ABSENT ||
	               (!may && !call_sees(c, repo))))
		return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\"", STR_ARG(repo));
	if (!may)
		return repo.n ? ERR(e, DENIED, "your roles do not let you publish to repository \"%.*s\"",
		                    STR_ARG(repo))
		              : ERR(e, DENIED, "your roles do not let you publish to any repository");
	*ret = repo;
	return OK;
}

static enum err show(struct call *c, struct response *s, struct errinfo *e)
{
	struct upload_view v = { 0 };
	struct str usual = str_c(c->app->default_repo);
	enum err err = choose(c, &v.repo, e);
	if (!err && !v.repo.n && call_may(c, ROLE_PUSH, usual, STR("")) && ingest_has_repo(c->app->ingest, usual))
		v.repo = usual;
	return err ? err : upload_show(c, 200, &v, s, e);
}

enum err upload_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, ingest_pool(c->app->ingest), show, e);
}
