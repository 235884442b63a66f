/* Routes: the row type and the dispatcher. The table itself is server/routes.c, the site map.
 *
 * A pattern is a path of literal segments and parameters:
 *
 *     {name}    one segment, decoded
 *     {file}    the same, but only one that ends in .tgz or .tgz.prov
 *     @{event}  one that begins with '@'
 *     {id}      one segment that is no name
 *     {any}     one segment, whatever it is
 *     {repo?}   a repository: no segment (the default one), one, or two ("team-a/stable")
 *     {repo}    the same, but not none; of two also as {repo~} has it
 *     {repo~}   one segment, in which a repository of two is written "team-a~stable"
 *
 * Everything a row says is enforced here, before its handler runs: method, permission, body
 * limit, cache policy. The dispatcher renders what a handler returns as an error in the row's
 * dialect. Query parameters that a handler does not ask for are ignored.                     */
#pragma once

#include <stdatomic.h>

#include "indexer/ingest/ingest.h"
#include "server/auth/auth.h"
#include "server/http/http.h"
#include "server/http/message.h"

struct app;                          /* app.h: what handlers share */
struct call;

enum permission {
	MAY_ANYONE = 1,                  /* also while the server starts */
	MAY_ASK,                         /* anyone, who is shown what he may see */
	MAY_SELF,                        /* whoever has an account, about it */
	MAY_READ, MAY_PUBLISH, MAY_DELETE,
	MAY_ADMIN,                       /* the repository's administrator */
	MAY_MANAGE,                      /* the server's */
	MAY_CONTROL
};
enum dialect {
	DIALECT_CHARTMUSEUM = 1, DIALECT_PROBLEM, DIALECT_PAGE,
	DIALECT_MONOCULAR,               /* {"code":404,"message":…} */
	DIALECT_HUB,                     /* {"message":…}, Artifact Hub's */
	DIALECT_REGISTRY                 /* {"errors":[{"code":…,"message":…}]}, of OCI: of no row */
};
enum cache_policy { CACHE_NEVER = 1, CACHE_REVALIDATE, CACHE_IMMUTABLE };

struct route {
	unsigned methods;                /* HTTP_GET | … ; GET includes HEAD */
	const char *pattern;
	/* Answers by filling *s, or has it answered with call_work or call_later. An error is rendered. */
	enum err (*handle)(struct call *c, struct response *s, struct errinfo *e);
	/* Before the body is read: prepares for it. NULL: the route takes no body. */
	enum err (*begin)(struct call *c, struct errinfo *e);
	enum err (*body)(struct call *c, struct str piece, struct errinfo *e);
	void (*end)(struct call *c);     /* releases c->data; NULL is fine */
	enum permission may;
	enum dialect dialect;
	enum cache_policy cache;
	bool museum;                     /* there in ChartMuseum's mode alone */
	bool costly;                     /* asking often is slowed down: rate.h */
	bool knows_own;                  /* the handler judges who it is; Authorization is for it alone */
	bool dry_run;                    /* ?dry_run tells what would be; a change without it refuses that */
	bool watches;                    /* asked every few seconds by who watches the server: a 200 is hardly logged */
	bool slash;                      /* a slash at the end of the address makes no difference */
	const char *action;              /* what the audit log calls it; NULL: it changes nothing */
	const char *summary;             /* one sentence, for the documentation */
};

/* One request on its way through a route. */
struct call {
	struct request *r;
	const struct app *app;
	const struct route *route;
	struct caller caller;
	struct str repo;                 /* from {repo?}: checked name, or the default */
	size_t repo_at, repo_segments;   /* which of the path's segments that is */
	bool repo_is_joined;             /* by '~': from {repo~} */
	struct str name, version, file;  /* from {name}, {version}, {file} */
	struct str at;                   /* from @{event}, with its '@' */
	struct str id;                   /* from {id} */
	struct str shadowed;             /* asked of this host, which is answered for: route/shadow.h; empty: of none */
	struct query query;
	void *data;                      /* begin's, until end */
	void *state;                     /* the handler's, in the request's arena */
	bool later;
	const char *next;                /* the header Link: address_next */
	struct audit_note note;          /* call_note */
	const struct change *change;     /* call_change's; lives until the row's end */
	bool hurried;                    /* refused by rate.h: asked too often */
	bool of_member;                  /* a virtual repository was asked, and `repo` is whose file it is */
	bool personal;                   /* the answer is for this caller: it took more than asking, or
	                                    who asks decides what is shown */
};

