/* See form.h. Another site's page can send a form, but says so: browsers tell where it came from. */
#include "server/web/form.h"

#include <stdlib.h>

#include "indexer/base/secret.h"
#include "server/auth/slowed.h"
#include "server/route/permit.h"
#include "server/web/parts.h"

static enum err begin(struct call *c, size_t limit, struct errinfo *e)
{
	struct sbuf *b = malloc(sizeof *b);
	if (!b)
		return ERR(e, NOMEM, "form");
	*b = sbuf_make(limit);
	c->data = b;
	c->r->body.limit = limit;
	return OK;
}

enum err form_begin(struct call *c, struct errinfo *e) { return begin(c, FORM_MAX_BYTES, e); }

enum err form_begin_long(struct call *c, struct errinfo *e)
{
	return begin(c, FORM_LONG_MAX_BYTES, e);
}

enum err form_take(struct call *c, struct str piece, struct errinfo *e)
{
	struct sbuf *b = c->data;
	sbuf_put(b, piece);
	return sbuf_ok(b) ? OK : ERR(e, NOMEM, "form");
}

void form_end(struct call *c)
{
	struct sbuf *b = c->data;
	if (!b)
		return;
	secret_wipe(b->p, b->n);
	sbuf_done(b);
	free(b);
}

enum err form_code(struct call *c, struct form_code *ret, struct errinfo *e)
{
	return auth_form_code(c->app->auth, &c->caller, ret->text, e);
}

enum err form_read(struct call *c, struct query *ret, struct errinfo *e)
{
	if (!call_is_own_page(c))
		return ERR(e, FORM, FORM_FOREIGN);
	if (!http_is_media_type(request_header(c->r, "Content-Type"), "application/x-www-form-urlencoded"))
		return ERR(e, MEDIA_TYPE, "a form is expected");
	return http_form_parse(&c->r->arena, sbuf_str(c->data), ret, e);
}

enum err form_read_signed(struct call *c, struct query *ret, struct errinfo *e)
{
	struct query fields;
	struct form_code code;
	enum err err = form_read(c, &fields, e);
	if (!err)
		err = form_code(c, &code, e);
	if (err)
		return err;
	if (!secret_eq(query_text(&fields, FORM_CODE_FIELD), str_c(code.text)))
		return ERR(e, FORM, FORM_OLD);
	*ret = fields;
	return OK;
}

bool form_blame(struct call *c, const struct errinfo *why, struct field *f)
{
	struct str text = str_c(err_public_text(why)), name = str_c(f->name);
	bool about = str_starts(text, name) && str_starts(str_from(text, name.n), STR(": "));
	if (about)
		f->wrong = arena_dup(&c->r->arena, str_from(text, name.n + 2));
	return about && f->wrong;
}

/* 401 would make the browser ask in its own way. */
int form_again(struct call *c, enum err why, const struct errinfo *e, struct str *problem,
               struct field *const *fields)
{
	int status = err_http_status(why);
	bool told = false;
	if (status < 400 || status >= 500 || status == 404)
		return 0;
	for (; fields && *fields && !told; fields++)
		told = form_blame(c, e, *fields);
	if (!told)
		*problem = str_c(arena_dup(&c->r->arena, str_c(err_public_text(e))));
	c->r->err = why;
	return told || problem->n ? status == 401 ? 403 : status : 0;
}

/* With no-referrer, a browser that has no Sec-Fetch-Site says "Origin: null" of our own form. */
enum err form_respond(struct page *p, int status, const struct sbuf *body, struct response *s,
                      struct errinfo *e)
{
	enum err err = page_respond(p, status, body, s, e);
	if (!err)
		response_header(s, "Referrer-Policy", "same-origin");
	if (!err && status == 429)
		response_header(s, "Retry-After", LOGIN_RETRY_TEXT);
	return err;
}

void form_go_on(struct call *c, struct str link, struct response *s)
{
	const char *location = arena_dup(&c->r->arena, link);
	*s = (struct response){ .status = 303, .payload = HTTP_NO_BODY };
	response_header(s, "Location", location ? location : "/");
}
