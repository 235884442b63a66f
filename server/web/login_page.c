/* Signing in and out. A password is hashed elsewhere, and the answer follows then. */
#include "server/web/login_page.h"

#include "gen/templates.h"
#include "indexer/base/auto.h"
#include "server/web/session.h"

/* ---- where the browser goes on ---- */

/* A path of this server and nothing that any browser takes for another host's. */
static bool is_local(struct str next)
{
	if (!next.n || next.p[0] != '/' || (next.n > 1 && next.p[1] == '/'))
		return false;
	for (size_t i = 0; i < next.n; i++)
		if (next.p[i] <= ' ' || next.p[i] > '~' || next.p[i] == '\\')
			return false;
	return true;
}

static struct str next_of(const struct query *fields)
{
	struct str next = query_text(fields, "next");
	return is_local(next) ? next : (struct str){ 0 };
}

/* ---- the page ---- */

static enum err show(struct call *c, int status, struct login_view *v, struct response *s,
                     struct errinfo *e)
{
	AUTO_SBUF struct sbuf body = page_body();
	struct page p;
	page_init(&p, c);
	v->signed_in = p.user.n > 0;
	v->name.label = "User";
	v->name.name = "name";
	v->name.autocomplete = "username";
	v->password = (struct field){ .label = "Password", .name = "password", .type = "password",
	                              .hint = "Or a token; the user may be empty then.",
	                              .autocomplete = "current-password", .required = true };
	enum err err = form_code(c, &v->code, e);
	if (err)
		return err;
	p.title = STR("Sign in");
	p.nav = NAV_ACCOUNT;
	html_login_body(&body, &p, v);
	return form_respond(&p, status, &body, s, e);
}

enum err login_page(struct call *c, struct response *s, struct errinfo *e)
{
	struct login_view v = { .next = next_of(&c->query) };
	return show(c, 200, &v, s, e);
}

/* ---- signing in ---- */

struct work { struct str name, next; };

static enum err enter(struct call *c, const struct work *w, const struct caller *who,
                      struct response *s, struct errinfo *e)
{
	struct links l;
	links_of(c, &l);
	form_go_on(c, w->next.n ? w->next : link_home(&l), s);
	return session_enter(c, who, s, e);
}

static enum err again(struct call *c, const struct work *w, enum err why, struct response *s,
                      struct errinfo *e)
{
	struct login_view v = { .next = w->next, .name.value = w->name };
	int status = form_again(c, why, e, &v.problem, NULL);
	return status ? show(c, status, &v, s, e) : why;
}

static enum err answer(struct call *c, enum err verdict, const struct caller *who,
                       struct response *s, struct errinfo *e)
{
	const struct work *w = c->state;
	if (!verdict)
		verdict = enter(c, w, who, s, e);
	else if (who->name.n)
		c->caller.name = who->name;
	return verdict ? again(c, w, verdict, s, e) : OK;
}

static void hashed(struct request *r, struct sign_in *x)
{
	struct call *c = r->app_data;
	struct caller who;
	struct response s = { 0 };
	struct errinfo e = { 0 };
	enum err verdict = auth_signed_in(c->app->auth, r, x, &who, &e);
	call_finish(c, answer(c, verdict, &who, &s, &e), &s, &e);
}

enum err login_post(struct call *c, struct response *s, struct errinfo *e)
{
	struct query fields;
	struct caller who = { 0 };
	struct work *w = ARENA_NEW(&c->r->arena, struct work);
	bool waits = false;
	enum err err = w ? form_read(c, &fields, e) : ERR(e, NOMEM, "request");
	if (err)
		return err;
	*w = (struct work){ query_text(&fields, "name"), next_of(&fields) };
	c->state = w;
	c->later = true;                     /* `hashed` may come before auth_sign_in is back */
	err = auth_sign_in(c->app->auth, c->r, w->name, query_text(&fields, "password"), hashed, &who,
	                   &waits, e);
	if (waits)
		return OK;
	c->later = false;
	return answer(c, err, &who, s, e);
}

/* ---- signing out ---- */

enum err logout_post(struct call *c, struct response *s, struct errinfo *e)
{
	struct query fields;
	struct links l;
	enum err err = c->caller.session.n ? form_read_signed(c, &fields, e) : form_read(c, &fields, e);
	if (err)
		return err;
	links_of(c, &l);
	form_go_on(c, link_home(&l), s);
	session_leave(c, s);
	return OK;
}