/* Whether the caller may know that a repository exists, and read it: public, or granted. */
bool call_sees(const struct call *c, struct str repo);
/* And it is there: an administrator may read what is not. There must be a catalog. */
bool call_sees_there(const struct call *c, struct str repo);
/* `chart` empty: any chart there. */
bool call_may(const struct call *c, enum role role, struct str repo, struct str chart);
/* ?repo, by the name that it has now, in the request's arena; empty: not said. REPO_NOT_FOUND: there is none,
 * or the caller may not read it.                                                              */
NODISCARD enum err call_repo_asked(const struct call *c, struct str *ret, struct errinfo *e);
/* For change->allow of what a row with MAY_PUBLISH, MAY_DELETE or MAY_ADMIN submits, with the call
 * as change->ctx: asks again in the writer's transaction, with the chart's real name, because a
 * right may be lost while a body comes in.                                                   */
NODISCARD enum err call_allows(const struct change *change, struct errinfo *e);

/* For the audit log, of any change that the call makes. */
struct audit_note *call_note(struct call *c);
/* Sets what a change takes from its call: actor, ctx, note and the question call_allows. The change
 * lives until the row's end has run.                                                         */
void call_change(struct call *c, struct change *change);

/* The handler answers later, from any thread, exactly once, with one of these. */
static inline enum err call_later(struct call *c) { c->later = true; return OK; }
void call_reply(struct call *c, struct response *s);
void call_fail(struct call *c, const struct errinfo *e);
/* By `err`, one of them. */
void call_finish(struct call *c, enum err err, struct response *s, const struct errinfo *e);

/* Or a job of the pool answers, which may block: `answer` fills *s or fails, as a handler does, and
 * finds in c->state what the handler left there. A response without a status: it has arranged for
 * another answer, by call_work or call_later.                                                 */
struct pool;
typedef enum err call_answer(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err call_work(struct call *c, struct pool *pool, call_answer *answer,
                             struct errinfo *e);

#define JSON_TYPE "application/json; charset=utf-8"
/* Content-Security-Policy of a picture: an SVG that somebody opens by itself runs nothing. */
#define PICTURE_POLICY "default-src 'none'; style-src 'unsafe-inline'; sandbox"
/* A body in the request's arena. */
NODISCARD enum err respond_json(struct call *c, int status, struct str json, struct response *s,
                                struct errinfo *e);
/* A long text, status 200: the buffer itself goes out, because the arena of a request is small. */
struct sbuf;
NODISCARD enum err respond_buffer(const char *type, struct sbuf *text, struct response *s,
                                  struct errinfo *e);
/* Fields that a handler adds to a JSON error ("digest"); values are copied. */
void call_error_field(struct call *c, const char *name, const char *value);

/* "GET, HEAD, POST", as Allow and the metrics name methods. */
#define ROUTE_METHODS_BYTES 48
void route_methods(unsigned methods, char ret[ROUTE_METHODS_BYTES]);

/* The callbacks for http_open; `app` must be request->app. */
extern const struct http_app route_http_app;

/* What matches, for the dispatcher and the tests. Params are set in *c. NULL: no such address;
 * *ret_allowed then or otherwise tells the methods of all rows with this address. Rows of the
 * control socket exist there alone.                                                          */
const struct route *route_find(const struct app *app, struct call *c, const struct path *path,
                               enum http_method method, unsigned *ret_allowed);
/* A page is there to be read. */
bool route_is_page(const struct call *c, const struct path *path);
/* The empty last segment, which a slash at the end is, does not count. */
struct path path_without_slash(const struct path *path);
/* When nothing matched: what stands where a row wants a repository, though it is no name of one.
 * Empty: that is not what is wrong.                                                          */
struct str route_misnamed_repo(const struct call *c, const struct path *path,
                               enum http_method method);
