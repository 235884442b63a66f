/* The lists of users and of tokens, and a user to be made. */
#include "server/web/admin_users_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"

/* ---- a user ---- */

enum err account_line(struct page *p, struct arena *a, const struct people *rows,
                   const struct account_row *row, struct account_line *ret, struct errinfo *e)
{
	*ret = (struct account_line){
		.name = row->name, .link = link_user(p->links, row->name, NULL), .disabled = row->disabled,
		.declared = row->declared, .has_password = row->password.n > 0,
		.is_reader = row->id == p->c->caller.account_id, .created_ns = row->created_ns,
	};
	for (size_t i = 0; i < rows->token_count; i++) {
		const struct token_row *t = &rows->tokens[i];
		if (t->account_id != row->id)
			continue;
		ret->tokens++;
		if (t->last_used_ns > ret->used_ns)
			ret->used_ns = t->last_used_ns;
	}
	return role_list(a, row->roles, &ret->roles, e);
}

void user_fields_show(struct field *roles, struct field *password)
{
	roles->label = "Roles";
	roles->name = "roles";
	roles->rows = 3;
	roles->hint = "A line for each: pull:*, push:team-*, delete:stable, or admin:* for everything.";
	password->label = "Password";
	password->name = "password";
	password->type = "password";
	password->autocomplete = "new-password";
}

/* ---- the lists ---- */

enum list { USERS, TOKENS };

struct listing {
	struct arena arena;
	struct people rows;
	struct page page;
	uint64_t number;
	struct admin_users_view v;
};

static enum err put_users(struct listing *x, struct errinfo *e)
{
	size_t from = (size_t)(x->number - 1) * PEOPLE_ROWS;
	struct account_line *list = arena_array(&x->arena, PEOPLE_ROWS, sizeof *list);
	enum err err = list ? OK : ERR(e, NOMEM, "page");
	for (size_t i = from; !err && i < x->rows.account_count && x->v.count < PEOPLE_ROWS; i++)
		err = account_line(&x->page, &x->arena, &x->rows, &x->rows.accounts[i],
		                &list[x->v.count++], e);
	x->v.list = list;
	return err;
}

static enum err put_list(struct listing *x, enum list which, struct errinfo *e)
{
	struct str link = link_admin(x->page.links, which == USERS ? "users" : "tokens");
	x->v.user_total = x->rows.account_count;
	x->v.token_total = x->rows.token_count;
	x->v.pager = pager_of(x->page.links, link, x->number, PEOPLE_ROWS,
	                      which == USERS ? x->rows.account_count : x->rows.token_count);
	x->v.now_ns = clock_wall();
	if (which == USERS)
		return put_users(x, e);
	return tokens_from(&x->page, &x->arena, &x->rows, (size_t)(x->number - 1) * PEOPLE_ROWS,
	                   &x->v.tokens, e);
}

static void put_form(struct admin_users_view *v)
{
	v->name.label = "Name";
	v->name.name = "name";
	v->name.hint = "Letters, digits and . _ @ -";
	v->name.required = true;
	user_fields_show(&v->roles, &v->password);
	v->password.hint = "At least 8 characters. Without one the user signs in elsewhere, or with tokens.";
}

static enum err respond(struct listing *x, enum list which, int status, struct response *s,
                        struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct page *p = &x->page;
	enum err err = form_code(p->c, &x->v.code, e);
	if (err)
		return err;
	x->v.tokens.code = &x->v.code;
	x->v.head = admin_head(p, ADMIN_USERS, which == USERS ? STR("") : STR("Tokens"));
	if (which == USERS)
		html_admin_users_body(&body, p, &x->v);
	else
		html_admin_tokens_body(&body, p, &x->v);
	return form_respond(p, status, &body, s, e);
}

static enum err show(struct call *c, enum list which, int status, struct listing *x,
                     struct response *s, struct errinfo *e)
{
	page_init(&x->page, c);
	put_form(&x->v);
	enum err err = page_number(c, &x->number, e);
	if (!err)
		err = people_rows(c, &x->arena, &x->rows, e);
	if (!err)
		err = put_list(x, which, e);
	if (!err)
		err = respond(x, which, status, s, e);
	arena_done(&x->arena);
	return err;
}

static enum err users(struct call *c, struct response *s, struct errinfo *e)
{
	return show(c, USERS, 200, &(struct listing){ 0 }, s, e);
}

static enum err tokens(struct call *c, struct response *s, struct errinfo *e)
{
	return show(c, TOKENS, 200, &(struct listing){ 0 }, s, e);
}

enum err admin_users_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, c->app->people, users, e);
}

enum err admin_tokens_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, c->app->people, tokens, e);
}

/* ---- a user to be made ---- */

struct wish { struct str name, roles, password; };

static void go_to(struct call *c, const char *part, struct response *s)
{
	struct links l;
	links_of(c, &l);
	form_go_on(c, link_admin(&l, part), s);
}

/* The form once more, with what was typed but for the password. */
static enum err again(struct call *c, enum err why, const struct wish *w, struct response *s,
                      struct errinfo *e)
{
	struct listing x = { .v.name.value = w->name, .v.roles.value = w->roles };
	struct admin_users_view *v = &x.v;
	put_form(v);
	int status = form_again(c, why, e, &v->problem, FIELDS(&v->name, &v->roles, &v->password));
	return status ? show(c, USERS, status, &x, s, e) : why;
}

static enum err make(struct call *c, struct response *s, struct errinfo *e)
{
	const struct wish *w = c->state;
	enum err err = users_add(c, &(struct user_fields){ .name = w->name, .roles = &w->roles,
	                         .password = w->password.n ? &w->password : NULL }, e);
	secret_wipe((void *)(uintptr_t)w->password.p, w->password.n);
	if (err)
		return again(c, err, w, s, e);
	go_to(c, "users", s);
	return OK;
}

enum err admin_users_post(struct call *c, struct response *s, struct errinfo *e)
{
	struct query fields;
	struct wish *w = ARENA_NEW(&c->r->arena, struct wish);
	(void)s;
	enum err err = w ? form_read_signed(c, &fields, e) : ERR(e, NOMEM, "request");
	if (err)
		return err;
	*w = (struct wish){ .name = query_text(&fields, "name"),
	                    .password = query_text(&fields, "password") };
	c->state = w;
	err = form_lines(c, query_text(&fields, "roles"), &w->roles, e);
	return err ? err : call_work(c, c->app->people, make, e);
}

/* ---- a token to be revoked ---- */

static enum err take_back(struct call *c, struct response *s, struct errinfo *e)
{
	enum err err = tokens_remove(c, false, c->id, e);
	go_to(c, "tokens", s);
	return err;
}

enum err admin_token_revoke_post(struct call *c, struct response *s, struct errinfo *e)
{
	struct query fields;
	(void)s;
	enum err err = form_read_signed(c, &fields, e);
	return err ? err : call_work(c, c->app->people, take_back, e);
}
