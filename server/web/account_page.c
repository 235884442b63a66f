/* See account_page.h. Rows are read on the people's thread, where changes are made as well. */
#include "server/web/account_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "server/web/session.h"

#define CHANGED "password"               /* ?changed= */
#define ROLES_SHOWN_MAX_BYTES (4 * FORM_MAX_BYTES)       /* one's own, and what groups give */

/* ---- who one is ---- */

static const char *kind_of(const struct caller *who)
{
	static const char *const kinds[] = {
		[CALLER_LOCAL] = "Whoever is on this machine", [CALLER_USER] = "User",
		[CALLER_TOKEN] = "Token", [CALLER_PROXY] = "Single sign-on",
		[CALLER_CONTROL] = "Control socket", [CALLER_SETUP] = "Setup token",
	};
	return kinds[who->kind];
}

static const char *how_of(const struct call *c)
{
	if (c->caller.session.n)
		return "A session of this browser";
	if (request_has_header(c->r, "Authorization"))
		return "An Authorization header with each request";
	if (c->caller.kind == CALLER_USER && c->r->client_subject.n && !c->r->proxied)
		return "A client certificate";
	if (c->caller.kind == CALLER_USER || c->caller.kind == CALLER_PROXY)
		return "The proxy before this server";
	return "Nothing, as long as there are no users";
}

static const char *why_no_tokens(struct call *c)
{
	switch (c->caller.kind) {
	case CALLER_USER:  return NULL;
	case CALLER_TOKEN:
		if (!c->caller.account_id)
			return "Tokens belong to users, and this one is nobody's. An administrator makes others.";
		return auth_stands_for_user(c->app->auth, &c->caller) ? NULL :
		       "This token allows less than its user, so it does not show the others. Sign in with user "
		       "and password.";
	case CALLER_PROXY: return "Tokens belong to users. The proxy signs you in, but there is no user of your "
		                  "name here; an administrator can make one.";
	default:           return "Tokens belong to users. Make the first user, with the role admin:*.";
	}
}

static const char *why_no_password(const struct call *c, const struct account_row *account)
{
	if (c->caller.kind == CALLER_TOKEN)
		return "You signed in with a token. Who signs in with user and password can set another one.";
	if (c->caller.kind == CALLER_PROXY)
		return "The proxy before this server signs you in; your password is changed where it asks for one.";
	if (!account)
		return "Passwords belong to users.";
	if (account->declared)
		return "This user is declared in the settings file of the server, with its password; it is changed "
		       "there.";
	if (!account->password.n)
		return "This user has no password here: something else signs you in. An administrator can set "
		       "one.";
	return NULL;
}

/* With what groups gave, which is no row. */
static enum err put_roles(struct call *c, struct arena *a, const struct people *rows,
                          const struct account_row *account, struct role_list *ret,
                          struct errinfo *e)
{
	AUTO_SBUF struct sbuf lines = sbuf_make(ROLES_SHOWN_MAX_BYTES);
	struct str text;
	if (account && c->caller.kind == CALLER_USER)
		sbuf_put(&lines, account->roles);
	for (size_t i = 0; c->caller.kind == CALLER_TOKEN && i < rows->token_count; i++)
		if (rows->tokens[i].id == c->caller.token_id)
			sbuf_put(&lines, rows->tokens[i].roles);
	sbuf_putc(&lines, '\n');
	grants_put(c->caller.proxy, &lines);
	if (!lines.n || !sbuf_ok(&lines) || !arena_str(a, sbuf_str(&lines), &text))
		return ERR(e, NOMEM, "page");
	return role_list(a, text, ret, e);
}

/* ---- the page ---- */

static struct account_view blank(void)
{
	return (struct account_view){
		.token_name = { .label = "Name", .name = "name", .required = true,
		                .hint = "What will use it: laptop, ci-build." },
		.token_roles = { .label = "Roles", .name = "roles", .rows = 3, .required = true,
		                 .hint = "A line for each: pull:*, push:stable, or push:stable:redis* for some "
		                         "charts alone. Not more than you may yourself." },
		.token_expires = { .label = "Expires after", .name = "expires",
		                   .hint = "90d, 12h, or never.", .value = STR("90d") },
		.current = { .label = "Current password", .name = "current", .type = "password",
		             .autocomplete = "current-password", .required = true },
		.password = { .label = "New password", .name = "password", .type = "password",
		              .autocomplete = "new-password", .required = true,
		              .hint = "At least 8 characters." },
	};
}

