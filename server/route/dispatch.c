/* The dispatcher: one place where a request meets its row, and where an error becomes an answer. */
#include <stdlib.h>

#include "indexer/base/clock.h"
#include "indexer/base/log.h"
#include "indexer/base/sbuf.h"
#include "indexer/format/name.h"
#include "server/auth/slowed.h"
#include "server/route/access_log.h"
#include "server/route/app.h"
#include "server/route/audit.h"
#include "server/route/elsewhere.h"
#include "server/route/error_text.h"
#include "server/route/moved.h"
#include "server/route/outside.h"
#include "server/route/permit.h"
#include "server/route/rate.h"
#include "server/route/reason.h"
#include "server/route/shadow.h"

#define ERROR_MAX_BYTES (8u * KIB)
#define ERROR_FIELDS_MAX 3
#define RETRY_AFTER_SECONDS "2"

struct dispatch {
	struct call call;                /* first, so that a call is its dispatch */
	struct error_field fields[ERROR_FIELDS_MAX];
	size_t field_count;
	char allow[ROUTE_METHODS_BYTES];
	const char *moved;               /* where the renamed repository is, or the page that was meant */
	enum err found;                  /* what the address led to: OK, a row */
	struct errinfo not_found;
	struct sign_in *wait;            /* a password is being hashed */
	bool stranger;                   /* the credentials were refused */
};

/* ---- errors as answers ---- */

void call_error_field(struct call *c, const char *name, const char *value)
{
	struct dispatch *d = (struct dispatch *)c;
	const char *copy = arena_dup(&c->r->arena, str_c(value));
	if (copy && d->field_count < ERROR_FIELDS_MAX) {
		d->fields[d->field_count].name = name;
		d->fields[d->field_count++].value = copy;
	}
}

static bool is_museum(const struct request *r) { return ((const struct app *)r->app)->chartmuseum; }

static bool is_below(const struct request *r, struct str place)
{
	struct str path = outside_path(r->app, r->path);
	return str_starts(path, place) && (path.n == place.n || path.p[place.n] == '/');
}

static bool is_api(const struct request *r) { return is_below(r, STR("/api/v1")); }

/* Where `helm push` and docker look for a registry. */
static bool is_registry(const struct request *r) { return is_below(r, STR("/v2")); }

/* An address that is none, or a head that was refused before one was looked for, gets a page where a
 * browser asks for one, else what clients of charts understand; but below the API, what that says. */
static enum dialect dialect_of(const struct request *r, const struct dispatch *d)
{
	if (d && d->call.route)
		return d->call.route->dialect;
	if (is_api(r))
		return DIALECT_PROBLEM;
	if (request_is_browser(r))
		return DIALECT_PAGE;
	return is_registry(r) ? DIALECT_REGISTRY : DIALECT_CHARTMUSEUM;
}

/* The buffer itself goes out: the arena of the request may be what is full. */
static void render_text(struct request *r, const struct dispatch *d, const struct errinfo *e,
                        struct response *s)
{
	enum dialect dialect = dialect_of(r, d);
	struct sbuf b = sbuf_make(ERROR_MAX_BYTES);
	error_text(&b, dialect, r, e, d ? d->fields : NULL, d ? d->field_count : 0);
	size_t n = b.n;
	char *text = sbuf_ok(&b) ? sbuf_take(&b) : NULL;
	sbuf_done(&b);
	*s = (struct response){ .status = err_http_status(e->code), .content_type = error_type(dialect),
	                        .payload = HTTP_BYTES, .bytes = text ? str_make(text, n) : STR("{}"),
	                        .release = free, .release_ctx = text };
}

/* Its page has a link to sign in; the browser's own window would hide that. */
static bool has_sign_in(const struct request *r, const struct dispatch *d)
{
	return d && dialect_of(r, d) == DIALECT_PAGE && !request_has_header(r, "Authorization") &&
	       request_is_browser(r);
}

/* A quota is somebody's wish, and who comes at the start or the end has to wait: nothing is wrong here. */
static bool is_expected(const struct request *r, enum err why)
{
	return why == ERR_QUOTA || why == ERR_DRAINING || (why == ERR_BUSY && !((const struct app *)r->app)->ingest);
}

