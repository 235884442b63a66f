/* Changes of repositories, for the API and for pages: also where it is decided that a repository which
 * follows another server, or shows others, is made and changed by who administers the server. The
 * administrator of some repositories must not have this machine ask an address for something.
 *
 *     repo_change_new(c, CHANGE_REPO_SET, answer, &x, e)
 *     x->change.settings = …;                    what this kind of change takes
 *     return repo_change_submit(x, e);
 *     … answer(x)                                by a thread of the pool: answers the call
 *     repo_change_done(c->state)                 in the row's end
 */
#pragma once

#include "server/route/app.h"

struct repo_change {
	struct change change;            /* first; ctx is the call */
	struct pool_job job;
	struct str name;                 /* that the repository has afterwards */
	void (*answer)(struct repo_change *x);       /* change.err tells what became of it */
	struct repo_settings after;      /* of an upstream: what it will be set to */
	struct arena arena;              /* its texts, which the arena of a request has no room for */
	void *own;                       /* the caller's */
};

/* Of c->repo, as c->state, in the arena of the request. */
NODISCARD enum err repo_change_new(struct call *c, enum change_kind kind,
                                   void (*answer)(struct repo_change *x), struct repo_change **ret,
                                   struct errinfo *e);
/* call_later, unless the settings are none (INVALID), are for others to change (DENIED), or name an
 * address that may not be asked (ADDRESS; also told later).                                  */
NODISCARD enum err repo_change_submit(struct repo_change *x, struct errinfo *e);
void repo_change_done(struct repo_change *x);    /* NULL is fine */
