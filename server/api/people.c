/* What users and tokens share: the way to their thread, reading, writing. */
#include "server/api/people.h"

#include <string.h>

#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "indexer/base/json.h"
#include "server/api/body.h"
#include "server/auth/credentials.h"

static const struct operation {
	enum http_method method;
	const char *pattern;
	people_run *run;
	int status;
} operations[] = {
	{ HTTP_GET,    "/api/v1/users",                 users_list,            200 },
	{ HTTP_POST,   "/api/v1/users",                 users_add,             201 },
	{ HTTP_GET,    "/api/v1/users/{name}",          users_show,            200 },
	{ HTTP_PATCH,  "/api/v1/users/{name}",          users_set,             200 },
	{ HTTP_DELETE, "/api/v1/users/{name}",          users_remove,          200 },
	{ HTTP_POST,   "/api/v1/users/{name}/password", users_password,        200 },
	{ HTTP_GET,    "/api/v1/tokens",                tokens_list,           200 },
	{ HTTP_POST,   "/api/v1/tokens",                tokens_add,            201 },
	{ HTTP_DELETE, "/api/v1/tokens/{name}",         tokens_remove,         200 },
	{ HTTP_GET,    "/api/v1/account/tokens",        account_tokens_list,   200 },
	{ HTTP_POST,   "/api/v1/account/tokens",        account_tokens_add,    201 },
	{ HTTP_DELETE, "/api/v1/account/tokens/{name}", account_tokens_remove, 200 },
	{ HTTP_GET,    "/api/v1/whoami",                people_whoami,         200 },
};

/* ---- a request ---- */

static const struct operation *operation_of(const struct route *row)
{
	for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
		if (row->methods & operations[i].method && !strcmp(row->pattern, operations[i].pattern))
			return &operations[i];
	return NULL;
}

static enum err answer(struct call *c, struct response *s, struct errinfo *e)
{
	const struct operation *op = operation_of(c->route);
	const struct node *body = NULL;
	AUTO_SBUF struct sbuf json = sbuf_make(PEOPLE_ANSWER_MAX_BYTES);
	if (!op)
		return ERR(e, BUG, "no operation for %s", c->route->pattern);
	enum err err = c->route->begin ? body_json(c, &body, e) : OK;
	if (!err)
		err = op->run(c, body, &json, e);
	sbuf_putc(&json, '\n');
	if (!err)
		err = respond_buffer(JSON_TYPE, &json, s, e);
	s->status = op->status;
	return err;
}

enum err people_handle(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, c->app->people, answer, e);
}

/* ---- rows ---- */

enum err people_load(struct catalog *c, struct arena *a, struct people *ret, struct errinfo *e)
{
	enum err err = catalog_accounts(c, a, &ret->accounts, &ret->account_count, e);
	return err ? err : catalog_tokens(c, a, &ret->tokens, &ret->token_count, e);
}

struct reading { struct arena *arena; struct people *people; };

static enum err load(void *ctx, struct catalog *c, struct errinfo *e)
{
	struct reading *r = ctx;
	return people_load(c, r->arena, r->people, e);
}

enum err people_rows(struct call *c, struct arena *a, struct people *ret, struct errinfo *e)
{
	struct reading r = { a, ret };
	return ingest_read(c->app->ingest, load, &r, e);
}

struct account_row *people_by_name(const struct people *p, struct str name)
{
	for (size_t i = 0; i < p->account_count; i++)
		if (str_eq(p->accounts[i].name, name))
			return &p->accounts[i];
	return NULL;
}

const struct account_row *people_by_id(const struct people *p, int64_t id)
{
	for (size_t i = 0; i < p->account_count; i++)
		if (p->accounts[i].id == id)
			return &p->accounts[i];
	return NULL;
}

/* ---- writing ---- */

static enum err write_rows(struct change *change, struct catalog *c, struct errinfo *e)
{
	struct people_change *x = (struct people_change *)change;
	enum err err = x->write(x, c, e);
	arena_done(&x->scratch);
	return err;
}