static void add_headers(struct request *r, const struct dispatch *d, const struct errinfo *e,
                        struct response *s)
{
	response_header(s, "Cache-Control", "no-store");
	outside_headers(r->app, r, d && call_is_readable(&d->call), s);
	if (s->status == 503)
		response_header(s, "Retry-After", RETRY_AFTER_SECONDS);
	if (s->status == 429)
		response_header(s, "Retry-After", d && d->call.hurried ? ASK_RETRY_TEXT : LOGIN_RETRY_TEXT);
	if (s->status == 401 && !has_sign_in(r, d))
		response_header(s, "WWW-Authenticate", is_museum(r) ? "Basic realm=\"ChartMuseum\""
		                                                    : "Basic realm=\"chartlocker\"");
	if (e->code == ERR_METHOD && d && d->allow[0])
		response_header(s, "Allow", d->allow);
	if ((e->code == ERR_RENAMED || e->code == ERR_MOVED) && d && d->moved)
		response_header(s, "Location", d->moved);
	if (s->status >= 500)
		LOG(is_expected(r, e->code) ? LOG_WARN : LOG_ERROR, "request.failed",
		    KV("id", (const char *)r->id), KV("path", r->path),
		    KV("code", err_code(e->code)), KV("detail", (const char *)e->detail));
}

static struct dispatch *dispatch_new(struct request *r)
{
	struct dispatch *d = ARENA_NEW(&r->arena, struct dispatch);
	if (d)
		d->call = (struct call){ .r = r, .app = r->app, .caller.actor = STR("anonymous") };
	return d;
}

/* What was refused before `begin` has no call: its page gets one of nobody. */
static bool render_page(struct request *r, struct dispatch *d, const struct errinfo *e,
                        struct response *s)
{
	const struct app *app = r->app;
	if (dialect_of(r, d) != DIALECT_PAGE || !app->error_page)
		return false;
	d = d ? d : dispatch_new(r);
	return d && app->error_page(&d->call, e, s);
}

static void render(struct request *r, struct dispatch *d, const struct errinfo *e,
                   struct response *s)
{
	if (!render_page(r, d, e, s))
		render_text(r, d, e, s);
	add_headers(r, d, e, s);
}

void call_fail(struct call *c, const struct errinfo *e)
{
	struct response s;
	struct errinfo told = *e;
	c->r->err = e->code;
	call_sees_error(c, c->repo, &told);
	render(c->r, (struct dispatch *)c, &told, &s);
	http_reply(c->r, &s);
}

/* ---- the way of a request ---- */

static enum err not_found(struct dispatch *d, const struct path *path, unsigned allowed,
                          struct errinfo *e)
{
	struct str repo = { 0 };
	if (!allowed && is_registry(d->call.r))
		return ERR(e, NOT_FOUND, "this is a Helm repository and no OCI registry: publish with curl -T FILE URL/ "
		           "or helm cm-push, install after helm repo add NAME URL");
	if (!allowed)
		repo = route_misnamed_repo(&d->call, path, d->call.r->method);
	if (repo.n && repo_name_check(repo, e))      /* its words, but nothing is there all the same */
		return e->code = ERR_NOT_FOUND;
	if (!allowed && d->call.r->method == HTTP_PUT)
		return ERR(e, NOT_FOUND, "not found; the name of a file to publish ends in .tgz or "
		           ".tgz.prov");
	if (!allowed)
		return ERR(e, NOT_FOUND, "not found");
	route_methods(allowed, d->allow);
	return ERR(e, METHOD, "this address takes %s", d->allow);
}

static bool is_write(const struct route *route)
{
	return route->may >= MAY_SELF && route->may != MAY_READ && route->may < MAY_CONTROL &&
	       !(route->methods & HTTP_GET);
}

/* The settings api.enabled, api.deletes and api.metrics take addresses away. */
static bool is_switched_off(const struct call *c)
{
	const struct app *app = c->app;
	struct str pattern = str_c(c->route->pattern);
	bool api = is_write(c->route) || str_starts(pattern, STR("/api/"));
	return !c->r->control && ((api && app->no_api) ||
	                          (c->route->may == MAY_DELETE && app->no_deletes) ||
	                          (str_eq(pattern, STR("/metrics")) && app->no_metrics));
}

static enum err find(struct dispatch *d, struct errinfo *e)
{
	struct call *c = &d->call;
	struct path path;
	unsigned allowed = HTTP_GET;
	enum err err = c->shadowed.n ? shadow_turn(c, e) : OK;
	if (err == ERR_METHOD)
		route_methods(allowed, d->allow);
	if (!err)
		err = http_path_parse(&c->r->arena, outside_path(c->app, c->r->path), &path, e);
	if (!err)
		err = http_query_parse(&c->r->arena, c->r->query, &c->query, e);
	if (err)
		return err;
	c->route = route_find(c->app, c, &path, c->r->method, &allowed);
	if (!c->route)
		return not_found(d, &path, allowed, e);
	return is_switched_off(c) ? ERR(e, NOT_FOUND, "not found") : OK;
}

static enum err check_mode(const struct call *c, struct errinfo *e)
{
	if (!is_write(c->route) || !atomic_load(&c->app->read_only))
		return OK;
	return ERR(e, READ_ONLY_MODE, "this server takes no changes at the moment (setting read_only); "
	           "reading works");
}

