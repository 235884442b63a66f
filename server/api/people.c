/* What users and tokens share: the way to their thread; and who asks. */
#include "server/api/people.h"

#include "indexer/base/auto.h"
#include "server/api/json_parts.h"

static const struct operation operations[] = {
	{ HTTP_GET,    "/api/v1/users",                 users_list_get,       200 },
	{ HTTP_POST,   "/api/v1/users",                 users_post,           201 },
	{ HTTP_GET,    "/api/v1/users/{name}",          users_one_get,        200 },
	{ HTTP_PATCH,  "/api/v1/users/{name}",          users_patch,          200 },
	{ HTTP_DELETE, "/api/v1/users/{name}",          users_delete,         200 },
	{ HTTP_POST,   "/api/v1/users/{name}/password", users_password_post,  200 },
	{ HTTP_GET,    "/api/v1/tokens",                tokens_list_get,      200 },
	{ HTTP_POST,   "/api/v1/tokens",                tokens_post,          201 },
	{ HTTP_DELETE, "/api/v1/tokens/{id}",         tokens_delete,        200 },
	{ HTTP_GET,    "/api/v1/account/tokens",        own_tokens_get,       200 },
	{ HTTP_POST,   "/api/v1/account/tokens",        own_tokens_post,      201 },
	{ HTTP_DELETE, "/api/v1/account/tokens/{id}", own_tokens_delete,    200 },
	{ HTTP_GET,    "/api/v1/whoami",                people_whoami,        200 },
	{ .pattern = NULL },
};

/* ---- a request ---- */

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	return operation_answer(c, operation_of(operations, c->route), s, e);
}

enum err people_handle(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, c->app->people, answer, e);
}

/* ---- who asks ---- */

static const char *const kinds[] = {
	[CALLER_ANONYMOUS] = "anonymous", [CALLER_LOCAL] = "local", [CALLER_OPEN] = "open",
	[CALLER_USER] = "user", [CALLER_TOKEN] = "token", [CALLER_PROXY] = "proxy",
	[CALLER_CONTROL] = "control", [CALLER_SETUP] = "setup",
};

enum err people_whoami(struct call *c, const struct node *body, struct sbuf *json,
                       struct errinfo *e)
{
	(void)body;
	AUTO_ARENA struct arena rows = { 0 };
	struct people p = { 0 };
	const struct caller *who = &c->caller;
	enum err err = who->kind == CALLER_USER || who->kind == CALLER_TOKEN ?
		people_rows(c, &rows, &p, e) : OK;
	const struct account_row *account = people_by_id(&p, who->account_id);
	sbuf_putc(json, '{');
	json_text(json, "kind", str_c(kinds[who->kind]));
	json_text(json, "name", who->name);
	json_bool(json, "admin", auth_manages(c->app->auth, who));
	if (account)
		json_text(json, "user", account->name);
	if (account && who->kind == CALLER_USER)
		put_lines(json, "roles", account->roles);
	for (size_t i = 0; who->kind == CALLER_TOKEN && i < p.token_count; i++)
		if (p.tokens[i].id == who->token_id) {
			json_number(json, "id", (uint64_t)who->token_id);
			put_lines(json, "roles", p.tokens[i].roles);
			put_time(json, "expires", p.tokens[i].expires_ns);
		}
	sbuf_putc(json, '}');
	return err;
}
