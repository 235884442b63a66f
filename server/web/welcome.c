/* A static page, without a script and without a request to anywhere else. */
#include "server/web/welcome.h"

#include "indexer/base/auto.h"

#define PAGE_MAX_BYTES (64u * KIB)

/* static/welcome.html, embedded at build; '~' stands for the address. */
extern const char welcome_html[];

static bool has_own_name(struct str listen)
{
	return !str_starts(listen, STR("0.0.0.0:")) && !str_starts(listen, STR("[::]:")) &&
	       !str_starts(listen, STR("unix:"));
}

/* Where it is not set: the listener, or, where that has no name of its own, what the reader or a
 * trusted proxy calls it.                                                                    */
static void put_address(struct sbuf *b, const struct call *c)
{
	const struct request *r = c->r;
	bool listener = !r->host.n || (!r->proxied && has_own_name(r->listen));
	if (r->public_url.n)
		sbuf_put(b, r->public_url);
	else
		sbuf_printf(b, "%s://%.*s%s", r->tls ? "https" : "http",
		            STR_ARG(listener ? r->listen : r->host),
		            c->app->base_path ? c->app->base_path : "");
}

enum err welcome_page(struct call *c, struct response *s, struct errinfo *e)
{
	AUTO_SBUF struct sbuf b = sbuf_make(PAGE_MAX_BYTES);
	struct str rest = str_c(welcome_html);
	bool more = true;
	while (more) {
		sbuf_put(&b, str_cut(&rest, '~', &more));
		if (more)
			put_address(&b, c);
	}
	if (!sbuf_ok(&b))
		return ERR(e, NOMEM, "page");
	enum err err = respond_text(c, 200, "text/html; charset=utf-8", sbuf_str(&b), s, e);
	response_header(s, "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; "
	                "frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
	return err;
}
