/* Upstreams over the API: /api/v1/upstreams. Making, setting and deleting one is that of a repository
 * (repos.h); here is how it is with it, what its server says, and what a person asks of it.    */
#pragma once

#include "indexer/upstream/upstream.h"
#include "server/route/app.h"

/* ---- upstreams.c ---- */

/* [{"name","url","mode","state",…}…], those that the caller may read. */
NODISCARD enum err upstreams_list(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err upstreams_show(struct call *c, struct response *s, struct errinfo *e);
/* {"name","url",…, any settings}: 201 and the repository. */
NODISCARD enum err upstreams_create(struct call *c, struct response *s, struct errinfo *e);
/* As of any repository, but NOT_FOUND for one that is no upstream. */
NODISCARD enum err upstreams_set(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err upstreams_delete(struct call *c, struct response *s, struct errinfo *e);

/* ---- upstreams_refresh.c ---- */

/* {"first","whole","accept_drop","accept_fork"}; waits up to ?wait seconds, then 202. */
NODISCARD enum err upstreams_refresh_post(struct call *c, struct response *s, struct errinfo *e);

/* ---- upstreams_test.c ---- */

/* What the server at its address, or at one in the body, would be. */
NODISCARD enum err upstreams_test_post(struct call *c, struct response *s, struct errinfo *e);

/* ---- upstreams_lists.c ---- */

NODISCARD enum err upstreams_skipped(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err upstreams_runs(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err upstreams_drift(struct call *c, struct response *s, struct errinfo *e);
NODISCARD enum err upstreams_gone(struct call *c, struct response *s, struct errinfo *e);
/* {"chart","version"}: the upstream's bytes are the right ones. */
NODISCARD enum err upstreams_accept(struct call *c, struct response *s, struct errinfo *e);
void upstreams_accept_end(struct call *c);

/* ---- upstreams_hook.c ---- */

/* Makes the secret of the inbound hook anew, which is told this once. */
NODISCARD enum err upstreams_hook(struct call *c, struct response *s, struct errinfo *e);
/* /hooks/upstream/{repo~}: no login, but whoever knows the secret. */
NODISCARD enum err upstreams_hooked(struct call *c, struct response *s, struct errinfo *e);

/* ---- shared ---- */

/* BUSY while the server starts. */
NODISCARD enum err call_upstreams(const struct call *c, struct upstreams **ret, struct errinfo *e);
/* NOT_FOUND: c->repo is of another kind. */
NODISCARD enum err call_is_upstream(const struct call *c, struct errinfo *e);
/* call_work for an upstream, and for nothing else. */
NODISCARD enum err upstream_work(struct call *c, struct pool *pool, call_answer *answer,
                                 struct errinfo *e);
/* "publisher": what it says of its repository; addresses of people are for people. */
void put_publisher(const struct call *c, struct sbuf *b, const struct publisher *p, struct str verified_by);
/* "rules": what each rule takes or leaves out. */
void put_selection(struct sbuf *b, const struct upstream_rule_count *rules);