static enum err put_view(struct page *p, struct arena *a, const struct people *rows,
                         struct account_view *v, struct errinfo *e)
{
	struct call *c = p->c;
	const struct account_row *account = people_by_id(rows, c->caller.account_id);
	v->name = c->caller.name;
	v->kind = kind_of(&c->caller);
	v->how = how_of(c);
	v->no_tokens = why_no_tokens(c);
	v->no_password = why_no_password(c, account);
	if (account && !v->has_typed)
		v->token_roles.value = account->roles;
	enum err err = put_roles(c, a, rows, account, &v->roles, e);
	if (!err && !v->no_tokens)
		err = tokens_of(p, a, rows, c->caller.account_id, true, &v->tokens, e);
	if (!err)
		err = form_code(c, &v->code, e);
	v->tokens.code = &v->code;
	return err;
}

static enum err show(struct call *c, int status, struct account_view *v, struct response *s,
                     struct errinfo *e)
{
	AUTO_ARENA struct arena a = { 0 };
	AUTO_SBUF struct sbuf body = page_body();
	struct people rows;
	struct page p;
	page_init(&p, c);
	enum err err = people_rows(c, &a, &rows, e);
	if (!err)
		err = put_view(&p, &a, &rows, v, e);
	if (err)
		return err;
	p.title = STR("Account");
	p.nav = NAV_ACCOUNT;
	html_account_body(&body, &p, v);
	return form_respond(&p, status, &body, s, e);
}

static enum err page(struct call *c, struct response *s, struct errinfo *e)
{
	struct account_view v = blank();
	v.password_is_new = str_eq_c(query_text(&c->query, "changed"), CHANGED);
	return show(c, 200, &v, s, e);
}

enum err account_page(struct call *c, struct response *s, struct errinfo *e)
{
	struct links l;
	if (c->caller.kind != CALLER_ANONYMOUS && c->caller.kind != CALLER_OPEN)
		return call_work(c, c->app->people, page, e);
	links_of(c, &l);
	form_go_on(c, link_login(&l, c), s);
	return OK;
}

static void go_back(struct call *c, struct response *s)
{
	struct links l;
	links_of(c, &l);
	form_go_on(c, link_account(&l), s);
}

/* ---- tokens ---- */

static enum err make_token(struct call *c, struct response *s, struct errinfo *e)
{
	const struct token_wish *wish = c->state;
	struct token_made made = { 0 };
	struct account_view v = blank();
	enum err err = tokens_add(c, wish, &made, e);
	if (err) {
		v.has_typed = true;
		v.token_name.value = wish->name;
		v.token_roles.value = wish->roles;
		v.token_expires.value = wish->expires;
		int status = form_again(c, err, e, &v.token_problem, FIELDS(&v.token_name, &v.token_roles,
		                        &v.token_expires));
		return status ? show(c, status, &v, s, e) : err;
	}
	v.made_name = wish->name;
	v.made = str_c(made.text);
	err = show(c, 201, &v, s, e);
	secret_wipe(made.text, sizeof made.text);
	return err;
}

enum err account_token_post(struct call *c, struct response *s, struct errinfo *e)
{
	struct query fields;
	struct token_wish *wish = ARENA_NEW(&c->r->arena, struct token_wish);
	(void)s;
	enum err err = wish ? form_read_signed(c, &fields, e) : ERR(e, NOMEM, "request");
	if (err)
		return err;
	*wish = (struct token_wish){ .name = query_text(&fields, "name"), .own = true,
	                             .expires = query_text(&fields, "expires") };
	c->state = wish;
	err = form_lines(c, query_text(&fields, "roles"), &wish->roles, e);
	return err ? err : call_work(c, c->app->people, make_token, e);
}

static enum err take_back(struct call *c, struct response *s, struct errinfo *e)
{
	enum err err = tokens_remove(c, true, c->id, e);
	go_back(c, s);
	return err;
}

enum err account_revoke_post(struct call *c, struct response *s, struct errinfo *e)
{
	struct query fields;
	(void)s;
	enum err err = form_read_signed(c, &fields, e);
	return err ? err : call_work(c, c->app->people, take_back, e);
}

/* ---- the password ---- */

static enum err set_password(struct call *c, struct response *s, struct errinfo *e)
{
	struct account_view v = blank();
	struct links l;
	enum err err = own_password_set(c, e);
	if (err) {
		int status = form_again(c, err, e, &v.password_problem, FIELDS(&v.current, &v.password));
		return status ? show(c, status, &v, s, e) : err;
	}
	links_of(c, &l);
	form_go_on(c, link_changed(&l, link_account(&l), CHANGED), s);
	return c->caller.session.n ? session_enter(c, &c->caller, s, e) : OK;
}

enum err account_password_post(struct call *c, struct response *s, struct errinfo *e)
{
	struct query fields;
	(void)s;
	enum err err = form_read_signed(c, &fields, e);
	return err ? err : own_password_begin(c, query_text(&fields, "current"),
	                                      query_text(&fields, "password"), set_password, e);
}
