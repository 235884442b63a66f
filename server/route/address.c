/* See address.h. Host was judged with the head (http/check.c), so it is a name and nothing more. */
#include "server/route/address.h"

#include "server/route/app.h"

void address_of(const struct call *c, struct sbuf *b)
{
	const struct request *r = c->r;
	if (r->public_url.n)
		sbuf_put(b, r->public_url);
	else
		sbuf_printf(b, "%s://%.*s%s", r->tls ? "https" : "http",
		            STR_ARG(r->host.n ? r->host : r->listen),
		            c->app->base_path ? c->app->base_path : "");
}

void address_of_repo(const struct call *c, struct str repo, struct sbuf *b)
{
	address_of(c, b);
	if (str_eq_c(repo, c->app->default_repo))
		return;
	sbuf_putc(b, '/');
	sbuf_put(b, repo);
}
