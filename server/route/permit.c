/* Permissions: what a row asks for, against what the caller's roles give. */
#include "server/route/permit.h"

#include "indexer/base/auto.h"
#include "server/route/address.h"

#define NEEDS_LOGIN "this takes a user and password, or a token"

static const struct { enum role role; const char *what; } needs[] = {
	[MAY_READ]    = { ROLE_PULL, "read from" },
	[MAY_PUBLISH] = { ROLE_PUSH, "publish to" },
	[MAY_DELETE]  = { ROLE_DELETE, "delete from" },
	[MAY_ADMIN]   = { ROLE_ADMIN, "administer" },
	[MAY_MANAGE]  = { ROLE_ADMIN, NULL },
};

static bool is_public(const struct call *c, struct str repo)
{
	return !c->app->closed && ingest_visibility(c->app->ingest, repo) == REPO_PUBLIC;
}

bool call_sees(const struct call *c, struct str repo)
{
	return is_public(c, repo) || call_may(c, ROLE_PULL, repo, (struct str){ 0 });
}

bool call_sees_there(const struct call *c, struct str repo)
{
	return ingest_visibility(c->app->ingest, repo) != REPO_ABSENT && call_sees(c, repo);
}

bool call_may(const struct call *c, enum role role, struct str repo, struct str chart)
{
	return auth_may(c->app->auth, &c->caller, role, repo, chart);
}

/* ---- refusing ---- */

static bool is_nobody(const struct caller *who)
{
	return who->kind == CALLER_ANONYMOUS || who->kind == CALLER_LOCAL || who->kind == CALLER_OPEN;
}

/* Where 401 tells nothing, because everything is answered so, nobody is left to guess. */
static bool asks_first(const struct call *c)
{
	return c->app->closed || (c->app->chartmuseum && c->route->may != MAY_READ);
}

static enum err no_repo(const struct call *c, struct str repo, struct errinfo *e)
{
	return ERR(e, REPO_NOT_FOUND, "there is no repository \"%.*s\", or %s", STR_ARG(repo),
	           is_nobody(&c->caller) ? "you have to sign in to read it" : "your roles do not let you read it");
}

enum err call_repo_asked(const struct call *c, struct str *ret, struct errinfo *e)
{
	struct ingest *g = c->app->ingest;
	const char *asked = address_repo_of(&c->r->arena, query_text(&c->query, "repo"));
	if (!asked)
		return ERR(e, NOMEM, "request");
	struct str repo = str_c(asked), now = ingest_renamed(g, repo);
	repo = now.n ? now : repo;
	if (repo.n && (ingest_visibility(g, repo) == REPO_ABSENT || !call_sees(c, repo)))
		return no_repo(c, str_c(asked), e);
	*ret = repo;
	return OK;
}

static enum err refuse(const struct call *c, struct str repo, struct str chart, struct errinfo *e)
{
	enum permission may = c->route->may;
	bool nobody = is_nobody(&c->caller);
	if (nobody && may != MAY_READ && !auth_has_people(c->app->auth)) {
		enum err err = auth_is_local(c->r, e);
		if (err)
			return err;
	}
	if (nobody && asks_first(c))
		return ERR(e, UNAUTHORIZED, NEEDS_LOGIN);
	if (repo.n && !call_sees(c, repo) && !(chart.n && call_may(c, needs[may].role, repo, STR(""))))
		return no_repo(c, repo, e);
	if (nobody)
		return ERR(e, UNAUTHORIZED, NEEDS_LOGIN);
	if (may == MAY_SELF)
		return ERR(e, DENIED, "this is for users; you have no account here");
	if (!repo.n || may == MAY_MANAGE)
		return ERR(e, DENIED, "this takes the role admin:*");
	if (chart.n)
		return ERR(e, DENIED, "your roles do not let you %s repository \"%.*s\" for chart \"%.*s\"",
		           needs[may].what, STR_ARG(repo), STR_ARG(chart));
	return ERR(e, DENIED, "your roles do not let you %s repository \"%.*s\"", needs[may].what,
	           STR_ARG(repo));
}

static bool is_reading(const struct call *c)
{
	return (c->r->method & (HTTP_GET | HTTP_HEAD)) != 0;
}