enum err people_write(struct people_change *x, struct errinfo *e)
{
	struct ingest *g = x->call->app->ingest;
	change_init(&x->change, CHANGE_CALL);
	x->change.call = write_rows;
	x->change.actor = x->call->caller.actor;
	x->change.note = call_note(x->call);
	if (!x->object)
		return ERR(e, NOMEM, "request");
	x->call->note.object = str_c(x->object);
	enum err err = ingest_apply(g, &x->change);
	if (err)
		*e = x->change.error;
	change_done(&x->change);
	return err ? err : auth_refresh(x->call->app->auth, g, e);
}

/* ---- fields ---- */

static bool is_alphanumeric(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

enum err people_text(const struct node *body, const char *key, struct str *ret,
                     struct errinfo *e)
{
	const struct node *field = node_get(body, key);
	if (!field)
		return OK;
	if (field->kind != NODE_SCALAR || field->plain || !field->text.n)
		return ERR(e, INVALID, "%s: a string is expected, and not an empty one", key);
	*ret = field->text;
	return OK;
}

enum err people_name_check(struct str name, struct errinfo *e)
{
	bool good = name.n && name.n <= PERSON_NAME_MAX_BYTES && is_alphanumeric(name.p[0]);
	for (size_t i = 0; good && i < name.n; i++)
		good = is_alphanumeric(name.p[i]) || strchr("._@-", name.p[i]);
	return good ? OK : ERR(e, INVALID, "name: \"%.*s\" is not a letter or digit followed by letters, "
	                       "digits and . _ @ -, at most %u", STR_ARG(str_first(name, 100)),
	                       PERSON_NAME_MAX_BYTES);
}

enum err people_password_check(struct str password, struct str user, struct errinfo *e)
{
	if (password.n < PASSWORD_MIN_BYTES || password.n > PASSWORD_MAX_BYTES)
		return ERR(e, INVALID, "%u to %u bytes are expected", PASSWORD_MIN_BYTES, PASSWORD_MAX_BYTES);
	if (str_eq_nocase(password, user))
		return ERR(e, INVALID, "it must not be the user's name");
	if (!credentials_can_be_password(password))
		return ERR(e, INVALID, "nobody can sign in with a control character, or with what looks like "
		           "a token");
	return OK;
}

enum err people_roles(struct call *c, const struct node *body, bool chart_globs,
                      struct str *ret_lines, struct grants *ret, struct errinfo *e)
{
	const struct node *roles = node_get(body, "roles");
	AUTO_SBUF struct sbuf lines = sbuf_make(API_BODY_MAX_BYTES);
	if (!roles || roles->kind != NODE_LIST)
		return ERR(e, INVALID, "roles: a list like [\"pull:*\"] is expected");
	for (const struct node_item *i = roles->items; i; i = i->next) {
		struct str line = str_trim(node_text(i->value));
		if (!line.n || i->value->plain || str_has(line, '\n'))
			return ERR(e, INVALID, "roles: ROLE:REPO-GLOB is expected");
		if (lines.n)
			sbuf_putc(&lines, '\n');
		sbuf_put(&lines, line);
	}
	if (!sbuf_ok(&lines) || !arena_str(&c->r->arena, sbuf_str(&lines), ret_lines))
		return ERR(e, NOMEM, "roles");
	return grants_parse(&c->r->arena, *ret_lines, chart_globs, ret, e);
}

void people_put_roles(struct sbuf *b, struct str lines)
{
	json_key(b, "roles");
	sbuf_putc(b, '[');
	while (lines.n) {
		json_next(b);
		sbuf_json(b, str_cut(&lines, '\n', NULL));
	}
	sbuf_putc(b, ']');
}

void people_put_time(struct sbuf *b, const char *key, int64_t ns)
{
	char text[RFC3339_MAX_BYTES];
	if (ns) {
		size_t n = clock_format(ns, text);
		json_text(b, key, str_make(text, n));
		return;
	}
	json_key(b, key);
	sbuf_puts(b, "null");
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
		people_put_roles(json, account->roles);
	for (size_t i = 0; who->kind == CALLER_TOKEN && i < p.token_count; i++)
		if (p.tokens[i].id == who->token_id) {
			json_number(json, "id", (uint64_t)who->token_id);
			people_put_roles(json, p.tokens[i].roles);
			people_put_time(json, "expires", p.tokens[i].expires_ns);
		}
	sbuf_putc(json, '}');
	return err;
}
