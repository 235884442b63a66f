/* What stands around every answer: base_path taken off, preflights answered, headers added. */
#include "server/route/outside.h"

#include <string.h>

#include "server/route/shadow.h"

#define PREFLIGHT_SECONDS "600"
#define CLOSED_PAGE "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

static struct str base_of(const struct app *app)
{
	return str_c(app->base_path);
}

struct str outside_path(const struct app *app, struct str raw)
{
	struct str base = base_of(app), rest = str_from(raw, base.n);
	if (!base.n || !str_starts(raw, base) || !rest.n || rest.p[0] != '/')
		return raw;
	return rest;
}

/* ---- answers of its own ---- */

static bool leads_to_base(const struct app *app, struct request *r)
{
	struct str base = base_of(app);
	if (!base.n || !(r->method & (HTTP_GET | HTTP_HEAD)) ||
	    !(str_eq(r->path, STR("/")) || str_eq(r->path, base)))
		return false;
	const char *to = arena_printf(&r->arena, "%.*s/", STR_ARG(base));
	struct response s = { .status = 308 };
	if (!to)
		return false;
	response_header(&s, "Location", to);
	outside_headers(app, r, false, &s);
	http_reply(r, &s);
	return true;
}

/* "*", or the page's own origin where it is in the list; else NULL. */
static const char *allowed_origin(const struct app *app, struct str origin)
{
	for (size_t i = 0; origin.n && i < app->cors_count; i++)
		if (!strcmp(app->cors[i], "*") || str_eq_c(origin, app->cors[i]))
			return app->cors[i];
	return NULL;
}

static bool is_preflight(const struct app *app, struct request *r)
{
	struct str method = request_header(r, "Access-Control-Request-Method");
	return r->method == HTTP_OPTIONS && allowed_origin(app, request_header(r, "Origin")) &&
	       (str_eq(method, STR("GET")) || str_eq(method, STR("HEAD")));
}

bool outside_answers(const struct app *app, struct request *r)
{
	if (!is_preflight(app, r))
		return leads_to_base(app, r);
	struct response s = { .status = 204 };
	response_header(&s, "Access-Control-Allow-Methods", "GET, HEAD");
	response_header(&s, "Access-Control-Allow-Headers", "Authorization, If-None-Match, Range");
	response_header(&s, "Access-Control-Max-Age", PREFLIGHT_SECONDS);
	outside_headers(app, r, true, &s);
	http_reply(r, &s);
	return true;
}

/* ---- headers ---- */

static bool has_header(const struct response *s, const char *name)
{
	for (size_t i = 0; i < s->header_count; i++)
		if (!strcmp(s->headers[i].name, name))
			return true;
	return false;
}

static void open_to_pages(const struct app *app, const struct request *r, struct response *s)
{
	const char *origin = allowed_origin(app, request_header(r, "Origin"));
	bool any = app->cors_count == 1 && !strcmp(app->cors[0], "*");
	if (!any)
		response_header(s, "Vary", "Origin");
	if (!origin)
		return;
	response_header(s, "Access-Control-Allow-Origin", origin);
	response_header(s, "Access-Control-Expose-Headers", "ETag, Link, X-Request-Id, Pagination-Total-Count");
}

/* What is said of a host by who only answers for it would outlast that. */
static bool is_other_host(const struct app *app, const struct request *r)
{
	return app->shadow && (!r->host.n || shadow_answers_for((struct app *)(uintptr_t)app, r->host));
}

static void insist_on_tls(const struct app *app, const struct request *r, struct response *s)
{
	uint64_t seconds = atomic_load(&app->hsts_seconds);
	if (!seconds || !r->tls || is_other_host(app, r))
		return;
	const char *text = arena_printf((struct arena *)(uintptr_t)&r->arena, "max-age=%llu",
	                                (unsigned long long)seconds);
	if (text)
		response_header(s, "Strict-Transport-Security", text);
}

void outside_headers(const struct app *app, const struct request *r, bool readable,
                     struct response *s)
{
	response_header(s, "X-Content-Type-Options", "nosniff");
	if (s->content_type && str_starts(str_c(s->content_type), STR("text/"))) {
		if (!has_header(s, "Content-Security-Policy"))
			response_header(s, "Content-Security-Policy", CLOSED_PAGE);
		response_header(s, "X-Frame-Options", "DENY");
		if (!has_header(s, "Referrer-Policy"))
			response_header(s, "Referrer-Policy", "no-referrer");
	}
	insist_on_tls(app, r, s);
	if (readable && app->cors_count)
		open_to_pages(app, r, s);
}

bool call_is_readable(const struct call *c)
{
	return c->route && (c->route->methods & HTTP_GET) && c->route->may <= MAY_READ;
}