bool call_is_own_page(const struct call *c)
{
	AUTO_SBUF struct sbuf own = sbuf_make(HTTP_URI_MAX_BYTES);
	struct str site = request_header(c->r, "Sec-Fetch-Site");
	if (site.n)
		return str_eq(site, STR("same-origin"));
	address_origin(c, &own);
	return sbuf_ok(&own) && str_eq_nocase(request_header(c->r, "Origin"), sbuf_str(&own));
}

/* Whether no page of another site made a browser send this. Browsers leave Sec-Fetch-Site out where the
 * address is plain HTTP (Fetch Metadata §2), and programs leave out Origin too.            */
static bool is_own_site(const struct call *c)
{
	struct str site = request_header(c->r, "Sec-Fetch-Site");
	if (site.n)
		return str_eq(site, STR("same-origin")) || str_eq(site, STR("none"));
	return is_reading(c) || !request_has_header(c->r, "Origin") || call_is_own_page(c);
}

/* A browser sends logins that it keeps with whatever another site's page makes it send. A session is a
 * browser's, so there an absent header tells nothing good; pages may be led to from everywhere. */
static enum err check_site(const struct call *c, struct errinfo *e)
{
	if (!c->caller.ambient || (is_reading(c) && c->route->dialect == DIALECT_PAGE))
		return OK;
	if (c->caller.session.n && !is_reading(c) ? call_is_own_page(c) : is_own_site(c))
		return OK;
	if (c->route->dialect == DIALECT_PAGE)
		return ERR(e, FORM, "this form takes only what its own page sends; go back, load the page anew "
		           "and send it again");
	return ERR(e, DENIED, "another site's page may not change anything here with your login; "
	           "send a token as Authorization: Bearer");
}

/* ---- what a row asks for ---- */

static bool is_allowed(struct call *c)
{
	if (c->route->may == MAY_SELF)
		return c->caller.account_id != 0;
	if (c->route->may == MAY_MANAGE)
		return auth_manages(c->app->auth, &c->caller);
	if (c->route->may == MAY_READ && is_public(c, c->repo))
		return true;
	c->personal = true;
	return call_may(c, needs[c->route->may].role, c->repo, (struct str){ 0 });
}

/* ChartMuseum knows every tenant: one that nobody made, and one that the caller may not see, are the
 * same empty one to him.                                                                     */
static bool is_empty_tenant(struct call *c)
{
	bool empty = c->app->chartmuseum && c->route->may == MAY_READ &&
	             c->route->dialect == DIALECT_CHARTMUSEUM &&
	             !(is_nobody(&c->caller) && c->app->closed);
	if (empty)
		c->repo = (struct str){ 0 };
	return empty;
}

enum err call_permit(struct call *c, struct errinfo *e)
{
	enum permission may = c->route->may;
	if (!may)                        /* a row that forgot to say who may */
		return ERR(e, DENIED, "nobody may do this");
	/* of a public repository charts and indexes are the same for everybody, but not what names others */
	c->personal = c->caller.kind != CALLER_ANONYMOUS &&
	              (may == MAY_ASK || (may == MAY_READ && c->route->dialect != DIALECT_CHARTMUSEUM));
	if (may <= MAY_ASK || may == MAY_CONTROL)
		return c->caller.session.n && !is_reading(c) ? check_site(c, e) : OK;
	if (may != MAY_READ && atomic_load(c->app->draining))
		return ERR(e, DRAINING, "the server is shutting down; send it again in a moment");
	if (!is_allowed(c) && !is_empty_tenant(c))
		return refuse(c, c->repo, (struct str){ 0 }, e);
	return may == MAY_READ ? OK : check_site(c, e);
}

/* ---- changes ---- */

struct audit_note *call_note(struct call *c)
{
	c->note.name = c->caller.name;
	c->note.remote = c->r->remote;
	c->note.request = str_c(c->r->id);
	c->note.action = c->route->action ? str_c(c->route->action) : STR("change");
	return &c->note;
}

void call_change(struct call *c, struct change *change)
{
	change->actor = c->caller.actor;
	change->allow = call_allows;
	change->note = call_note(c);
	change->ctx = c;
	c->change = change;
}

/* ---- in the writer's transaction ---- */

enum err call_allows(const struct change *change, struct errinfo *e)
{
	const struct call *c = change->ctx;
	enum role role = needs[c->route->may].role;
	struct str chart = change->result.name;
	/* No name that has been found is no right to all of them. */
	if (role == ROLE_PUSH && !chart.n)
		chart = STR("?");
	return call_may(c, role, change->repo, chart) ? OK : refuse(c, change->repo, chart, e);
}
