/* One user: tokens, roles, the way in, and the end. */
#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "indexer/base/clock.h"
#include "server/web/admin_users_page.h"

/* ---- the page ---- */

static enum err put_view(struct page *p, struct arena *a, const struct people *rows,
                         struct admin_user_view *v, struct errinfo *e)
{
	const struct account_row *row = people_by_name(rows, p->c->name);
	if (!row)
		return people_no_user(p->c->name, e);
	v->now_ns = clock_wall();
	user_fields_show(&v->roles, &v->password);
	v->password.label = "New password";
	v->password.hint = "At least 8 characters. The user is signed out everywhere.";
	v->password.required = true;
	if (!v->problem.n && !v->roles.wrong) {
		v->roles.value = row->roles;
		v->disabled.value = field_bool(row->disabled);
	}
	v->disabled.label = "Disabled: neither the user nor a token of the user may sign in";
	v->disabled.name = "disabled";
	v->disabled.box = true;
	enum err err = account_line(p, a, rows, row, &v->user, e);
	if (!err)
		err = tokens_of(p, a, rows, row->id, false, &v->tokens, e);
	if (!err)
		err = form_code(p->c, &v->code, e);
	v->tokens.code = &v->code;
	return err;
}

static enum err show(struct call *c, int status, struct admin_user_view *v, struct response *s,
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
	v->head = admin_head(&p, ADMIN_USERS, v->user.name);
	html_admin_user_body(&body, &p, v);
	return form_respond(&p, status, &body, s, e);
}

static enum err page(struct call *c, struct response *s, struct errinfo *e)
{
	struct str changed = query_text(&c->query, "changed");
	struct admin_user_view v = { .is_set = str_eq_c(changed, "roles"),
	                             .password_is_set = str_eq_c(changed, "password") };
	return show(c, 200, &v, s, e);
}

enum err admin_user_page(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return call_work(c, c->app->people, page, e);
}

/* ---- changes ---- */

struct wish { struct str roles, password; bool disabled; };

static void go_back(struct call *c, const char *changed, struct response *s)
{
	struct links l;
	links_of(c, &l);
	form_go_on(c, link_changed(&l, link_user(&l, c->name, NULL), changed), s);
}

/* Nothing typed is lost but passwords. *problem is v's. */
static enum err again(struct call *c, enum err why, struct admin_user_view *v, struct str *problem,
                      struct response *s, struct errinfo *e)
{
	user_fields_show(&v->roles, &v->password);
	int status = form_again(c, why, e, problem, FIELDS(&v->roles, &v->password));
	return status ? show(c, status, v, s, e) : why;
}

static enum err set(struct call *c, struct response *s, struct errinfo *e)
{
	const struct wish *w = c->state;
	struct admin_user_view v = { .roles.value = w->roles, .disabled.value = field_bool(w->disabled) };
	enum err err = users_set(c, &(struct user_fields){ .name = c->name, .roles = &w->roles,
	                         .disabled = &w->disabled }, e);
	go_back(c, "roles", s);
	return err ? again(c, err, &v, &v.problem, s, e) : OK;
}

static enum err set_password(struct call *c, struct response *s, struct errinfo *e)
{
	const struct wish *w = c->state;
	struct admin_user_view v = { 0 };
	enum err err = users_set(c, &(struct user_fields){ .name = c->name,
	                         .password = &w->password }, e);
	secret_wipe((void *)(uintptr_t)w->password.p, w->password.n);
	go_back(c, "password", s);
	return err ? again(c, err, &v, &v.password_problem, s, e) : OK;
}

static enum err end(struct call *c, struct response *s, struct errinfo *e)
{
	struct admin_user_view v = { 0 };
	struct links l;
	enum err err = users_remove(c, c->name, e);
	links_of(c, &l);
	form_go_on(c, link_admin(&l, "users"), s);
	return err ? again(c, err, &v, &v.remove_problem, s, e) : OK;
}

static enum err take(struct call *c, call_answer *answer, struct errinfo *e)
{
	struct query fields;
	struct wish *w = ARENA_NEW(&c->r->arena, struct wish);
	enum err err = w ? form_read_signed(c, &fields, e) : ERR(e, NOMEM, "request");
	if (err)
		return err;
	*w = (struct wish){ .password = query_text(&fields, "password"),
	                    .disabled = query_is_on(&fields, "disabled") };
	c->state = w;
	err = form_lines(c, query_text(&fields, "roles"), &w->roles, e);
	return err ? err : call_work(c, c->app->people, answer, e);
}

enum err admin_user_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return take(c, set, e);
}

enum err admin_user_password_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return take(c, set_password, e);
}

enum err admin_user_remove_post(struct call *c, struct response *s, struct errinfo *e)
{
	(void)s;
	return take(c, end, e);
}
