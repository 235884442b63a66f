/* See reason.h. */
#include "server/route/reason.h"

struct str call_sees_reason(const struct call *c, struct str repo, struct str reason)
{
	return !reason.n || c->r->control || call_may(c, ROLE_ADMIN, repo, (struct str){ 0 })
	       ? reason : STR("the upstream cannot be reached");
}

struct str call_sees_reason_of(const struct call *c, struct str repo, enum upstream_state state,
                               struct str reason)
{
	bool ours = state == UPSTREAM_IS_HELD || state == UPSTREAM_IS_NEVER;
	return ours ? reason : call_sees_reason(c, repo, reason);
}

void call_sees_error(const struct call *c, struct str repo, struct errinfo *e)
{
	struct str whole = str_c(e->detail), told = call_sees_reason(c, repo, whole);
	if (e->code == ERR_UPSTREAM && told.p != whole.p)
		(void)err_set(e, ERR_UPSTREAM, "%.*s", STR_ARG(told));
}
