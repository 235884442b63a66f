/* See rate.h. */
#include "server/route/rate.h"

#include "indexer/base/clock.h"
#include "server/auth/slowed.h"
#include "server/route/app.h"

static bool is_this_machine(struct str address)
{
	return str_starts(address, STR("127.")) || str_eq(address, STR("::1")) ||
	       str_eq(address, STR("unix"));
}

enum err rate_check(struct call *c, struct errinfo *e)
{
	return c->route->costly ? rate_of_fetches(c, e) : OK;
}

enum err rate_of_fetches(struct call *c, struct errinfo *e)
{
	unsigned per_second = atomic_load(&c->app->reads_per_second);
	if (!per_second || !c->app->asked || c->caller.kind != CALLER_ANONYMOUS ||
	    is_this_machine(c->r->remote))
		return OK;
	if (slowed_ask(c->app->asked, c->r->remote, per_second, atomic_load(&c->app->reads_burst),
	               clock_monotonic()))
		return OK;
	c->hurried = true;
	return ERR(e, TOO_MANY, "too many requests from your address; try again in a second, or sign in");
}