/* Who asks for a dry run of what has none would see it done. */
static enum err check_dry_run(const struct call *c, struct errinfo *e)
{
	if (!c->route->action || c->route->dry_run || !query_is_on(&c->query, "dry_run"))
		return OK;
	return ERR(e, INVALID, "dry_run: there is no dry run of this");
}

static enum err write_body(struct request *r, struct str piece, struct errinfo *e)
{
	struct call *c = r->app_data;
	return c->route->body(c, piece, e);
}

/* Who sends it comes first: wrong credentials are refused on every address, also where none would
 * be needed; but for rows that know others than the accounts.                                */
static enum err identify(struct dispatch *d, struct errinfo *e)
{
	struct call *c = &d->call;
	if (c->route && c->route->knows_own)
		return OK;
	if (!c->app->ingest && !c->r->control && request_has_header(c->r, "Authorization"))
		return ERR(e, BUSY, "the server is starting; try again in a moment");
	return auth_identify(c->app->auth, c->r, c->app->anonymous_push, &c->caller, &d->wait, e);
}

static enum err begin_call(struct dispatch *d, struct errinfo *e)
{
	struct call *c = &d->call;
	enum err err = elsewhere_check(c, &d->moved, e);
	if (!err && d->found) {
		err = d->found;
		*e = d->not_found;
	}
	if (!err && c->route->may != MAY_ANYONE && !c->app->ingest)
		err = ERR(e, BUSY, "the server is starting; try again in a moment");
	if (!err)
		err = moved_check(c, &d->moved, e);
	if (!err)
		err = call_permit(c, e);
	if (!err)
		err = rate_check(c, e);
	if (!err)
		err = check_mode(c, e);
	if (!err)
		err = check_dry_run(c, e);
	if (err || !c->route->begin)
		return err;
	c->r->body.write = write_body;
	c->r->body.limit = c->app->upload_max_bytes;
	return c->route->begin(c, e);
}

/* From begin and, when a password had to be hashed, again from resumed. */
static void go_on(struct request *r)
{
	struct dispatch *d = r->app_data;
	struct errinfo e = { 0 };
	enum err err = identify(d, &e);
	if (d->wait)
		return;
	d->stranger = err == ERR_UNAUTHORIZED || err == ERR_TOO_MANY;
	if (!err && d->call.shadowed.n)
		d->found = find(d, &d->not_found);
	if (!err)
		err = begin_call(d, &e);
	if (err)
		call_fail(&d->call, &e);
}

static void begin(struct request *r)
{
	struct errinfo e = { 0 };
	struct dispatch *d = dispatch_new(r);
	r->app_data = d;
	if (!d) {
		struct response s;
		r->err = ERR(&e, NOMEM, "request");
		render(r, NULL, &e, &s);
		http_reply(r, &s);
		return;
	}
	if (outside_answers(r->app, r))
		return;
	shadow_note(&d->call);
	if (!d->call.shadowed.n)         /* there, what is found depends on who asks */
		d->found = find(d, &d->not_found);
	go_on(r);
}

static void handle(struct request *r)
{
	struct call *c = r->app_data;
	struct response s = { 0 };
	struct errinfo e = { 0 };
	enum err err = c->route->handle(c, &s, &e);
	if (err)
		call_fail(c, &e);
	else if (!c->later)
		call_reply(c, &s);
}

static void count(const struct app *app, const struct route *route, int status, uint64_t bytes,
                  int64_t ns)
{
	size_t row = route ? (size_t)(route - app->routes) : 0;
	while (!route && app->routes[row].pattern)
		row++;                       /* to the count for what matched nothing */
	int class = status / 100 - 1;
	if (class >= 0 && class < STATUS_CLASSES)
		atomic_fetch_add_explicit(&app->counts[row].by_class[class], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&app->counts[row].ns, (uint64_t)ns, memory_order_relaxed);
	atomic_fetch_add_explicit(&app->counts[row].bytes, bytes, memory_order_relaxed);
}

/* Health checks that went well say nothing, many times a minute. */
static enum log_level level_of(const struct dispatch *d, int status)
{
	return d && d->call.route && d->call.route->watches && status == 200 ? LOG_DEBUG : LOG_INFO;
}

static void end(struct request *r, int status, uint64_t bytes_sent)
{
	struct dispatch *d = r->app_data;
	const struct app *app = r->app;
	int64_t ns = clock_monotonic() - r->began_ns;
	count(app, d ? d->call.route : NULL, status, bytes_sent, ns);
	access_log(r, level_of(d, status), status, bytes_sent, ns);
	if (d)
		audit_call(&d->call, !d->stranger, status);
	if (d && d->call.route && d->call.route->end)
		d->call.route->end(&d->call);
}

static void error(struct request *r, const struct errinfo *e, struct response *s)
{
	render(r, r->app_data, e, s);
}

const struct http_app route_http_app = {
	.begin = begin, .resumed = go_on, .handle = handle, .end = end, .error = error,
};
